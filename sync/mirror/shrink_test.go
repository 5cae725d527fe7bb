package mirror_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/mirror"
)

func TestWhatAListMustLoseToBeDoubted(t *testing.T) {
	for _, row := range []struct {
		name        string
		had, has    int
		usable      bool
		wantDoubted bool
	}{
		{"nothing", 100, 100, false, false},
		{"a few tickets", 100, 97, false, false},
		{"exactly half", 100, 50, false, false},
		{"one more than half", 100, 49, false, true},
		{"nearly all", 100, 1, false, true},
		{"all", 100, 0, false, true},
		{"more than half of twenty", 20, 9, false, true},
		{"more than half of nineteen: a small house may cancel", 19, 9, false, false},
		{"all of a short list", 3, 0, false, true},
		{"an empty list stays empty", 0, 0, false, false},
		{"a list of usable tickets loses most of them: they have been used", 100, 1, true, false},
		{"a list of usable tickets loses all at once", 100, 0, true, true},
		{"a list of usable tickets loses its last twenty at once", 20, 0, true, true},
		{"a list of usable tickets loses its last nineteen", 19, 0, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(map[string]int{"e": row.had})
				s.usable = row.usable
				b := start(t, s)
				after(time.Minute)
				s.set(func() { s.tickets["e"] = s.tickets["e"][:row.has] })
				b.SweepNow()
				after(time.Second)
				want(t, "doubted", b.Status().Events[0].Doubted, row.wantDoubted)
				left := row.has
				if row.wantDoubted {
					left = row.had
				}
				want(t, "tickets", b.store.valid("e"), left)
				want(t, "told", slices.Contains(b.notices.list(), mirror.CodeShrunk+" a/e"), row.wantDoubted)
				after(30 * time.Second)
				want(t, "tickets when it has said so twice", b.store.valid("e"), row.has)
				want(t, "doubted", b.Status().Events[0].Doubted, false)
				want(t, "conditions", len(b.notices.list()), 0)
				for _, ticket := range b.store.look("e").rows {
					if row.usable && ticket.Status == admission.StatusRevoked {
						t.Error("a ticket that is no longer usable counts as revoked")
					}
				}
			})
		})
	}
}

func TestAListOfUsableTicketsThatNeverShowedOneIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 0})
		s.usable = true
		b := start(t, s)
		after(time.Minute)
		want(t, "no list", b.Status().NoList, true)
		want(t, "complete", b.store.look("e").complete, false)
		want(t, "as of", b.Status().AsOf.IsZero(), true)
		want(t, "conditions", len(b.notices.list()), 0)
		s.set(func() { s.tickets["e"] = newServer(map[string]int{"e": 3}).tickets["e"] })
		b.SweepNow()
		after(time.Second)
		want(t, "complete once it showed some", b.store.look("e").complete, true)
		want(t, "no list", b.Status().NoList, false)
		s.set(func() { s.tickets["e"] = nil })
		b.SweepNow()
		after(time.Minute)
		want(t, "tickets, once it is empty again", b.store.valid("e"), 0)
	})
}

// shrunk is a mirror of a list of n tickets that has just lost all but left of
// them.
func shrunk(t *testing.T, s *server, left int, adjust ...func(*mirror.Config)) *bench {
	t.Helper()
	b := start(t, s, adjust...)
	after(time.Minute)
	want(t, "complete to begin with", b.store.look("e").complete, true)
	s.set(func() { s.tickets["e"] = s.tickets["e"][:left]; s.calls = map[string]int{} })
	return b
}

func TestAListThatIsWholeAgainAtTheSecondLookLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 400})
		s.limits = [3]int{100, 100, 100}
		whole := s.tickets["e"]
		b := shrunk(t, s, 30)
		n := 0
		s.before = func(call, _ string) {
			if call == "tickets" {
				if n++; n == 2 {
					s.set(func() { s.tickets["e"] = whole })
				}
			}
		}
		b.SweepNow()
		after(time.Second)
		want(t, "second look at once", b.store.look("e").restarts, 1)
		want(t, "tickets", b.store.valid("e"), 400)
		want(t, "conditions", len(b.notices.list()), 0)
		want(t, "state", b.Status().State, mirror.StateIdle)
		want(t, "doubted", b.Status().Events[0].Doubted, false)
	})
}

func TestTwoLooksInOneMomentAreOneLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 400})
		whole := s.tickets["e"]
		b := shrunk(t, s, 0)
		b.SweepNow()
		after(15 * time.Second)
		want(t, "looks", s.count("tickets"), 2)
		want(t, "tickets", b.store.valid("e"), 400)
		s.set(func() { s.tickets["e"] = whole }) // the server has started up
		after(time.Minute)
		want(t, "tickets", b.store.valid("e"), 400)
		want(t, "conditions", len(b.notices.list()), 0)
	})
}

func TestALongSweepThatSaysTheSameIsBelievedAfterTheSecondTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 1000})
		b := shrunk(t, s, 300)
		s.set(func() { s.limits, s.perRow = [3]int{100, 100, 100}, 100*time.Millisecond })
		b.SweepNow()
		after(35 * time.Second)
		want(t, "tickets after the first", b.store.valid("e"), 1000)
		after(35 * time.Second)
		want(t, "tickets after the second", b.store.valid("e"), 300)
		want(t, "restarts", b.store.look("e").restarts, 1)
	})
}

func TestAListThatSaysSomethingElseEachTimeIsNeverBelievedAndNotAskedInAHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 400})
		whole := s.tickets["e"]
		b := shrunk(t, s, 10)
		n := 0
		s.before = func(call, _ string) {
			if call == "tickets" {
				s.set(func() { n++; s.tickets["e"] = whole[:n%7] })
			}
		}
		b.SweepNow()
		after(time.Hour)
		want(t, "tickets", b.store.valid("e"), 400)
		want(t, "told", slices.Contains(b.notices.list(), mirror.CodeShrunk+" a/e"), true)
		if n > 60 {
			t.Errorf("%d looks in an hour", n)
		}
		s.set(func() { s.before = nil; s.tickets["e"] = whole })
		after(6 * time.Minute)
		want(t, "conditions", len(b.notices.list()), 0)
		want(t, "state", b.Status().State, mirror.StateIdle)
	})
}

func TestARestartInTheMiddleOfADoubtDoubtsAnew(t *testing.T) {
	for pages := range 12 {
		t.Run(fmt.Sprintf("after %d pages", pages), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(map[string]int{"e": 200})
				s.limits, s.perRow = [3]int{10, 10, 10}, 10*time.Millisecond
				store, now := newMemory(), clock()
				same := func(c *mirror.Config) { c.Store, c.Now = store, now }
				ctx, kill := context.WithCancel(t.Context())
				m, err := mirror.New(mirror.Config{Account: "a", Drawer: s, Store: store, Now: now, SweepEvery: time.Minute})
				if err != nil {
					t.Fatal(err)
				}
				done := make(chan struct{})
				go func() { defer close(done); _ = m.Run(ctx) }()
				after(30 * time.Second)
				want(t, "complete to begin with", store.look("e").complete, true)
				completed := store.look("e").sweep.Generation
				s.set(func() { s.tickets["e"] = s.tickets["e"][:50]; s.calls = map[string]int{} })
				m.SweepNow()
				after(time.Duration(pages)*100*time.Millisecond + 50*time.Millisecond)
				kill()
				<-done
				want(t, "tickets", store.valid("e"), 200)

				looks := 0
				store.onComplete = func(string, admission.Sweep, []string) { looks = s.count("tickets") }
				s.set(func() { s.calls = map[string]int{} })
				b := start(t, s, same)
				after(15 * time.Second)
				want(t, "tickets", store.valid("e"), 200)
				want(t, "doubted", b.Status().Events[0].Doubted, true)
				after(30 * time.Second)
				want(t, "tickets", store.valid("e"), 50)
				if looks < 10 { // five pages make a sweep, and one may have been begun before
					t.Errorf("believed after %d pages", looks)
				}
				if store.look("e").sweep.Generation < completed+2 {
					t.Error("one sweep was enough")
				}
			})
		})
	}
}

func TestADiskThatIsFullWhenTheSecondLookIsInDoesNotBeginTheDoubtAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 400})
		b := shrunk(t, s, 0)
		b.store.mu.Lock()
		b.store.fail = func(op string) error {
			if op == "complete" {
				return errors.New("disk full")
			}
			return nil
		}
		b.store.mu.Unlock()
		b.SweepNow()
		after(10 * time.Minute)
		want(t, "tickets", b.store.valid("e"), 400)
		b.store.mu.Lock()
		b.store.fail = nil
		b.store.mu.Unlock()
		after(5 * time.Minute)
		want(t, "tickets", b.store.valid("e"), 0)
		want(t, "looks", s.count("tickets"), 3)
		want(t, "conditions", len(b.notices.list()), 0)
	})
}

func TestADoubtEndsWithTheListItIsAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 400, "f": 5})
		chosen := []string{"e"}
		b := shrunk(t, s, 0, func(c *mirror.Config) {
			c.Select = func([]admission.Event) []string { s.mu.Lock(); defer s.mu.Unlock(); return chosen }
		})
		b.SweepNow()
		after(time.Second)
		want(t, "told", strings.Join(b.notices.list(), " "), mirror.CodeShrunk+" a/e")
		s.set(func() { chosen = []string{"f"} })
		b.SweepNow()
		after(time.Minute)
		want(t, "conditions", len(b.notices.list()), 0)
		want(t, "tickets of the list that is no longer served", b.store.valid("e"), 400)
	})
}
