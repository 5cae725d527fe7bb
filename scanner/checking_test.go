package scanner_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"gatescand/scanner"
	"gatescand/scanner/admission"
)

func TestALaneTurnedToCheckingUsesNothingAndOpensNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.SetChecking(true)
		if !g.IsChecking() || g.Direction() != admission.Entry {
			t.Errorf("checking %v, direction %s", g.IsChecking(), g.Direction())
		}
		r := g.scan(t, "good:1")
		want(t, r, admission.Admit, admission.ReasonAdmitted)
		if r.CheckIn.Direction != admission.Check || r.CheckIn.Delivery != admission.DeliveryNone || !r.CheckIn.Recorded {
			t.Errorf("recorded as %+v", r.CheckIn)
		}
		if n := g.diary.count("show admit"); n != 0 {
			t.Errorf("a lane that only checks opened %d times", n)
		}
		if n := g.diary.count("again admit"); n != 1 {
			t.Errorf("it showed the verdict %d times", n)
		}
		want(t, g.scan(t, "bad:1"), admission.Refuse, admission.ReasonForged)
	})
}

func TestNobodyIsAdmittedByHandWhereTicketsAreOnlyChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.SetChecking(true)
		key, staff := admission.TicketKey{Account: "lespass", ID: "1"}, admission.Override{By: "staff", Note: "came with the band"}
		if r, err := g.AdmitByHand(t.Context(), key, admission.TiBillet, staff); !errors.Is(err, scanner.ErrChecks) || r.CheckIn.Verdict != "" {
			t.Errorf("%s, %v", r.CheckIn.Verdict, err)
		}
		if rows := g.rows(t); len(rows) != 0 {
			t.Errorf("the journal has %+v", rows)
		}
		wantDiary(t, g.diary)
		g.SetChecking(false)
		r, err := g.AdmitByHand(t.Context(), key, admission.TiBillet, staff)
		if err != nil {
			t.Fatal(err)
		}
		want(t, r, admission.Admit, admission.ReasonAdmitted)
	})
}

func TestACodeThatWasOnlyCheckedIsLookedAtAnewOnceTheLaneUsesTicketsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.SetChecking(true)
		g.scan(t, "good:1")
		g.SetChecking(false)
		r := g.scan(t, "good:1")
		if want(t, r, admission.Admit, admission.ReasonAdmitted); r.Again || r.CheckIn.Direction != admission.Entry {
			t.Errorf("again %v, as %s", r.Again, r.CheckIn.Direction)
		}
		if n := g.diary.count("show admit"); n != 1 {
			t.Errorf("opened %d times", n)
		}
		g.SetChecking(true)
		want(t, g.scan(t, "good:1"), admission.Refuse, admission.ReasonAlreadyRedeemed)
	})
}
