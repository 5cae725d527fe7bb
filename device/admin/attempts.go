package admin

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	attemptsFree   = 5 // mistyping is no attack
	attemptsFirst  = 2 * time.Second
	attemptsMost   = 5 * time.Minute
	attemptsForget = 30 * time.Minute // of quiet
	addressesKept  = 1024
	// All addresses together, this box aside: many guessers are no faster than
	// one.
	attemptsWide      = 30
	attemptsWideEvery = 2 * time.Second
)

// attempts slows down guessing. Each address waits longer after every wrong
// attempt, by itself, so that a stranger cannot keep staff out by guessing; and
// all but this box itself share one wide allowance.
type attempts struct {
	mu   sync.Mutex
	by   map[netip.Addr]*guesser
	wide *rate.Limiter
}

type guesser struct {
	wrong int
	until time.Time // no attempt counts before
	last  time.Time
}

func newAttempts() *attempts {
	return &attempts{
		by:   make(map[netip.Addr]*guesser),
		wide: rate.NewLimiter(rate.Every(attemptsWideEvery), attemptsWide),
	}
}

// begin takes an attempt of an address as a wrong one, which succeeded takes
// back, so that many at once are not looked at together. It gives how long the
// address has to wait instead, 0 where it may go on.
func (a *attempts) begin(from netip.Addr, now time.Time) (wait time.Duration) {
	from = network(from)
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.by[from]
	if g != nil && now.Sub(g.last) > attemptsForget {
		delete(a.by, from)
		g = nil
	}
	if g != nil && g.until.After(now) {
		return g.until.Sub(now)
	}
	if !from.IsLoopback() && !a.wide.AllowN(now, 1) {
		return attemptsWideEvery
	}
	if g == nil {
		a.prune(now)
		g = &guesser{}
		a.by[from] = g
	}
	g.wrong++
	g.last = now
	if g.wrong >= attemptsFree {
		g.until = now.Add(min(attemptsFirst<<min(g.wrong-attemptsFree, 16), attemptsMost))
	}
	return 0
}

// succeeded forgets what an address got wrong.
func (a *attempts) succeeded(from netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.by, network(from))
}

// prune forgets addresses that have been quiet; when too many have not, the
// ones that wait no longer, and then all.
func (a *attempts) prune(now time.Time) {
	if len(a.by) < addressesKept {
		return
	}
	for from, g := range a.by {
		if now.Sub(g.last) > attemptsForget || g.wrong < attemptsFree {
			delete(a.by, from)
		}
	}
	if len(a.by) >= addressesKept {
		clear(a.by) // the wide allowance still holds
	}
}

// network is what counts as one address: a host can take any of its network's
// in IPv6.
func network(from netip.Addr) netip.Addr {
	if from.Is6() && !from.IsLoopback() {
		if p, err := from.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return from
}
