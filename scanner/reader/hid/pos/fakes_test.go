package pos

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

// patience is how long a test waits for what must come. It only shows when something is broken.
const patience = 20 * time.Second

// facts is what a device says of itself, and what it was told to be.
type facts struct {
	raw             []byte
	vendor, product uint16
	refuse          error // of SetFeature

	mu       sync.Mutex
	features [][]byte
}

func (f *facts) Descriptor() ([]byte, error) { return f.raw, nil }

func (f *facts) ID() (vendor, product uint16, err error) { return f.vendor, f.product, nil }

func (f *facts) SetFeature(report []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.features = append(f.features, bytes.Clone(report))
	return f.refuse
}

func (f *facts) told() [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.features)
}

// plug is a reader at the other end of a pair of sockets that keep reports apart, as hidraw does.
type plug struct {
	*os.File
	facts *facts
	form  form
	host  chan device // the end that is opened, once
}

// wire is the host's end.
type wire struct {
	*os.File
	*facts
}

func newPlug(t *testing.T, facts *facts) *plug {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &plug{File: os.NewFile(uintptr(fds[0]), "reader"), facts: facts, form: formIn(t, facts.raw), host: make(chan device, 1)}
	host := os.NewFile(uintptr(fds[1]), "hidraw")
	p.host <- wire{host, facts}
	t.Cleanup(func() {
		for _, file := range []*os.File{p.File, host} {
			if err := file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
				t.Error(err)
			}
		}
	})
	return p
}

// open is an opener of this reader alone.
func (p *plug) open(string) (device, error) {
	select {
	case host := <-p.host:
		return host, nil
	default:
		return nil, openError("/dev/hidraw0", unix.ENOENT)
	}
}

// send writes reports.
func (p *plug) send(t *testing.T, reports ...[]byte) {
	t.Helper()
	for _, report := range reports {
		if _, err := p.Write(report); err != nil {
			t.Fatal(err)
		}
	}
}

// scan writes a code.
func (p *plug) scan(t *testing.T, code string) {
	t.Helper()
	p.send(t, p.form.encode("]Q1", 's', []byte(code))...)
}

// hears waits for an output report.
func (p *plug) hears(t *testing.T, want string) {
	t.Helper()
	if err := p.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 256)
	n, err := p.Read(buf)
	if err != nil || string(buf[:n]) != want {
		t.Fatalf("the reader heard %q, %v, want %q", buf[:n], err, want)
	}
}

// unplug pulls the cable.
func (p *plug) unplug(t *testing.T) {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

// script is a device in the test's hands, for tests that own the time.
type script struct {
	*facts
	reads  chan []byte
	fails  chan error
	wake   chan struct{}
	writes chan []byte
	hold   chan struct{} // writes and Close wait for it when it is set
	once   sync.Once
	closed bool
	panics bool
}

func newScript(facts *facts) *script {
	return &script{
		facts: facts, reads: make(chan []byte), fails: make(chan error, 1), wake: make(chan struct{}), writes: make(chan []byte, 10),
	}
}

func (s *script) Read(b []byte) (int, error) {
	if s.panics {
		panic("driver")
	}
	select {
	case report := <-s.reads:
		return copy(b, report), nil
	default:
	}
	select {
	case report := <-s.reads:
		return copy(b, report), nil
	case err := <-s.fails:
		return 0, &os.PathError{Op: "read", Path: "/dev/hidraw0", Err: err}
	case <-s.wake:
		return 0, os.ErrDeadlineExceeded
	}
}

func (s *script) Write(b []byte) (int, error) {
	if s.hold != nil {
		<-s.hold
	}
	s.writes <- bytes.Clone(b)
	return len(b), nil
}

func (s *script) SetReadDeadline(time.Time) error {
	s.once.Do(func() { close(s.wake) })
	return nil
}

func (s *script) Close() error {
	if s.hold != nil {
		<-s.hold
	}
	s.closed = true
	return nil
}

func (s *script) open(string) (device, error) { return s, nil }

// clock is a monotonic clock.
func clock() reader.Monotonic {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

// newSource gives a source that opens with open.
func newSource(t *testing.T, open opener, options string) *Source {
	t.Helper()
	address, err := reader.ParseAddress("hid:/dev/null" + options)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(address, clock())
	if err != nil {
		t.Fatal(err)
	}
	s.open, s.closeBound = open, patience
	return s
}

// running is a source that runs.
type running struct {
	*Source
	ups     chan struct{}
	frames  chan reader.Frame
	notices chan reader.Notice
	ended   chan error
	cancel  context.CancelFunc
	once    sync.Once
}

// start runs a source until the end of the test.
func start(t *testing.T, s *Source) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{
		Source: s, ups: make(chan struct{}, 1), frames: make(chan reader.Frame, 1000), notices: make(chan reader.Notice, 1000),
		ended: make(chan error, 1), cancel: cancel,
	}
	s.NotifyTo(func(n reader.Notice) { r.notices <- n })
	go func() {
		r.ended <- s.Run(ctx, func() { r.ups <- struct{}{} }, func(f reader.Frame) { r.frames <- f })
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
		if got := r.next(t); string(got.Code) != want || got.AIM != "]Q1" || got.Overlong {
			t.Fatalf("code %q %q (overlong %v), want %q", got.Code, got.AIM, got.Overlong, want)
		}
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
