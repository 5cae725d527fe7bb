package platformtest

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"

	"gatescand/sync/platform/platformtest/faketibillet"
)

// PipeListener is a network within the process: what is dialled arrives at Accept over [net.Pipe]. Unlike a socket it works inside a
// testing/synctest bubble, where waiting for it lets the bubble's clock run.
type PipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// NewPipeListener makes a listener nobody has dialled yet.
func NewPipeListener() *PipeListener {
	return &PipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
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

// Addr is a made-up address.
func (l *PipeListener) Addr() net.Addr { return pipeAddr{} }

// DialContext connects to the listener whatever the address; it fits [http.Transport].
func (l *PipeListener) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Addr: pipeAddr{}, Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, &net.OpError{Op: "dial", Net: "pipe", Addr: pipeAddr{}, Err: ctx.Err()}
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "salle.example:80" }

// PipeTibillet serves a fake TiBillet over a [PipeListener] until the test, or the synctest bubble it was called in, ends. It returns the
// fake's address and the transport that leads there.
func PipeTibillet(tb testing.TB, fake *faketibillet.Server) (string, *http.Transport) {
	tb.Helper()
	listener := NewPipeListener()
	ctx, cancel := context.WithCancel(context.Background()) //nolint:usetesting // must outlive the test's own context to end in order
	served := make(chan error, 1)
	go func() { served <- fake.Serve(ctx, listener) }()
	transport := &http.Transport{DialContext: listener.DialContext}
	base := "http://" + listener.Addr().String()
	fake.SetBaseURL(base)
	tb.Cleanup(func() {
		cancel()
		transport.CloseIdleConnections()
		if err := <-served; err != nil {
			tb.Errorf("fake server: %v", err)
		}
	})
	return base, transport
}
