package faketibillet

import "context"

// rendezvous lets several uses look at a ticket's state before any of them changes it.
type rendezvous struct {
	missing int
	full    chan struct{}
}

// RaceUses makes the next n uses that find their ticket and its signature good wait for each other between looking at the ticket's state
// and writing it. All of them that name the same valid ticket then get success: true, and the last to write is the one in
// scanned_by. That is what the real server does, by chance and without lock. A client that hangs up waits no longer.
func (s *Server) RaceUses(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.race = nil
	if n > 1 {
		s.race = &rendezvous{missing: n, full: make(chan struct{})}
	}
}

// meet waits for the other participants of a race if one is on. The caller holds the lock, which is given up while waiting.
func (s *Server) meet(ctx context.Context) {
	race := s.race
	if race == nil {
		return
	}
	if race.missing--; race.missing == 0 {
		s.race = nil
		close(race.full)
		return
	}
	s.mu.Unlock()
	select {
	case <-race.full:
	case <-ctx.Done():
	}
	s.mu.Lock()
}
