package scanner_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner"
	"gatescand/scanner/admission"
)

const patience = 800 * time.Millisecond

type answerer func(context.Context, []byte) (admission.Answer, error)

func vouch(context.Context, []byte) (admission.Answer, error) {
	return admission.Answer{Found: true, Status: admission.StatusValid, Event: "concert"}, nil
}

func disown(context.Context, []byte) (admission.Answer, error) { return admission.Answer{}, nil }

// silent answers nothing, and leaves when it is told to.
func silent(ctx context.Context, _ []byte) (admission.Answer, error) {
	<-ctx.Done()
	return admission.Answer{}, ctx.Err()
}

func asking(when scanner.Ask, answer answerer) func(*options, *gate) {
	return func(_ *options, g *gate) {
		g.account.ask, g.account.timeout, g.account.answer = when, patience, answer
	}
}

func TestWhenAPlatformIsAsked(t *testing.T) {
	for _, c := range []struct {
		name    string
		ask     scanner.Ask
		answer  answerer
		code    string
		asked   int
		verdict admission.Verdict
		reason  admission.Reason
		grounds admission.Grounds
	}{
		{"never", scanner.AskNever, vouch, "good:new", 0, admission.Hold, admission.ReasonUnlisted, ""},
		{"about what the list does not know", scanner.AskUnlisted, vouch, "good:new", 1, admission.Admit, admission.ReasonAdmitted, admission.GroundsOnline},
		{"and not about what it knows", scanner.AskUnlisted, disown, "good:1", 0, admission.Admit, admission.ReasonAdmitted, admission.GroundsListed},
		{"always, and the answer counts more than the list", scanner.AskAlways, disown, "good:1", 1, admission.Refuse, admission.ReasonUnknown, ""},
		{"always, and vouched for", scanner.AskAlways, vouch, "good:1", 1, admission.Admit, admission.ReasonAdmitted, admission.GroundsOnline},
		{"always, but there is no answer", scanner.AskAlways, silent, "good:1", 1, admission.Admit, admission.ReasonAdmitted, admission.GroundsListed},
		{"not about a wrong signature", scanner.AskAlways, vouch, "bad:1", 0, admission.Refuse, admission.ReasonForged, ""},
		{"not about what is no ticket", scanner.AskAlways, vouch, "hello", 0, admission.Refuse, admission.ReasonUnreadable, ""},
		{"not about a malformed code", scanner.AskAlways, vouch, "torn:1", 0, admission.Refuse, admission.ReasonForged, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t, asking(c.ask, c.answer))
				r := g.scan(t, c.code)
				want(t, r, c.verdict, c.reason)
				if r.CheckIn.Grounds != c.grounds {
					t.Errorf("grounds %q, want %q", r.CheckIn.Grounds, c.grounds)
				}
				if n := g.account.questions(); n != c.asked {
					t.Errorf("asked %d times, want %d", n, c.asked)
				}
			})
		})
	}
}

func TestNobodyIsAskedForAClosedLaneOrAPersonsWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, asking(scanner.AskAlways, vouch))
		_, err := g.AdmitByHand(t.Context(), admission.TicketKey{Account: "lespass", ID: "1"}, admission.TiBillet, admission.Override{By: "staff"})
		if err != nil {
			t.Fatal(err)
		}
		g.Close()
		g.scan(t, "good:2")
		if n := g.account.questions(); n != 0 {
			t.Errorf("asked %d times", n)
		}
	})
}

// A drawer that hangs must cost a queue of people neither more than the time
// limit nor more than one goroutine.
func TestADrawerThatIgnoresItsTimeLimitDoesNotHoldTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		running := make(chan struct{}, 100)
		g := newGate(t, asking(scanner.AskAlways, func(context.Context, []byte) (admission.Answer, error) {
			running <- struct{}{}
			<-hang
			return admission.Answer{}, nil // too late, and about somebody else's ticket by now
		}))
		start := time.Now()
		want(t, g.scan(t, "good:1"), admission.Admit, admission.ReasonAdmitted)
		if took := time.Since(start); took != patience {
			t.Errorf("waited %v", took)
		}
		for n := range 8 {
			start = time.Now()
			want(t, g.scan(t, "good:"+string(rune('2'+n))), admission.Admit, admission.ReasonAdmitted)
			if took := time.Since(start); took != 0 {
				t.Errorf("waited %v while the first question still hung", took)
			}
			time.Sleep(time.Minute)
		}
		if len(running) != 1 {
			t.Errorf("%d questions hang", len(running))
		}
		close(hang)
		synctest.Wait()
		// It has come back: the platform is asked again, and the old answer is
		// not taken for the new one.
		g.account.answers(vouch)
		r := g.scan(t, "good:new")
		want(t, r, admission.Admit, admission.ReasonAdmitted)
		if r.CheckIn.Grounds != admission.GroundsOnline {
			t.Errorf("grounds %q", r.CheckIn.Grounds)
		}
	})
}

func TestAfterThreeUnansweredQuestionsTheLaneStopsAskingForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, asking(scanner.AskAlways, silent), func(o *options, _ *gate) { o.cfg.HoldOff = 0 })
		scan := func(waits bool) {
			t.Helper()
			synctest.Wait() // a question that was given up has come back
			start, before := time.Now(), g.account.questions()
			g.scan(t, "good:1")
			asked := g.account.questions() > before
			if took := time.Since(start); asked != waits || waits != (took == patience) {
				t.Fatalf("asked: %v, took %v; want asked: %v", asked, took, waits)
			}
		}
		for range 3 {
			scan(true)
		}
		paused := time.Now()
		for time.Since(paused) < 29*time.Second {
			scan(false)
			time.Sleep(time.Second)
		}
		time.Sleep(30*time.Second - time.Since(paused))
		scan(true) // one probe
		scan(false)
		time.Sleep(30 * time.Second)
		g.account.answers(vouch)
		scanned := g.account.questions()
		for range 5 {
			g.scan(t, "good:1")
		}
		if n := g.account.questions() - scanned; n != 5 {
			t.Errorf("asked %d of 5 times after an answer", n)
		}
		// An answer makes good all that went before it.
		g.account.answers(silent)
		for range 3 {
			scan(true)
		}
		scan(false)
	})
}

func TestAPanicOfAnAskedDrawerCountsAsNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, asking(scanner.AskAlways, func(context.Context, []byte) (admission.Answer, error) { panic("an answer nobody expected") }))
		want(t, g.scan(t, "good:1"), admission.Admit, admission.ReasonAdmitted)
		want(t, g.scan(t, "good:new"), admission.Hold, admission.ReasonUnlisted)
		if !g.conditions.has(scanner.ConditionFault, "north") {
			t.Error("nobody was told")
		}
	})
}

func TestAPanicThatComesAfterItsTimeIsStillTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		g := newGate(t, asking(scanner.AskAlways, func(context.Context, []byte) (admission.Answer, error) {
			<-hang
			panic("late")
		}))
		g.scan(t, "good:1")
		if g.conditions.has(scanner.ConditionFault, "north") {
			t.Error("told before it happened")
		}
		close(hang)
		synctest.Wait()
		g.account.answers(vouch)
		want(t, g.scan(t, "good:2"), admission.Admit, admission.ReasonAdmitted)
		if !g.conditions.has(scanner.ConditionFault, "north") {
			t.Error("nobody was told")
		}
	})
}

func TestSeveralPlatformsAreAskedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := &platformAccount{name: "other", ask: scanner.AskAlways, timeout: patience, answer: silent}
		third := &platformAccount{name: "third", ask: scanner.AskAlways, timeout: 500 * time.Millisecond, answer: vouch}
		g := newGate(t, asking(scanner.AskAlways, silent), func(o *options, _ *gate) {
			o.accounts = append(o.accounts, other, third)
		})
		start := time.Now()
		r := g.scan(t, "bare:new")
		if took := time.Since(start); took != patience {
			t.Errorf("waited %v for three platforms", took)
		}
		want(t, r, admission.Admit, admission.ReasonAdmitted)
		if r.CheckIn.Ticket.Account != "third" {
			t.Errorf("admitted for %q", r.CheckIn.Ticket.Account)
		}
	})
}

// With two accounts of one platform every code has the form of both. The other
// one must not be asked about each ticket of the first.
func TestWhatOneAccountKnowsTheOtherIsNotAsked(t *testing.T) {
	for _, c := range []struct {
		name, code string
		asked      int
	}{
		{"on the list of the first", "bare:1", 0},
		{"signed by the first, on no list", "good:new", 0},
		{"known to nobody", "bare:new", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				other := &platformAccount{name: "other", ask: scanner.AskUnlisted, timeout: patience, answer: silent}
				g := newGate(t, func(o *options, _ *gate) {
					o.accounts = append(o.accounts, unsigning{other})
				})
				g.scan(t, c.code)
				if n := other.questions(); n != c.asked {
					t.Errorf("asked %d times, want %d", n, c.asked)
				}
			})
		})
	}
}

// unsigning is an account that has no key to check any signature with.
type unsigning struct{ *platformAccount }

func (u unsigning) Verify(code []byte) admission.Credential {
	c := u.platformAccount.Verify(code)
	c.Proof = admission.ProofUnchecked
	return c
}

func TestAJournalThatCannotBeReadAsksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, asking(scanner.AskUnlisted, silent))
		g.journal.on(func() error { return errDisk })
		start := time.Now()
		want(t, g.scan(t, "good:new"), admission.Hold, admission.ReasonJournalUnavailable)
		if took := time.Since(start); took != 0 || g.account.questions() != 0 {
			t.Errorf("took %v, asked %d times", took, g.account.questions())
		}
	})
}

func TestStoppingDoesNotWaitForADrawerThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		g := newGate(t, asking(scanner.AskAlways, func(context.Context, []byte) (admission.Answer, error) {
			<-hang
			return admission.Answer{}, errors.New("gone")
		}))
		g.frame(t, "good:1")
		synctest.Wait()
		start := time.Now()
		g.stop()
		if took := time.Since(start); took != patience {
			t.Errorf("stopping took %v", took)
		}
		if rows := g.rows(t); len(rows) != 1 || rows[0].Verdict != admission.Admit {
			t.Errorf("rows %+v", rows)
		}
		close(hang)
	})
}

func TestTwoRoundsOfQuestionsTakeNoLongerThanTheLongestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second := &platformAccount{name: "other", ask: scanner.AskUnlisted, timeout: patience, answer: silent}
		g := newGate(t, asking(scanner.AskAlways, silent), func(o *options, _ *gate) { o.accounts = append(o.accounts, second) })
		start := time.Now()
		g.scan(t, "good:new")
		if took := time.Since(start); took != patience {
			t.Errorf("took %v, want %v", took, patience)
		}
		if n := second.questions(); n != 0 {
			t.Errorf("%d questions without time for an answer", n)
		}
		// One that has a longer limit is asked for the rest of it.
		second.timeout = 2 * patience
		start = time.Now()
		g.scan(t, "good:newer")
		if took := time.Since(start); took != 2*patience {
			t.Errorf("took %v, want %v", took, 2*patience)
		}
		if n := second.questions(); n != 1 {
			t.Errorf("%d questions, want 1", n)
		}
	})
}
