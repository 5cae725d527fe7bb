package keyboard

import (
	"context"
	"errors"
	"io"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

// pipeDevice is a node whose events come out of a pipe: real reads of a real descriptor, without the requests that only an input node knows.
type pipeDevice struct {
	*os.File
	name   string
	keys   func() (keyState, error)
	closed atomic.Bool
}

func (p *pipeDevice) Pending() bool {
	raw, err := p.SyscallConn()
	if err != nil {
		return false
	}
	return (&node{raw: raw}).Pending()
}

func (p *pipeDevice) Keys() (keyState, error) { return p.keys() }

func (p *pipeDevice) Name() string { return p.name }

func (p *pipeDevice) Close() error {
	p.closed.Store(true)
	return p.File.Close()
}

// plugged is a source whose device is a pipe, running.
type plugged struct {
	*Source
	typing *os.File // what is written here is typed
	device *pipeDevice
	up     chan struct{}
	frames chan reader.Frame
	notes  chan reader.Notice
	ended  chan error
	stop   context.CancelFunc
}

// plug runs a source on a new pipe.
func plug(t *testing.T, options string, size int, down keyState) *plugged {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &plugged{
		Source: newSource(t, os.DevNull, options), typing: in, up: make(chan struct{}),
		frames: make(chan reader.Frame, 1000), notes: make(chan reader.Notice, 10), ended: make(chan error, 1),
	}
	p.size = size // of the source
	p.device = &pipeDevice{File: out, name: "virtual 1234:5678 Typist", keys: func() (keyState, error) { return down, nil }}
	p.open = func(string) (device, error) { return p.device, nil }
	p.NotifyTo(func(n reader.Notice) { p.notes <- n })
	ctx, stop := context.WithCancel(t.Context())
	p.stop = stop
	go func() {
		p.ended <- p.Run(ctx, func() { close(p.up) }, func(f reader.Frame) { p.frames <- f })
	}()
	t.Cleanup(func() {
		stop()
		_ = in.Close() // some tests have closed it
	})
	return p
}

// newSource gives the source of an address.
func newSource(t *testing.T, path, options string) *Source {
	t.Helper()
	address, err := reader.ParseAddress("hid:" + path + options)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s, err := New(address, func() time.Duration { return time.Since(began) })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (p *plugged) isUp(t *testing.T) {
	t.Helper()
	select {
	case <-p.up:
	case <-time.After(10 * time.Second):
		t.Fatal("not up")
	}
}

// write writes events, stamped with the monotonic clock as the kernel does.
func (p *plugged) write(t *testing.T, events ...Event) {
	t.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		t.Fatal(err)
	}
	stamped := make([]Event, len(events))
	for i, e := range events {
		stamped[i] = e
		stamped[i].Time = time.Duration(now.Nano())
	}
	if _, err := p.typing.Write(AppendEvents(nil, p.size, stamped...)); err != nil {
		t.Fatal(err)
	}
}

// types types a text.
func (p *plugged) types(t *testing.T, text, layout string) {
	t.Helper()
	p.write(t, typed(t, text, layout, ShiftEach)...)
}

func (p *plugged) expect(t *testing.T, want string) reader.Frame {
	t.Helper()
	select {
	case f := <-p.frames:
		if string(f.Code) != want {
			t.Fatalf("the code is %q, want %q", f.Code, want)
		}
		return f
	case err := <-p.ended:
		t.Fatalf("ended with %v before %q came", err, want)
	case <-time.After(10 * time.Second):
		t.Fatalf("%q did not come", want)
	}
	return reader.Frame{}
}

// end waits for the end of Run.
func (p *plugged) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.ended:
		if !p.device.closed.Load() {
			t.Error("the device is still open")
		}
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("Run does not end")
		return nil
	}
}

// scripted is a device for tests that own the time: what it reads comes through a channel.
type scripted struct {
	reads   chan []byte
	fails   chan error
	closed  chan struct{}
	down    keyState
	pending atomic.Bool
}

func newScripted() *scripted {
	return &scripted{reads: make(chan []byte, 1000), fails: make(chan error, 1), closed: make(chan struct{})}
}

func (s *scripted) Read(b []byte) (int, error) {
	select {
	case in := <-s.reads:
		if in == nil {
			panic("driver")
		}
		return copy(b, in), nil
	case err := <-s.fails:
		return 0, err
	case <-s.closed:
		return 0, os.ErrClosed
	}
}

func (s *scripted) Close() error {
	close(s.closed)
	return nil
}

func (s *scripted) Pending() bool { return s.pending.Load() }

func (s *scripted) Keys() (keyState, error) { return s.down, nil }

func (s *scripted) Name() string { return "" }

// isEOF tells an end that a pipe gives and a node never does.
func isEOF(err error) bool { return errors.Is(err, io.EOF) }
