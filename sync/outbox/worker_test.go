package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"gatescand/scanner/admission"
	"gatescand/sync/outbox"
	"gatescand/sync/platform"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a worker in a bubble of time.
type bench struct {
	*outbox.Worker
	store   *memory
	office  *office
	notices *notices
	stop    func()

	mu     sync.Mutex
	counts map[outbox.Tally]int
}

func (b *bench) count(k outbox.Tally) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts[k]
}

func start(t *testing.T, store *memory, office *office, adjust ...func(*outbox.Config)) *bench {
	t.Helper()
	b := &bench{store: store, office: office, notices: &notices{}, counts: map[outbox.Tally]int{}}
	cfg := outbox.Config{
		Account: "a", Deliverer: office, Store: store, Now: clock(), Conditions: b.notices,
		Count: func(k outbox.Tally) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.counts[k]++
		},
	}
	for _, f := range adjust {
		f(&cfg)
	}
	w, err := outbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.Worker = w
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
	t.Cleanup(b.stop)
	return b
}

func after(d time.Duration) {
	time.Sleep(d) // the bubble's time
	synctest.Wait()
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// fill gives a store with n check-ins, each of its own ticket.
func fill(n int) *memory {
	m := newMemory()
	for i := range n {
		m.add(int64(i+1), fmt.Sprintf("t%d", i+1))
	}
	return m
}

func TestEverythingPendingIsDeliveredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.cost = 100 * time.Millisecond
		b := start(t, fill(40), o)
		after(1050 * time.Millisecond)
		want(t, "delivered", b.store.settled(admission.OutcomeDelivered), 40)
		want(t, "requests", o.requests(), 40)
		want(t, "at once", o.most, 4)
		want(t, "counted", b.count(outbox.Delivered), 40)
		want(t, "state", b.Status().State, outbox.StateIdle)
		want(t, "first attempt", o.attempts[1][0], 1)
	})
}

func TestAWakeDeliversAtOnceAndAMissedOneWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		b := start(t, fill(0), o)
		after(10 * time.Second)
		b.store.add(1, "t")
		b.Wake()
		after(time.Millisecond)
		want(t, "delivered", b.store.settled(admission.OutcomeDelivered), 1)
		b.store.add(2, "u")
		after(time.Minute)
		want(t, "delivered", b.store.settled(admission.OutcomeDelivered), 2)
	})
}

func TestOneTicketGoesOutInTheOrderOfTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		for i := range 12 {
			m.add(int64(i+1), "same")
		}
		m.add(13, "other")
		o := newOffice()
		o.cost = time.Second
		fails := 2
		o.fail = func(d admission.Delivery) error {
			if d.Seq == 3 && fails > 0 {
				fails--
				return fault(platform.Server)
			}
			return nil
		}
		start(t, m, o)
		after(time.Minute)
		want(t, "open", m.open(), 0)
		want(t, "crossed", o.crossed, false)
		var same []int64
		for _, seq := range o.order {
			if seq != 13 {
				same = append(same, seq)
			}
		}
		want(t, "order", slices.IsSorted(same), true)
		want(t, "the other ticket did not wait", slices.Contains(o.order[:2], 13), true)
	})
}

func TestEveryOutcomeEndsADelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := fill(4)
		o := newOffice()
		o.used["t2"] = "else"
		o.reject = func(ticket string) bool { return ticket == "t3" }
		lost := true
		o.lose = func(d admission.Delivery) bool {
			was := lost && d.Seq == 4
			if was {
				lost = false
			}
			return was
		}
		b := start(t, m, o)
		after(time.Minute)
		want(t, "delivered", b.count(outbox.Delivered), 1)
		want(t, "conflict", b.count(outbox.Conflict), 1)
		want(t, "buried", b.count(outbox.Buried), 1)
		want(t, "ours", b.count(outbox.Ours), 1)
		want(t, "failed", b.count(outbox.Failed), 1)
		want(t, "what the platform said", m.rows[3].outcome.Theirs, "no such ticket")
		want(t, "what to do", m.rows[3].outcome.Remedy, "look it up")
		want(t, "uses", len(o.uses), 2)
	})
}

func TestAnOutcomeNobodyKnowsIsNotASettlement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := fill(1)
		b := start(t, m, nil, func(c *outbox.Config) { c.Deliverer = mute{} })
		after(10 * time.Second)
		want(t, "open", m.open(), 1)
		want(t, "failed", b.count(outbox.Failed) > 0, true)
	})
}

// mute answers nothing and calls it a success.
type mute struct{}

func (mute) Parallel() int { return 0 }
func (mute) Deliver(context.Context, admission.Delivery, platform.Jot) (admission.Outcome, error) {
	return admission.Outcome{}, nil
}

func TestWithoutANetworkRequestsBecomeRareAndComeBackWithIt(t *testing.T) {
	for _, row := range []struct {
		class platform.Class
		state outbox.State
		code  string
	}{
		{platform.Offline, outbox.StateOffline, outbox.CodeOffline},
		{platform.Captive, outbox.StateCaptive, outbox.CodeCaptive},
		{platform.Redirected, outbox.StateRedirected, outbox.CodeRedirected},
		{platform.Untrusted, outbox.StateUntrusted, outbox.CodeUntrusted},
		{platform.Server, outbox.StateServer, outbox.CodeServer},
		{platform.Protocol, outbox.StateServer, outbox.CodeServer},
	} {
		t.Run(string(row.class), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice()
				o.fail = func(admission.Delivery) error { return fault(row.class) }
				b := start(t, fill(100), o)
				after(time.Second)
				first := o.requests()
				want(t, "requests before the first pause", first <= 8, true)
				want(t, "state", b.Status().State, row.state)
				want(t, "condition", slices.Equal(b.notices.list(), []string{row.code + " a"}), true)
				for range 60 {
					after(time.Minute)
					b.Wake() // people keep coming
				}
				n := o.requests() - first
				want(t, "requests in an hour", n >= 10 && n <= 100, true)
				want(t, "open", b.store.open(), 100)

				o.set(func() { o.fail = nil })
				b.Retry()
				after(time.Second)
				want(t, "delivered", b.store.settled(admission.OutcomeDelivered), 100)
				want(t, "conditions", len(b.notices.list()), 0)
				want(t, "state", b.Status().State, outbox.StateIdle)
			})
		})
	}
}

func TestANetworkThatComesBackUnannouncedIsFoundWithinThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.fail = func(admission.Delivery) error { return fault(platform.Offline) }
		b := start(t, fill(50), o)
		after(3 * time.Hour)
		o.set(func() { o.fail = nil })
		after(5*time.Minute + time.Second)
		want(t, "delivered", b.store.settled(admission.OutcomeDelivered) >= 49, true)
		after(5 * time.Minute)
		want(t, "open", b.store.open(), 0)
	})
}

func TestAServerThatAsksToWaitIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.parallel = 1
		o.fail = func(admission.Delivery) error {
			return &platform.Error{Class: platform.Throttled, RetryAfter: 10 * time.Minute}
		}
		b := start(t, fill(5), o)
		after(time.Second)
		b.Wake()
		b.Retry()
		after(9 * time.Minute)
		want(t, "requests", o.requests(), 1)
		want(t, "state", b.Status().State, outbox.StateThrottled)
		after(2 * time.Minute)
		want(t, "requests", o.requests(), 2)
	})
}

func TestARefusedKeyStopsTheAccountAndDropsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.parallel = 1
		o.fail = func(admission.Delivery) error { return fault(platform.Auth) }
		b := start(t, fill(20), o)
		after(9 * time.Minute)
		b.Retry()
		b.Wake()
		after(30 * time.Second)
		want(t, "requests", o.requests(), 1)
		want(t, "open", b.store.open(), 20)
		want(t, "state", b.Status().State, outbox.StateAuthFailed)
		want(t, "condition", slices.Equal(b.notices.list(), []string{outbox.CodeAuth + " a"}), true)
		b.Resume()
		after(time.Second)
		want(t, "requests after resuming with the same key", o.requests(), 2)
		o.set(func() { o.fail = nil })
		b.Resume()
		after(time.Second)
		want(t, "delivered", b.store.settled(admission.OutcomeDelivered), 20)
		want(t, "conditions", len(b.notices.list()), 0)
	})
}

func TestAKeyThatIsGoodAgainIsFoundOutWithoutAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.fail = func(admission.Delivery) error { return fault(platform.Auth) }
		b := start(t, fill(20), o, func(c *outbox.Config) { c.ReprobeEvery = 10 * time.Minute })
		after(time.Second)
		asked := o.requests()
		after(time.Hour)
		want(t, "one request every ten minutes", o.requests()-asked, 6)
		want(t, "state", b.Status().State, outbox.StateAuthFailed)
		o.set(func() { o.fail = nil })
		after(11 * time.Minute)
		want(t, "delivered", b.store.settled(admission.OutcomeDelivered), 20)
		want(t, "conditions", len(b.notices.list()), 0)
	})
}

func TestDeliveriesThatFailAloneDoNotHoldUpTheOthers(t *testing.T) {
	for _, class := range []platform.Class{platform.Server, platform.Protocol, platform.Offline} {
		for _, poison := range []int64{1, 3} {
			t.Run(fmt.Sprintf("%d with %s", poison, class), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					o := newOffice()
					o.fail = func(d admission.Delivery) error {
						if d.Seq <= poison {
							return fault(class)
						}
						return nil
					}
					b := start(t, fill(60), o)
					after(2 * time.Minute)
					want(t, "delivered", b.store.settled(admission.OutcomeDelivered), 60-int(poison))
					// A day later a newcomer waits no longer than the longest pause.
					after(24 * time.Hour)
					if n := o.requests(); n > 24*60*3 {
						t.Errorf("%d requests in a day", n)
					}
					b.store.add(100, "newcomer")
					b.Wake()
					after(5 * time.Minute)
					want(t, "newcomer", b.store.rows[100].outcome != nil, true)
				})
			})
		}
	}
}

func TestAnOutcomeTheDiskDoesNotTakeIsKeptAndNotAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := fill(10)
		full := false
		m.full = func(op string) bool { return full || op == "settle" }
		o := newOffice()
		b := start(t, m, o)
		after(10 * time.Minute)
		want(t, "requests", o.requests() <= 4, true)
		want(t, "unstored", b.Status().Unstored > 0, true)
		want(t, "state", b.Status().State, outbox.StateWaiting)
		m.mu.Lock()
		m.full = nil
		m.mu.Unlock()
		after(2 * time.Minute)
		want(t, "delivered", m.settled(admission.OutcomeDelivered), 10)
		want(t, "requests", o.requests(), 10)
		want(t, "state", b.Status().State, outbox.StateIdle)
	})
}

func TestNothingIsSentWhoseIntentIsNotOnDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := fill(10)
		tries := 0
		m.full = func(op string) bool {
			if op == "attempt" {
				tries++
			}
			return op == "attempt"
		}
		o := newOffice()
		b := start(t, m, o)
		after(time.Hour)
		want(t, "requests", o.requests(), 0)
		want(t, "tries", tries > 10 && tries < 120, true)
		want(t, "said", b.Status().Error != "", true)
	})
}

func TestAClockSetBackDelaysNothingForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := fill(3)
		for _, r := range m.rows {
			r.NextAt = time.Now().Add(300 * 24 * time.Hour)
		}
		o := newOffice()
		start(t, m, o)
		after(2 * time.Minute)
		want(t, "open", m.open(), 0)
	})
}

func TestAStopLetsRequestsInFlightFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.cost = 2 * time.Second
		b := start(t, fill(10), o)
		after(time.Second)
		began := time.Now()
		b.stop()
		want(t, "took", time.Since(began), time.Second)
		want(t, "delivered", b.store.settled(admission.OutcomeDelivered), 4)
		want(t, "requests", o.requests(), 4)
	})
}

func TestAStopWaitsNoLongerThanTheDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.cost = 20 * time.Second
		b := start(t, fill(10), o)
		after(time.Second)
		began := time.Now()
		b.stop()
		want(t, "took", time.Since(began), 3*time.Second)
		want(t, "open", b.store.open(), 10)
		want(t, "conditions of a stop", len(b.notices.list()), 0)
		want(t, "put off", b.store.postpone, 0)
		want(t, "intents", b.store.rows[1].Attempt, 1)
	})
}

func TestASecondSignalCutsTheDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.cost = 20 * time.Second
		b := start(t, fill(10), o)
		after(time.Second)
		began := time.Now()
		time.AfterFunc(500*time.Millisecond, b.Cut)
		b.stop()
		b.Cut()
		want(t, "took", time.Since(began), 500*time.Millisecond)
	})
}

func TestARequestThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.cost = time.Hour
		b := start(t, fill(1), o)
		after(61 * time.Second)
		want(t, "state", b.Status().State, outbox.StateOffline)
	})
}

func TestAnIncompleteConfigurationIsRefused(t *testing.T) {
	for _, cfg := range []outbox.Config{
		{},
		{Account: "a"},
		{Account: "a", Deliverer: newOffice()},
		{Account: "a", Deliverer: newOffice(), Store: newMemory()},
	} {
		if _, err := outbox.New(cfg); !errors.Is(err, outbox.ErrIncomplete) {
			t.Errorf("New gave %v", err)
		}
	}
}

func TestRequestsThatFailTogetherAreOneFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.cost = 10 * time.Millisecond
		o.fail = func(admission.Delivery) error { return fault(platform.Offline) }
		start(t, fill(20), o)
		after(time.Second)
		want(t, "requests", o.requests(), 4)
		after(2 * time.Second)
		want(t, "requests after the first pause of about two seconds", o.requests(), 5)
	})
}

func TestADeliveryThatIsNoLongerPendingIsLetGo(t *testing.T) {
	for _, op := range []string{"attempt", "settle", "postpone"} {
		t.Run("at "+op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := fill(2)
				o := newOffice()
				o.parallel = 1
				withdrawn := errors.New("no such delivery")
				store := &withdrawing{memory: m, op: op, err: withdrawn}
				if op == "postpone" {
					o.fail = func(d admission.Delivery) error {
						if d.Seq == 1 {
							return fault(platform.Server)
						}
						return nil
					}
				}
				b := start(t, m, o, func(c *outbox.Config) {
					c.Store = store
					c.Gone = func(err error) bool { return errors.Is(err, withdrawn) }
				})
				after(time.Minute)
				want(t, "the other", m.rows[2].outcome != nil, true)
				want(t, "state", b.Status().State, outbox.StateIdle)
				want(t, "counted", b.count(outbox.Delivered), 1)
			})
		})
	}
}

// withdrawing is a store in which somebody withdraws delivery 1 just before op.
type withdrawing struct {
	*memory
	op  string
	err error
}

func (w *withdrawing) now(op string, seq int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if seq == 1 && op == w.op && w.rows[1].outcome == nil {
		w.rows[1].outcome = &admission.Outcome{}
		return true
	}
	return false
}

func (w *withdrawing) Attempt(ctx context.Context, seq int64) (int, error) {
	if w.now("attempt", seq) {
		return 0, w.err
	}
	return w.memory.Attempt(ctx, seq)
}

func (w *withdrawing) Settle(ctx context.Context, seq int64, o admission.Outcome) error {
	if w.now("settle", seq) {
		return w.err
	}
	return w.memory.Settle(ctx, seq, o)
}

func (w *withdrawing) Postpone(ctx context.Context, seq int64, until time.Time, cause string) error {
	if w.now("postpone", seq) {
		return w.err
	}
	return w.memory.Postpone(ctx, seq, until, cause)
}

func (w *withdrawing) Jot(ctx context.Context, seq int64, memo string) error {
	if w.now("jot", seq) {
		return w.err
	}
	return w.memory.Jot(ctx, seq, memo)
}
