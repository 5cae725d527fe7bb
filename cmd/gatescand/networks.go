package main

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// networksKept is how long the list of this box's networks counts: whoever opens
// connections in a rush must not make it read anew for each.
const networksKept = 10 * time.Second

// ownNetworks gives what tells the networks this box stands in. It may be asked
// from any goroutine.
func ownNetworks(now func() time.Time) func() []netip.Prefix {
	var (
		mu   sync.Mutex
		kept []netip.Prefix
		read time.Time
	)
	return func() []netip.Prefix {
		mu.Lock()
		defer mu.Unlock()
		if at := now(); read.IsZero() || at.Sub(read) >= networksKept || at.Before(read) {
			read = at
			if addrs, err := net.InterfaceAddrs(); err == nil { // else what was read before still counts
				kept = prefixesOf(addrs)
			}
		}
		return kept
	}
}

// prefixesOf gives the networks of addresses with their masks. What is none is
// no network of this box.
func prefixesOf(addrs []net.Addr) []netip.Prefix {
	out := make([]netip.Prefix, 0, len(addrs))
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, p.Masked())
		}
	}
	return out
}
