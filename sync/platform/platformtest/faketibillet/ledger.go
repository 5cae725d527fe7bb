package faketibillet

import (
	"maps"
	"slices"
	"time"
)

// ledgerLimit is how many requests and uses are remembered; the oldest are forgotten first.
const ledgerLimit = 100_000

// Request is one request that reached the server.
type Request struct {
	At     time.Time // when it had been read
	Route  Route
	Method string
	Path   string // of a pairing request without the token
	Device string // the scan app's UUID where the key was good
	Fault  Fault  // what the mood made of it
	Status int    // of the answer, 0 if none was given
}

// Use is one POST /scan/ticket/ that was worked on.
type Use struct {
	At      time.Time
	Device  string // the scan app's UUID
	Event   string // the event_uuid that was sent
	Ticket  string // the ticket's UUID, empty when the code did not lead to one
	Status  int    // HTTP status
	Success bool   // the server marked the ticket as scanned
	Lost    bool   // the answer did not reach the client whole
}

type ledger struct {
	counts   map[Route]int
	inFlight map[Route]int
	peak     map[Route]int
	requests []Request
	uses     []Use
}

func newLedger() ledger {
	return ledger{counts: map[Route]int{}, inFlight: map[Route]int{}, peak: map[Route]int{}}
}

func (l *ledger) enter(route Route) {
	l.counts[route]++
	l.inFlight[route]++
	l.peak[route] = max(l.peak[route], l.inFlight[route])
}

func (l *ledger) leave(r Request) {
	l.inFlight[r.Route]--
	l.requests = appendBounded(l.requests, r)
}

func appendBounded[T any](list []T, item T) []T {
	if len(list) >= ledgerLimit {
		list = slices.Delete(list, 0, ledgerLimit/10)
	}
	return append(list, item)
}

// Counts returns how many requests each route has received since the start or the last [Server.ForgetRequests].
func (s *Server) Counts() map[Route]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.ledger.counts)
}

// Count returns how many requests a route has received.
func (s *Server) Count(route Route) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledger.counts[route]
}

// Peak returns the largest number of requests to a route that were being served at the same time.
func (s *Server) Peak(route Route) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledger.peak[route]
}

// Requests returns the requests in the order in which they were finished.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ledger.requests)
}

// Uses returns the uses in the order in which they were worked on.
func (s *Server) Uses() []Use {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ledger.uses)
}

// ForgetRequests empties the counts, peaks, requests and uses.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	inFlight := s.ledger.inFlight
	s.ledger = newLedger()
	s.ledger.inFlight = inFlight
}
