package mirror_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"gatescand/scanner/admission"
	"gatescand/sync/mirror"
	"gatescand/sync/platform"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a mirror at work in a bubble of time.
type bench struct {
	*mirror.Mirror
	store   *memory
	notices *notices
	mu      sync.Mutex
	changes []mirror.Change
}

func (b *bench) told(k mirror.ChangeKind) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, c := range b.changes {
		if c.Kind == k {
			n++
		}
	}
	return n
}

// start runs a mirror until the test ends.
func start(t *testing.T, drawer platform.Drawer, adjust ...func(*mirror.Config)) *bench {
	t.Helper()
	b := &bench{store: newMemory(), notices: &notices{}}
	cfg := mirror.Config{
		Account: "a", Drawer: drawer, Store: b.store, Now: clock(), Conditions: b.notices, DoubtFor: 20 * time.Second,
		OnChange: func(c mirror.Change) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.changes = append(b.changes, c)
		},
	}
	for _, f := range adjust {
		f(&cfg)
	}
	if s, ok := cfg.Store.(*memory); ok {
		b.store = s
	}
	m, err := mirror.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.Mirror = m
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
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

func TestAFullRoundBringsEventsAndEveryTicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 95, "f": 3})
		b := start(t, s)
		after(time.Second)
		want(t, "events stored", len(b.store.events), 2)
		want(t, "tickets of e", b.store.valid("e"), 95)
		want(t, "tickets of f", b.store.valid("f"), 3)
		want(t, "lists complete", b.told(mirror.SweepCompleted), 2)
		want(t, "keyring to be prepared", b.told(mirror.EventsChanged), 1)
		want(t, "requests at once", s.most, 1)
		st := b.Status()
		want(t, "state", st.State, mirror.StateIdle)
		want(t, "list has an age", st.AsOf.IsZero(), false)
		want(t, "next", st.NextAt.After(time.Now()), true)
		for _, row := range b.store.look("e").rows {
			want(t, "account of a ticket", row.Account, "a")
		}
	})
}

func TestTheNextSweepComesAfterItsIntervalAndRevokesWhatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 30})
		b := start(t, s)
		after(time.Minute)
		calls := s.count("tickets")
		s.set(func() { s.tickets["e"] = s.tickets["e"][5:] })
		after(13 * time.Minute)
		want(t, "pages before the interval", s.count("tickets"), calls)
		after(2 * time.Minute)
		want(t, "tickets", b.store.valid("e"), 25)
		want(t, "keyring prepared once, for keys that stayed the same", b.told(mirror.EventsChanged), 1)
	})
}

func TestKeysThatChangeAreToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 1})
		b := start(t, s)
		after(time.Minute)
		s.set(func() { s.events[0].Keys = []admission.Key{{Event: "e", PEM: "another"}} })
		after(15 * time.Minute)
		want(t, "told of", b.told(mirror.EventsChanged), 2)
	})
}

func TestOnlySelectedListsArePulled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 5, "f": 5, "g": 5})
		chosen := []string{"f", "f", "unlisted child"}
		var mu sync.Mutex
		b := start(t, s, func(c *mirror.Config) {
			c.Select = func([]admission.Event) []string { mu.Lock(); defer mu.Unlock(); return chosen }
		})
		after(time.Minute)
		want(t, "e", b.store.valid("e"), 0)
		want(t, "f", b.store.valid("f"), 5)
		want(t, "lists", len(b.Status().Events), 2)
		mu.Lock()
		chosen = []string{"g"}
		mu.Unlock()
		b.SweepNow()
		after(time.Second)
		want(t, "g", b.store.valid("g"), 5)
		want(t, "lists", len(b.Status().Events), 1)
	})
}

func TestPagesShrinkWhenTheServerIsSlowAndGrowWhenItIsFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 2000})
		s.limits = [3]int{10, 40, 200}
		s.perRow = 10 * time.Millisecond
		start(t, s)
		after(5 * time.Minute)
		want(t, "largest page", slices.Max(s.sizes), 200)
		s.set(func() { s.perRow = 60 * time.Millisecond; s.sizes = nil })
		after(20 * time.Minute)
		got := s.sizes[len(s.sizes)-1]
		if d := time.Duration(got) * 60 * time.Millisecond; d > 5*time.Second {
			t.Errorf("pages of %d take %s", got, d)
		}
		want(t, "smallest page", slices.Min(s.sizes) >= 10, true)
	})
}

func TestAPageThatTimesOutIsHalvedAndTheSweepGoesOnWhereItStood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 200})
		s.limits = [3]int{5, 80, 80}
		s.perRow = 500 * time.Millisecond // 80 rows take 40 s
		b := start(t, s, func(c *mirror.Config) { c.PageTimeout = 30 * time.Second })
		after(10 * time.Minute)
		want(t, "tickets", b.store.valid("e"), 200)
		want(t, "sizes", s.sizes[0] == 80 && s.sizes[1] == 40, true)
		want(t, "restarts", b.store.look("e").restarts, 0)
	})
}

func TestASweepGoesOnAfterARestartOfTheDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 100})
		s.limits = [3]int{10, 10, 10}
		s.perRow = 100 * time.Millisecond
		store := newMemory()
		now := clock()
		m, err := mirror.New(mirror.Config{Account: "a", Drawer: s, Store: store, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = m.Run(ctx) }()
		after(4500 * time.Millisecond)
		cancel()
		<-done
		want(t, "pages before", store.look("e").pages, 4)
		generation := store.look("e").sweep.Generation

		b := start(t, s, func(c *mirror.Config) { c.Store, c.Now = store, now })
		after(7 * time.Second)
		want(t, "generation", store.look("e").sweep.Generation, generation)
		want(t, "pages in all, with the one that completes", store.look("e").pages, 11)
		want(t, "complete", b.told(mirror.SweepCompleted), 1)
	})
}

func TestASweepTooOldToBeOfUseBeginsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 20})
		store := newMemory()
		now := clock()
		sweep, err := store.BeginSweep(t.Context(), "a", "e", now())
		if err != nil {
			t.Fatal(err)
		}
		_, err = store.ApplyPage(t.Context(), sweep, admission.SweepPage{Tickets: []admission.Ticket{ticket("e", "gone")}, Next: "10", Total: 20}, false)
		if err != nil {
			t.Fatal(err)
		}
		after(7 * time.Hour)
		start(t, s, func(c *mirror.Config) { c.Store, c.Now = store, now })
		after(time.Second)
		want(t, "complete", store.look("e").complete, true)
		want(t, "restarts", store.look("e").restarts, 1)
		want(t, "tickets", store.valid("e"), 20)
		age := time.Since(store.look("e").asOf.Wall)
		want(t, "as of now", age <= 2*time.Second, true)
	})
}

func TestIncrementsComeBetweenSweepsAndBetweenPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 100})
		s.limits = [3]int{1, 1, 1}
		s.perRow = 2 * time.Second // a sweep of 200 s
		c := &changing{server: s}
		b := start(t, c)
		after(100 * time.Second)
		want(t, "increments while sweeping", s.count("changes"), 2)
		want(t, "complete", b.store.look("e").complete, false)
		s.set(func() {
			c.fresh = []admission.Ticket{ticket("e", "sold at the door")}
			s.tickets["e"] = append(s.tickets["e"], "sold at the door")
		})
		after(50 * time.Second)
		want(t, "told of", b.told(mirror.ListChanged), 1)
		_, ok := b.store.look("e").rows["sold at the door"]
		want(t, "ticket", ok, true)
		after(time.Minute)
		want(t, "complete", b.store.look("e").complete, true)
		asOf := b.Status().AsOf
		after(time.Minute)
		want(t, "an increment renews the age", b.Status().AsOf.Wall.After(asOf.Wall), true)
		if !slices.Contains(s.log, "changes e 2") {
			t.Error("the watermark of one increment was not given to the next")
		}
	})
}

func TestAFailedIncrementLeavesTheWatermark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &changing{server: newServer(map[string]int{"e": 3})}
		b := start(t, c)
		after(46 * time.Second)
		want(t, "watermark", b.store.look("e").watermark, "1")
		refused := errors.New("disk full")
		b.store.mu.Lock()
		b.store.fail = func(op string) error {
			if op == "changes" {
				return refused
			}
			return nil
		}
		b.store.mu.Unlock()
		after(5 * time.Minute)
		want(t, "watermark", b.store.look("e").watermark, "1")
		want(t, "state", b.Status().State, mirror.StateWaiting)
		if n := c.count("changes"); n > 20 {
			t.Errorf("%d requests while the disk is full", n)
		}
		b.store.mu.Lock()
		b.store.fail = nil
		b.store.mu.Unlock()
		after(6 * time.Minute)
		want(t, "state", b.Status().State, mirror.StateIdle)
		want(t, "last asked from", c.log[slices.Index(c.log, "changes e 1")], "changes e 1")
	})
}

func TestWhatADrawerLacksIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, bare{})
		after(time.Hour)
		st := b.Status()
		want(t, "state", st.State, mirror.StateIdle)
		want(t, "no list", st.NoList, true)
		want(t, "conditions", len(b.notices.list()), 0)
	})
}

func TestAnIncompleteConfigurationIsRefused(t *testing.T) {
	for _, cfg := range []mirror.Config{
		{},
		{Account: "a"},
		{Account: "a", Drawer: bare{}},
		{Account: "a", Drawer: bare{}, Store: newMemory()},
	} {
		if _, err := mirror.New(cfg); !errors.Is(err, mirror.ErrIncomplete) {
			t.Errorf("New gave %v", err)
		}
	}
}
