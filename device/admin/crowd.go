package admin

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// How many connections may be open at once. Every one is a file of the process,
// and the journal and the readers need files too.
const (
	crowdAll     = 512
	crowdAddress = 64
)

// crowd bounds the connections, of each address and of all together, so that
// whoever opens many and says nothing takes nothing from the gate. This box
// itself is not counted: its own screen and its commands reach the page whoever
// else is there.
type crowd struct {
	mu   sync.Mutex
	open map[net.Conn]netip.Addr // what each is counted as
	by   map[netip.Addr]int
	near neighbours
}

func newCrowd(near neighbours) *crowd {
	return &crowd{open: make(map[net.Conn]netip.Addr), by: make(map[netip.Addr]int), near: near}
}

// state follows a connection as http.Server.ConnState: one too many is closed
// before a byte of it is read.
func (c *crowd) state(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if !c.enter(conn) {
			_ = conn.Close() // it was not wanted; the server sees it closed and counts it out
		}
	case http.StateClosed, http.StateHijacked:
		c.leave(conn)
	case http.StateActive, http.StateIdle:
	}
}

// enter counts a connection and tells whether it may stay.
func (c *crowd) enter(conn net.Conn) bool {
	var from netip.Addr
	if a, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
		from = c.near.one(a.Addr().Unmap())
	}
	if from.IsLoopback() {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[conn] = from
	c.by[from]++
	return len(c.open) <= crowdAll && c.by[from] <= crowdAddress
}

// leave counts a connection out as what it was counted in: the networks of this
// box may have changed since.
func (c *crowd) leave(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	from, ok := c.open[conn]
	if !ok {
		return
	}
	delete(c.open, conn)
	if c.by[from]--; c.by[from] <= 0 {
		delete(c.by, from)
	}
}
