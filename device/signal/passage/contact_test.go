package passage_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/device/signal"
	"gatescand/device/signal/passage"
)

var errContact = errors.New("the chip has gone")

// contact is an input whose changes come through a channel.
type contact struct {
	edges  chan signal.Edge
	fails  chan struct{}
	closed chan struct{}
}

func (c *contact) Read() (signal.Edge, error) {
	select {
	case e := <-c.edges:
		return e, nil
	case <-c.fails:
		return signal.Edge{}, errContact
	case <-c.closed:
		return signal.Edge{}, os.ErrClosed
	}
}

func (c *contact) Close() error {
	close(c.closed)
	return nil
}

// gate is a contact with what it has told.
type gate struct {
	*passage.Contact

	in    *contact
	began time.Time
	slack time.Duration // how far the clock is ahead, for a process that stood still
	mu    sync.Mutex
	told  []string
}

func newGate() *gate {
	g := &gate{
		in:    &contact{edges: make(chan signal.Edge, 100), fails: make(chan struct{}), closed: make(chan struct{})},
		began: time.Now(),
	}
	open := func() (passage.Input, error) { return g.in, nil }
	g.Contact = passage.NewContact(passage.Rules{Window: 5 * time.Second, Debounce: 20 * time.Millisecond}, open, g.now,
		func(o passage.Outcome, seq int64, at time.Duration) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.told = append(g.told, fmt.Sprintf("%s %d at %s", o, seq, at))
		})
	return g
}

func (g *gate) now() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Since(g.began) + g.slack
}

func (g *gate) heard() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.told)
}

// run watches until the returned function is called, which gives Run's error.
func (g *gate) run(t *testing.T) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	synctest.Wait()
	return func() error {
		cancel()
		return <-done
	}
}

func TestAContactTellsWhoWentThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		stop := g.run(t)
		if !g.Authorise(1) || !g.Authorise(2) {
			t.Error("nobody watches")
		}
		time.Sleep(time.Second)
		g.in.edges <- signal.Edge{Active: true, Ago: 100 * time.Millisecond}
		g.in.edges <- signal.Edge{Active: false}
		time.Sleep(10 * time.Second)
		g.in.edges <- signal.Edge{Active: true}
		synctest.Wait()
		want := []string{"passed 1 at 900ms", "not_passed 2 at 5s", "unauthorised 0 at 11s"}
		if got := g.heard(); !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		if err := stop(); !errors.Is(err, context.Canceled) {
			t.Errorf("run: %v", err)
		}
	})
}

func TestStoppingTellsThatTheRestIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		if g.Authorise(1) {
			t.Error("somebody is taken for whom nobody watches yet")
		}
		stop := g.run(t)
		g.Authorise(2)
		time.Sleep(time.Second)
		if err := stop(); !errors.Is(err, context.Canceled) {
			t.Errorf("run: %v", err)
		}
		if g.Authorise(3) {
			t.Error("somebody is taken for whom nobody watches any more")
		}
		if got := g.heard(); !slices.Equal(got, []string{"unknown 2 at 1s"}) {
			t.Errorf("got %q", got)
		}
	})
}

func TestAContactThatFailsIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		stop := g.run(t)
		g.Authorise(1)
		time.Sleep(time.Second)
		close(g.in.fails)
		synctest.Wait()
		if got := g.heard(); !slices.Equal(got, []string{"unknown 1 at 1s"}) {
			t.Errorf("got %q", got)
		}
		if err := stop(); !errors.Is(err, errContact) {
			t.Errorf("run: %v", err)
		}
	})
}

func TestAContactThatCannotBeHadIsTold(t *testing.T) {
	c := passage.NewContact(passage.Rules{Window: time.Second}, func() (passage.Input, error) { return nil, errContact },
		func() time.Duration { return 0 }, func(passage.Outcome, int64, time.Duration) { t.Error("told of something") })
	if err := c.Run(t.Context()); !errors.Is(err, errContact) {
		t.Errorf("got %v", err)
	}
	if c.Authorise(1) {
		t.Error("nobody watches")
	}
}

func TestAContactCanBeWatchedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		for n := range int64(3) {
			g.in.closed = make(chan struct{})
			stop := g.run(t)
			if !g.Authorise(n + 1) {
				t.Error("nobody watches")
			}
			g.in.edges <- signal.Edge{Active: true}
			synctest.Wait()
			if err := stop(); !errors.Is(err, context.Canceled) {
				t.Errorf("run: %v", err)
			}
		}
		if got := g.heard(); !slices.Equal(got, []string{"passed 1 at 0s", "passed 2 at 0s", "passed 3 at 0s"}) {
			t.Errorf("got %q", got)
		}
	})
}

// A process that stood still finds both the end of the window and an older
// change of the contact.
func TestAProcessThatStoodStillStillSeesWhoWentThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		stop := g.run(t)
		g.Authorise(1)
		time.Sleep(time.Second)
		g.mu.Lock()
		g.slack = 9 * time.Second
		g.mu.Unlock()
		time.Sleep(4200*time.Millisecond + 2*time.Millisecond) // the timer fires
		synctest.Wait()
		g.in.edges <- signal.Edge{Active: true, Ago: 13 * time.Second} // a second after the start
		time.Sleep(time.Second)
		if got := g.heard(); len(got) != 1 || got[0] != "passed 1 at 1.202s" {
			t.Errorf("got %q", got)
		}
		_ = stop()
	})
}

// What arrives together is taken in the order in which it happened: first let
// in, then through.
func TestWhoIsLetInAndThroughAtOnceHasPassed(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			in := &contact{edges: make(chan signal.Edge, 3), closed: make(chan struct{})}
			ctx, cancel := context.WithCancel(t.Context())
			var c *passage.Contact
			var told []string
			c = passage.NewContact(passage.Rules{Window: time.Second}, func() (passage.Input, error) { return in, nil },
				sinceNow(), func(o passage.Outcome, seq int64, _ time.Duration) {
					told = append(told, fmt.Sprintf("%s %d", o, seq))
					if seq != 0 {
						cancel()
						return
					}
					in.edges <- signal.Edge{Active: true, Missed: true}
					synctest.Wait() // it is on offer
					c.Authorise(7)
				})
			in.edges <- signal.Edge{Active: true}
			if err := c.Run(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("run: %v", err)
			}
			if !slices.Equal(told, []string{"unauthorised 0", "passed 7"}) {
				t.Errorf("told %q", told)
			}
		})
	}
}

// Who is taken in the moment in which watching ends is told of all the same.
func TestWhoIsTakenAtTheLastMomentIsToldOf(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			in := &contact{edges: make(chan signal.Edge, 1), closed: make(chan struct{})}
			ctx, cancel := context.WithCancel(t.Context())
			var c *passage.Contact
			var told []int64
			c = passage.NewContact(passage.Rules{Window: time.Second}, func() (passage.Input, error) { return in, nil },
				sinceNow(), func(o passage.Outcome, seq int64, _ time.Duration) {
					told = append(told, seq)
					if o == passage.Unauthorised {
						if !c.Authorise(7) {
							t.Error("nobody watches")
						}
						cancel()
					}
				})
			in.edges <- signal.Edge{Active: true}
			if err := c.Run(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("run: %v", err)
			}
			if !slices.Equal(told, []int64{0, 7}) {
				t.Errorf("told of %v", told)
			}
		})
	}
}

func sinceNow() signal.Monotonic {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}

func TestMoreThanAQueueIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		stop := g.run(t)
		taken := 0
		for n := range int64(1000) {
			if g.Authorise(n + 1) {
				taken++
			}
		}
		time.Sleep(time.Minute)
		_ = stop()
		if told := len(g.heard()); told != taken || taken == 0 || taken > 1000 {
			t.Errorf("%d taken, %d told", taken, told)
		}
	})
}
