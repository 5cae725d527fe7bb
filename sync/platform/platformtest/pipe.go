package platformtest

import (
	"context"
	"net"
	"sync"
	"testing"
)

// PipeListener is a network within the process: what is dialled arrives at Accept over [net.Pipe]. Unlike a socket it works inside a
// testing/synctest bubble, where waiting for it lets the bubble's clock run.
type PipeListener struct {
	addr  pipeAddr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// NewPipeListener makes a listener nobody has dialled yet. addr is a host and port of the caller's invention.
func NewPipeListener(addr string) *PipeListener {
	return &PipeListener{addr: pipeAddr(addr), conns: make(chan net.Conn), done: make(chan struct{})}
}

// Accept waits for the next connection; after Close it fails with [net.ErrClosed].
func (l *PipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and makes dialling fail. Connections stay open.
func (l *PipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr is the made-up address.
func (l *PipeListener) Addr() net.Addr { return l.addr }

// DialContext connects to the listener whatever the address; it fits [http.Transport].
func (l *PipeListener) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Addr: l.addr, Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, &net.OpError{Op: "dial", Net: "pipe", Addr: l.addr, Err: ctx.Err()}
	}
}

// pipeAddr is a host and port that lead nowhere.
type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }

// Pipe serves a fake over a [PipeListener] until the test, or the synctest bubble it was called in, ends. It returns the fake's made-up
// address, which names the platform, without trailing slash, and what leads there whatever is dialled; it fits [http.Transport].
func Pipe(tb testing.TB, fake Fake) (base string, dial func(ctx context.Context, network, addr string) (net.Conn, error)) {
	tb.Helper()
	listener := NewPipeListener(fake.Name() + ".example:80")
	base = "http://" + listener.Addr().String()
	fake.SetBaseURL(base)
	serveUntilCleanup(tb, func(ctx context.Context) error { return fake.Serve(ctx, listener) })
	return base, listener.DialContext
}
