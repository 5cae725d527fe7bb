package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// admitted is a database in which tickets 0 to n-1 have been let in, as
// check-ins 1 to n.
func admitted(tb testing.TB, s *station, n int) *store.DB {
	tb.Helper()
	db := open(tb, s)
	sweep(tb, db, s, ticketRange(0, n))
	for i := range n {
		record(tb, db, s.scan(ticketID(i), admission.Entry))
	}
	return db
}

func due(tb testing.TB, db *store.DB, now time.Time) string {
	tb.Helper()
	out := ""
	for _, d := range must(db.Due(tb.Context(), "lespass", now, 10))(tb) {
		out += fmt.Sprintf("%d ", d.Seq)
	}
	return out
}

func TestADeliveryGoesOutWithWhatThePlatformNeeds(t *testing.T) {
	s := newStation()
	db := admitted(t, s, 1)
	d := must(db.Due(t.Context(), "lespass", s.now().Wall, 10))(t)[0]
	c := must(db.CheckIn(t.Context(), 1))(t)
	if d.ID != c.ID || d.Ticket != key(ticketID(0)) || d.Event != "event-a" || d.At != c.At || d.Station != "Main entrance" || d.Lane != "north" ||
		!bytes.Equal(d.Code, []byte("code of "+ticketID(0))) || d.State != admission.DeliveryPending || d.Attempt != 0 || d.Earlier {
		t.Fatalf("%+v", d)
	}
	if got := must(db.Due(t.Context(), "other", s.now().Wall, 10))(t); len(got) != 0 {
		t.Errorf("another account's: %+v", got)
	}
	for want := 1; want <= 3; want++ {
		if got := must(db.Attempt(t.Context(), 1))(t); got != want {
			t.Errorf("attempt %d, want %d", got, want)
		}
	}
	if d := must(db.Due(t.Context(), "lespass", s.now().Wall, 10))(t)[0]; d.Attempt != 3 {
		t.Errorf("due says attempt %d", d.Attempt)
	}
	if _, err := db.Attempt(t.Context(), 99); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an attempt at nothing: %v", err)
	}
}

func TestDeliveriesWaitAsLongAsTheyWereToldAndNotForEver(t *testing.T) {
	s := newStation()
	db := admitted(t, s, 3)
	now := s.now().Wall
	ok(t, db.Postpone(t.Context(), 1, now.Add(time.Hour), "the server is busy"))
	ok(t, db.Postpone(t.Context(), 2, now.Add(time.Minute), "no network"))
	if got := due(t, db, now); got != "3 " {
		t.Errorf("due at once: %s", got)
	}
	if next, some, err := db.NextDue(t.Context(), "lespass"); err != nil || !some || !next.IsZero() {
		t.Errorf("next due %v %v %v, want at once", next, some, err)
	}
	ok(t, db.Settle(t.Context(), 3, admission.Outcome{Kind: admission.OutcomeDelivered}))
	if next, some, err := db.NextDue(t.Context(), "lespass"); err != nil || !some || !next.Equal(now.Add(time.Minute)) {
		t.Errorf("next due %v %v %v, want in a minute", next, some, err)
	}
	if got := due(t, db, now.Add(time.Minute)); got != "2 " {
		t.Errorf("due in a minute: %s", got)
	}
	if got := due(t, db, now.Add(time.Hour)); got != "1 2 " {
		t.Errorf("due in an hour: %s", got)
	}
	// The clock turns out to have been a year ahead.
	if got := due(t, db, now.AddDate(-1, 0, 0)); got != "1 2 " {
		t.Errorf("due after the clock was set back: %s", got)
	}
	if n := must(db.Retry(t.Context(), "lespass", 1))(t); n != 1 {
		t.Errorf("%d retried", n)
	}
	if got := due(t, db, now); got != "1 " {
		t.Errorf("due after a retry: %s", got)
	}
	for _, seq := range []int64{1, 2} {
		ok(t, db.Settle(t.Context(), seq, admission.Outcome{Kind: admission.OutcomeOurs}))
	}
	if _, some, err := db.NextDue(t.Context(), "lespass"); err != nil || some {
		t.Errorf("something is due: %v", err)
	}
	if err := db.Postpone(t.Context(), 1, now, ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("postponing what was settled: %v", err)
	}
}

func TestAMemoOfADrawerOutlivesTheProgram(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
	ok(t, err)
	sweep(t, db, s, ticketRange(0, 2))
	record(t, db, s.scan(ticketID(0), admission.Entry))
	ok(t, db.Jot(t.Context(), 1, "n0=0"))
	ok(t, db.Jot(t.Context(), 1, "n0=0 sent"))
	ok(t, db.Close())
	db = openAt(t, path, s)
	if d := must(db.Due(t.Context(), "lespass", s.now().Wall, 10))(t); len(d) != 1 || d[0].Memo != "n0=0 sent" {
		t.Fatalf("due: %+v", d)
	}
	ok(t, db.Settle(t.Context(), 1, admission.Outcome{Kind: admission.OutcomeDelivered}))
	if err := db.Jot(t.Context(), 1, "more"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a memo of a settled delivery: %v", err)
	}
}

func TestDeliveriesOfOneTicketGoOutInOrder(t *testing.T) {
	s := newStation()
	db := open(t, s)
	often := ticket(1)
	often.UsesAllowed = 3
	sweep(t, db, s, []admission.Ticket{ticket(0), often})
	for _, n := range []int{1, 1, 0, 1} {
		record(t, db, s.scan(ticketID(n), admission.Entry))
	}
	now := s.now().Wall
	if got := due(t, db, now); got != "1 3 " {
		t.Fatalf("due %s, want the oldest of each ticket", got)
	}
	ok(t, db.Postpone(t.Context(), 1, now.Add(time.Hour), ""))
	if got := due(t, db, now); got != "3 " {
		t.Fatalf("due %s, want none before the one that waits", got)
	}
	ok(t, db.Settle(t.Context(), 1, admission.Outcome{Kind: admission.OutcomeRejected, Theirs: "no"}))
	if got := due(t, db, now); got != "2 3 " {
		t.Fatalf("due %s, want the next after a buried one", got)
	}
	ok(t, db.Settle(t.Context(), 2, admission.Outcome{Kind: admission.OutcomeDelivered}))
	if got := due(t, db, now); got != "3 4 " {
		t.Fatalf("due %s", got)
	}
}

func TestOutcomesEndDeliveriesAsTheyShould(t *testing.T) {
	s := newStation()
	db := admitted(t, s, 4)
	theirs := time.Date(2026, 11, 21, 18, 30, 0, 0, time.UTC)
	ok(t, db.Settle(t.Context(), 1, admission.Outcome{Kind: admission.OutcomeDelivered}))
	ok(t, db.Settle(t.Context(), 2, admission.Outcome{Kind: admission.OutcomeOurs}))
	ok(t, db.Settle(t.Context(), 3, admission.Outcome{
		Kind: admission.OutcomeConflict, Conflict: admission.UsedElsewhere, Theirs: "used by another device", TheirAt: theirs, Remedy: "ask them",
	}))
	ok(t, db.Settle(t.Context(), 4, admission.Outcome{Kind: admission.OutcomeRejected, Theirs: "wrong event", Remedy: "choose the event"}))
	if err := db.Settle(t.Context(), 1, admission.Outcome{Kind: admission.OutcomeDelivered}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("settling twice: %v", err)
	}
	want := []admission.DeliveryState{admission.DeliveryDone, admission.DeliveryDone, admission.DeliveryConflict, admission.DeliveryBuried}
	for i, d := range must(db.Deliveries(t.Context(), store.DeliveryFilter{Account: "lespass"}))(t) {
		if d.State != want[i] || d.Seq != int64(i+1) || (d.Code != nil) != (d.State == admission.DeliveryBuried) {
			t.Errorf("%+v, want %s", d, want[i])
		}
		if c := must(db.CheckIn(t.Context(), d.Seq))(t); c.Delivery != want[i] {
			t.Errorf("check-in %d says %s, want %s", d.Seq, c.Delivery, want[i])
		}
	}
	if got := must(db.Deliveries(t.Context(), store.DeliveryFilter{State: admission.DeliveryBuried}))(t); len(got) != 1 || got[0].Cause != "wrong event" || got[0].Remedy != "choose the event" {
		t.Errorf("buried: %+v", got)
	}
	pending, buried, oldest, err := db.OutboxCounts(t.Context(), "lespass")
	if err != nil || pending != 0 || buried != 1 || !oldest.IsZero() {
		t.Errorf("%d pending, %d buried, oldest %v, %v", pending, buried, oldest, err)
	}

	open := must(db.Conflicts(t.Context(), false))(t)
	if len(open) != 2 || open[0].Kind != admission.UsedElsewhere || open[0].Seq != 3 || open[0].OurLane != "north" ||
		!open[0].OurAt.Wall.Equal(must(db.CheckIn(t.Context(), 3))(t).At.Wall) || !open[0].TheirAt.Equal(theirs) ||
		open[0].Theirs != "used by another device" || open[0].Remedy != "ask them" || open[0].OpenedAt.IsZero() ||
		open[1].Kind != admission.DeliveryRejected || open[1].Ticket != key(ticketID(3)) {
		t.Fatalf("conflicts: %+v", open)
	}

	if n := must(db.Retry(t.Context(), "", 0))(t); n != 1 {
		t.Errorf("%d retried", n)
	}
	pending, _, oldest, err = db.OutboxCounts(t.Context(), "")
	if err != nil || pending != 1 || oldest.IsZero() {
		t.Errorf("%d pending after the retry, oldest %v, %v", pending, oldest, err)
	}
	ok(t, db.Settle(t.Context(), 4, admission.Outcome{Kind: admission.OutcomeDelivered}))
	if n := must(db.OpenConflicts(t.Context()))(t); n != 1 {
		t.Errorf("%d conflicts open, want the rejection closed by the delivery", n)
	}
	wantVerified(t, db)
}

func TestAConflictIsOpenedOnceAndNotAgainAfterItWasResolved(t *testing.T) {
	s := newStation()
	db := admitted(t, s, 1)
	c := admission.Conflict{Kind: admission.AdmittedCanceled, Ticket: key(ticketID(0)), Seq: 1, Theirs: "canceled", Remedy: "look"}
	open := func() (int64, bool) {
		t.Helper()
		id, opened, err := db.OpenConflict(t.Context(), c)
		ok(t, err)
		return id, opened
	}
	id, opened := open()
	if !opened || id == 0 {
		t.Fatal("not opened")
	}
	if again, opened := open(); opened || again != id {
		t.Fatalf("opened again as %d", again)
	}
	ok(t, db.ResolveConflict(t.Context(), id, "refunded", s.now()))
	if err := db.ResolveConflict(t.Context(), id, "again", s.now()); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("resolved twice: %v", err)
	}
	if _, opened := open(); opened {
		t.Fatal("opened again after it was resolved")
	}
	if n := len(must(db.Conflicts(t.Context(), false))(t)); n != 0 {
		t.Fatalf("%d open", n)
	}
	all := must(db.Conflicts(t.Context(), true))(t)
	if len(all) != 1 || !all[0].Resolved || all[0].Note != "refunded" || all[0].ResolvedAt.IsZero() {
		t.Fatalf("%+v", all)
	}
	c.Kind = admission.UsedElsewhere
	if _, opened := open(); !opened {
		t.Fatal("another kind of conflict was not opened")
	}
}

func TestTheTrueDoorTimeIsKnownOnceTheClockIsTrusted(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 3))
	s.untrusted, s.wall = true, time.Date(1970, 1, 1, 0, 0, 10, 0, time.UTC)
	c := record(t, db, s.scan(ticketID(1), admission.Entry))
	s.pass(time.Hour)
	if d := must(db.Due(t.Context(), "lespass", s.now().Wall, 1))(t)[0]; d.At != c.At {
		t.Errorf("corrected by an untrusted clock: %+v", d.At)
	}
	s.untrusted, s.wall = false, time.Date(2026, 11, 21, 21, 0, 0, 0, time.UTC)
	d := must(db.Due(t.Context(), "lespass", s.now().Wall, 1))(t)[0]
	want := s.wall.Add(-time.Hour)
	if off := d.At.Wall.Sub(want).Abs(); !d.At.Trusted || off > time.Second || d.At.SinceBoot != c.At.SinceBoot {
		t.Errorf("door time %v, want about %v", d.At, want)
	}
	if got := must(db.CheckIn(t.Context(), c.Seq))(t); got.At != c.At {
		t.Errorf("the journal was rewritten: %+v", got.At)
	}
	s.boot = "boot-2"
	if d := must(db.Due(t.Context(), "lespass", s.now().Wall, 1))(t)[0]; d.At != c.At {
		t.Errorf("corrected by the clock of another boot: %+v", d.At)
	}
}

func TestTheNewestTrustedStampIsFoundBehindUntrustedOnes(t *testing.T) {
	s := newStation()
	db := open(t, s)
	if got := must(db.NewestStamp(t.Context()))(t); !got.IsZero() {
		t.Errorf("of an empty journal: %v", got)
	}
	s.untrusted = true
	record(t, db, s.scan("a", admission.Entry))
	if got := must(db.NewestStamp(t.Context()))(t); !got.IsZero() {
		t.Errorf("a clock nobody trusted sets no floor: %v", got)
	}
	s.untrusted = false
	trusted := record(t, db, s.scan("b", admission.Entry))
	s.untrusted, s.wall = true, s.wall.AddDate(60, 0, 0)
	record(t, db, s.scan("c", admission.Entry))
	if got := must(db.NewestStamp(t.Context()))(t); got != trusted.At {
		t.Errorf("got %v, want %v", got, trusted.At)
	}
}

func TestBothSidesOfAnAdmissionStandBesideEachOther(t *testing.T) {
	s := newStation()
	db := admitted(t, s, 5)
	override := s.scan("unlisted", admission.Entry)
	override.Scan.Override = &admission.Override{By: "ada"}
	record(t, db, override) // check-in 6, of no list and no event
	ok(t, db.Settle(t.Context(), 1, admission.Outcome{Kind: admission.OutcomeDelivered}))
	w := sweep(t, db, s, append(ticketRange(0, 2), ticketRange(3, 5)...)) // ticket 2 is gone

	all := must(db.Admitted(t.Context(), "lespass", "event-a", 0, 100))(t)
	if len(all) != 6 {
		t.Fatalf("%d admitted, want 6", len(all))
	}
	a := all[0]
	if a.Seq != 1 || a.Key != key(ticketID(0)) || a.Ticket == nil || a.Vanished || a.Delivery != admission.DeliveryDone || a.SettledStep == 0 ||
		a.ListedStep != w.BeganStep || a.CompleteStep != w.BeganStep || a.ListedStep <= a.SettledStep || a.Presence.Entries != 1 || a.Event != "event-a" {
		t.Errorf("delivered and listed: %+v", a)
	}
	if a := all[1]; a.Delivery != admission.DeliveryPending || a.SettledStep != 0 {
		t.Errorf("pending: %+v", a)
	}
	if a := all[2]; a.Ticket == nil || !a.Vanished || a.Ticket.Status != admission.StatusRevoked || a.ListedStep >= a.CompleteStep {
		t.Errorf("vanished: %+v", a)
	}
	if a := all[5]; a.Ticket != nil || a.Grounds != admission.GroundsOverride || a.CompleteStep != w.BeganStep {
		t.Errorf("unlisted: %+v", a)
	}
	got := ""
	for after := int64(0); ; {
		page := must(db.Admitted(t.Context(), "lespass", "event-a", after, 2))(t)
		if len(page) == 0 {
			break
		}
		for _, a := range page {
			got += fmt.Sprint(a.Seq)
			after = a.Seq
		}
	}
	if got != "123456" {
		t.Errorf("paged through %s", got)
	}
	if other := must(db.Admitted(t.Context(), "lespass", "event-b", 0, 100))(t); len(other) != 1 || other[0].Seq != 6 {
		t.Errorf("of another event: %+v", other)
	}
	if none := must(db.Admitted(t.Context(), "nobody", "", 0, 100))(t); len(none) != 0 {
		t.Errorf("of nobody: %+v", none)
	}
	must(db.BeginSweep(t.Context(), "lespass", "event-b", s.now()))(t)
	if a := must(db.Admitted(t.Context(), "lespass", "event-a", 5, 1))(t)[0]; a.CompleteStep != 0 {
		t.Errorf("a ticket that may be on a list not yet swept: %+v", a)
	}
}

func TestAResetLetsATicketInAgainAndOnlyTheUseItWasMeantFor(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db := openAt(t, path, s)
	sweep(t, db, s, ticketRange(0, 3))
	first := record(t, db, s.scan(ticketID(1), admission.Entry))
	reset := func(seq int64) bool {
		t.Helper()
		return must(db.ResetPresence(t.Context(), key(ticketID(1)), seq, "the platform says not used"))(t)
	}
	if reset(first.Seq+1) || reset(0) || must(db.ResetPresence(t.Context(), key("none"), 1, ""))(t) {
		t.Fatal("reset something else")
	}
	ok(t, db.Settle(t.Context(), first.Seq, admission.Outcome{Kind: admission.OutcomeDelivered}))
	if !reset(first.Seq) || reset(first.Seq) {
		t.Fatal("want one reset")
	}
	if p := must(db.Presence(t.Context(), key(ticketID(1))))(t); p != (admission.Presence{}) {
		t.Fatalf("presence %+v", p)
	}
	again := record(t, db, s.scan(ticketID(1), admission.Entry))
	wantDecision(t, again, admission.Admit, admission.ReasonAdmitted)
	d := must(db.Due(t.Context(), "lespass", s.now().Wall, 10))(t)
	if again.Delivery != admission.DeliveryPending || len(d) != 1 || !d[0].Earlier {
		t.Fatalf("the use after a reset: %+v", d)
	}
	if reset(first.Seq) {
		t.Fatal("a late reset of the earlier use took back the later one")
	}
	var resets int
	var why string
	ok(t, raw(t, path).QueryRowContext(t.Context(), `SELECT count(*), max(why) FROM resets`).Scan(&resets, &why))
	if resets != 1 || why != "the platform says not used" {
		t.Errorf("%d resets kept, %q", resets, why)
	}
	wantVerified(t, db)
}

func TestAnIncrementNeverLooksNewerThanItsRequest(t *testing.T) {
	s := newStation()
	db := open(t, s)
	before := s.now()
	first := sweep(t, db, s, ticketRange(0, 1))
	record(t, db, s.scan(ticketID(0), admission.Entry))
	early := s.now() // the request leaves
	ok(t, db.Settle(t.Context(), 1, admission.Outcome{Kind: admission.OutcomeDelivered}))
	ok(t, db.ApplyChanges(t.Context(), "lespass", "event-a", ticketRange(0, 1), early, ""))
	a := must(db.Admitted(t.Context(), "lespass", "event-a", 0, 1))(t)[0]
	if a.ListedStep != first.BeganStep || a.ListedStep >= a.SettledStep {
		t.Fatalf("listed at step %d, settled at %d: an answer older than the delivery looks like a reset", a.ListedStep, a.SettledStep)
	}
	ok(t, db.ApplyChanges(t.Context(), "lespass", "event-a", ticketRange(0, 2), before, ""))
	record(t, db, s.scan(ticketID(1), admission.Entry))
	all := must(db.Admitted(t.Context(), "lespass", "event-a", 0, 2))(t)
	if all[0].ListedStep != first.BeganStep || all[1].ListedStep != 0 {
		t.Fatalf("listed at steps %d and %d by a request from before every sweep", all[0].ListedStep, all[1].ListedStep)
	}
}

func TestCheckInsAreFilteredAndCounted(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 5))
	for n := range 5 {
		p := s.scan(ticketID(n), admission.Entry)
		if n%2 == 1 {
			p.Scan.Lane = "south"
		}
		record(t, db, p)
	}
	middle := s.now().Wall
	record(t, db, s.scan(ticketID(0), admission.Entry))
	record(t, db, s.scan(ticketID(0), admission.Check))
	record(t, db, s.scan("unknown", admission.Entry))
	seqs := func(after int64, limit int, f store.CheckInFilter) string {
		t.Helper()
		out := ""
		for _, c := range must(db.CheckIns(t.Context(), after, limit, f))(t) {
			out += fmt.Sprint(c.Seq)
		}
		return out
	}
	for _, row := range []struct{ name, got, want string }{
		{"all", seqs(0, 100, store.CheckInFilter{}), "12345678"},
		{"after 3, two of them", seqs(3, 2, store.CheckInFilter{}), "45"},
		{"of a lane", seqs(0, 100, store.CheckInFilter{Lane: "south"}), "24"},
		{"of a verdict", seqs(0, 100, store.CheckInFilter{Verdict: admission.Refuse}), "67"},
		{"since a time", seqs(0, 100, store.CheckInFilter{Since: middle}), "678"},
	} {
		if row.got != row.want {
			t.Errorf("%s: %s, want %s", row.name, row.got, row.want)
		}
	}
	at := must(db.SeqBefore(t.Context(), middle))(t)
	if at != 5 {
		t.Errorf("before that time: %d", at)
	}
	if c := must(db.Counts(t.Context(), at))(t); c != (store.Counts{Refused: 1, Held: 1, Inside: 5}) {
		t.Errorf("since then: %+v", c)
	}
	if c := must(db.Counts(t.Context(), 8))(t); c != (store.Counts{Inside: 5}) {
		t.Errorf("since the newest: %+v", c)
	}
	if c := must(db.Counts(t.Context(), 3))(t); c.Admitted != 2 || c.Refused != 1 {
		t.Errorf("since 3: %+v", c)
	}
	if _, err := db.CheckIn(t.Context(), 99); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("check-in 99: %v", err)
	}
	seq, hash, err := db.Head(t.Context())
	if err != nil || seq != 8 || hash != wantVerified(t, db).Hash {
		t.Errorf("head %d %s %v", seq, hash, err)
	}
}
