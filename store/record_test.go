package store_test

import (
	"errors"
	"sync"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/store"
)

func TestAListedTicketIsAdmittedOnceAndThenAlreadyRedeemedWithWhenAndWhere(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 3))

	first := record(t, db, s.scan(ticketID(1), admission.Entry))
	wantDecision(t, first, admission.Admit, admission.ReasonAdmitted)
	if first.Seq != 1 || !first.Recorded || first.Delivery != admission.DeliveryPending || first.Grounds != admission.GroundsStale && first.Grounds != admission.GroundsListed {
		t.Fatalf("first: %+v", first)
	}
	second := record(t, db, s.scan(ticketID(1), admission.Entry))
	wantDecision(t, second, admission.Refuse, admission.ReasonAlreadyRedeemed)
	if second.Previous == nil || second.Previous.Lane != "north" || !second.Previous.At.Equal(first.At.Wall) || second.Delivery != admission.DeliveryNone {
		t.Fatalf("second: %+v", second)
	}
	wantVerified(t, db)

	story := must(db.Story(t.Context(), key(ticketID(1))))(t)
	if len(story) != 2 || story[0].Seq != 1 || story[1].Seq != 2 || story[0].Delivery != admission.DeliveryPending {
		t.Fatalf("story: %+v", story)
	}
	counts := must(db.Counts(t.Context(), 0))(t)
	if counts != (store.Counts{Admitted: 1, Refused: 1, Inside: 1}) {
		t.Fatalf("counts: %+v", counts)
	}
}

func TestWhatWasRecordedIsReadBackAsItWas(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 3))
	record(t, db, s.scan(ticketID(1), admission.Entry))
	for _, p := range []admission.Presentation{
		s.scan(ticketID(1), admission.Entry),
		s.scan(ticketID(2), admission.Entry),
		s.scan("nobody knows this one", admission.Check),
		{ID: "x", Scan: admission.Scan{Station: "s", Lane: "l", Direction: admission.Entry, At: s.now()}, Digest: "0123456789ab"},
	} {
		want := record(t, db, p)
		want.Holder, want.ListWhole = "", false // names stay out of the journal, and what only the moment needs
		got := must(db.CheckIn(t.Context(), want.Seq))(t)
		if (got.Previous == nil) != (want.Previous == nil) || got.Previous != nil && *got.Previous != *want.Previous {
			t.Errorf("previous %+v, want %+v", got.Previous, want.Previous)
		}
		got.Previous, want.Previous = nil, nil
		if got != want {
			t.Errorf("read back\n%+v, recorded\n%+v", got, want)
		}
	}
}

func TestInsideCountsPeopleAndNeverFallsBelowZero(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 3))
	inside := func(want int64) {
		t.Helper()
		if c := must(db.Counts(t.Context(), 0))(t); c.Inside != want {
			t.Fatalf("inside %d, want %d", c.Inside, want)
		}
	}
	again := func(d admission.Direction) admission.Presentation {
		p := s.scan(ticketID(1), d)
		p.Scan.Reentry = admission.Reentry{Kind: admission.ReentryUnlimited}
		return p
	}
	record(t, db, again(admission.Entry))
	inside(1)
	record(t, db, again(admission.Entry)) // again, though inside already: the same person
	inside(1)
	record(t, db, again(admission.Check))
	inside(1)
	wantDecision(t, record(t, db, again(admission.Exit)), admission.Admit, admission.ReasonExit)
	inside(0)
	record(t, db, again(admission.Exit))
	inside(0)
	record(t, db, again(admission.Entry))
	inside(1)
	done := must(db.ResetPresence(t.Context(), key(ticketID(1)), 6, "unscanned"))(t)
	if !done {
		t.Fatal("the reset was not done")
	}
	inside(0)
	wantVerified(t, db)
}

func TestOnlyTheFirstUsesOfATicketAreDelivered(t *testing.T) {
	s := newStation()
	db := open(t, s)
	twice := ticket(2)
	twice.UsesAllowed = 2
	sweep(t, db, s, append(ticketRange(0, 2), twice))
	unlimited := func(n int, d admission.Direction) admission.Presentation {
		p := s.scan(ticketID(n), d)
		p.Scan.Reentry = admission.Reentry{Kind: admission.ReentryUnlimited}
		return p
	}
	for _, step := range []struct {
		name string
		p    admission.Presentation
		want admission.DeliveryState
	}{
		{"a check tells nobody", unlimited(1, admission.Check), admission.DeliveryNone},
		{"the first entry is delivered", unlimited(1, admission.Entry), admission.DeliveryPending},
		{"a re-entry is not", unlimited(1, admission.Entry), admission.DeliveryNone},
		{"an exit is not", unlimited(1, admission.Exit), admission.DeliveryNone},
		{"the first of two uses is delivered", unlimited(2, admission.Entry), admission.DeliveryPending},
		{"the second of two uses is delivered", unlimited(2, admission.Entry), admission.DeliveryPending},
		{"a third entry is a re-entry", unlimited(2, admission.Entry), admission.DeliveryNone},
	} {
		c := record(t, db, step.p)
		if c.Verdict != admission.Admit || c.Delivery != step.want {
			t.Errorf("%s: %s %s with delivery %s, want %s", step.name, c.Verdict, c.Reason, c.Delivery, step.want)
		}
	}
	due := must(db.Due(t.Context(), "lespass", s.now().Wall, 10))(t)
	if len(due) != 2 || due[0].Seq != 2 || due[1].Seq != 5 || due[1].Earlier {
		t.Fatalf("due: %+v", due)
	}
	ok(t, db.Settle(t.Context(), 5, admission.Outcome{Kind: admission.OutcomeDelivered}))
	due = must(db.Due(t.Context(), "lespass", s.now().Wall, 10))(t)
	if len(due) != 2 || due[1].Seq != 6 || !due[1].Earlier {
		t.Fatalf("due after the first use was delivered: %+v", due)
	}
}

func TestAHandAdmissionIsRecordedWithWhoAndWhyAndDeliveredWithoutACode(t *testing.T) {
	s := newStation()
	db := open(t, s)
	canceled := ticket(1)
	canceled.Status = admission.StatusCanceled
	sweep(t, db, s, []admission.Ticket{canceled})
	p := s.scan(ticketID(1), admission.Entry)
	p.Code = nil
	p.Scan.Override = &admission.Override{By: "ada", Note: "cleared by phone"}
	c := record(t, db, p)
	if c.Grounds != admission.GroundsOverride || c.By != "ada" || c.Note != "cleared by phone" {
		t.Fatalf("%+v", c)
	}
	due := must(db.Due(t.Context(), "lespass", s.now().Wall, 10))(t)
	if len(due) != 1 || due[0].Code != nil || due[0].ID != p.ID {
		t.Fatalf("due: %+v", due)
	}
}

func TestTwoLanesNeverAdmitOneTicketTwice(t *testing.T) {
	s := newStation()
	db := open(t, s)
	background(t, db)
	const rounds = 1000
	sweep(t, db, s, ticketRange(0, rounds))
	for n := range rounds {
		var both sync.WaitGroup
		start := make(chan struct{})
		got := make([]admission.CheckIn, 2)
		errs := make([]error, 2)
		for i := range got {
			p := s.scan(ticketID(n), admission.Entry)
			both.Go(func() {
				<-start
				got[i], errs[i] = db.Record(t.Context(), p)
			})
		}
		close(start)
		both.Wait()
		ok(t, errors.Join(errs...))
		if (got[0].Verdict == admission.Admit) == (got[1].Verdict == admission.Admit) {
			t.Fatalf("round %d: %s and %s, want exactly one admission", n, got[0].Verdict, got[1].Verdict)
		}
	}
	wantVerified(t, db)
	if c := must(db.Counts(t.Context(), 0))(t); c.Admitted != rounds || c.Refused != rounds || c.Inside != rounds {
		t.Fatalf("%+v", c)
	}
}
