package scanner_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner"
	"gatescand/scanner/admission"
)

func TestAFloodOfNoiseFillsNoJournal(t *testing.T) {
	for _, c := range []struct {
		name, form string
		reason     admission.Reason
	}{
		{"codes nobody recognises", "noise %d", admission.ReasonUnreadable},
		{"malformed codes", "torn:%d", admission.ReasonForged},
		{"codes with a wrong signature", "bad:%d", admission.ReasonForged},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t)
				for n := range 6000 { // 100 a second for a minute
					g.frame(t, fmt.Sprintf(c.form, n))
					time.Sleep(10 * time.Millisecond)
					if n == 10 && g.conditions.has(scanner.ConditionGarbage, "north") {
						t.Error("eleven wrong codes were taken for a flood")
					}
				}
				synctest.Wait()
				rows := g.rows(t)
				if len(rows) < 200 || len(rows) > 300 {
					t.Errorf("%d rows for 6000 frames", len(rows))
				}
				if n := g.diary.count("show refuse", "again refuse"); n != 6000 {
					t.Errorf("%d of 6000 were answered", n)
				}
				if !g.conditions.has(scanner.ConditionGarbage, "north") {
					t.Error("nobody was told of the flood")
				}
				// Noise that happens to have a form is no sign of a sane reader.
				g.frame(t, "torn:again")
				synctest.Wait()
				if !g.conditions.has(scanner.ConditionGarbage, "north") {
					t.Error("a malformed code ended the flood")
				}
				r := g.scan(t, fmt.Sprintf(c.form, 6000))
				if want(t, r, admission.Refuse, c.reason); r.CheckIn.Recorded {
					t.Error("the flood has ended too soon")
				}
				// An honest code gets in, and shows that the reader reads.
				want(t, g.scan(t, "good:1"), admission.Admit, admission.ReasonAdmitted)
				if g.conditions.has(scanner.ConditionGarbage, "north") {
					t.Error("an honest code did not end the flood")
				}
				g.stop()
				lost := 6002 - (len(g.rows(t)) - 1)
				if !strings.Contains(g.log.String(), fmt.Sprintf("not_recorded=%d\n", lost)) {
					t.Errorf("the log does not say that %d were not recorded", lost)
				}
			})
		})
	}
}

func TestHonestCodesAreAdmittedAndRecordedDuringAFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		for n := range 900 {
			g.frame(t, fmt.Sprintf("noise %d", n))
			if n%100 == 99 {
				want(t, g.scan(t, fmt.Sprintf("good:%d", n/100+1)), admission.Admit, admission.ReasonAdmitted)
			}
		}
		admitted := 0
		for _, row := range g.rows(t) {
			if row.Verdict == admission.Admit {
				admitted++
			}
		}
		if admitted != 9 {
			t.Errorf("%d of 9 admissions are in the journal", admitted)
		}
	})
}

// A flood must not hide what matters: a ticket that is refused or held for
// what it is, and what staff do.
func TestAFloodHidesNoTicketAndNoPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.scan(t, "good:1")
		time.Sleep(time.Minute)
		for n := range 200 {
			g.frame(t, fmt.Sprintf("noise %d", n))
		}
		synctest.Wait()
		before := len(g.rows(t))
		for n := range 50 {
			want(t, g.scan(t, fmt.Sprintf("good:unlisted-%d", n)), admission.Hold, admission.ReasonUnlisted)
			g.frame(t, fmt.Sprintf("noise %d", n))
		}
		want(t, g.scan(t, "good:1"), admission.Refuse, admission.ReasonAlreadyRedeemed)
		unknown := admission.TicketKey{Account: "nobody", ID: "1"}
		r, err := g.AdmitByHand(t.Context(), unknown, admission.TiBillet, admission.Override{By: "staff", Note: "knows them"})
		if err != nil || !r.CheckIn.Recorded {
			t.Errorf("what staff did is not in the journal: %+v, %v", r.CheckIn, err)
		}
		if rows := len(g.rows(t)) - before; rows < 52 {
			t.Errorf("%d of 52 rows", rows)
		}
	})
}

func TestPeopleWithWrongTicketsAreNoFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		for n := range 300 { // two a second, for ever
			g.scan(t, fmt.Sprintf("another shop's voucher %d", n))
			time.Sleep(500 * time.Millisecond)
		}
		if rows := g.rows(t); len(rows) != 300 {
			t.Errorf("%d of 300 refusals are in the journal", len(rows))
		}
		if g.conditions.has(scanner.ConditionGarbage, "north") {
			t.Error("taken for a flood")
		}
	})
}

// After a change of the configuration a new lane has the old one's name, and
// the old one's conditions.
func TestALaneClearsWhatAnEarlierOneLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		for _, code := range []string{scanner.ConditionGarbage, scanner.ConditionFault} {
			g.conditions.Raise(code, "north", "")
		}
		g.conditions.Raise(scanner.ConditionJournal, "", "")
		g.scan(t, "good:1")
		for _, code := range []string{scanner.ConditionGarbage, scanner.ConditionFault} {
			if g.conditions.has(code, "north") {
				t.Errorf("%s stays for ever", code)
			}
		}
		if g.conditions.has(scanner.ConditionJournal, "") {
			t.Error("the journal stays unavailable for ever")
		}
	})
}
