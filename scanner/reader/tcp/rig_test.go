package tcp

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gatescand/scanner/reader"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come. It only shows when something is broken.
const patience = 20 * time.Second

func clock() reader.Monotonic {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

func newSource(t *testing.T, hostPort, options string) *Source {
	t.Helper()
	address, err := reader.ParseAddress("tcp:" + hostPort + options)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(address, clock())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// scanner is a reader on the network: a listener that takes one connection after the other.
type scanner struct {
	net.Listener
	address string
}

func newScanner(t *testing.T) *scanner {
	t.Helper()
	return scannerAt(t, "127.0.0.1:0")
}

func scannerAt(t *testing.T, address string) *scanner {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return &scanner{Listener: l, address: l.Addr().String()}
}

// connected takes the next connection.
func (s *scanner) connected(t *testing.T) *net.TCPConn {
	t.Helper()
	conn, err := s.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		t.Fatalf("a connection of type %T", conn)
	}
	return tcp
}

func scan(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
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
			// The other end may have been closed before.
			if err := r.wait(t); !errors.Is(err, context.Canceled) && !errors.Is(err, reader.ErrGone) {
				t.Errorf("Run returned %v", err)
			}
		})
	})
	return r
}

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
