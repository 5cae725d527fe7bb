package scanner_test

import (
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
)

func TestAReReadWithinTheHoldOffRepeatsTheFirstAnswer(t *testing.T) {
	for _, c := range []struct {
		name    string
		holdOff time.Duration
		code    string
		at      []time.Duration // since the first read
		again   []bool
		reason  admission.Reason // of the last read
	}{
		{"a second too long", 3 * time.Second, "good:1", secs(1), []bool{true}, admission.ReasonAdmitted},
		{"on the last moment", 3 * time.Second, "good:1", secs(3), []bool{true}, admission.ReasonAdmitted},
		{
			"held for long, every re-read renewing it", 3 * time.Second, "good:1",
			secs(2, 4, 6, 8, 10, 12),
			[]bool{true, true, true, true, true, true},
			admission.ReasonAdmitted,
		},
		{"shown again after it", 3 * time.Second, "good:1", secs(3.001), []bool{false}, admission.ReasonAlreadyRedeemed},
		{"put away and shown again", 3 * time.Second, "good:1", secs(2, 6), []bool{true, false}, admission.ReasonAlreadyRedeemed},
		{"a refusal", 3 * time.Second, "bad:1", secs(1, 2), []bool{true, true}, admission.ReasonForged},
		{"what is no ticket", 3 * time.Second, "hello", secs(1, 2), []bool{true, true}, admission.ReasonUnreadable},
		{"a hold that was decided", 3 * time.Second, "good:unlisted", secs(1), []bool{true}, admission.ReasonUnlisted},
		{"no hold-off", 0, "good:1", secs(0), []bool{false}, admission.ReasonAlreadyRedeemed},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t, func(o *options, _ *gate) { o.cfg.HoldOff = c.holdOff })
				first := g.scan(t, c.code)
				start := time.Now()
				recorded := 1
				for i, at := range c.at {
					time.Sleep(at - time.Since(start))
					r := g.scan(t, c.code)
					if r.Again != c.again[i] {
						t.Fatalf("read again after %v: again %v", at, r.Again)
					}
					if !r.Again {
						recorded++
					} else if r.CheckIn != first.CheckIn {
						t.Errorf("the answer changed: %+v, first %+v", r.CheckIn, first.CheckIn)
					}
					if i == len(c.at)-1 && r.CheckIn.Reason != c.reason {
						t.Errorf("got %s, want %s", r.CheckIn.Reason, c.reason)
					}
				}
				if rows := g.rows(t); len(rows) != recorded {
					t.Errorf("%d rows, want %d", len(rows), recorded)
				}
			})
		})
	}
}

func secs(at ...float64) []time.Duration {
	out := make([]time.Duration, 0, len(at))
	for _, s := range at {
		out = append(out, time.Duration(s*float64(time.Second)))
	}
	return out
}

func TestARepeatIsSaidToBeOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.scan(t, "good:1")
		g.scan(t, "good:1")
		wantDiary(t, g.diary, "recorded admit admitted", "show admit", "scanned admit admitted", "again admit", "repeated admit")
	})
}

func TestTicketsHeldSideBySideKeepTheirAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		codes := []string{"good:1", "good:2", "bad:3", "hello"}
		for round := range 20 {
			for _, code := range codes {
				if r := g.scan(t, code); r.Again != (round > 0) {
					t.Fatalf("round %d, %s: again %v", round, code, r.Again)
				}
				time.Sleep(500 * time.Millisecond)
			}
		}
		if rows := g.rows(t); len(rows) != len(codes) {
			t.Errorf("%d rows", len(rows))
		}
	})
}

// While the lane waits for a slow card, the ticket is still before the reader.
// What counts is when each frame was read, not when its turn came.
func TestReadsWhileTheLaneWasBusyAreRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		disk := make(chan struct{})
		g.journal.on(func() error { <-disk; return nil })
		for range 10 { // once a second, for ten seconds
			g.frame(t, "good:1")
			time.Sleep(time.Second)
		}
		close(disk)
		synctest.Wait()
		if rows := g.rows(t); len(rows) != 1 {
			t.Fatalf("%d rows", len(rows))
		}
		if n := g.diary.count("again admit"); n != 9 {
			t.Errorf("%d repeats", n)
		}
		// The answer was seen just now: the ticket may be held a while longer.
		time.Sleep(2500 * time.Millisecond)
		if r := g.scan(t, "good:1"); !r.Again {
			t.Error("the reads before the answer have shortened the hold-off")
		}
	})
}

// Read while the lane was busy with others, long before its turn: the second
// read of a code was in time, however late it is answered.
func TestAReadIsJudgedByItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.scan(t, "good:1")
		time.Sleep(2 * time.Second)
		disk := make(chan struct{})
		g.journal.on(func() error { <-disk; return nil })
		g.frame(t, "good:2")
		g.frame(t, "good:1")
		time.Sleep(time.Minute)
		close(disk)
		synctest.Wait()
		if rows := g.rows(t); len(rows) != 2 {
			t.Errorf("%d rows: a ticket held too long became a second use", len(rows))
		}
		// Read a minute later it is one.
		g.Frame(t.Context(), reader.Frame{Code: []byte("good:1"), At: g.clock.Now().SinceBoot})
		synctest.Wait()
		if rows := g.rows(t); len(rows) != 3 || rows[2].Reason != admission.ReasonAlreadyRedeemed {
			t.Errorf("rows %+v", rows)
		}
	})
}

func TestAHoldForWantOfAJournalIsNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.journal.on(func() error { return errDisk })
		want(t, g.scan(t, "good:1"), admission.Hold, admission.ReasonJournalUnavailable)
		g.journal.on(nil)
		r := g.scan(t, "good:1")
		if want(t, r, admission.Admit, admission.ReasonAdmitted); r.Again {
			t.Error("an answer that is in no journal was repeated")
		}
	})
}
