package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/outbox"
	"gatescand/sync/platform"
)

// notYet is a no that a while may turn into a yes.
func notYet(wait time.Duration) error {
	return &platform.Error{Class: platform.NotYet, Op: "deliver", Host: "example.org", Detail: "it may still be in flight", RetryAfter: wait}
}

func TestADeliveryWhoseTimeHasNotComeWaitsAloneAndAsLongAsItWasTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := fill(12)
		m.add(13, "t1") // the same ticket again: it keeps its place behind the first
		o := newOffice()
		began := time.Now()
		o.fail = func(d admission.Delivery) error {
			if d.Seq == 1 && time.Since(began) < 3*time.Minute {
				return notYet(10 * time.Second)
			}
			return nil
		}
		b := start(t, m, o)
		after(time.Second)
		want(t, "the others", m.settled(admission.OutcomeDelivered), 11)
		want(t, "state", b.Status().State, outbox.StateIdle)
		want(t, "said", b.Status().Error, "")
		want(t, "conditions", len(b.notices.list()), 0)
		want(t, "counted as failed", b.count(outbox.Failed), 0)
		want(t, "why it waits", m.look(1).Cause, "deliver at example.org: it may still be in flight")
		after(8 * time.Second)
		want(t, "asked again before its time", o.tries(1), 1)
		after(2 * time.Minute)
		want(t, "asked every ten seconds, no more and no less", o.tries(1), 13)
		want(t, "the other use of the ticket waits behind it", o.tries(13), 0)
		after(2 * time.Minute)
		want(t, "open", m.open(), 0)
		want(t, "order", slices.Index(o.order, 13) > lastIndex(o.order, 1), true)
	})
}

func lastIndex(order []int64, seq int64) int {
	last := -1
	for i, s := range order {
		if s == seq {
			last = i
		}
	}
	return last
}

func TestADeliveryWhoseTimeHasNotComeSaysThatTheAccountWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.parallel = 1
		n := 0
		o.fail = func(admission.Delivery) error {
			if n++; n <= 2 {
				return fault(platform.Offline)
			}
			return notYet(time.Hour)
		}
		b := start(t, fill(10), o)
		after(time.Second)
		want(t, "state", b.Status().State, outbox.StateOffline)
		after(20 * time.Second)
		want(t, "state", b.Status().State, outbox.StateIdle)
		want(t, "conditions", len(b.notices.list()), 0)
		want(t, "counted as failed", b.count(outbox.Failed), 2)
		want(t, "all were asked about", o.requests(), 12)
	})
}

func TestNotYetWithoutATimeIsAskedLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.fail = func(admission.Delivery) error { return notYet(0) }
		start(t, fill(1), o)
		after(time.Hour)
		want(t, "requests in an hour", o.requests() >= 12 && o.requests() <= 30, true)
	})
}

func TestNobodyShortensWhatTheServerAskedUsToWait(t *testing.T) {
	for _, row := range []struct {
		name   string
		err    error
		others bool // the rest of the deliveries goes on
	}{
		{"a delivery whose time has not come", notYet(10 * time.Minute), true},
		{"one delivery that the server fails at", &platform.Error{Class: platform.Server, RetryAfter: 10 * time.Minute}, true},
		{"a server that is being worked on", &platform.Error{Class: platform.Server, RetryAfter: 10 * time.Minute}, false},
		{"a server that was asked too often", &platform.Error{Class: platform.Throttled, RetryAfter: 10 * time.Minute}, false},
		{"a network with a time of its own", &platform.Error{Class: platform.Offline, RetryAfter: 10 * time.Minute}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice()
				o.cost = time.Millisecond
				o.fail = func(d admission.Delivery) error {
					if d.Seq == 1 || !row.others {
						return row.err
					}
					return nil
				}
				b := start(t, fill(4), o)
				after(time.Second)
				before := o.requests()
				for range 9 {
					b.Retry()
					b.Resume()
					b.Wake()
					after(time.Minute)
				}
				want(t, "requests", o.requests(), before)
				o.set(func() { o.fail = nil })
				after(3 * time.Minute)
				want(t, "open", b.store.open(), 0)
			})
		})
	}
}

func TestAnAnswerToAnEarlierRequestDoesNotEndAPauseTheServerAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := fill(20)
		o := &slowOffice{office: newOffice()}
		o.parallel = 2
		b := start(t, m, nil, func(c *outbox.Config) { c.Deliverer = o })
		after(5 * time.Second)
		want(t, "the slow one is in", m.look(2).outcome != nil, true)
		want(t, "state", b.Status().State, outbox.StateThrottled)
		b.Retry()
		after(4 * time.Minute)
		want(t, "requests", o.requests(), 2)
		after(2 * time.Minute)
		want(t, "open", m.open(), 0)
		want(t, "conditions", len(b.notices.list()), 0)
	})
}

// slowOffice asks to be left alone at the first request, and answers the
// second one late.
type slowOffice struct{ *office }

func (o *slowOffice) Deliver(ctx context.Context, d admission.Delivery, jot platform.Jot) (admission.Outcome, error) {
	switch {
	case d.Seq == 1 && d.Attempt == 1:
		o.set(func() { o.order = append(o.order, d.Seq) })
		return admission.Outcome{}, &platform.Error{Class: platform.Throttled, RetryAfter: 5 * time.Minute}
	case d.Seq == 2:
		timer := time.NewTimer(2 * time.Second)
		defer timer.Stop()
		<-timer.C
	}
	return o.office.Deliver(ctx, d, jot)
}

// scribe jots once, then asks the office. It keeps the memos it was given.
type scribe struct {
	*office
	memos []string
}

func (s *scribe) Deliver(ctx context.Context, d admission.Delivery, jot platform.Jot) (admission.Outcome, error) {
	s.set(func() { s.memos = append(s.memos, d.Memo) })
	if err := jot(ctx, fmt.Sprintf("attempt %d", d.Attempt)); err != nil {
		return admission.Outcome{}, err
	}
	return s.office.Deliver(ctx, d, jot)
}

// jotted is how often a memo was about to be written.
func (s *scribe) jotted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.memos)
}

func TestAMemoComesBackWithTheNextAttemptAndAcrossARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := fill(1)
		s := &scribe{office: newOffice()}
		s.fail = func(admission.Delivery) error { return fault(platform.Offline) }
		deliverer := func(c *outbox.Config) { c.Deliverer, c.Steady = s, true }
		b := start(t, m, nil, deliverer)
		after(3 * time.Second)
		b.stop()
		s.set(func() { s.fail = nil })
		start(t, m, nil, deliverer)
		after(time.Minute)
		want(t, "memos", fmt.Sprint(s.memos), "[ attempt 1 attempt 2]")
		want(t, "last", m.look(1).Memo, "attempt 3")
		want(t, "open", m.open(), 0)
	})
}

func TestAMemoTheDiskDoesNotTakePausesForTheDiskAndNotForTheAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := fill(3)
		m.full = func(op string) bool { return op == "jot" }
		s := &scribe{office: newOffice()}
		s.parallel = 1
		b := start(t, m, nil, func(c *outbox.Config) { c.Deliverer, c.Steady = s, true })
		after(time.Second)
		want(t, "requests", s.requests(), 0)
		want(t, "tries", s.jotted(), 1)
		want(t, "put off", m.puts(), 0)
		want(t, "state", b.Status().State, outbox.StateWaiting)
		want(t, "what is said is about the disk", b.Status().Error != "" && b.Status().NextAt.IsZero(), true)
		want(t, "conditions of the account", len(b.notices.list()), 0)
		want(t, "counted as failed", b.count(outbox.Failed), 0)
		after(time.Hour)
		want(t, "requests", s.requests(), 0)
		want(t, "tries in an hour", s.jotted() > 30 && s.jotted() < 90, true)
		m.mu.Lock()
		m.full = nil
		m.mu.Unlock()
		after(2 * time.Minute)
		want(t, "delivered", m.settled(admission.OutcomeDelivered), 3)
		want(t, "state", b.Status().State, outbox.StateIdle)
	})
}

func TestAMemoOfADeliveryThatIsGoneSaysNothingAgainstTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := fill(2)
		withdrawn := errors.New("no such delivery")
		s := &scribe{office: newOffice()}
		s.parallel = 1
		b := start(t, m, nil, func(c *outbox.Config) {
			c.Deliverer, c.Store = s, &withdrawing{memory: m, op: "jot", err: withdrawn}
			c.Gone = func(err error) bool { return errors.Is(err, withdrawn) }
		})
		after(time.Second)
		want(t, "the other", m.look(2).outcome != nil, true)
		want(t, "requests", s.requests(), 1)
		want(t, "state", b.Status().State, outbox.StateIdle)
	})
}

// late jots when its time is over already.
type late struct{ asked atomic.Int32 }

func (*late) Parallel() int { return 1 }

func (l *late) Deliver(ctx context.Context, _ admission.Delivery, jot platform.Jot) (admission.Outcome, error) {
	l.asked.Add(1)
	<-ctx.Done()
	return admission.Outcome{}, jot(ctx, "too late")
}

func TestAnAttemptThatEndedBeforeItsMemoIsNoFaultOfTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, l := fill(1), &late{}
		b := start(t, m, nil, func(c *outbox.Config) { c.Deliverer = l })
		after(61 * time.Second)
		want(t, "state", b.Status().State, outbox.StateOffline)
		want(t, "put off", m.puts(), 1)
		after(time.Hour)
		want(t, "tries in an hour", l.asked.Load() <= 20, true)
	})
}

func TestPausesAreTheSameEveryTimeWhereTheyAreSteady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.fail = func(admission.Delivery) error { return fault(platform.Offline) }
		began := time.Now()
		start(t, fill(1), o, func(c *outbox.Config) { c.Steady = true })
		after(70 * time.Second)
		var at []string
		for _, moment := range o.times {
			at = append(at, moment.Sub(began).String())
		}
		// The pauses are 2, 4, 8, 16 and 32 seconds, and each delivery goes one
		// second behind the account.
		want(t, "requests at", fmt.Sprint(at), "[0s 3s 8s 17s 34s 1m7s]")
	})
}

func TestADeliveryTheDiskCannotPutOffIsPutOffAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, o := fill(1), newOffice()
		m.full = func(op string) bool { return op == "postpone" }
		o.fail = func(admission.Delivery) error { return fault(platform.Server) }
		start(t, m, o)
		after(time.Hour)
		want(t, "requests in an hour", o.requests() >= 10 && o.requests() <= 40, true)
	})
}
