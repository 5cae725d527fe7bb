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

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/sync/mirror"
	"gatescand/sync/platform"
)

func TestAListThatShrinksUnderTheSweepIsSweptAgainAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 30})
		s.limits = [3]int{10, 10, 10}
		n := 0
		s.before = func(call, event string) {
			if call != "tickets" {
				return
			}
			if n++; n == 2 { // the first row goes: row 10 slips past the cursor
				s.set(func() { s.tickets["e"] = s.tickets["e"][1:] })
			}
		}
		b := start(t, s)
		after(time.Second)
		want(t, "restarts", b.store.look("e").restarts, 1)
		want(t, "complete", b.store.look("e").complete, true)
		want(t, "tickets", b.store.valid("e"), 29)
		want(t, "conditions", len(b.notices.list()), 0)
	})
}

func TestAListThatNeverHoldsStillRevokesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 30, "f": 5})
		s.limits = [3]int{10, 10, 10}
		s.perRow = time.Millisecond
		busy := true
		n := 0
		s.before = func(call, event string) {
			if call != "tickets" || event != "e" {
				return
			}
			s.set(func() {
				if !busy {
					return
				}
				n++
				s.tickets["e"] = slices.Insert(s.tickets["e"], 0, fmt.Sprintf("d-%05d", 10000-n))
			})
		}
		b := start(t, s)
		after(time.Minute)
		e := b.store.look("e")
		want(t, "complete", e.complete, false)
		want(t, "sweeps", e.restarts, 2)
		want(t, "rows are stored all the same", len(e.rows) >= 30, true)
		want(t, "condition", slices.Equal(b.notices.list(), []string{mirror.CodeUnstable + " a/e"}), true)
		want(t, "the other list", b.store.look("f").complete, true)
		want(t, "state", b.Status().State, mirror.StateIdle)
		want(t, "shown", b.Status().Events[0].Unstable, true)
		calls := s.count("tickets")
		after(3 * time.Minute)
		want(t, "requests while it waits", s.count("tickets"), calls)
		s.set(func() { busy = false })
		after(3 * time.Minute)
		want(t, "complete", b.store.look("e").complete, true)
		want(t, "conditions", len(b.notices.list()), 0)
	})
}

func TestTicketsSoldWhileALongSweepRunsDoNotSpoilIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &changing{server: newServer(map[string]int{"e": 300})}
		c.limits = [3]int{1, 1, 1}
		c.perRow = time.Second
		n := 0
		c.before = func(call, _ string) {
			if call != "tickets" {
				return
			}
			c.set(func() {
				if n++; n%7 != 0 || n > 300 {
					return
				}
				id := fmt.Sprintf("d-%05d", n) // before every other
				c.tickets["e"] = slices.Insert(c.tickets["e"], 0, id)
				c.fresh = append(c.fresh, ticket("e", id))
			})
		}
		b := start(t, c)
		after(8 * time.Minute)
		e := b.store.look("e")
		want(t, "complete", e.complete, true)
		want(t, "restarts", e.restarts, 0)
		want(t, "tickets", b.store.valid("e"), 342)
		want(t, "conditions", len(b.notices.list()), 0)
	})
}

func TestWhenTheIncrementFailsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &changing{server: newServer(map[string]int{"e": 30})}
		c.limits = [3]int{1, 1, 1}
		sold := 0
		c.before = func(call, _ string) {
			if call == "tickets" {
				c.set(func() {
					if sold++; sold < 200 {
						c.tickets["e"] = slices.Insert(c.tickets["e"], 0, fmt.Sprintf("d-%05d", 1000-sold))
					}
				})
			}
		}
		c.fail = func(call, _ string) error {
			if call == "changes" {
				return fault(platform.Server)
			}
			return nil
		}
		b := start(t, c)
		after(30 * time.Minute)
		want(t, "complete", b.store.look("e").complete, true)
		want(t, "tickets", b.store.valid("e"), 229)
		if n := c.count("changes"); n > 60 {
			t.Errorf("%d increments", n)
		}
	})
}

func TestAListWithoutATotalIsTakenAtItsWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 30})
		s.noTotal = true
		b := start(t, s)
		after(time.Second)
		want(t, "complete", b.store.look("e").complete, true)
		want(t, "total", b.Status().Total, 0)
	})
}

// circling never comes to an end of its list.
type circling struct {
	*server
	empty bool
}

func (c circling) Tickets(_ context.Context, event, cursor string, _ int) (admission.SweepPage, error) {
	c.set(func() { c.calls["tickets"]++ })
	if c.empty {
		return admission.SweepPage{Next: cursor + "x", Total: -1}, nil
	}
	next := "1"
	if cursor == "1" {
		next = "2"
	}
	return admission.SweepPage{Tickets: []admission.Ticket{ticket(event, "always the same")}, Next: next, Total: -1}, nil
}

func TestAServerThatGoesRoundInCirclesIsLeft(t *testing.T) {
	for _, empty := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			c := circling{server: newServer(map[string]int{"e": 0}), empty: empty}
			b := start(t, c)
			after(14 * time.Minute)
			want(t, "complete", b.store.look("e").complete, false)
			if n := c.count("tickets"); n > 500 {
				t.Errorf("%d requests in %d minutes", n, 14)
			}
			want(t, "told", len(b.notices.list()), 1)
		})
	}
}

// What happens to the list between two pages.
type move struct {
	Kind  int // 0 nothing, 1 a ticket is sold, 2 a ticket is deleted
	Where int
}

func TestASweepThatMissedATicketNeverCounts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(0, 40).Draw(rt, "size")
		page := rapid.IntRange(1, 15).Draw(rt, "page")
		moves := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) move {
			return move{Kind: rapid.IntRange(0, 2).Draw(rt, "kind"), Where: rapid.IntRange(0, 100).Draw(rt, "where")}
		}), 0, 40).Draw(rt, "moves")
		increments := rapid.Bool().Draw(rt, "increments")
		if fault := sweepWhile(t, size, page, moves, increments); fault != "" {
			rt.Fatal(fault)
		}
	})
}

// sweepWhile sweeps a list while it changes, and says what went wrong.
func sweepWhile(t *testing.T, size, page int, moves []move, increments bool) (fault string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": size})
		s.limits = [3]int{page, page, page}
		c := &changing{server: s}
		var drawer platform.Drawer = s
		if increments {
			drawer = c
		}
		// there is the time since which each ticket has been on the list.
		there := make(map[string]time.Time)
		for _, id := range s.tickets["e"] {
			there[id] = time.Time{}
		}
		s.perRow = time.Millisecond
		s.before = func(call, _ string) {
			if call == "tickets" && len(moves) > 0 {
				s.set(func() {
					before := len(there)
					s.tickets["e"] = apply(s.tickets["e"], moves[0], len(moves), there)
					if len(there) > before {
						c.fresh = append(c.fresh, ticket("e", soldAs(s.tickets["e"], len(moves))))
					}
				})
				moves = moves[1:]
			}
		}
		store := newMemory()
		store.onComplete = func(_ string, sweep admission.Sweep, _ []string) {
			seen := store.lists["e"].seen
			s.mu.Lock()
			defer s.mu.Unlock()
			for id, since := range there {
				if !seen[id] && !since.After(sweep.Began.Wall) {
					fault = "the sweep counts as complete and has not seen " + id + " of " + strings.Join(s.tickets["e"], " ")
				}
			}
		}
		b := start(t, drawer, func(c *mirror.Config) {
			c.Store, c.IncrementEvery = store, 50*time.Millisecond
			c.SweepEvery, c.UnstableEvery = time.Second/2, time.Second/2
		})
		after(2 * time.Minute) // time enough to believe what is doubted at first
		if !store.look("e").complete {
			fault = "the list has held still for long and no sweep is complete"
		}
		if n := b.store.valid("e"); n != len(s.tickets["e"]) {
			fault = fmt.Sprintf("%d tickets are valid, the list has %d", n, len(s.tickets["e"]))
		}
	})
	return fault
}

// soldAs finds the ticket that move n sold.
func soldAs(ids []string, n int) string {
	return ids[slices.IndexFunc(ids, func(id string) bool { return strings.HasSuffix(id, fmt.Sprintf("+%03d", n)) })]
}

// apply makes one move; n tells moves apart.
func apply(ids []string, m move, n int, there map[string]time.Time) []string {
	switch {
	case m.Kind == 1:
		at := m.Where % (len(ids) + 1)
		before := "e-"
		if at > 0 {
			before = ids[at-1]
		}
		id := fmt.Sprintf("%s+%03d", before, n) // after its predecessor, before its successor
		there[id] = time.Now()
		return slices.Insert(slices.Clone(ids), at, id)
	case m.Kind == 2 && len(ids) > 0:
		at := m.Where % len(ids)
		delete(there, ids[at])
		return slices.Delete(slices.Clone(ids), at, at+1)
	}
	return ids
}

func TestAStopAfterTheListShrankDoesNotHideWhatSlippedPast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 30})
		s.limits = [3]int{10, 10, 10}
		n := 0
		s.before = func(call, _ string) {
			if call == "tickets" {
				if n++; n == 2 { // row 10 slips past the cursor
					s.set(func() { s.tickets["e"] = s.tickets["e"][1:] })
				}
			}
		}
		store, now := newMemory(), clock()
		store.fail = func(op string) error {
			if op == "restart" {
				return errors.New("disk full")
			}
			return nil
		}
		m, err := mirror.New(mirror.Config{Account: "a", Drawer: s, Store: store, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = m.Run(ctx) }()
		after(time.Second)
		cancel()
		<-done
		want(t, "stood at", store.look("e").sweep.Cursor, "20")

		store.fail = nil
		start(t, s, func(c *mirror.Config) { c.Store, c.Now = store, now })
		after(time.Second)
		want(t, "complete", store.look("e").complete, true)
		want(t, "restarts", store.look("e").restarts, 1)
		want(t, "tickets", store.valid("e"), 29)
	})
}
