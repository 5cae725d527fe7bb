package main

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// simHidden is how long a server does not notice that its client has gone: what
// it had been asked for has its effect meanwhile, long after the client gave up.
const simHidden = 3 * time.Minute

var errSimCable = errors.New("the cable is cut")

// simExchange leads from accounts to their servers. It outlives the station.
type simExchange struct {
	mu      sync.Mutex
	servers map[string]func(ctx context.Context, network, address string) (net.Conn, error)
	dark    map[string]bool // packets to it vanish without a word
}

// simCable is the network as one life of the daemon has it. When the process
// is killed, nothing more of it gets out.
type simCable struct {
	exchange *simExchange
	ctx      context.Context // ends with the whole simulation
	dead     atomic.Bool
	mu       sync.Mutex
	conns    []*simConn
}

// to gives what connects to the server of an account.
func (c *simCable) to(account string) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) { return c.dial(ctx, network, account) }
}

func (c *simCable) dial(ctx context.Context, network, account string) (net.Conn, error) {
	failed := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	if c.dead.Load() {
		return failed(errSimCable)
	}
	c.exchange.mu.Lock()
	server, dark := c.exchange.servers[account], c.exchange.dark[account]
	c.exchange.mu.Unlock()
	switch {
	case server == nil:
		return failed(errSimCable)
	case dark:
		<-ctx.Done()
		return failed(ctx.Err())
	}
	conn, err := server(ctx, network, account)
	if err != nil {
		return nil, err
	}
	if c.dead.Load() {
		return failed(errors.Join(errSimCable, conn.Close()))
	}
	wrapped := &simConn{Conn: conn, cable: c}
	c.mu.Lock()
	c.conns = append(c.conns, wrapped)
	c.mu.Unlock()
	return wrapped, nil
}

// sever cuts everything this process has open: it is dead.
func (c *simCable) sever() {
	c.dead.Store(true)
	c.mu.Lock()
	conns := c.conns
	c.conns = nil
	c.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
	}
}

// simConn is the client's end of a connection. A client that closes it while
// its request is being worked on is not noticed by the server for a while.
type simConn struct {
	net.Conn

	cable  *simCable
	asked  atomic.Bool // a request is out and nothing of its answer has come
	closed atomic.Bool
}

func (c *simConn) Write(b []byte) (int, error) {
	if c.cable.dead.Load() || c.closed.Load() {
		return 0, errSimCable
	}
	c.asked.Store(true)
	return c.Conn.Write(b)
}

func (c *simConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.closed.Load() {
		return 0, net.ErrClosed
	}
	if n > 0 {
		c.asked.Store(false)
	}
	return n, err
}

func (c *simConn) Close() error {
	if c.closed.Swap(true) {
		return net.ErrClosed
	}
	if !c.asked.Load() {
		return c.Conn.Close()
	}
	// Wakes whoever reads; then the rest of the exchange is let run out unheard.
	_ = c.SetDeadline(time.Unix(1, 0))
	go func() {
		hidden, cancel := context.WithTimeout(c.cable.ctx, simHidden)
		defer cancel()
		stop := context.AfterFunc(hidden, func() { _ = c.Conn.Close() })
		defer stop()
		_ = c.SetDeadline(time.Time{})
		_, _ = io.Copy(io.Discard, c.Conn)
		_ = c.Conn.Close()
	}()
	return nil
}
