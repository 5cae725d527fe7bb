package serial

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

// patience is how long a test waits for what must come. It only shows when something is broken.
const patience = 20 * time.Second

// pty is the reader's end of a pseudo terminal: what is written to it, the port reads.
type pty struct {
	*os.File
	node string
}

func newPTY(t *testing.T) *pty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := master.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
	})
	raw, err := master.SyscallConn() // not Fd, which would make the file blocking
	if err != nil {
		t.Fatal(err)
	}
	var number int
	var ioctlErr error
	err = raw.Control(func(fd uintptr) {
		ioctlErr = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0)
		if ioctlErr == nil {
			number, ioctlErr = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err = errors.Join(err, ioctlErr); err != nil {
		t.Fatal(err)
	}
	return &pty{File: master, node: fmt.Sprintf("/dev/pts/%d", number)}
}

// scan writes as a reader does.
func (p *pty) scan(t *testing.T, text string) {
	t.Helper()
	if _, err := p.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// unplug pulls the cable.
func (p *pty) unplug(t *testing.T) {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

// clock is a monotonic clock.
func clock() reader.Monotonic {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

// newSource gives a source that is patient on a busy machine.
func newSource(t *testing.T, path, options string) *Source {
	t.Helper()
	address, err := reader.ParseAddress("serial:" + path + options)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(address, clock())
	if err != nil {
		t.Fatal(err)
	}
	s.closeBound = patience
	return s
}

// running is a source that runs.
type running struct {
	*Source
	ups    chan struct{}
	frames chan reader.Frame
	ended  chan error
	cancel context.CancelFunc
	once   sync.Once
}

// start runs a source until the end of the test.
func start(t *testing.T, s *Source) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{Source: s, ups: make(chan struct{}, 1), frames: make(chan reader.Frame), ended: make(chan error, 1), cancel: cancel}
	go func() {
		r.ended <- s.Run(ctx, func() { r.ups <- struct{}{} }, func(f reader.Frame) {
			select {
			case r.frames <- f:
			case <-ctx.Done():
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		r.once.Do(func() {
			if err := r.wait(t); !errors.Is(err, context.Canceled) {
				t.Errorf("Run returned %v", err)
			}
		})
	})
	return r
}

// startUp runs a source and waits until it is up.
func startUp(t *testing.T, s *Source) *running {
	t.Helper()
	r := start(t, s)
	select {
	case <-r.ups:
	case err := <-r.ended:
		r.ended <- err
		t.Fatalf("Run returned %v", err)
	case <-time.After(patience):
		t.Fatal("the reader does not come up")
	}
	return r
}

func (r *running) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.ended:
		return err
	case <-time.After(patience):
		t.Fatal("Run does not return")
		return nil
	}
}

// end waits until Run returns by itself.
func (r *running) end(t *testing.T) error {
	t.Helper()
	var err error
	r.once.Do(func() { err = r.wait(t); r.cancel() })
	return err
}

// next waits for a frame.
func (r *running) next(t *testing.T) reader.Frame {
	t.Helper()
	select {
	case f := <-r.frames:
		return f
	case err := <-r.ended:
		r.ended <- err
		t.Fatalf("Run returned %v instead of a code", err)
	case <-time.After(patience):
		t.Fatal("no code")
	}
	return reader.Frame{}
}

func (r *running) wants(t *testing.T, codes ...string) {
	t.Helper()
	for _, want := range codes {
		if got := r.next(t); string(got.Code) != want || got.Overlong {
			t.Fatalf("code %q (overlong %v), want %q", got.Code, got.Overlong, want)
		}
	}
}

// none wants that nothing else came before the sentinel that is scanned now.
func (r *running) none(t *testing.T, p *pty) {
	t.Helper()
	p.scan(t, "sentinel\r")
	r.wants(t, "sentinel")
}

// counting counts what is done to a port.
type counting struct {
	port
	reads, probes *atomic.Int64
}

func (c counting) Read(b []byte) (int, error) {
	c.reads.Add(1)
	return c.port.Read(b)
}

func (c counting) Write(b []byte) (int, error) {
	if len(b) == 0 {
		c.probes.Add(1)
	}
	return c.port.Write(b)
}

// count makes a source count.
func count(s *Source) (reads, probes *atomic.Int64) {
	reads, probes = new(atomic.Int64), new(atomic.Int64)
	open := s.open
	s.open = func(node string, line reader.Line) (port, error) {
		p, err := open(node, line)
		if err != nil {
			return nil, err
		}
		return counting{port: p, reads: reads, probes: probes}, nil
	}
	return reads, probes
}

// supervised is a source under a supervisor.
type supervised struct {
	states chan reader.Status
	frames chan reader.Frame
	cancel context.CancelFunc
	ended  chan error
}

func supervise(t *testing.T, s *Source) *supervised {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	v := &supervised{states: make(chan reader.Status, 1000), frames: make(chan reader.Frame, 1000), cancel: cancel, ended: make(chan error, 1)}
	supervisor := reader.Supervisor{
		Address: "serial:" + s.path, Source: s, Now: s.now,
		Emit:   func(f reader.Frame) { v.frames <- f },
		Status: func(st reader.Status) { v.states <- st },
		Log:    slog.New(slog.DiscardHandler),
	}
	go func() { v.ended <- supervisor.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-v.ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the supervisor returned %v", err)
			}
		case <-time.After(patience):
			t.Error("the supervisor does not return")
		}
	})
	return v
}

func (v *supervised) reaches(t *testing.T, want reader.State) reader.Status {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case st := <-v.states:
			if st.State == want {
				return st
			}
		case <-deadline:
			t.Fatalf("never %s", want)
		}
	}
}

func (v *supervised) wants(t *testing.T, code string) {
	t.Helper()
	select {
	case f := <-v.frames:
		if string(f.Code) != code {
			t.Fatalf("code %q, want %q", f.Code, code)
		}
	case <-time.After(patience):
		t.Fatalf("no code %q", code)
	}
}

// turn makes a link point at a node, in one step, as udev does.
func turn(t *testing.T, link, node string) {
	t.Helper()
	temporary := filepath.Join(filepath.Dir(link), ".#"+filepath.Base(link))
	if err := os.Symlink(node, temporary); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temporary, link); err != nil {
		t.Fatal(err)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func threads(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
