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
	near neighbours
}

type guesser struct {
	wrong  int
	until  time.Time // no attempt counts before
	last   time.Time // of the newest attempt
	before time.Time // of the one before it, which is the newest when that is taken back
}

func newAttempts(near neighbours) *attempts {
	return &attempts{
		near: near,
		by:   make(map[netip.Addr]*guesser),
		wide: rate.NewLimiter(rate.Every(attemptsWideEvery), attemptsWide),
	}
}

// begin takes an attempt of an address as a wrong one, which takeBack and
// succeeded undo, so that many at once are not looked at together. It gives how
// long the address has to wait instead, 0 where it may go on.
func (a *attempts) begin(from netip.Addr, now time.Time) (wait time.Duration) {
	from = a.near.one(from)
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
	g.before, g.last = g.last, now
	if g.wrong >= attemptsFree {
		g.until = now.Add(min(attemptsFirst<<min(g.wrong-attemptsFree, 16), attemptsMost))
	}
	return 0
}

// takeBack undoes the attempt that an address began at a moment, and no other:
// it was not wrong, or was not looked at. Who knows one secret and guesses
// another must not wipe the guesses away by typing the one in between.
func (a *attempts) takeBack(from netip.Addr, began time.Time) {
	from = a.near.one(from)
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.by[from]
	if g == nil {
		return
	}
	if g.wrong--; g.wrong <= 0 {
		delete(a.by, from)
		return
	}
	if g.last.Equal(began) {
		g.last, g.until = g.before, time.Time{} // the wait before it was over, or it would not have begun
	}
}

// succeeded forgets what an address got wrong: whoever knows the greatest secret
// has nothing left to guess.
func (a *attempts) succeeded(from netip.Addr) {
	from = a.near.one(from)
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.by, from)
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
