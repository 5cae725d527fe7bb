package store_test

import (
	"errors"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/store"
)

func TestWhatBecameOfAnAdmissionIsToldOnce(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 3))
	for n := range 3 {
		record(t, db, s.scan(ticketID(n), admission.Entry))
	}
	ok(t, db.RecordPassing(t.Context(), admission.Passing{Seq: 1, State: admission.PassingDone, At: s.now()}))
	ok(t, db.RecordPassing(t.Context(), admission.Passing{Seq: 2, State: admission.PassingMissed, At: s.now()}))
	ok(t, db.RecordPassing(t.Context(), admission.Passing{Seq: 2, State: admission.PassingDone, At: s.now()}))
	rows := must(db.CheckIns(t.Context(), 0, 10, store.CheckInFilter{}))(t)
	for i, want := range []admission.PassingState{admission.PassingDone, admission.PassingMissed, ""} {
		if rows[i].Passing != want {
			t.Errorf("check-in %d: %q, want %q", i+1, rows[i].Passing, want)
		}
	}
	wantVerified(t, db)
	if err := db.RecordPassing(t.Context(), admission.Passing{Seq: 4, State: admission.PassingDone, At: s.now()}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a check-in that does not exist gave %v", err)
	}
	if err := db.RecordPassing(t.Context(), admission.Passing{Seq: 3, State: "perhaps", At: s.now()}); err == nil {
		t.Error("a state nobody knows was written")
	}
}

func TestPruningTakesThePassingsAlong(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 2))
	for n := range 2 {
		seq := record(t, db, s.scan(ticketID(n), admission.Entry)).Seq
		ok(t, db.RecordPassing(t.Context(), admission.Passing{Seq: seq, State: admission.PassingDone, At: s.now()}))
		ok(t, db.Settle(t.Context(), seq, admission.Outcome{Kind: admission.OutcomeDelivered}))
	}
	if n := must(db.PruneJournal(t.Context(), 1))(t); n != 1 {
		t.Fatalf("%d pruned", n)
	}
	if err := db.RecordPassing(t.Context(), admission.Passing{Seq: 1, State: admission.PassingDone, At: s.now()}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a pruned check-in gave %v", err)
	}
	if rows := must(db.CheckIns(t.Context(), 0, 10, store.CheckInFilter{}))(t); len(rows) != 1 || rows[0].Passing != admission.PassingDone {
		t.Errorf("%+v", rows)
	}
}
