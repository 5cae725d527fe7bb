package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// station is a clock and the scans of one station.
type station struct {
	mu        sync.Mutex
	wall      time.Time
	since     time.Duration
	boot      string
	untrusted bool
	scans     int
}

func newStation() *station {
	return &station{wall: time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC), since: time.Hour, boot: "boot-1"}
}

func (s *station) now() admission.Stamp {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wall, s.since = s.wall.Add(time.Millisecond), s.since+time.Millisecond
	return admission.Stamp{Wall: s.wall, Trusted: !s.untrusted, Boot: s.boot, SinceBoot: s.since}
}

func (s *station) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wall, s.since = s.wall.Add(d), s.since+d
}

// scan presents a ticket of account "lespass" at a lane.
func (s *station) scan(id string, d admission.Direction) admission.Presentation {
	at := s.now()
	s.mu.Lock()
	s.scans++
	n := s.scans
	s.mu.Unlock()
	code := []byte("code of " + id)
	return admission.Presentation{
		ID:     fmt.Sprintf("01SCAN%020d", n),
		Scan:   admission.Scan{Station: "Main entrance", Lane: "north", Direction: d, At: at},
		Claims: []admission.Claim{claim(id)},
		Code:   code, Digest: admission.Digest(code),
	}
}

func claim(id string) admission.Claim {
	return admission.Claim{Credential: admission.Credential{
		TicketKey: key(id), Platform: admission.TiBillet, Proof: admission.ProofGood,
	}}
}

func key(id string) admission.TicketKey { return admission.TicketKey{Account: "lespass", ID: id} }

func ticket(n int) admission.Ticket {
	return admission.Ticket{
		TicketKey: admission.TicketKey{ID: ticketID(n)}, Event: "event-a", Product: "Concert", Price: "Reduced",
		Status: admission.StatusValid, Holder: fmt.Sprintf("Holder %d", n), Order: fmt.Sprintf("order-%d", n/2),
	}
}

// ticketID scatters its ids, like the platforms' random ones.
func ticketID(n int) string {
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", int64(n)*2654435761%(1<<32), n)
}

func ticketRange(from, to int) []admission.Ticket {
	var out []admission.Ticket
	for n := from; n < to; n++ {
		out = append(out, ticket(n))
	}
	return out
}

func open(tb testing.TB, s *station) *store.DB {
	tb.Helper()
	return openAt(tb, filepath.Join(tb.TempDir(), "gatescand.db"), s)
}

func openAt(tb testing.TB, path string, s *station) *store.DB {
	tb.Helper()
	db, err := store.Open(tb.Context(), path, store.Options{Now: s.now})
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return db
}

// sweep applies tickets as one complete sweep of event-a.
func sweep(tb testing.TB, db *store.DB, s *station, tickets []admission.Ticket) admission.Sweep {
	tb.Helper()
	w := must(db.BeginSweep(tb.Context(), "lespass", "event-a", s.now()))(tb)
	return must(db.ApplyPage(tb.Context(), w, admission.SweepPage{Tickets: tickets, Total: len(tickets)}, true))(tb)
}

func record(tb testing.TB, db *store.DB, p admission.Presentation) admission.CheckIn {
	tb.Helper()
	return must(db.Record(tb.Context(), p))(tb)
}

// must gives the value of a call that has to succeed.
func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

func ok(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func wantDecision(tb testing.TB, c admission.CheckIn, v admission.Verdict, r admission.Reason) {
	tb.Helper()
	if c.Verdict != v || c.Reason != r {
		tb.Fatalf("check-in %d: %s %s, want %s %s", c.Seq, c.Verdict, c.Reason, v, r)
	}
}

func wantVerified(tb testing.TB, db *store.DB) store.Verification {
	tb.Helper()
	v := must(db.VerifyJournal(tb.Context()))(tb)
	if !v.OK() {
		tb.Fatalf("the journal does not verify: %+v", v)
	}
	return v
}

// background starts the database's own work and stops it with the test.
func background(tb testing.TB, db *store.DB) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	done := make(chan error, 1)
	go func() { done <- db.Run(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Errorf("run: %v", err)
		}
	})
}
