package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// page applies one page of a sweep.
func page(tb testing.TB, db *store.DB, w admission.Sweep, next string, complete bool, tickets ...admission.Ticket) admission.Sweep {
	tb.Helper()
	return must(db.ApplyPage(tb.Context(), w, admission.SweepPage{Tickets: tickets, Next: next, Total: 99}, complete))(tb)
}

func begin(tb testing.TB, db *store.DB, s *station) admission.Sweep {
	tb.Helper()
	return must(db.BeginSweep(tb.Context(), "lespass", "event-a", s.now()))(tb)
}

func status(tb testing.TB, db *store.DB, n int) admission.Status {
	tb.Helper()
	return must(db.Ticket(tb.Context(), key(ticketID(n))))(tb).Status
}

func onlyList(tb testing.TB, db *store.DB) store.ListState {
	tb.Helper()
	lists := must(db.Lists(tb.Context(), "lespass"))(tb)
	if len(lists) != 1 {
		tb.Fatalf("%d lists", len(lists))
	}
	return lists[0]
}

func TestATicketIsReadBackAsThePlatformToldIt(t *testing.T) {
	s := newStation()
	db := open(t, s)
	zone := time.FixedZone("east", 2*3600)
	want := admission.Ticket{
		TicketKey: key("full"), Event: "event-a", Product: "Concert", Price: "Reduced", Status: admission.StatusUnpaid,
		Used: true, UsedAt: time.Date(2026, 11, 20, 10, 0, 0, 5000, time.UTC), UsedBy: "device 3", UsesAllowed: 4,
		Window: admission.Window{From: time.Date(2026, 11, 21, 12, 0, 0, 0, zone), WholeDays: true, Zone: zone}, Holder: "Zoë 100%", Order: "o_1",
	}
	bare := admission.Ticket{TicketKey: key("bare"), Status: admission.StatusValid}
	sweep(t, db, s, []admission.Ticket{want, bare})
	// Whole days are resolved to instants of the same meaning.
	want.Window = admission.Window{From: time.Date(2026, 11, 20, 22, 0, 0, 0, time.UTC)}
	if got := must(db.Ticket(t.Context(), want.TicketKey))(t); got != want {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
	if got := must(db.Ticket(t.Context(), bare.TicketKey))(t); got != bare {
		t.Errorf("got\n%+v, want\n%+v", got, bare)
	}
	if _, err := db.Ticket(t.Context(), key("none")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a ticket nobody listed: %v", err)
	}
}

func TestOnlyACompleteSweepRevokesWhatItDidNotSee(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 4))
	asOf := onlyList(t, db).AsOf

	w := begin(t, db, s)
	w = page(t, db, w, "p2", false, ticket(0), ticket(1))
	if l := onlyList(t, db); l.AsOf != asOf || l.Sweep.Cursor != "p2" || l.Sweep.Seen != 2 || l.Sweep.Done || l.Tickets != 4 {
		t.Fatalf("under way: %+v", l)
	}
	if got := status(t, db, 3); got != admission.StatusValid {
		t.Fatalf("a ticket not seen yet is %s", got)
	}
	w = page(t, db, w, "", true, ticket(1), ticket(2))
	if w.Seen != 3 || !w.Done {
		t.Fatalf("%+v: want 3 distinct tickets seen", w)
	}
	if got := status(t, db, 3); got != admission.StatusRevoked {
		t.Fatalf("a ticket that is gone is %s", got)
	}
	if l := onlyList(t, db); l.AsOf != w.Began || !l.Complete || l.Tickets != 3 {
		t.Fatalf("complete: %+v", l)
	}
	wantDecision(t, record(t, db, s.scan(ticketID(3), admission.Entry)), admission.Refuse, admission.ReasonRevoked)

	sweep(t, db, s, ticketRange(2, 5))
	if status(t, db, 3) != admission.StatusValid || status(t, db, 0) != admission.StatusRevoked {
		t.Fatal("a ticket that came back is not valid, or one that went is not revoked")
	}
	if l := onlyList(t, db); l.Tickets != 3 {
		t.Fatalf("%d tickets, want 3", l.Tickets)
	}
}

func TestASweepThatNeverBecomesCompleteRevokesNothing(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 4))
	w := begin(t, db, s)
	w = page(t, db, w, "", false, ticket(0))
	if w.Done {
		t.Fatal("done though not complete")
	}
	for n := range 4 {
		if got := status(t, db, n); got != admission.StatusValid {
			t.Fatalf("ticket %d is %s", n, got)
		}
	}
	if _, err := db.ApplyPage(t.Context(), w, admission.SweepPage{Next: "more"}, true); err == nil {
		t.Fatal("a page with a next one was taken as the last")
	}
}

func TestASweepIsTakenUpWhereItStoodAfterARestart(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
	ok(t, err)
	w := begin(t, db, s)
	w = page(t, db, w, "p2", false, ticketRange(0, 3)...)
	ok(t, db.Close())
	db = openAt(t, path, s)
	again := begin(t, db, s)
	if again != w || again.Cursor != "p2" || again.Seen != 3 || again.BeganStep == 0 {
		t.Fatalf("took up %+v, left %+v", again, w)
	}
	twice := again
	again = page(t, db, again, "p3", false)
	if _, err := db.ApplyPage(t.Context(), twice, admission.SweepPage{}, false); !errors.Is(err, store.ErrStale) {
		t.Fatalf("a page before the cursor: %v, want ErrStale", err)
	}
	page(t, db, again, "", true, ticket(3))
	next := begin(t, db, s)
	if next.Generation != w.Generation+1 || next.Cursor != "" || next.Seen != 0 || next.BeganStep <= w.BeganStep {
		t.Fatalf("the next sweep: %+v", next)
	}
	anew := must(db.RestartSweep(t.Context(), next, s.now()))(t)
	if anew.Generation != next.Generation+1 || anew.Cursor != "" || anew.BeganStep <= next.BeganStep {
		t.Fatalf("begun anew: %+v", anew)
	}
	for name, err := range map[string]error{
		"a page of the sweep given up": second(db.ApplyPage(t.Context(), next, admission.SweepPage{}, false)),
		"giving it up once more":       second(db.RestartSweep(t.Context(), next, s.now())),
		"a page that was applied":      second(db.ApplyPage(t.Context(), w, admission.SweepPage{}, false)),
	} {
		if !errors.Is(err, store.ErrStale) {
			t.Errorf("%s: %v, want ErrStale", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestAPageThatFailsHalfWayMovesNoCursorAndIsAppliedAgain(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db := openAt(t, path, s)
	w := begin(t, db, s)
	tool := raw(t, path)
	execRaw(t, tool, fmt.Sprintf(`CREATE TRIGGER broken BEFORE INSERT ON tickets WHEN NEW.ticket = '%s'
		BEGIN SELECT RAISE(ABORT, 'no'); END`, ticketID(700)))
	p := admission.SweepPage{Tickets: ticketRange(0, 1000), Next: "p2", Total: 1000}
	if _, err := db.ApplyPage(t.Context(), w, p, false); err == nil {
		t.Fatal("the page went through")
	}
	if l := onlyList(t, db); l.Sweep.Cursor != "" || l.Sweep.Seen != 600 {
		t.Fatalf("after the failure: %+v", l)
	}
	execRaw(t, tool, `DROP TRIGGER broken`)
	w = must(db.ApplyPage(t.Context(), begin(t, db, s), p, false))(t)
	if w.Cursor != "p2" || w.Seen != 1000 {
		t.Fatalf("applied again: %+v", w)
	}
}

func TestWhatAnIncrementBroughtDuringASweepSurvivesIt(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 3))
	w := begin(t, db, s)
	page(t, db, w, "p2", false, ticket(0))
	began := s.now()
	ok(t, db.ApplyChanges(t.Context(), "lespass", "event-a", []admission.Ticket{ticket(7)}, began, "mark-1"))
	w = page(t, db, begin(t, db, s), "", true, ticket(1), ticket(2))
	if w.Seen != 4 {
		t.Errorf("%d seen, want 4 with the one sold meanwhile", w.Seen)
	}
	if got := status(t, db, 7); got != admission.StatusValid {
		t.Errorf("the ticket sold during the sweep is %s", got)
	}
	l := onlyList(t, db)
	if l.AsOf != began || l.Tickets != 4 || l.Watermark != "mark-1" {
		t.Errorf("%+v: want the list as of the increment, which began later", l)
	}
	if got := must(db.Watermark(t.Context(), "lespass", "event-a"))(t); got != "mark-1" {
		t.Errorf("watermark %q", got)
	}
	sweep(t, db, s, ticketRange(0, 3))
	if got := status(t, db, 7); got != admission.StatusRevoked {
		t.Errorf("after a sweep that began later and did not see it, it is %s", got)
	}
}

func TestAnIncrementAfterASweepCountsAndMovesTheAge(t *testing.T) {
	s := newStation()
	db := open(t, s)
	w := sweep(t, db, s, ticketRange(0, 3))
	ok(t, db.ApplyChanges(t.Context(), "lespass", "event-a", []admission.Ticket{ticket(2), ticket(3)}, s.now(), "m"))
	l := onlyList(t, db)
	if l.Tickets != 4 || l.AsOf == w.Began || l.Sweep.Seen != 3 {
		t.Errorf("%+v", l)
	}
	old := w.Began
	ok(t, db.ApplyChanges(t.Context(), "lespass", "event-a", nil, old, "m2"))
	if got := onlyList(t, db); got.AsOf != l.AsOf || got.Watermark != "m2" {
		t.Errorf("an increment that began earlier moved the age back: %+v", got)
	}
}

func TestAPullNeverUnusesATicket(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 3))
	record(t, db, s.scan(ticketID(1), admission.Entry))
	sweep(t, db, s, ticketRange(0, 3))
	ok(t, db.ApplyChanges(t.Context(), "lespass", "event-a", ticketRange(0, 3), s.now(), ""))
	sweep(t, db, s, nil)
	sweep(t, db, s, ticketRange(0, 3))
	wantDecision(t, record(t, db, s.scan(ticketID(1), admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
}

func TestOneAccountsSweepLeavesTheOthersAlone(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 3))
	w := must(db.BeginSweep(t.Context(), "other", "", s.now()))(t)
	must(db.ApplyPage(t.Context(), w, admission.SweepPage{Tickets: ticketRange(0, 1)}, true))(t)
	w = must(db.BeginSweep(t.Context(), "lespass", "event-b", s.now()))(t)
	must(db.ApplyPage(t.Context(), w, admission.SweepPage{}, true))(t)
	for n := range 3 {
		if got := status(t, db, n); got != admission.StatusValid {
			t.Errorf("ticket %d is %s", n, got)
		}
	}
	if _, err := db.ApplyPage(t.Context(), begin(t, db, s), admission.SweepPage{Tickets: []admission.Ticket{{}}}, false); err == nil {
		t.Error("a ticket without an identity was taken")
	}
}

func TestATicketThatMovedToAnotherListIsNotRevokedByTheOld(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 3))
	w := must(db.BeginSweep(t.Context(), "lespass", "event-b", s.now()))(t)
	moved := ticket(1)
	moved.Event = "event-b"
	must(db.ApplyPage(t.Context(), w, admission.SweepPage{Tickets: []admission.Ticket{moved}}, true))(t)
	sweep(t, db, s, []admission.Ticket{ticket(0), ticket(2)})
	if got := status(t, db, 1); got != admission.StatusValid {
		t.Errorf("it is %s", got)
	}
}

func TestEventsAndKeysAreReplacedTogetherAndNeverForgotten(t *testing.T) {
	s := newStation()
	db := open(t, s)
	start := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	a := admission.Event{
		Account: "lespass", ID: "a", Name: "Concert", Start: start, End: start.Add(time.Hour), Zone: "Europe/Paris", Parent: "p",
		Keys: []admission.Key{{Event: "a", PEM: "key a1"}, {PEM: "shared"}},
	}
	b := admission.Event{Account: "lespass", ID: "b", Name: "Ball", Keys: []admission.Key{{Event: "b", PEM: "key b"}, {PEM: "shared"}}}
	ok(t, db.PutEvents(t.Context(), "lespass", []admission.Event{a, b}))
	wantEvents := func(want ...admission.Event) {
		t.Helper()
		got := must(db.Events(t.Context(), "lespass"))(t)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got\n%+v, want\n%+v", got, want)
		}
	}
	wantEvents(b, a) // no start sorts first
	if keys := must(db.Keys(t.Context(), "lespass"))(t); len(keys) != 3 {
		t.Errorf("%d keys, want 3 distinct: %v", len(keys), keys)
	}

	a.Name, a.Keys = "Concert (late)", []admission.Key{{Event: "a", PEM: "key a2"}}
	ok(t, db.PutEvents(t.Context(), "lespass", []admission.Event{a}))
	b.Withdrawn = true
	wantEvents(b, a)
	untimed := a
	untimed.Start, untimed.End = time.Time{}, time.Time{}
	ok(t, db.PutEvents(t.Context(), "lespass", []admission.Event{untimed}))
	wantEvents(b, a) // an answer without a time is no proof that it is wrong
	bare := a
	bare.Keys = nil
	ok(t, db.PutEvents(t.Context(), "lespass", []admission.Event{bare}))
	wantEvents(b, a)
	if got := must(db.Events(t.Context(), "nobody"))(t); len(got) != 0 {
		t.Errorf("events of nobody: %v", got)
	}

	ok(t, db.ChooseEvents(t.Context(), "lespass", []string{"b", "a", "b"}))
	if got := must(db.ChosenEvents(t.Context(), "lespass"))(t); fmt.Sprint(got) != "[a b]" {
		t.Errorf("chosen %v", got)
	}
	ok(t, db.ChooseEvents(t.Context(), "lespass", nil))
	if got := must(db.ChosenEvents(t.Context(), "lespass"))(t); len(got) != 0 {
		t.Errorf("chosen %v after taking it back", got)
	}
}

func TestFactsAreThoseThatRecordDecidesOn(t *testing.T) {
	s := newStation()
	db := open(t, s)
	ok(t, db.PutEvents(t.Context(), "lespass", []admission.Event{{ID: "event-a", Name: "Concert", Zone: "Europe/Paris"}}))
	w := sweep(t, db, s, ticketRange(0, 3))
	record(t, db, s.scan(ticketID(1), admission.Entry))
	p := s.scan(ticketID(1), admission.Entry)
	p.House.Capacity = 10
	p.Claims = append(p.Claims, admission.Claim{Credential: admission.Credential{TicketKey: admission.TicketKey{Account: "unheard of", ID: "x"}}})
	f := must(db.Facts(t.Context(), p))(t)
	c := f.Claims[0]
	if f.House != (admission.House{Inside: 1, Capacity: 10}) || c.Ticket == nil || c.Event == nil || c.Event.Name != "Concert" ||
		!c.List.Complete || c.List.AsOf != w.Began || c.Presence.Entries != 1 || c.Presence.LastEntry.Lane != "north" || !c.Presence.Inside {
		t.Fatalf("%+v", f)
	}
	if p.Claims[0].Ticket != nil {
		t.Error("the presentation was written into")
	}
	if o := f.Claims[1]; o.Ticket != nil || o.List.Complete {
		t.Errorf("an account nobody knows: %+v", o)
	}
	unlisted := must(db.Facts(t.Context(), s.scan("unlisted", admission.Entry)))(t).Claims[0]
	if unlisted.Ticket != nil || !unlisted.List.Complete || unlisted.List.AsOf != w.Began {
		t.Errorf("an unlisted ticket: %+v", unlisted)
	}
	begin := must(db.BeginSweep(t.Context(), "lespass", "event-b", s.now()))(t)
	if c := must(db.Facts(t.Context(), s.scan("unlisted", admission.Entry)))(t).Claims[0]; c.List.Complete {
		t.Errorf("the weakest list is not complete, %+v says it is (%+v)", c.List, begin)
	}
}

func TestATicketGoneFromAListOfUsableOnesIsUsedAndNotRevoked(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 3))
	usable := func(tickets ...admission.Ticket) {
		w := must(db.BeginSweep(t.Context(), "lespass", "event-a", s.now()))(t)
		must(db.ApplyPage(t.Context(), w, admission.SweepPage{Tickets: tickets, Total: len(tickets), UsableOnly: true}, true))(t)
	}
	wantDecision(t, record(t, db, s.scan(ticketID(0), admission.Entry)), admission.Admit, admission.ReasonAdmitted)
	ok(t, db.Settle(t.Context(), 1, admission.Outcome{Kind: admission.OutcomeDelivered}))
	usable(ticket(2))
	if got := must(db.Ticket(t.Context(), key(ticketID(1))))(t); got.Status != admission.StatusValid || !got.Used {
		t.Errorf("gone from the list: %+v", got)
	}
	wantDecision(t, record(t, db, s.scan(ticketID(1), admission.Entry)), admission.Hold, admission.ReasonAlreadyRedeemed)
	wantDecision(t, record(t, db, s.scan(ticketID(0), admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
	wantDecision(t, record(t, db, s.scan(ticketID(2), admission.Entry)), admission.Admit, admission.ReasonAdmitted)
	for _, a := range must(db.Admitted(t.Context(), "lespass", "event-a", 0, 10))(t) {
		if !a.UsableOnly {
			t.Errorf("the two sides do not say what kind of list it is: %+v", a)
		}
	}
	usable(ticket(0), ticket(1), ticket(2))
	if got := must(db.Ticket(t.Context(), key(ticketID(1))))(t); got.Used {
		t.Errorf("back on the list: %+v", got)
	}
}

func TestAnAnswerIsKeptAndLeavesTheListAsOldAsItWas(t *testing.T) {
	s := newStation()
	db := open(t, s)
	seen, never := ticket(1), ticket(2)
	seen.Event, seen.Account, never.Account = "", "lespass", "lespass"
	ok(t, db.PutAnswer(t.Context(), seen, true))
	if got := must(db.Ticket(t.Context(), key(ticketID(1))))(t); got != seen {
		t.Errorf("kept %+v, want %+v", got, seen)
	}
	if l := onlyList(t, db); l.Complete || !l.AsOf.IsZero() || l.Tickets != 1 || l.Sweep.Generation != 0 {
		t.Errorf("one answer made a list of it: %+v", l)
	}
	ok(t, db.PutAnswer(t.Context(), never, false)) // never heard of
	if _, err := db.Ticket(t.Context(), key(ticketID(2))); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a ticket that was not found: %v", err)
	}
	ok(t, db.PutAnswer(t.Context(), seen, false))
	if _, err := db.Ticket(t.Context(), key(ticketID(1))); !errors.Is(err, store.ErrNotFound) || onlyList(t, db).Tickets != 0 {
		t.Errorf("no longer found, and not forgotten: %v", err)
	}
	if err := db.PutAnswer(t.Context(), admission.Ticket{}, true); err == nil {
		t.Error("a ticket without identity was kept")
	}
}

func TestAnAnswerDuringASweepDoesNotCountForIt(t *testing.T) {
	s := newStation()
	db := open(t, s)
	w := must(db.BeginSweep(t.Context(), "lespass", "", s.now()))(t)
	w = must(db.ApplyPage(t.Context(), w, admission.SweepPage{Tickets: ticketRange(0, 2), Next: "2", Total: 3}, false))(t)
	answered := ticket(7)
	answered.Account = "lespass"
	ok(t, db.PutAnswer(t.Context(), answered, true))
	w = must(db.ApplyPage(t.Context(), w, admission.SweepPage{Tickets: ticketRange(2, 3), Total: 3, UsableOnly: true}, true))(t)
	if w.Seen != 3 {
		t.Errorf("seen %d, want 3", w.Seen)
	}
	if got := must(db.Ticket(t.Context(), key(ticketID(7))))(t); !got.Used {
		t.Errorf("answered for, and not on the list of usable tickets that came after: %+v", got)
	}
}
