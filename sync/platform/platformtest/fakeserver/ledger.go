package fakeserver

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
	Route  string
	Method string
	Path   string // without secrets, see [Place]
	Caller string // who asked, where the site found the credentials good
	Fault  Fault  // what the mood made of it
	Status int    // of the answer, 0 if none was given
}

// Use is one request to use a ticket that was worked on.
type Use struct {
	At      time.Time
	Caller  string // who asked: a device, a point of sale; empty where the platform does not tell them apart
	Event   string // the event that was named, as it was named
	Ticket  string // the ticket's identity at the platform, empty when the request did not lead to one
	Status  int    // HTTP status
	Success bool   // the server now holds the ticket for used because of this
	Lost    bool   // the answer did not reach the client whole
}

type ledger struct {
	counts   map[string]int
	inFlight map[string]int
	peak     map[string]int
	requests []Request
	uses     []Use
}

func newLedger() ledger {
	return ledger{counts: map[string]int{}, inFlight: map[string]int{}, peak: map[string]int{}}
}

func (l *ledger) enter(route string) {
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

// RecordUse puts a use into the ledger. The site calls it for every use it has worked on. Lost follows from the query; an At of zero
// means now and an empty Caller the query's.
func (f *Front) RecordUse(q *Query, u Use) {
	if u.At.IsZero() {
		u.At = f.clock()
	}
	if u.Caller == "" {
		u.Caller = q.Caller
	}
	u.Lost = q.Mood.Fault != Healthy || q.rehearsal
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ledger.uses = appendBounded(f.ledger.uses, u)
}

// Counts returns how many requests each route has received since the start or the last [Front.ForgetRequests].
func (f *Front) Counts() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.ledger.counts)
}

// Count returns how many requests a route has received.
func (f *Front) Count(route string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ledger.counts[route]
}

// InFlight returns how many requests to a route are being served now.
func (f *Front) InFlight(route string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ledger.inFlight[route]
}

// Peak returns the largest number of requests to a route that were being served at the same time.
func (f *Front) Peak(route string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ledger.peak[route]
}

// Requests returns the requests in the order in which they were finished.
func (f *Front) Requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.ledger.requests)
}

// Uses returns the uses in the order in which they were worked on.
func (f *Front) Uses() []Use {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.ledger.uses)
}

// ForgetRequests empties the counts, peaks, requests and uses.
func (f *Front) ForgetRequests() {
	f.mu.Lock()
	defer f.mu.Unlock()
	inFlight := f.ledger.inFlight
	f.ledger = newLedger()
	f.ledger.inFlight = inFlight
}
