package store_test

import (
	"errors"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/store"
)

func TestTheStoryOfATicketIsWholeAndBounded(t *testing.T) {
	t.Parallel()
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 2))
	id := ticketID(0)
	story := func() store.TicketStory { return must(db.TicketStory(t.Context(), key(id)))(t) }
	if st := story(); !st.Listed || st.Ticket.Holder == "" || len(st.CheckIns) != 0 || st.Undoable != 0 || st.Tells != store.TellsNothing {
		t.Errorf("before anything: %+v", st)
	}
	record(t, db, s.scan(ticketID(1), admission.Entry))
	entry := record(t, db, s.scan(id, admission.Entry))
	ok(t, db.RecordPassing(t.Context(), admission.Passing{Seq: entry.Seq, State: admission.PassingDone, At: s.now()}))
	if st := story(); st.Undoable != entry.Seq || st.Tells != store.TellWithdrawn || len(st.CheckIns) != 1 || st.CheckIns[0].Passing != admission.PassingDone {
		t.Errorf("after the entry: %+v", st)
	}
	settleAll(t, db, s, admission.OutcomeDelivered)
	if st := story(); st.Tells != store.TellKept || st.CheckIns[0].Delivery != admission.DeliveryDone {
		t.Errorf("after the delivery: %+v", st)
	}
	_, _, err := db.OpenConflict(t.Context(), admission.Conflict{Kind: admission.UsedElsewhere, Ticket: key(id), Seq: entry.Seq})
	ok(t, err)
	must(db.Undo(t.Context(), s.undo(entry.Seq)))(t)
	if rows := story().CheckIns; len(rows) != 2 || rows[1].Direction != admission.Undo {
		t.Errorf("the undo is no part of the story: %+v", rows)
	}
	again := record(t, db, s.scan(id, admission.Entry))
	must(db.ResetPresence(t.Context(), key(id), again.Seq, "the organiser"))(t)
	for range 250 {
		record(t, db, s.scan(id, admission.Check))
	}
	st := story()
	if len(st.CheckIns) != 200 || st.CheckIns[0].Seq >= st.CheckIns[199].Seq || st.CheckIns[199].Seq != again.Seq+250 {
		t.Errorf("%d check-ins, from %d to %d", len(st.CheckIns), st.CheckIns[0].Seq, st.CheckIns[len(st.CheckIns)-1].Seq)
	}
	if len(st.Resets) != 2 || st.Resets[0].Seq != entry.Seq || st.Resets[0].By != "page admin" || st.Resets[0].Why != "pressed twice" ||
		st.Resets[1].Seq != again.Seq || st.Resets[1].By != "" || st.Resets[1].Why != "the organiser" {
		t.Errorf("resets %+v", st.Resets)
	}
	if len(st.Conflicts) != 1 || st.Conflicts[0].Seq != entry.Seq || st.Undoable != 0 {
		t.Errorf("conflicts %+v, undoable %d", st.Conflicts, st.Undoable)
	}
}

func TestTheStoryOfATicketThatNoListHasIsTheJournals(t *testing.T) {
	t.Parallel()
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 1))
	c := record(t, db, s.scan("unlisted", admission.Entry))
	st := must(db.TicketStory(t.Context(), key("unlisted")))(t)
	if st.Listed || st.Ticket.TicketKey != key("unlisted") || len(st.CheckIns) != 1 || st.CheckIns[0].Seq != c.Seq {
		t.Errorf("got %+v", st)
	}
	for _, k := range []admission.TicketKey{key("never seen"), {Account: "never heard of", ID: ticketID(0)}} {
		if _, err := db.TicketStory(t.Context(), k); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v: %v", k, err)
		}
	}
}

// The figures of the story must not depend on how much else the journal holds.
func TestTheStoryIsReadByIndex(t *testing.T) {
	t.Parallel()
	s := newStation()
	db := open(t, s)
	for table, query := range map[string]string{
		"resets":    `SELECT 1 FROM resets WHERE account = 'a' AND ticket = 't' ORDER BY id DESC LIMIT 5`,
		"conflicts": `SELECT 1 FROM conflicts WHERE account = 'a' AND ticket = 't' ORDER BY id DESC LIMIT 5`,
	} {
		var id, parent, unused int
		var detail string
		ok(t, raw(t, db.Path()).QueryRowContext(t.Context(), "EXPLAIN QUERY PLAN "+query).Scan(&id, &parent, &unused, &detail))
		if len(detail) < 6 || detail[:6] != "SEARCH" {
			t.Errorf("%s: %s", table, detail)
		}
	}
}
