package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// undo takes an admission back by hand.
func (s *station) undo(seq int64) store.Undo {
	at := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scans++
	return store.Undo{
		ID: fmt.Sprintf("01SCAN%020d", s.scans), Seq: seq, At: at, Station: "Main entrance", By: "page admin", Note: "pressed twice",
	}
}

func settleAll(tb testing.TB, db *store.DB, s *station, kind admission.OutcomeKind) {
	tb.Helper()
	for _, d := range must(db.Due(tb.Context(), "lespass", s.now().Wall, 100))(tb) {
		must(db.Attempt(tb.Context(), d.Seq))(tb)
		ok(tb, db.Settle(tb.Context(), d.Seq, admission.Outcome{Kind: kind, Theirs: "their words"}))
	}
}

// used is a ticket as the platform lists it after our use.
func used(n int, at time.Time, by string) admission.Ticket {
	t := ticket(n)
	t.Used, t.UsedAt, t.UsedBy = true, at, by
	return t
}

func TestAnUndoneAdmissionStandsInTheJournalAndLetsTheTicketEnterAgain(t *testing.T) {
	t.Parallel()
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 3))
	entry := record(t, db, s.scan(ticketID(0), admission.Entry))
	record(t, db, s.scan(ticketID(1), admission.Entry))

	u := must(db.Undo(t.Context(), s.undo(entry.Seq)))(t)
	if u.Tells != store.TellWithdrawn {
		t.Errorf("the platform: %q", u.Tells)
	}
	c := must(db.CheckIn(t.Context(), u.CheckIn.Seq))(t)
	if c.Direction != admission.Undo || c.Verdict != "" || c.Reason != admission.ReasonUndone || c.Grounds != admission.GroundsOverride ||
		c.By != "page admin" || c.Note != "pressed twice" || c.Lane != entry.Lane || c.Digest != entry.Digest || c.Ticket != entry.Ticket {
		t.Errorf("the row says %+v", c)
	}
	if c.Previous == nil || !c.Previous.At.Equal(entry.At.Wall) || c.Previous.Lane != entry.Lane || c.Previous.By != admission.Here {
		t.Errorf("it takes back %+v, want %v at %s", c.Previous, entry.At.Wall, entry.Lane)
	}
	if got, want := must(db.Counts(t.Context(), 0))(t), (store.Counts{Admitted: 2, Inside: 1}); got != want {
		t.Errorf("counts %+v, want %+v: the gate opened twice, and one is in", got, want)
	}
	if got := must(db.Counts(t.Context(), entry.Seq+1))(t); got.Admitted != 0 || got.Refused != 0 {
		t.Errorf("an undo counts as %+v", got)
	}
	if d := must(db.CheckIn(t.Context(), entry.Seq))(t).Delivery; d != admission.DeliveryWithdrawn {
		t.Errorf("its delivery is %s", d)
	}
	again := record(t, db, s.scan(ticketID(0), admission.Entry))
	wantDecision(t, again, admission.Admit, admission.ReasonAdmitted)
	if again.Delivery != admission.DeliveryPending {
		t.Errorf("the platform has not heard of the ticket, and is not told: %s", again.Delivery)
	}
	wantDecision(t, record(t, db, s.scan(ticketID(0), admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
	wantVerified(t, db)
}

func TestWhatCannotBeUndone(t *testing.T) {
	t.Parallel()
	for name, seq := range map[string]func(*testing.T, *store.DB, *station) int64{
		"a refusal": func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			record(t, db, s.scan(ticketID(0), admission.Entry))
			return record(t, db, s.scan(ticketID(0), admission.Entry)).Seq
		},
		"a check": func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			return record(t, db, s.scan(ticketID(0), admission.Check)).Seq
		},
		"an exit": func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			record(t, db, s.scan(ticketID(0), admission.Entry))
			return record(t, db, s.scan(ticketID(0), admission.Exit)).Seq
		},
		"an entry after which the ticket entered again": func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			first := record(t, db, s.scan(ticketID(0), admission.Entry))
			p := s.scan(ticketID(0), admission.Entry)
			p.Scan.Reentry.Kind = admission.ReentryUnlimited
			record(t, db, p)
			return first.Seq
		},
		"what was undone": func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			c := record(t, db, s.scan(ticketID(0), admission.Entry))
			must(db.Undo(t.Context(), s.undo(c.Seq)))(t)
			return c.Seq
		},
		"an undo": func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			c := record(t, db, s.scan(ticketID(0), admission.Entry))
			return must(db.Undo(t.Context(), s.undo(c.Seq)))(t).CheckIn.Seq
		},
		"what the organiser has reset": func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			c := record(t, db, s.scan(ticketID(0), admission.Entry))
			must(db.ResetPresence(t.Context(), key(ticketID(0)), c.Seq, "reset"))(t)
			return c.Seq
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStation()
			db := open(t, s)
			sweep(t, db, s, ticketRange(0, 1))
			n := seq(t, db, s)
			head, _, err := db.Head(t.Context())
			ok(t, err)
			if _, err := db.Undo(t.Context(), s.undo(n)); !errors.Is(err, store.ErrNotUndoable) {
				t.Errorf("got %v", err)
			}
			if after, _, _ := db.Head(t.Context()); after != head {
				t.Error("something was written")
			}
		})
	}
	s := newStation()
	db := open(t, s)
	if _, err := db.Undo(t.Context(), s.undo(99)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a check-in that is not there: %v", err)
	}
}

// One row for every way in which the platform may have heard of an admission
// that is undone then, and for what it says afterwards.
func TestWhatThePlatformKnowsOfAnUndoneUse(t *testing.T) {
	t.Parallel()
	type world struct {
		t  *testing.T
		db *store.DB
		s  *station
	}
	deliver := func(w world) { settleAll(w.t, w.db, w.s, admission.OutcomeDelivered) }
	attempt := func(w world) { must(w.db.Attempt(w.t.Context(), 1))(w.t) }
	list := func(later time.Duration, by string) func(world) {
		return func(w world) {
			sweep(w.t, w.db, w.s, []admission.Ticket{used(0, w.s.now().Wall.Add(later), by), ticket(1)})
		}
	}
	unused := func(w world) { sweep(w.t, w.db, w.s, ticketRange(0, 2)) }
	for name, row := range map[string]struct {
		before, after []func(world)
		tells         store.Telling
		reason        admission.Reason
		delivery      admission.DeliveryState
	}{
		"nothing was sent and nothing is known": {tells: store.TellWithdrawn, reason: admission.ReasonAdmitted, delivery: admission.DeliveryPending},
		"nothing was sent, and somebody else used it": {
			after: []func(world){list(0, "another")}, tells: store.TellWithdrawn, reason: admission.ReasonAlreadyRedeemed, delivery: admission.DeliveryNone,
		},
		"it is being sent": {before: []func(world){attempt}, tells: store.TellSent, reason: admission.ReasonAdmitted, delivery: admission.DeliveryNone},
		"it was sent, and the list says used without saying by whom": {
			before: []func(world){deliver}, after: []func(world){list(0, "")}, tells: store.TellKept, reason: admission.ReasonAdmitted, delivery: admission.DeliveryNone,
		},
		"it was sent, and the list says used by us": {
			before: []func(world){deliver}, after: []func(world){list(0, "this station")}, tells: store.TellKept, reason: admission.ReasonAdmitted, delivery: admission.DeliveryNone,
		},
		"it was sent, and the list names another": {
			before: []func(world){deliver}, after: []func(world){list(0, "another")}, tells: store.TellKept, reason: admission.ReasonAlreadyRedeemed, delivery: admission.DeliveryNone,
		},
		"it was sent, and the list dates a use much later": {
			before: []func(world){deliver}, after: []func(world){list(time.Hour, "")}, tells: store.TellKept, reason: admission.ReasonAlreadyRedeemed, delivery: admission.DeliveryNone,
		},
		"it is being sent while undone, and was used elsewhere": {
			before: []func(world){attempt}, after: []func(world){func(w world) { settleAll(w.t, w.db, w.s, admission.OutcomeConflict) }, list(0, "")},
			tells: store.TellSent, reason: admission.ReasonAlreadyRedeemed, delivery: admission.DeliveryNone,
		},
		"it is being sent while undone, and arrives": {
			before: []func(world){attempt}, after: []func(world){deliver, list(0, "")}, tells: store.TellSent, reason: admission.ReasonAdmitted, delivery: admission.DeliveryNone,
		},
		"it is being sent while undone, and is rejected for good": {
			before: []func(world){attempt}, after: []func(world){func(w world) { settleAll(w.t, w.db, w.s, admission.OutcomeRejected) }},
			tells: store.TellSent, reason: admission.ReasonAdmitted, delivery: admission.DeliveryPending,
		},
		"it was rejected for good": {
			before: []func(world){func(w world) { settleAll(w.t, w.db, w.s, admission.OutcomeRejected) }},
			tells:  store.TellWithdrawn, reason: admission.ReasonAdmitted, delivery: admission.DeliveryPending,
		},
		"it was sent, and the organiser made the ticket usable again": {
			before: []func(world){deliver}, after: []func(world){unused}, tells: store.TellKept, reason: admission.ReasonAdmitted, delivery: admission.DeliveryPending,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStation()
			w := world{t, open(t, s), s}
			sweep(t, w.db, s, ticketRange(0, 2))
			entry := record(t, w.db, s.scan(ticketID(0), admission.Entry))
			for _, do := range row.before {
				do(w)
			}
			if u := must(w.db.Undo(t.Context(), s.undo(entry.Seq)))(t); u.Tells != row.tells {
				t.Errorf("undoing tells %q, want %q", u.Tells, row.tells)
			}
			for _, do := range row.after {
				do(w)
			}
			p := s.scan(ticketID(0), admission.Entry)
			p.Claims[0].Policy.Self = "this station"
			c := record(t, w.db, p)
			if c.Reason != row.reason || c.Delivery != row.delivery {
				t.Errorf("the ticket again: %s, delivery %s; want %s, %s", c.Reason, c.Delivery, row.reason, row.delivery)
			}
		})
	}
}

func TestTakingBackAReentryLeavesTheEntryBefore(t *testing.T) {
	t.Parallel()
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 1))
	enter := func() admission.CheckIn {
		p := s.scan(ticketID(0), admission.Entry)
		p.Scan.Reentry.Kind = admission.ReentryAfterExit
		return record(t, db, p)
	}
	first := enter()
	record(t, db, s.scan(ticketID(0), admission.Exit))
	second := enter()
	record(t, db, s.scan(ticketID(0), admission.Entry)) // refused, and part of the story
	must(db.Undo(t.Context(), s.undo(second.Seq)))(t)
	p := must(db.Presence(t.Context(), key(ticketID(0))))(t)
	if p.Entries != 1 || p.LastEntry.Seq != first.Seq || p.Inside || p.LastExit.Seq != first.Seq+1 {
		t.Fatalf("presence %+v", p)
	}
	wantDecision(t, record(t, db, s.scan(ticketID(0), admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
	third := enter()
	wantDecision(t, third, admission.Admit, admission.ReasonAdmitted)
	must(db.Undo(t.Context(), s.undo(third.Seq)))(t)
	must(db.Undo(t.Context(), s.undo(first.Seq)))(t)
	if got := must(db.Counts(t.Context(), 0))(t).Inside; got != 0 {
		t.Errorf("%d inside", got)
	}
	wantDecision(t, record(t, db, s.scan(ticketID(0), admission.Entry)), admission.Admit, admission.ReasonAdmitted)
	wantVerified(t, db)
}

func TestTwoPersonsUndoOneAdmissionOnce(t *testing.T) {
	t.Parallel()
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 1))
	entry := record(t, db, s.scan(ticketID(0), admission.Entry))
	var both sync.WaitGroup
	results := make(chan error, 2)
	for range 2 {
		both.Go(func() {
			_, err := db.Undo(context.WithoutCancel(t.Context()), s.undo(entry.Seq))
			results <- err
		})
	}
	both.Wait()
	first, second := <-results, <-results
	if (first == nil) == (second == nil) || (!errors.Is(first, store.ErrNotUndoable) && !errors.Is(second, store.ErrNotUndoable)) {
		t.Errorf("%v and %v", first, second)
	}
}

// TestNoOrderOfEventsAdmitsATicketTwiceWithoutAnUndo runs random evenings with
// scans, undos, deliveries, lists that are compared with the journal, resets by
// the organiser that the station does not know of yet, and restarts. Under
// re-entry "never" a ticket enters once, and once more for every undo, and for
// every reset of a use that its last entry left there; the platform never counts
// more uses from here than people are in or were left standing there, and in the
// end it knows of everybody who is in; the counts and the chain hold.
func TestNoOrderOfEventsAdmitsATicketTwiceWithoutAnUndo(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		s := newStation()
		path := filepath.Join(dir, fmt.Sprintf("evening-%d.db", runs))
		db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
		ok(t, err)
		defer func() {
			ok(t, db.Close())
			ok(t, os.Remove(path))
		}()
		const tickets = 2
		standing := map[string]int64{} // the entry that stands
		platform := map[string]int{}   // uses it has taken from here
		last := map[string]int64{}     // the last entry, standing or not
		owner := map[string]int64{}    // the check-in whose use the platform took last
		reset := map[string]bool{}     // the organiser took that use back, and the entry it was of still stood
		var let, inside int64
		list := func() {
			var all []admission.Ticket
			for n := range tickets {
				if platform[ticketID(n)] > 0 {
					all = append(all, used(n, s.now().Wall, "this station"))
				} else {
					all = append(all, ticket(n))
				}
			}
			sweep(t, db, s, all)
			for id, seq := range compareLists(t, db) {
				if seq == 0 {
					continue // nobody was in with it
				}
				if !reset[id] {
					rt.Fatalf("%s may enter again after entry %d, which nobody has reset", id, seq)
				}
				delete(standing, id)
				inside--
			}
			clear(reset)
		}
		deliver := func() bool {
			due := must(db.Due(t.Context(), "lespass", s.now().Wall, 1))(t)
			for _, d := range due {
				must(db.Attempt(t.Context(), d.Seq))(t)
				if platform[d.Ticket.ID] > 0 {
					rt.Fatalf("the platform counts a second use of %s", d.Ticket.ID)
				}
				ok(t, db.Settle(t.Context(), d.Seq, admission.Outcome{Kind: admission.OutcomeDelivered}))
				platform[d.Ticket.ID], owner[d.Ticket.ID] = 1, d.Seq
			}
			return len(due) > 0
		}
		list()
		for range rapid.IntRange(5, 30).Draw(rt, "steps") {
			id := ticketID(rapid.IntRange(0, tickets-1).Draw(rt, "ticket"))
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0, 1, 2:
				p := s.scan(id, admission.Entry)
				p.Claims[0].Policy.Self = "this station"
				if rapid.IntRange(0, 3).Draw(rt, "ask") == 0 {
					p.Claims[0].Answer = &admission.Answer{Found: true, Status: admission.StatusValid, Used: platform[id] > 0}
				}
				c := record(t, db, p)
				seq, in := standing[id]
				switch {
				case c.Verdict == admission.Admit && in:
					rt.Fatalf("%s entered as %d and again as %d", id, seq, c.Seq)
				case c.Verdict == admission.Admit:
					standing[id], last[id] = c.Seq, c.Seq
					let++
					inside++
				case !in:
					rt.Fatalf("%s is kept out as %s, although nobody is in with it", id, c.Reason)
				}
			case 3, 4:
				_, in := standing[id]
				_, err := db.Undo(t.Context(), s.undo(last[id]))
				if in != (err == nil) || (!in && !errors.Is(err, store.ErrNotUndoable) && !errors.Is(err, store.ErrNotFound)) {
					rt.Fatalf("undo of %s, in %v: %v", id, in, err)
				}
				if in {
					delete(standing, id)
					delete(reset, id)
					inside--
				}
			case 5:
				for _, d := range must(db.Due(t.Context(), "lespass", s.now().Wall, 1))(t) {
					must(db.Attempt(t.Context(), d.Seq))(t)
				}
			case 6:
				deliver()
			case 7:
				list()
			case 8:
				ok(t, db.Close())
				db, err = store.Open(t.Context(), path, store.Options{Now: s.now})
				ok(t, err)
			case 9:
				if platform[id] > 0 {
					platform[id] = 0
					seq, in := standing[id]
					reset[id] = in && seq == owner[id]
				}
			}
		}
		for range 2 {
			list()
			for deliver() {
				continue
			}
		}
		for id, seq := range standing {
			if platform[id] == 0 {
				rt.Fatalf("the platform never heard of entry %d of %s, who is in", seq, id)
			}
		}
		if got := must(db.Counts(t.Context(), 0))(t); got.Admitted != let || got.Inside != inside {
			rt.Fatalf("counts %+v, want %d admitted and %d inside", got, let, inside)
		}
		wantVerified(t, db)
	})
}

// The platform kept our use, and the organiser has taken it back there since:
// whatever the list says next is somebody else's.
func TestAResetOfAnUndoneTicketEndsWhatThePlatformKept(t *testing.T) {
	t.Parallel()
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 1))
	entry := record(t, db, s.scan(ticketID(0), admission.Entry))
	settleAll(t, db, s, admission.OutcomeDelivered)
	if must(db.ResetPresence(t.Context(), key(ticketID(0)), 0, "too early"))(t) {
		t.Error("an entry that stands was reset without being named")
	}
	must(db.Undo(t.Context(), s.undo(entry.Seq)))(t)
	if !must(db.ResetPresence(t.Context(), key(ticketID(0)), 0, "usable again"))(t) || must(db.ResetPresence(t.Context(), key(ticketID(0)), 0, "twice"))(t) {
		t.Error("it is not noted once that the platform has the use no more")
	}
	sweep(t, db, s, []admission.Ticket{used(0, s.now().Wall, "")})
	wantDecision(t, record(t, db, s.scan(ticketID(0), admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
}

// What undoing an entry means depends on what became of telling it.
func TestUndoingSaysWhatThePlatformKnows(t *testing.T) {
	t.Parallel()
	enter := func(t *testing.T, db *store.DB, s *station) admission.CheckIn {
		t.Helper()
		p := s.scan(ticketID(0), admission.Entry)
		p.Scan.Reentry.Kind = admission.ReentryUnlimited
		return record(t, db, p)
	}
	for name, row := range map[string]struct {
		prepare func(*testing.T, *store.DB, *station) int64
		want    store.Telling
	}{
		"the platform objected": {func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			c := enter(t, db, s)
			settleAll(t, db, s, admission.OutcomeConflict)
			return c.Seq
		}, store.TellDisputed},
		"a re-entry, and the entry before has not been told": {func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			enter(t, db, s)
			return enter(t, db, s).Seq
		}, store.TellUntold},
		"a re-entry, and the entry before was told": {func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			enter(t, db, s)
			settleAll(t, db, s, admission.OutcomeDelivered)
			return enter(t, db, s).Seq
		}, store.TellUntold},
		"an entry for which an undone use stands there": {func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			c := enter(t, db, s)
			settleAll(t, db, s, admission.OutcomeDelivered)
			must(db.Undo(t.Context(), s.undo(c.Seq)))(t)
			return enter(t, db, s).Seq
		}, store.TellKept},
		"an entry for which an undone use is on its way": {func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			c := enter(t, db, s)
			must(db.Attempt(t.Context(), c.Seq))(t)
			must(db.Undo(t.Context(), s.undo(c.Seq)))(t)
			return enter(t, db, s).Seq
		}, store.TellSent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStation()
			db := open(t, s)
			sweep(t, db, s, ticketRange(0, 2))
			seq := row.prepare(t, db, s)
			if st := must(db.TicketStory(t.Context(), key(ticketID(0))))(t); st.Undoable != seq || st.Tells != row.want {
				t.Errorf("the story: entry %d, tells %q; want %d, %q", st.Undoable, st.Tells, seq, row.want)
			}
			if u := must(db.Undo(t.Context(), s.undo(seq)))(t); u.Tells != row.want {
				t.Errorf("undoing tells %q, want %q", u.Tells, row.want)
			}
		})
	}
}

// The entry before the one that is undone stands, also where the journal no
// longer tells of it: whoever came in with it is still in.
func TestUndoingAReentryLeavesInsideWhoCameInLongAgo(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		between func(*testing.T, *store.DB, *station)
		inside  bool
	}{
		"the journal has been pruned": {func(t *testing.T, db *store.DB, s *station) {
			t.Helper()
			settleAll(t, db, s, admission.OutcomeDelivered)
			record(t, db, s.scan(ticketID(1), admission.Check))
			must(db.PruneJournal(t.Context(), 1))(t)
		}, true},
		"it was scanned very often since": {func(t *testing.T, db *store.DB, s *station) {
			t.Helper()
			for range 500 {
				record(t, db, s.scan(ticketID(0), admission.Check))
			}
		}, true},
		"it was scanned very often since, and an exit is known": {func(t *testing.T, db *store.DB, s *station) {
			t.Helper()
			for range 500 {
				record(t, db, s.scan(ticketID(0), admission.Check))
			}
			record(t, db, s.scan(ticketID(0), admission.Exit))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStation()
			db := open(t, s)
			sweep(t, db, s, ticketRange(0, 2))
			record(t, db, s.scan(ticketID(0), admission.Entry))
			row.between(t, db, s)
			p := s.scan(ticketID(0), admission.Entry)
			p.Scan.Reentry.Kind = admission.ReentryUnlimited
			again := record(t, db, p)
			must(db.Undo(t.Context(), s.undo(again.Seq)))(t)
			if got := must(db.Presence(t.Context(), key(ticketID(0))))(t); got.Entries != 1 || got.Inside != row.inside {
				t.Errorf("%d entries, inside %v; want 1 and %v", got.Entries, got.Inside, row.inside)
			}
			want := int64(0)
			if row.inside {
				want = 1
			}
			if got := must(db.Counts(t.Context(), 0))(t).Inside; got != want {
				t.Errorf("%d counted as inside, want %d", got, want)
			}
		})
	}
}
