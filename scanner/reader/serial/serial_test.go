package serial

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCodesAreReadWithEveryTerminator(t *testing.T) {
	for _, row := range []struct{ name, options, in, aim string }{
		{"CR", "", "ABC-123\r", ""},
		{"LF", "", "ABC-123\n", ""},
		{"CR LF", "", "ABC-123\r\n", ""},
		{"TAB", "", "ABC-123\t", ""},
		{"STX and ETX", "", "\x02ABC-123\x03", ""},
		{"silence", "", "ABC-123", ""},
		{"NULs in between", "", "\x00ABC\x00-123\x00\r", ""},
		{"an AIM identifier", "", "]Q1ABC-123\r", "]Q1"},
		{"CR LF asked for", "?frame=crlf", "ABC-123\r\n", ""},
		{"ETX asked for", "?frame=etx", "\x02ABC-123\x03", ""},
		{"silence asked for", "?frame=idle:50ms", "ABC-123\r\n", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPTY(t)
			r := startUp(t, newSource(t, p.node, row.options))
			for range 2 {
				p.scan(t, row.in)
				if f := r.next(t); string(f.Code) != "ABC-123" || f.AIM != row.aim || f.Overlong {
					t.Fatalf("frame %q %q %v", f.Code, f.AIM, f.Overlong)
				}
			}
		})
	}
}

func TestBytesPassUnchanged(t *testing.T) {
	p := newPTY(t)
	r := startUp(t, newSource(t, p.node, "?frame=crlf"))
	var all []byte
	for c := range 256 {
		if c != 0 && c != 2 && c != '\r' && c != '\n' {
			all = append(all, byte(c))
		}
	}
	all = append([]byte("x"), all...) // an ETX at the very beginning would be a leftover
	p.scan(t, string(all)+"\r\n")
	if f := r.next(t); !bytes.Equal(f.Code, all) {
		t.Errorf("code %q, want %q", f.Code, all)
	}
}

func TestACodeSplitAnywhereIsOneCode(t *testing.T) {
	p := newPTY(t)
	r := startUp(t, newSource(t, p.node, ""))
	const code = "]Q1ABC-123\r\n"
	for at := 1; at < len(code); at++ {
		p.scan(t, code[:at])
		p.scan(t, code[at:])
		r.wants(t, "ABC-123")
	}
	for i := range len(code) {
		p.scan(t, code[i:i+1])
	}
	r.wants(t, "ABC-123")
	r.none(t, p)
}

func TestWhatWaitedBeforeTheOpeningIsThrownAway(t *testing.T) {
	p := newPTY(t)
	p.scan(t, "yesterday\r")
	p.scan(t, "half of a co") // its rest comes when the port is up
	r := startUp(t, newSource(t, p.node, "?frame=cr"))
	p.scan(t, "de\rtoday\r")
	r.wants(t, "today")
}

func TestAPauseOfTheReaderEndsACodeOnlyInAutoMode(t *testing.T) {
	p := newPTY(t)
	r := startUp(t, newSource(t, p.node, "?frame=cr"))
	p.scan(t, "AB")
	pause(t, 400*time.Millisecond)
	p.scan(t, "CD\r")
	r.wants(t, "ABCD")
}

// pause lets real time go by, for what only the kernel's clock can show.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

func TestAnIdleReaderIsNotUnplugged(t *testing.T) {
	p := newPTY(t)
	s := newSource(t, p.node, "")
	reads, probes := count(s)
	r := startUp(t, s)
	pause(t, time.Second)
	if n := reads.Load(); n > 20 {
		t.Errorf("%d reads in about a second of silence, want about ten", n)
	}
	if n := probes.Load(); n > 1 {
		t.Errorf("%d probes of an idle reader", n)
	}
	r.none(t, p)
}

func TestUnplugWhileIdleEndsAtOnceAndDoesNotSpin(t *testing.T) {
	p := newPTY(t)
	s := newSource(t, p.node, "")
	reads, _ := count(s)
	r := startUp(t, s)
	before := reads.Load()
	p.unplug(t)
	err := r.end(t)
	if !errors.Is(err, reader.ErrGone) || !strings.Contains(err.Error(), "cable") {
		t.Errorf("Run returned %v, want ErrGone with a remedy", err)
	}
	if n := reads.Load() - before; n > 5 {
		t.Errorf("%d reads after the unplug", n)
	}
}

func TestUnplugMidCodeDropsTheCode(t *testing.T) {
	for _, options := range []string{"", "?frame=idle:50ms", "?frame=cr"} {
		t.Run("frame "+options, func(t *testing.T) {
			p := newPTY(t)
			r := startUp(t, newSource(t, p.node, options))
			p.scan(t, "half of a co")
			p.unplug(t)
			if err := r.end(t); !errors.Is(err, reader.ErrGone) {
				t.Errorf("Run returned %v, want ErrGone", err)
			}
			select {
			case f := <-r.frames:
				t.Errorf("code %q of a reader unplugged in the middle", f.Code)
			default:
			}
		})
	}
}

func TestCodesReadBeforeTheUnplugAreHandedOver(t *testing.T) {
	p := newPTY(t) // something to lock
	s := newSource(t, p.node, "")
	s.open = func(string, reader.Line) (port, error) { return &script{bytes: []byte("A\rB\rC\rhalf")}, nil }
	r := startUp(t, s)
	r.wants(t, "A", "B", "C")
	if err := r.end(t); !errors.Is(err, reader.ErrGone) {
		t.Errorf("Run returned %v, want ErrGone", err)
	}
}

func TestUnplugIsSeenOnEveryKindOfRead(t *testing.T) {
	for _, row := range []struct {
		name string
		port *dying
	}{
		{"reads end at once and the probe fails, as USB drivers do", &dying{probe: unix.EIO}},
		{"reads end at once for ever and the probe says nothing", &dying{}},
		{"reads fail with EIO, as ptys do", &dying{read: &os.PathError{Op: "read", Err: unix.EIO}}},
		{"reads fail with ENXIO", &dying{read: unix.ENXIO}},
		{"reads fail with ENODEV", &dying{read: unix.ENODEV}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPTY(t) // something to lock
			s := newSource(t, p.node, "")
			s.open = func(string, reader.Line) (port, error) { return row.port, nil }
			r := start(t, s)
			if err := r.end(t); !errors.Is(err, reader.ErrGone) {
				t.Errorf("Run returned %v, want ErrGone", err)
			}
			if row.port.reads > 3 {
				t.Errorf("%d reads", row.port.reads)
			}
			select {
			case <-r.ups:
				t.Error("a dead port was up")
			default:
			}
		})
	}
}

func TestReplugThroughTheSameLinkNeedsNoRestart(t *testing.T) {
	link := filepath.Join(t.TempDir(), "gate")
	v := supervise(t, newSource(t, link, ""))
	if st := v.reaches(t, reader.StateAbsent); !strings.Contains(st.Detail, link) {
		t.Errorf("absent with detail %q, want the path in it", st.Detail)
	}
	for range 3 {
		p := newPTY(t)
		turn(t, link, p.node)
		v.reaches(t, reader.StateUp)
		p.scan(t, p.node+"\r")
		v.wants(t, p.node)
		p.unplug(t)
		v.reaches(t, reader.StateAbsent)
	}
}

func TestAHundredReplugsLeakNothing(t *testing.T) {
	link := filepath.Join(t.TempDir(), "gate")
	s := newSource(t, link, "")
	round := func() {
		p := newPTY(t)
		turn(t, link, p.node)
		r := startUp(t, s)
		p.scan(t, "A\r")
		r.wants(t, "A")
		p.unplug(t)
		if err := r.end(t); !errors.Is(err, reader.ErrGone) {
			t.Fatalf("Run returned %v", err)
		}
	}
	for range 10 { // the runtime makes its threads
		round()
	}
	files, goroutines, tasks := descriptors(t), runtime.NumGoroutine(), threads(t)
	for range 100 {
		round()
	}
	if n := descriptors(t); n > files {
		t.Errorf("%d descriptors, %d before", n, files)
	}
	if n := runtime.NumGoroutine(); n > goroutines+2 {
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
	if n := threads(t); n > tasks+5 { // the runtime may have needed a few more, never one for each round
		t.Errorf("%d threads, %d before", n, tasks)
	}
}

func TestGarbageAtFullSpeedCostsNothingAndTheNextCodeIsRead(t *testing.T) {
	for _, row := range []struct {
		name string
		fill func([]byte)
	}{
		{"random bytes", func(b []byte) {
			if _, err := rand.NewChaCha8([32]byte{7}).Read(b); err != nil {
				t.Error(err)
			}
		}},
		{"one endless code", func(b []byte) {
			for i := range b {
				b[i] = 'x'
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPTY(t)
			r := startUp(t, newSource(t, p.node, ""))
			garbage := make([]byte, 1<<20)
			row.fill(garbage)
			var before, during runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			go func() {
				if _, err := p.Write(append(garbage, "\r\nGOOD\r\n"...)); err != nil {
					t.Error(err)
				}
			}()
			frames, overlong := 0, 0
			for f := r.next(t); string(f.Code) != "GOOD"; f = r.next(t) {
				frames++
				if f.Overlong {
					overlong++
				}
				if len(f.Code) > reader.MaxCode {
					t.Fatalf("a code of %d bytes", len(f.Code))
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&during)
			if grown := int64(during.HeapAlloc) - int64(before.HeapAlloc); grown > 512<<10 {
				t.Errorf("%d bytes kept after a megabyte of garbage in %d frames", grown, frames)
			}
			if row.name == "one endless code" && overlong != 1 {
				t.Errorf("%d frames marked overlong, want one", overlong)
			}
			r.none(t, p)
		})
	}
}

func TestASecondOpenerIsToldThatTheReaderIsInUse(t *testing.T) {
	p := newPTY(t)
	link := filepath.Join(t.TempDir(), "another-name")
	turn(t, link, p.node)
	first := startUp(t, newSource(t, p.node, ""))
	for _, path := range []string{p.node, link} {
		err := start(t, newSource(t, path, "")).end(t)
		if !errors.Is(err, reader.ErrBusy) || !strings.Contains(err.Error(), "fuser") {
			t.Errorf("the second opener of %s got %v, want ErrBusy with a remedy", path, err)
		}
	}
	first.none(t, p) // and the first was not disturbed
	first.cancel()
	if err := first.end(t); !errors.Is(err, context.Canceled) {
		t.Errorf("Run returned %v", err)
	}
	startUp(t, newSource(t, p.node, "")).none(t, p)
}

func TestAReaderThatAnotherProgramReleasesComesUp(t *testing.T) {
	p := newPTY(t)
	fd, err := unix.Open(p.node, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(fd, unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	v := supervise(t, newSource(t, p.node, ""))
	v.reaches(t, reader.StateBusy)
	if err := unix.Close(fd); err != nil {
		t.Fatal(err)
	}
	v.reaches(t, reader.StateUp)
}

func TestStopIsPrompt(t *testing.T) {
	p := newPTY(t)
	r := startUp(t, newSource(t, p.node, "")) // with a bound so long that reaching it would show
	began := time.Now()
	r.cancel()
	if err := r.end(t); !errors.Is(err, context.Canceled) {
		t.Errorf("Run returned %v", err)
	}
	if took := time.Since(began); took > patience/10 {
		t.Errorf("Run returned after %v", took)
	}
	if defaultCloseBound > 300*time.Millisecond {
		t.Errorf("a driver that holds on may delay Run by %v", defaultCloseBound)
	}
}

func TestStopIsPromptWhileCodesPourInAndNobodyTakesThem(t *testing.T) {
	p := newPTY(t)
	r := startUp(t, newSource(t, p.node, ""))
	go func() { _, _ = p.WriteString(strings.Repeat("A\r", 5000)) }() // it ends with the pty
	r.next(t)
	r.cancel()
	if err := r.end(t); !errors.Is(err, context.Canceled) {
		t.Errorf("Run returned %v", err)
	}
	p.unplug(t)
}

func TestAPortThatDoesNotCloseIsAbandonedOnce(t *testing.T) {
	p := newPTY(t)
	s := newSource(t, p.node, "")
	s.closeBound = 10 * time.Millisecond
	opened := 0
	stuck := &stuckPort{release: make(chan struct{})}
	s.open = func(string, reader.Line) (port, error) { opened++; return stuck, nil }
	r := startUp(t, s)
	r.cancel()
	if err := r.end(t); !errors.Is(err, reader.ErrStuck) {
		t.Fatalf("Run returned %v, want ErrStuck", err)
	}
	goroutines := runtime.NumGoroutine()
	for range 10 {
		if err := s.Run(t.Context(), func() {}, func(reader.Frame) {}); !errors.Is(err, reader.ErrStuck) {
			t.Fatalf("the next Run returned %v, want ErrStuck", err)
		}
	}
	if opened != 1 || runtime.NumGoroutine() > goroutines {
		t.Errorf("opened %d times, %d goroutines more", opened, runtime.NumGoroutine()-goroutines)
	}
	if err := start(t, newSource(t, p.node, "")).end(t); !errors.Is(err, reader.ErrBusy) {
		t.Errorf("another source got %v, want ErrBusy", err)
	}
	close(stuck.release)
	<-s.abandoned.done
	s.open, s.closeBound = openTarm, patience
	startUp(t, s).none(t, p)
}

func TestADriverThatPanicsIsAFault(t *testing.T) {
	p := newPTY(t)
	s := newSource(t, p.node, "")
	s.open = func(string, reader.Line) (port, error) { return &dying{panics: true}, nil }
	err := start(t, s).end(t)
	var crash *reader.CrashError
	if !errors.Is(err, reader.ErrFault) || !errors.As(err, &crash) || !strings.Contains(crash.Stack, "fakes_test.go") {
		t.Errorf("Run returned %v, want a crash with its stack", err)
	}
	s.open = openTarm
	startUp(t, s).none(t, p) // the lock was given back
}

func TestALaneThatPanicsLeavesThePortFree(t *testing.T) {
	p := newPTY(t)
	s := newSource(t, p.node, "")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Run(t.Context(), func() { panic("lane") }, func(reader.Frame) {})
	}()
	startUp(t, s).none(t, p)
}

func TestFailuresToOpenHaveTheirClass(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	one, two := newPTY(t), newPTY(t)
	turn(t, filepath.Join(dir, "usb-A"), one.node)
	turn(t, filepath.Join(dir, "usb-B"), two.node)
	turn(t, filepath.Join(dir, "old-A"), filepath.Join(dir, "nothing"))
	for _, row := range []struct {
		name, path string
		class      error
		want       string
	}{
		{"nothing there", filepath.Join(dir, "no"), reader.ErrAbsent, "plug the reader in"},
		{"no folder there", filepath.Join(dir, "no", "no"), reader.ErrAbsent, "plug the reader in"},
		{"a link to nothing", filepath.Join(dir, "old-A"), reader.ErrAbsent, "plug the reader in"},
		{"a glob that fits nothing", filepath.Join(dir, "zzz*"), reader.ErrAbsent, "plug the reader in"},
		{"a glob that fits a link to nothing", filepath.Join(dir, "old-*"), reader.ErrAbsent, "plug the reader in"},
		{"a glob that fits two", filepath.Join(dir, "usb-*"), reader.ErrAddress, "usb-A, " + dir},
		{"a broken glob", filepath.Join(dir, "usb-["), reader.ErrAddress, "valid pattern"},
		{"a file", file, reader.ErrAddress, "not a serial port"},
		{"a folder", dir, reader.ErrAddress, "not a serial port"},
		{"another device", "/dev/null", reader.ErrAddress, "not a serial port"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := start(t, newSource(t, row.path, "")).end(t)
			if !errors.Is(err, row.class) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("Run returned %v, want class %q and the words %q", err, row.class, row.want)
			}
		})
	}
}

func TestErrorsOfTheKernelHaveTheirClass(t *testing.T) {
	for err, class := range map[error]error{
		unix.EACCES: reader.ErrPermission, unix.EPERM: reader.ErrPermission, unix.EBUSY: reader.ErrBusy, unix.EAGAIN: reader.ErrBusy,
		unix.ENOENT: reader.ErrAbsent, unix.ENXIO: reader.ErrAbsent, unix.ENODEV: reader.ErrAbsent, unix.EIO: reader.ErrAbsent,
		unix.ENOTTY: reader.ErrAddress, unix.EMFILE: reader.ErrFault,
	} {
		if got := openError("/dev/x", err); !errors.Is(got, class) || !errors.Is(got, err) {
			t.Errorf("%v became %v, want class %v", err, got, class)
		}
	}
}

func TestAGlobThatFitsOneDeviceUnderTwoNamesOpensIt(t *testing.T) {
	dir := t.TempDir()
	p := newPTY(t)
	turn(t, filepath.Join(dir, "usb-A"), p.node)
	turn(t, filepath.Join(dir, "usb-A-if00"), p.node)
	startUp(t, newSource(t, filepath.Join(dir, "usb-*"), "")).none(t, p)
}

func TestTheListOfSpeedsIsWhatTheDriverCanSet(t *testing.T) {
	p := newPTY(t)
	for _, baud := range append(reader.Bauds(), 0, 14400, 128000, 256000) {
		opened, err := openTarm(p.node, reader.Line{Baud: baud, DataBits: 7, Parity: reader.ParityEven, StopBits: 2})
		if err == nil {
			err = opened.Close()
		}
		_, parseErr := reader.ParseAddress("serial:/dev/x?baud=" + itoa(baud))
		if (err == nil) != (parseErr == nil) {
			t.Errorf("%d baud: the driver says %v, the address %v", baud, err, parseErr)
		}
	}
}

func TestAnotherKindOfAddressIsRefused(t *testing.T) {
	address, err := reader.ParseAddress("virtual:")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(address, clock()); !errors.Is(err, reader.ErrAddress) {
		t.Errorf("New gave %v", err)
	}
}
