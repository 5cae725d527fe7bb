package camera

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatescand/scanner/reader"
)

// clock is the time since its making.
func clock() reader.Monotonic {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}

// ribbon gives a ribbon camera whose program is this test binary in a mode.
func ribbon(t *testing.T, mode, address string) (*Source, string) {
	t.Helper()
	a, err := reader.ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSource(a, clock())
	if err != nil {
		t.Fatal(err)
	}
	if s.program, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	pid := filepath.Join(t.TempDir(), "pid")
	t.Setenv(childMode, mode)
	t.Setenv(childPID, pid)
	return s, pid
}

// runUntil runs a source until it ends or so many frames have come, and gives those.
func runUntil(t *testing.T, s reader.Source, frames int) ([]reader.Frame, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got []reader.Frame
	ups := 0
	err := s.Run(ctx, func() { ups++ }, func(f reader.Frame) {
		if ups != 1 {
			t.Errorf("a frame after %d calls of up", ups)
		}
		if got = append(got, f); len(got) >= frames {
			cancel()
		}
	})
	return got, err
}

// dead says whether the process whose number is in a file is gone, and was reaped.
func dead(t *testing.T, file string) bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

func TestARibbonCameraDeliversAndItsProgramIsEnded(t *testing.T) {
	for _, mode := range []string{"steady", "stutter", "flood", "deaf"} {
		t.Run(mode, func(t *testing.T) {
			s, pid := ribbon(t, mode, "camera:rpicam?width=640&height=480&fps=30")
			before := s.now()
			got, err := runUntil(t, s, 2)
			if !errors.Is(err, context.Canceled) || len(got) != 2 || string(got[0].Code) != childText || got[0].AIM != "]Q1" {
				t.Fatalf("%+v, %v", got, err)
			}
			if gap := got[1].At - got[0].At; got[0].At <= before || gap < Repeat {
				t.Errorf("the frames are of %v and %v later", got[0].At, gap)
			}
			if !dead(t, pid) {
				t.Error("the program lives on")
			}
			if st := s.Stats(); st.Pictures == 0 || st.Found == 0 || mode == "flood" && st.Stale == 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestAProgramIsAskedBeforeItIsForced(t *testing.T) {
	s, pid := ribbon(t, "polite", "camera:rpicam")
	if got, err := runUntil(t, s, 1); len(got) != 1 {
		t.Fatal(got, err)
	}
	if _, err := os.Stat(pid + ".farewell"); err != nil {
		t.Error("the program had no time to end by itself:", err)
	}
}

func TestAProgramAroundAProgramIsEndedWithIt(t *testing.T) {
	s, pid := ribbon(t, "parent", "camera:rpicam")
	if got, err := runUntil(t, s, 1); len(got) != 1 {
		t.Fatal(got, err)
	}
	if !dead(t, pid) {
		t.Error("the program lives on")
	}
	// The second one is nobody's child any more: it is reaped by whoever reaps orphans, a moment later.
	for end := time.Now().Add(5 * time.Second); !gone(t, pid+".second"); {
		if time.Now().After(end) {
			t.Fatal("the program behind the program lives on")
		}
	}
}

// gone says whether a process is dead, reaped or not.
func gone(t *testing.T, file string) bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile("/proc/" + string(text) + "/status")
	return err != nil || strings.Contains(string(status), "State:\tZ")
}

func TestAProgramThatEndsIsAFaultWithItsLastWords(t *testing.T) {
	for _, row := range []struct {
		mode   string
		frames int
		says   []string
	}{
		{"dies", 1, []string{"exit status 255", "ERROR: [31m*** no cameras available ***", "ribbon"}},
		{"short", 0, []string{"ended", "said last: nothing"}},
		{"chatter", 0, []string{"the last word"}},
	} {
		t.Run(row.mode, func(t *testing.T) {
			s, pid := ribbon(t, row.mode, "camera:rpicam:1")
			got, err := runUntil(t, s, 99)
			if !errors.Is(err, reader.ErrFault) || len(got) != row.frames {
				t.Fatalf("%d frames, %v", len(got), err)
			}
			for _, words := range row.says {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%q is missing in: %v", words, err)
				}
			}
			if len(err.Error()) > maxTail+400 || strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("not fit for a log: %q", err)
			}
			if !dead(t, pid) {
				t.Error("the program was not reaped")
			}
		})
	}
}

func TestASilentProgramIsEndedWhenTheReaderStops(t *testing.T) {
	s, pid := ribbon(t, "silent", "camera:rpicam")
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- s.Run(ctx, func() {}, func(reader.Frame) {}) }()
	for {
		if text, err := os.ReadFile(pid); err == nil && len(text) > 0 {
			break
		}
	}
	if err := s.Run(ctx, func() {}, func(reader.Frame) {}); !errors.Is(err, reader.ErrBusy) {
		t.Errorf("a second Run gives %v", err)
	}
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if !dead(t, pid) {
		t.Error("the program lives on")
	}
}

func TestAMissingProgramSaysWhatToInstall(t *testing.T) {
	s, _ := ribbon(t, "steady", "camera:rpicam")
	s.program = "no-such-rpicam-vid"
	_, err := runUntil(t, s, 1)
	if !errors.Is(err, reader.ErrAbsent) || !strings.Contains(err.Error(), "apt install rpicam-apps-lite") {
		t.Error(err)
	}
	plainFile := filepath.Join(t.TempDir(), "rpicam-vid")
	if err := os.WriteFile(plainFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.program = plainFile
	if _, err := runUntil(t, s, 1); !errors.Is(err, reader.ErrPermission) {
		t.Error(err)
	}
}

func TestManyOpeningsLeaveNoDescriptorBehind(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // it would close what was forgotten
	s, _ := ribbon(t, "dies", "camera:rpicam")
	if _, err := runUntil(t, s, 99); err == nil {
		t.Fatal("it did not end")
	}
	before := descriptors(t)
	for range 8 {
		if _, err := runUntil(t, s, 99); !errors.Is(err, reader.ErrFault) {
			t.Fatal(err)
		}
	}
	if after := descriptors(t); len(after) > len(before) {
		t.Errorf("before %v, after %v", before, after)
	}
}

// descriptors lists what this process has open, but for what listing needs.
func descriptors(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var open []string
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
			open = append(open, to)
		}
	}
	slices.Sort(open)
	return open
}
