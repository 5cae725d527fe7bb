package store_test

import (
	"testing"

	"gatescand/scanner/admission"
	"gatescand/store"
	"gatescand/sync/reconcile"
)

// compareLists does what the reconciler does after a sweep, and gives the
// tickets that were reset, each with the entry that was taken back.
func compareLists(tb testing.TB, db *store.DB) map[string]int64 {
	tb.Helper()
	resets := map[string]int64{}
	for _, a := range must(db.Admitted(tb.Context(), "lespass", "", 0, 100))(tb) {
		for _, f := range reconcile.Compare(a) {
			seq := a.Presence.LastEntry.Seq
			switch {
			case f.Untold:
				must(db.TellEntry(tb.Context(), a.Key, seq))(tb)
			case f.Reset:
				if must(db.ResetPresence(tb.Context(), a.Key, seq, f.Theirs))(tb) {
					resets[a.Key.ID] = seq
				}
			}
		}
	}
	return resets
}

// Staff undo an admission that the platform has taken, and the organiser takes
// the use back there too, before the ticket enters again and before the next
// sweep. The entry is not told, because ours is thought to stand there; the sweep
// says that it does not, and means no reset of the entry.
func TestAResetBeforeTheNextEntryIsNoResetOfIt(t *testing.T) {
	t.Parallel()
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 2))
	entry := record(t, db, s.scan(ticketID(0), admission.Entry))
	settleAll(t, db, s, admission.OutcomeDelivered)
	must(db.Undo(t.Context(), s.undo(entry.Seq)))(t)
	// Here the organiser makes the ticket usable; the station does not know.
	again := record(t, db, s.scan(ticketID(0), admission.Entry))
	wantDecision(t, again, admission.Admit, admission.ReasonAdmitted)
	if again.Delivery != admission.DeliveryNone {
		t.Fatalf("the entry is told at once: %s", again.Delivery)
	}
	sweep(t, db, s, ticketRange(0, 2)) // unused on the list
	if r := compareLists(t, db); len(r) > 0 {
		t.Errorf("resets: %v", r)
	}
	wantDecision(t, record(t, db, s.scan(ticketID(0), admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
	compareLists(t, db)
	due := must(db.Due(t.Context(), "lespass", s.now().Wall, 10))(t)
	if len(due) != 1 || due[0].Seq != again.Seq || due[0].Attempt != 0 || len(due[0].Code) != 0 || !due[0].At.Wall.Equal(again.At.Wall) {
		t.Fatalf("to be told: %+v, want entry %d once", due, again.Seq)
	}
	settleAll(t, db, s, admission.OutcomeDelivered)
	sweep(t, db, s, []admission.Ticket{used(0, s.now().Wall, ""), ticket(1)})
	if r := compareLists(t, db); len(r) > 0 {
		t.Errorf("resets although both sides agree: %v", r)
	}
	sweep(t, db, s, ticketRange(0, 2)) // and now the organiser means this entry
	if r := compareLists(t, db); r[ticketID(0)] != again.Seq {
		t.Errorf("resets: %v, want one of entry %d", r, again.Seq)
	}
	wantDecision(t, record(t, db, s.scan(ticketID(0), admission.Entry)), admission.Admit, admission.ReasonAdmitted)
	wantVerified(t, db)
}

// An entry that is to be told after all can be undone like any other.
func TestAnEntryThatIsToldAfterAllIsWithdrawnByItsUndo(t *testing.T) {
	t.Parallel()
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 1))
	entry := record(t, db, s.scan(ticketID(0), admission.Entry))
	settleAll(t, db, s, admission.OutcomeDelivered)
	must(db.Undo(t.Context(), s.undo(entry.Seq)))(t)
	again := record(t, db, s.scan(ticketID(0), admission.Entry))
	if !must(db.TellEntry(t.Context(), key(ticketID(0)), again.Seq))(t) || must(db.TellEntry(t.Context(), key(ticketID(0)), again.Seq))(t) {
		t.Fatal("it is not put into the outbox once")
	}
	if u := must(db.Undo(t.Context(), s.undo(again.Seq)))(t); u.Tells != store.TellWithdrawn {
		t.Errorf("undoing tells %q", u.Tells)
	}
	third := record(t, db, s.scan(ticketID(0), admission.Entry))
	wantDecision(t, third, admission.Admit, admission.ReasonAdmitted)
	if third.Delivery != admission.DeliveryPending {
		t.Errorf("the next entry is not told: %s", third.Delivery)
	}
}

// Where the ticket entered once more by a re-entry rule meanwhile, the first
// entry that stands is the one that is told: it is the last to be undone.
func TestOfSeveralEntriesTheFirstIsToldAfterAll(t *testing.T) {
	t.Parallel()
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 1))
	enter := func() admission.CheckIn {
		p := s.scan(ticketID(0), admission.Entry)
		p.Scan.Reentry.Kind = admission.ReentryUnlimited
		return record(t, db, p)
	}
	entry := enter()
	settleAll(t, db, s, admission.OutcomeDelivered)
	must(db.Undo(t.Context(), s.undo(entry.Seq)))(t)
	first := enter()
	enter()
	sweep(t, db, s, ticketRange(0, 1))
	if r := compareLists(t, db); len(r) > 0 {
		t.Errorf("resets: %v", r)
	}
	due := must(db.Due(t.Context(), "lespass", s.now().Wall, 10))(t)
	if len(due) != 1 || due[0].Seq != first.Seq {
		t.Errorf("to be told: %+v, want entry %d", due, first.Seq)
	}
}

func TestNoEntryIsToldTwice(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*testing.T, *store.DB, *station) int64{
		"one that was told": func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			c := record(t, db, s.scan(ticketID(0), admission.Entry))
			settleAll(t, db, s, admission.OutcomeDelivered)
			return c.Seq
		},
		"one after whose undone use the ticket entered again": func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			c := record(t, db, s.scan(ticketID(0), admission.Entry))
			settleAll(t, db, s, admission.OutcomeDelivered)
			must(db.Undo(t.Context(), s.undo(c.Seq)))(t)
			record(t, db, s.scan(ticketID(0), admission.Entry))
			return c.Seq
		},
		"one for which the delivery of an undone one is on its way": func(t *testing.T, db *store.DB, s *station) int64 {
			t.Helper()
			c := record(t, db, s.scan(ticketID(0), admission.Entry))
			must(db.Attempt(t.Context(), c.Seq))(t)
			must(db.Undo(t.Context(), s.undo(c.Seq)))(t)
			return record(t, db, s.scan(ticketID(0), admission.Entry)).Seq
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStation()
			db := open(t, s)
			sweep(t, db, s, ticketRange(0, 1))
			seq := prepare(t, db, s)
			before := must(db.Deliveries(t.Context(), store.DeliveryFilter{}))(t)
			if must(db.TellEntry(t.Context(), key(ticketID(0)), seq))(t) {
				t.Error("it is to be told again")
			}
			if after := must(db.Deliveries(t.Context(), store.DeliveryFilter{}))(t); len(after) != len(before) {
				t.Errorf("%d deliveries, %d before", len(after), len(before))
			}
		})
	}
}

// The platform is asked just now and says that the ticket is unused: the use we
// left there is gone, so this entry has to be told. That a ticket for several
// uses is not used up says nothing.
func TestAnAnswerThatSaysUnusedMeansThatTheEntryIsTold(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		uses   int
		answer *admission.Answer
		want   admission.DeliveryState
	}{
		"unused":                       {1, &admission.Answer{Found: true, Status: admission.StatusValid}, admission.DeliveryPending},
		"used":                         {1, &admission.Answer{Found: true, Status: admission.StatusValid, Used: true}, admission.DeliveryNone},
		"no answer":                    {1, nil, admission.DeliveryNone},
		"not used up, for two uses":    {2, &admission.Answer{Found: true, Status: admission.StatusValid}, admission.DeliveryNone},
		"unused, while ours is coming": {0, &admission.Answer{Found: true, Status: admission.StatusValid}, admission.DeliveryNone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStation()
			db := open(t, s)
			one := ticket(0)
			one.UsesAllowed = row.uses
			sweep(t, db, s, []admission.Ticket{one, ticket(1)})
			entry := record(t, db, s.scan(ticketID(0), admission.Entry))
			if row.uses == 0 {
				must(db.Attempt(t.Context(), entry.Seq))(t)
			} else {
				settleAll(t, db, s, admission.OutcomeDelivered)
			}
			must(db.Undo(t.Context(), s.undo(entry.Seq)))(t)
			p := s.scan(ticketID(0), admission.Entry)
			p.Claims[0].Answer = row.answer
			again := record(t, db, p)
			wantDecision(t, again, admission.Admit, admission.ReasonAdmitted)
			if again.Delivery != row.want {
				t.Errorf("the entry's delivery is %s, want %s", again.Delivery, row.want)
			}
		})
	}
}
