package scanner_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner"
	"gatescand/scanner/admission"
)

func TestAJournalThatCannotBeWrittenHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		g.journal.on(func() error { return errDisk })
		for _, code := range []string{"good:1", "bad:1", "hello"} {
			r := g.scan(t, code)
			if want(t, r, admission.Hold, admission.ReasonJournalUnavailable); r.CheckIn.Recorded {
				t.Error("said to be recorded")
			}
		}
		if n := g.diary.count("show hold"); n != 3 {
			t.Errorf("%d holds were shown", n)
		}
		if !g.conditions.has(scanner.ConditionJournal, "") {
			t.Error("nobody was told")
		}
		g.journal.on(nil)
		want(t, g.scan(t, "good:1"), admission.Admit, admission.ReasonAdmitted)
		if g.conditions.has(scanner.ConditionJournal, "") {
			t.Error("the condition outlives its cause")
		}
	})
}

// secret is thrown with a value that must not be told.
type secret struct{ code string }

func TestAPanicBeforeTheDecisionIsAHoldAndTheLaneGoesOn(t *testing.T) {
	throw := func() { panic(secret{"a ticket"}) }
	for _, c := range []struct {
		name   string
		breaks func(*gate)
		mend   func(*gate)
	}{
		{
			"in a drawer that recognises",
			func(g *gate) { g.account.recognise = func([]byte) { throw() } },
			func(g *gate) { g.account.recognise = nil },
		},
		{
			"in a drawer that verifies",
			func(g *gate) { g.account.verify = func([]byte) { throw() } },
			func(g *gate) { g.account.verify = nil },
		},
		{
			"in the journal",
			func(g *gate) { g.journal.on(func() error { throw(); return nil }) },
			func(g *gate) { g.journal.on(nil) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t)
				c.breaks(g)
				r := g.scan(t, "good:1")
				want(t, r, admission.Hold, admission.ReasonJournalUnavailable)
				if r.CheckIn.Recorded || r.CheckIn.Lane != "north" || r.CheckIn.Digest != admission.Digest([]byte("good:1")) {
					t.Errorf("answered %+v", r.CheckIn)
				}
				wantDiary(t, g.diary, "show hold", "scanned hold journal_unavailable")
				if !g.conditions.has(scanner.ConditionFault, "north") {
					t.Error("nobody was told")
				}
				c.mend(g)
				if r := g.scan(t, "good:1"); r.Again {
					t.Error("a hold for a fault of ours was remembered")
				} else {
					want(t, r, admission.Admit, admission.ReasonAdmitted)
				}
				g.stop()
				if log := g.log.String(); strings.Contains(log, "a ticket") || !strings.Contains(log, "scanner_test.secret") {
					t.Error("the log tells what was thrown, or does not tell its type")
				}
			})
		})
	}
}

func TestAPanicAfterTheDecisionDoesNotUndoIt(t *testing.T) {
	for _, c := range []struct {
		name   string
		breaks func(*gate)
	}{
		{"in the signals", func(g *gate) { g.lamp.fail = func(admission.Verdict) { panic("a lamp") } }},
		{"in the observer", func(g *gate) { g.watcher.fail = func() { panic("the page") } }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t, func(_ *options, g *gate) { c.breaks(g) })
				r := g.scan(t, "good:1")
				want(t, r, admission.Admit, admission.ReasonAdmitted)
				if n := g.diary.count("show hold"); n != 0 {
					t.Error("an admission that is in the journal was shown as a hold")
				}
				if !g.conditions.has(scanner.ConditionFault, "north") {
					t.Error("nobody was told")
				}
				if r := g.scan(t, "good:1"); !r.Again || r.CheckIn.Verdict != admission.Admit {
					t.Errorf("the ticket, still held, is now %s", r.CheckIn.Reason)
				}
			})
		})
	}
}

func TestAPanicWhileAFaultIsHandledDoesNotEndTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := true
		g := newGate(t, func(_ *options, g *gate) {
			g.account.verify = func([]byte) {
				if broken {
					panic("the drawer")
				}
			}
			g.lamp.fail = func(admission.Verdict) {
				if broken {
					panic("the lamp")
				}
			}
			g.watcher.fail = func() {
				if broken {
					panic("the page")
				}
			}
		})
		want(t, g.scan(t, "good:1"), admission.Hold, admission.ReasonJournalUnavailable)
		broken = false
		want(t, g.scan(t, "good:1"), admission.Admit, admission.ReasonAdmitted)
	})
}

func TestAPanicWhileExplainingSignalsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, func(_ *options, g *gate) { g.account.verify = func([]byte) { panic("the drawer") } })
		r, err := g.Scan(t.Context(), []byte("good:1"), true)
		if err != nil {
			t.Fatal(err)
		}
		want(t, r, admission.Hold, admission.ReasonJournalUnavailable)
		wantDiary(t, g.diary)
	})
}

// A fault that one code provokes stays to be seen while others go well, and is
// cleared by a scan that goes well a minute later; never by time alone.
func TestAFaultIsClearedByAScanThatGoesWellAMinuteLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, func(_ *options, g *gate) {
			g.account.verify = func(code []byte) {
				if string(code) == "good:poison" {
					panic("the drawer")
				}
			}
		})
		stands := func(want bool, when string) {
			t.Helper()
			if got := g.conditions.has(scanner.ConditionFault, "north"); got != want {
				t.Errorf("%s: the condition stands: %v", when, got)
			}
		}
		g.scan(t, "good:poison")
		time.Sleep(59 * time.Second)
		g.scan(t, "good:1")
		stands(true, "after the next code")
		time.Sleep(time.Hour)
		stands(true, "after an hour of silence")
		g.scan(t, "good:poison")
		g.scan(t, "good:2")
		stands(true, "after another fault")
		time.Sleep(time.Minute)
		g.journal.on(func() error { return errDisk })
		g.scan(t, "good:3")
		stands(true, "after a scan that did not go well")
		g.journal.on(nil)
		if _, err := g.Scan(t.Context(), []byte("good:3"), true); err != nil {
			t.Error(err)
		}
		stands(true, "after an explanation")
		g.scan(t, "good:3")
		stands(false, "after a scan that went well")
	})
}

func TestALaneTurnsWhileIdleAndStandsStillWhileTheJournalHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		station := scanner.NewStation(g.Lane)
		for range 100 {
			time.Sleep(700 * time.Millisecond)
			synctest.Wait()
			if late := g.clock.Now().SinceBoot - g.Turned(); late > time.Second {
				t.Fatalf("an idle lane has not turned for %v", late)
			}
		}
		disk := make(chan struct{})
		g.journal.on(func() error { <-disk; return nil })
		g.frame(t, "good:1")
		synctest.Wait()
		stood := g.Turned()
		time.Sleep(9 * time.Second)
		if g.Turned() != stood {
			t.Error("a lane turns while its journal hangs")
		}
		if stuck := station.Stuck(g.clock.Now().SinceBoot, 8*time.Second); len(stuck) != 1 || stuck[0] != "north" {
			t.Errorf("stuck: %v", stuck)
		}
		close(disk)
		synctest.Wait()
		if stuck := station.Stuck(g.clock.Now().SinceBoot, 8*time.Second); len(stuck) != 0 {
			t.Errorf("stuck: %v", stuck)
		}
		g.stop()
		time.Sleep(9 * time.Second)
		if stuck := station.Stuck(g.clock.Now().SinceBoot, 8*time.Second); len(stuck) != 1 {
			t.Error("a lane that has ended is said to turn")
		}
	})
}

func TestAStationFindsItsLanesByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		db := openStore(t, c)
		north := gateOn(t, c, db)
		south := gateOn(t, c, db, func(o *options, _ *gate) { o.cfg.Name, o.cfg.Direction = "south", admission.Exit })
		s := scanner.NewStation(north.Lane, south.Lane)
		if s.Lane("south") != south.Lane || s.Lane("west") != nil || len(s.Lanes()) != 2 || s.Lanes()[0] != north.Lane {
			t.Error("the lanes are not where they were put")
		}
		if south.Direction() != admission.Exit {
			t.Errorf("direction %s", south.Direction())
		}
	})
}
