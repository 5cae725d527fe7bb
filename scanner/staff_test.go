package scanner_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner"
	"gatescand/scanner/admission"
)

func TestAClosedLaneRefusesEverybodyAndRecordsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.Close()
		if g.IsOpen() {
			t.Error("still open")
		}
		for _, code := range []string{"good:1", "good:unlisted", "bad:1", "hello"} {
			r := g.scan(t, code)
			if want(t, r, admission.Refuse, admission.ReasonClosed); !r.CheckIn.Recorded {
				t.Error("not recorded")
			}
		}
		g.Open()
		if rows := g.rows(t); len(rows) != 4 {
			t.Errorf("%d rows", len(rows))
		}
		want(t, g.scan(t, "good:2"), admission.Admit, admission.ReasonAdmitted)
	})
}

func TestWhoWasRefusedAtAClosedLaneIsLookedAtAnewOnceItIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.Close()
		want(t, g.scan(t, "good:1"), admission.Refuse, admission.ReasonClosed)
		if r := g.scan(t, "good:1"); !r.Again {
			t.Error("a code held before a closed lane is recorded with every read")
		}
		g.Open()
		r := g.scan(t, "good:1")
		if want(t, r, admission.Admit, admission.ReasonAdmitted); r.Again {
			t.Error("repeated what no longer holds")
		}
		if r := g.scan(t, "good:1"); !r.Again || r.CheckIn.Verdict != admission.Admit {
			t.Errorf("then %s", r.CheckIn.Reason)
		}
	})
}

func TestWhoWasAdmittedBeforeTheLaneClosedKeepsTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.scan(t, "good:1")
		g.Close()
		if r := g.scan(t, "good:1"); !r.Again || r.CheckIn.Verdict != admission.Admit {
			t.Errorf("then %s", r.CheckIn.Reason)
		}
		if n := g.diary.count("show admit"); n != 1 {
			t.Errorf("a closed lane opened: %d", n)
		}
	})
}

func TestAPersonAdmitsByHand(t *testing.T) {
	staff := admission.Override{By: "staff", Note: "came with the band"}
	for _, c := range []struct {
		name    string
		before  func(*testing.T, *gate)
		key     admission.TicketKey
		verdict admission.Verdict
		reason  admission.Reason
	}{
		{"a listed ticket", nil, admission.TicketKey{Account: "lespass", ID: "1"}, admission.Admit, admission.ReasonAdmitted},
		{"a used one", func(t *testing.T, g *gate) { t.Helper(); g.scan(t, "good:1") }, admission.TicketKey{Account: "lespass", ID: "1"}, admission.Admit, admission.ReasonAdmitted},
		{"at a closed lane", func(_ *testing.T, g *gate) { g.Close() }, admission.TicketKey{Account: "lespass", ID: "1"}, admission.Admit, admission.ReasonAdmitted},
		{"one that is on no list", nil, admission.TicketKey{Account: "lespass", ID: "new"}, admission.Admit, admission.ReasonAdmitted},
		{"of an account the lane does not serve", nil, admission.TicketKey{Account: "nobody", ID: "1"}, admission.Refuse, admission.ReasonUnreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t)
				if c.before != nil {
					c.before(t, g)
				}
				r, err := g.AdmitByHand(t.Context(), c.key, admission.TiBillet, staff)
				if err != nil {
					t.Fatal(err)
				}
				want(t, r, c.verdict, c.reason)
				rows := g.rows(t)
				last := rows[len(rows)-1]
				if !r.CheckIn.Recorded || last.By != "staff" || last.Note != staff.Note || last.Verdict != c.verdict {
					t.Errorf("the journal has %+v", last)
				}
				if c.verdict == admission.Admit && r.CheckIn.Grounds != admission.GroundsOverride {
					t.Errorf("grounds %q", r.CheckIn.Grounds)
				}
				if entries := g.diary.read(); !slices.Contains(entries, "show "+string(c.verdict)) {
					t.Errorf("what happened: %v", entries)
				}
			})
		})
	}
}

func TestAnExplanationChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		explain := func(code string) scanner.Result {
			t.Helper()
			r, err := g.Scan(t.Context(), []byte(code), true)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		r := explain("good:1")
		want(t, r, admission.Admit, admission.ReasonAdmitted)
		if len(r.Steps) != 18 || r.Steps[17].Result != admission.Decided || r.CheckIn.Recorded || r.CheckIn.Seq != 0 {
			t.Errorf("explained %+v", r)
		}
		for n := range 100 { // no flood
			want(t, explain(fmt.Sprintf("noise %d", n)), admission.Refuse, admission.ReasonUnreadable)
		}
		wantDiary(t, g.diary)
		if rows := g.rows(t); len(rows) != 0 {
			t.Errorf("%d rows", len(rows))
		}
		if g.conditions.has(scanner.ConditionGarbage, "north") {
			t.Error("explanations were taken for a flood")
		}
		// Neither the hold-off nor the allowance for noise has been touched.
		if r := g.scan(t, "good:1"); r.Again {
			t.Error("an explanation was remembered")
		} else {
			want(t, r, admission.Admit, admission.ReasonAdmitted)
		}
		time.Sleep(2 * time.Second)
		// Within the hold-off it tells what a fresh decision would be, and does
		// not renew it.
		want(t, explain("good:1"), admission.Refuse, admission.ReasonAlreadyRedeemed)
		time.Sleep(2 * time.Second)
		if r := g.scan(t, "good:1"); r.Again {
			t.Error("an explanation renewed the hold-off")
		}
		for n := range 20 {
			if r := g.scan(t, fmt.Sprintf("other noise %d", n)); !r.CheckIn.Recorded {
				t.Fatalf("wrong code %d was not recorded", n)
			}
		}
	})
}

func TestAnExplanationSaysThatTheLaneIsClosedOrTheJournalIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.Close()
		r, err := g.Scan(t.Context(), []byte("good:1"), true)
		if err != nil {
			t.Fatal(err)
		}
		want(t, r, admission.Refuse, admission.ReasonClosed)
		g.Open()
		g.journal.on(func() error { return errDisk })
		r, err = g.Scan(t.Context(), []byte("good:1"), true)
		if err != nil {
			t.Fatal(err)
		}
		want(t, r, admission.Hold, admission.ReasonJournalUnavailable)
		wantDiary(t, g.diary)
	})
}
