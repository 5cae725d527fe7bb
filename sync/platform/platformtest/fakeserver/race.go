package fakeserver

import (
	"context"
	"sync"
)

// rendezvous lets several uses look at a ticket's state before any of them changes it.
type rendezvous struct {
	missing int
	full    chan struct{}
}

// RaceUses makes the next n uses that come as far as [Front.Meet] wait for each other there, between looking at the ticket's state and
// writing it. Fewer than 2 ends a race that is on, for those who have not come yet. For fakes of servers that have no lock there.
func (f *Front) RaceUses(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.race = nil
	if n > 1 {
		f.race = &rendezvous{missing: n, full: make(chan struct{})}
	}
}

// Meet waits for the other participants of a race if one is on, or until ctx ends: a client that hangs up waits no longer. held is the
// site's lock, which the caller holds and which is given up while waiting.
func (f *Front) Meet(ctx context.Context, held sync.Locker) {
	full := f.join()
	if full == nil {
		return
	}
	held.Unlock()
	defer held.Lock()
	select {
	case <-full:
	case <-ctx.Done():
	}
}

// join takes part in a race, and returns what there is to wait for: nil for the last to come and when no race is on.
func (f *Front) join() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	race := f.race
	if race == nil {
		return nil
	}
	if race.missing--; race.missing == 0 {
		f.race = nil
		close(race.full)
		return nil
	}
	return race.full
}
