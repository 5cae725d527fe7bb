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
// itself is not counted among the addresses.
type crowd struct {
	mu  sync.Mutex
	all int
	by  map[netip.Addr]int
}

func newCrowd() *crowd { return &crowd{by: make(map[netip.Addr]int)} }

// state follows a connection as http.Server.ConnState: one too many is closed
// before a byte of it is read.
func (c *crowd) state(conn net.Conn, state http.ConnState) {
	var from netip.Addr
	if a, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
		from = network(a.Addr().Unmap())
	}
	switch state {
	case http.StateNew:
		if !c.enter(from) {
			_ = conn.Close() // it was not wanted; the server sees it closed and counts it out
		}
	case http.StateClosed, http.StateHijacked:
		c.leave(from)
	case http.StateActive, http.StateIdle:
	}
}

// enter counts a connection and tells whether it may stay.
func (c *crowd) enter(from netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all++
	c.by[from]++
	return c.all <= crowdAll && (c.by[from] <= crowdAddress || from.IsLoopback())
}

func (c *crowd) leave(from netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.by[from]--; c.by[from] <= 0 {
		delete(c.by, from)
	}
}
