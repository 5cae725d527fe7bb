package store_test

import (
	"context"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// BenchmarkFindings times everything that people read, on a database of a
// million tickets and 200,000 check-ins. One answer to a search is to take less
// than 100 ms, whatever is asked, and everything that a first screen asks for a
// few milliseconds.
func BenchmarkFindings(b *testing.B) {
	s := newStation()
	db := evening(b, s, 1_000_000, 200_000)
	began := time.Now()
	ok(b, db.IndexTickets(b.Context()))
	b.Logf("a million tickets indexed in %v", time.Since(began))
	for _, q := range append(questions(), ticketID(77), ticketID(77)[:5], "00000001-aaaa") {
		b.Run("search="+q, func(b *testing.B) {
			found := 0
			for b.Loop() {
				f, err := db.SearchTickets(b.Context(), q, 51)
				ok(b, err)
				found = len(f.Tickets)
			}
			b.ReportMetric(float64(found), "found")
		})
	}
	for name, read := range readings(b, db, s) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				ok(b, read(b.Context()))
			}
		})
	}
}

// questions are what people at a desk ask, the hardest too: what is common,
// what is rare, and what nobody is called.
func questions() []string {
	return []string{
		"a", "anna", "ann", "anna kaleno", "kaleno", "zoe nodal", "o m", "x z", "xa", "nobody", "anna nobody", "balcony", "press pass", "press nobody", "%",
		"Ива", "e", "7", "4a",
	}
}

// readings are the readings of the page beside the search.
func readings(tb testing.TB, db *store.DB, s *station) map[string]func(context.Context) error {
	tb.Helper()
	now := s.now().Wall
	journal := func(f store.JournalFilter) func(context.Context) error {
		return func(ctx context.Context) error {
			_, _, err := db.SearchJournal(ctx, f, 0, 50)
			return err
		}
	}
	deliveries := func(f store.DeliveryFilter) func(context.Context) error {
		f.Limit = 100
		return func(ctx context.Context) error {
			_, err := db.Deliveries(ctx, f)
			return err
		}
	}
	head, _, err := db.Head(tb.Context())
	ok(tb, err)
	return map[string]func(context.Context) error{
		"journal=all":              journal(store.JournalFilter{}),
		"journal=lane and verdict": journal(store.JournalFilter{Lane: "south", Verdict: admission.Refuse}),
		"journal=nothing fits":     journal(store.JournalFilter{Lane: "nowhere"}),
		"journal=old":              journal(store.JournalFilter{Until: now.Add(-100 * time.Hour)}),
		"journal=by hand":          journal(store.JournalFilter{ByHand: true}),
		"journal=ticket":           journal(store.JournalFilter{Ticket: ticketID(500)}),
		"journal=unknown ticket":   journal(store.JournalFilter{Account: "lespass", Ticket: "nobody's"}),
		"journal=latest":           func(ctx context.Context) error { return second(db.CheckIns(ctx, head-60, 60, store.CheckInFilter{})) },
		"rates=one hour":           func(ctx context.Context) error { return second(db.Rates(ctx, now, 60)) },
		"rates=four hours":         func(ctx context.Context) error { return second(db.Rates(ctx, now, 240)) },
		"counts":                   func(ctx context.Context) error { return second(db.Counts(ctx, 0)) },
		"counts=since":             func(ctx context.Context) error { return second(db.Counts(ctx, head/2)) },
		"conflicts=open":           func(ctx context.Context) error { return second(db.NewestConflicts(ctx, false, 200)) },
		"conflicts=all":            func(ctx context.Context) error { return second(db.NewestConflicts(ctx, true, 200)) },
		"conflicts=count":          func(ctx context.Context) error { return second(db.OpenConflicts(ctx)) },
		"deliveries=unsettled":     deliveries(store.DeliveryFilter{Unsettled: true}),
		"deliveries=pending":       deliveries(store.DeliveryFilter{State: admission.DeliveryPending}),
		"deliveries=any":           deliveries(store.DeliveryFilter{}),
		"deliveries=any, later":    deliveries(store.DeliveryFilter{After: head - 100}),
		"deliveries=done":          deliveries(store.DeliveryFilter{State: admission.DeliveryDone, Account: "lespass"}),
		"deliveries=of nobody":     deliveries(store.DeliveryFilter{Account: "nobody"}),
		"lists":                    func(ctx context.Context) error { return second(db.Lists(ctx, "lespass")) },
		"outbox accounts":          func(ctx context.Context) error { return second(db.OutboxAccounts(ctx)) },
		"outbox counts":            func(ctx context.Context) error { _, _, _, err := db.OutboxCounts(ctx, ""); return err },
		"outbox due":               func(ctx context.Context) error { return second(db.Due(ctx, "lespass", now, 100)) },
		"story":                    func(ctx context.Context) error { return second(db.Story(ctx, key(ticketID(500)))) },
		"newest stamp":             func(ctx context.Context) error { return second(db.NewestStamp(ctx)) },
		"ticket":                   func(ctx context.Context) error { return second(db.Ticket(ctx, key(ticketID(500)))) },
		"indexed":                  func(ctx context.Context) error { return second(db.Indexed(ctx)) },
	}
}
