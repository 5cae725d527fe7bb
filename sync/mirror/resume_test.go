package mirror_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/sync/mirror"
	"gatescand/sync/platform"
)

const longList = 10_000

// siege is what befalls the sweep of a long list.
type siege struct {
	Size  int
	Gone  []int // tickets taken off the list before it begins
	Kills []int // at which page each process dies
	Fates []int // of the pages in turn, see the fates of a page
	Row   int   // milliseconds a row costs
}

// The fates of a page.
const (
	pFine = iota
	pFails
	pBreaks  // the connection breaks
	pHangs   // it takes longer than anybody waits
	pUnkept  // the disk does not take it
	pDisowns // another server answers
	pFates
)

func TestAnInterruptedSweepGoesOnWhereItWasAndStillKnowsWhatVanished(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.SampledFrom([]int{500, 500, 500, 2000, longList}).Draw(rt, "size")
		e := siege{
			Size:  size,
			Gone:  rapid.SliceOfNDistinct(rapid.IntRange(0, size-1), 0, 40, rapid.ID).Draw(rt, "gone"),
			Kills: rapid.SliceOfN(rapid.IntRange(1, 60), 0, 5).Draw(rt, "kills"),
			Fates: rapid.SliceOfN(rapid.IntRange(0, pFates-1), 0, 60).Draw(rt, "fates"),
			Row:   rapid.SampledFrom([]int{1, 20, 60, 200}).Draw(rt, "milliseconds a row"),
		}
		if fault := e.lay(t); fault != "" {
			rt.Fatal(fault)
		}
	})
}

// lay sweeps a long list under siege, and says what went wrong.
func (e siege) lay(t *testing.T) (fault string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": e.Size})
		s.limits = [3]int{25, 100, 200}
		whole := s.tickets["e"]
		store, now := newMemory(), clock()
		fill(t, store, whole, now())
		gone := make(map[string]bool)
		for _, i := range e.Gone {
			gone[whole[i]] = true
		}
		s.tickets["e"] = slices.DeleteFunc(slices.Clone(whole), func(id string) bool { return gone[id] })
		s.perRow = time.Duration(e.Row) * time.Millisecond
		e.spoil(s, store)
		generation := store.look("e").sweep.Generation + 1
		var vanished []string
		store.onComplete = func(_ string, sweep admission.Sweep, unseen []string) {
			if sweep.Generation >= generation {
				vanished = unseen
			}
		}
		w := &watch{store: store}
		for _, page := range append(slices.Clone(e.Kills), 0) {
			if !store.look("e").sweep.Done || store.look("e").sweep.Generation < generation {
				w.live(t, s, store, now, page)
			}
		}
		l := store.look("e")
		switch {
		case w.fault != "":
			fault = w.fault
		case !l.sweep.Done || l.sweep.Seen != len(s.tickets["e"]):
			fault = fmt.Sprintf("%d tickets seen, done %v", l.sweep.Seen, l.sweep.Done)
		case l.restarts != w.late:
			fault = fmt.Sprintf("the sweep began over %d times", l.restarts)
		case len(vanished) != len(gone):
			fault = fmt.Sprintf("%d tickets vanished, %d have gone", len(vanished), len(gone))
		}
		for _, id := range vanished {
			if !gone[id] {
				fault = id + " counts as gone and is on the list"
			}
		}
	})
	return fault
}

// fill makes a list that was complete before, as a database would have it.
func fill(t *testing.T, store *memory, ids []string, now admission.Stamp) {
	t.Helper()
	sweep, err := store.BeginSweep(t.Context(), "a", "e", now)
	if err != nil {
		t.Fatal(err)
	}
	page := admission.SweepPage{Total: len(ids)}
	for _, id := range ids {
		page.Tickets = append(page.Tickets, ticket("e", id))
	}
	if _, err := store.ApplyPage(t.Context(), sweep, page, true); err != nil {
		t.Fatal(err)
	}
}

// spoil makes pages go wrong as the siege has it, from the second on: a sweep
// that has not seen one page may begin over.
func (e siege) spoil(s *server, store *memory) {
	fates := append([]int{pFine}, e.Fates...)
	unkept := false
	s.fail = func(call, _ string) error {
		if call != "tickets" || len(fates) == 0 {
			return nil
		}
		was := fates[0]
		fates = fates[1:]
		switch was {
		case pFails:
			return fault(platform.Server)
		case pBreaks:
			return fault(platform.Offline)
		case pHangs:
			return &platform.Error{Class: platform.Offline, Err: context.DeadlineExceeded}
		case pDisowns:
			return fault(platform.Captive)
		case pUnkept:
			unkept = true
		}
		return nil
	}
	store.fail = func(op string) error {
		if op == "page" && unkept {
			unkept = false
			return errors.New("disk full")
		}
		return nil
	}
}

// watch looks at what a mirror shows while it works.
type watch struct {
	store *memory
	m     *mirror.Mirror
	last  mirror.Status
	gen   int64
	late  int // deaths between the last page and the end of the sweep: it then begins over
	fault string
}

// look compares a snapshot with the one before it.
func (w *watch) look() {
	s := w.m.Status()
	w.store.mu.Lock()
	sweep := w.store.list("e").sweep
	w.store.mu.Unlock()
	if s.Running && w.last.Running && sweep.Generation == w.gen {
		switch {
		case s.Done < w.last.Done:
			w.fault = fmt.Sprintf("progress went back from %d to %d", w.last.Done, s.Done)
		case s.Total < w.last.Total:
			w.fault = fmt.Sprintf("the total went back from %d to %d", w.last.Total, s.Total)
		case s.Total >= 0 && s.Done > s.Total:
			w.fault = fmt.Sprintf("%d of %d", s.Done, s.Total)
		}
	}
	if !w.last.AsOf.IsZero() && s.AsOf.Wall.Before(w.last.AsOf.Wall) {
		w.fault = "the list became older"
	}
	w.last, w.gen = s, sweep.Generation
}

// live runs a mirror until it has stored some pages, 0 for until it is done.
func (w *watch) live(t *testing.T, s *server, store *memory, now func() admission.Stamp, pages int) {
	t.Helper()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	stored := store.pages("e")
	m, err := mirror.New(mirror.Config{
		Account: "a", Drawer: s, Store: store, Now: now, SweepEvery: 24 * time.Hour, DoubtFor: 20 * time.Second,
		OnChange: func(mirror.Change) {
			w.look()
			if pages > 0 && store.pages("e") >= stored+pages {
				kill()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.m, w.last = m, mirror.Status{}
	done := make(chan struct{})
	go func() { defer close(done); _ = m.Run(ctx) }()
	select {
	case <-done:
	case <-time.After(3 * time.Hour):
	}
	kill()
	<-done
	if l := store.look("e"); !l.sweep.Done && l.sweep.Cursor == "" && l.sweep.Seen > 0 {
		w.late++
	}
}

func TestATotalThatIsNotReachedInTheEndBeginsTheSweepOver(t *testing.T) {
	for _, row := range []struct {
		name string
		// change is what happens to the list after the first page, from which
		// its first ten tickets have been read.
		change       func(ids []string) []string
		wantRestarts int
	}{
		{"nothing happens", func(ids []string) []string { return ids }, 0},
		{"a ticket is sold before the cursor", func(ids []string) []string { return slices.Insert(slices.Clone(ids), 0, "a") }, 1},
		{"a ticket is sold after the cursor", func(ids []string) []string { return append(slices.Clone(ids), "z") }, 0},
		{"a ticket goes before the cursor", func(ids []string) []string { return ids[1:] }, 1},
		{"a ticket goes after the cursor", func(ids []string) []string { return ids[:len(ids)-1] }, 1},
		{"one goes and two come", func(ids []string) []string { return append([]string{"a", "b"}, ids[1:]...) }, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(map[string]int{"e": 35})
				s.limits = [3]int{10, 10, 10}
				n := 0
				s.before = func(call, _ string) {
					if call == "tickets" {
						if n++; n == 2 {
							s.set(func() { s.tickets["e"] = row.change(s.tickets["e"]) })
						}
					}
				}
				b := start(t, s)
				after(time.Second)
				l := b.store.look("e")
				want(t, "restarts", l.restarts, row.wantRestarts)
				want(t, "complete", l.complete, true)
				want(t, "tickets", b.store.valid("e"), len(s.tickets["e"]))
				want(t, "seen", l.sweep.Seen, len(s.tickets["e"]))
			})
		})
	}
}

func TestPagesFindTheirSizeAtAServerOf60MillisecondsARow(t *testing.T) {
	for _, row := range []struct {
		name     string
		first    int
		overhead time.Duration
	}{
		{"begun small", 10, 0},
		{"begun in the middle", 50, 0},
		{"begun large", 200, 0},
		{"with a second for each request", 50, time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(map[string]int{"e": longList})
				s.limits = [3]int{10, row.first, 200}
				s.perRow, s.overhead = 60*time.Millisecond, row.overhead
				began := time.Now()
				var took time.Duration
				store := newMemory()
				store.onComplete = func(string, admission.Sweep, []string) { took = time.Since(began) }
				b := start(t, s, func(c *mirror.Config) { c.Store = store })
				after(20 * time.Minute)
				want(t, "complete", store.look("e").complete, true)
				want(t, "tickets", b.store.valid("e"), longList)
				settled := s.sizes[5:]
				want(t, "sizes once settled", len(slices.Compact(slices.Clone(settled))), 1)
				page := row.overhead + time.Duration(settled[0])*s.perRow
				if page > 5*time.Second || page < 2*time.Second {
					t.Errorf("pages of %d tickets take %s", settled[0], page)
				}
				least := longList * s.perRow
				if took > least*14/10 {
					t.Errorf("the sweep took %s, the rows alone take %s", took, least)
				}
				t.Logf("sizes %v, then %d (%s a page), %d pages, %s in all; the rows alone take %s",
					s.sizes[:5], settled[0], page, len(s.sizes), took, least)
			})
		})
	}
}

func TestASweepThatStoodStillForHoursBeginsOver(t *testing.T) {
	for _, row := range []struct {
		name         string
		page         int // at which the server begins to fail
		hours        int
		wantRestarts bool
	}{
		{"before its first page, for an hour", 1, 1, true},
		{"in the middle, for an hour", 4, 1, false},
		{"in the middle, for eight hours", 4, 8, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(map[string]int{"e": 100})
				s.limits = [3]int{10, 10, 10}
				n := 0
				s.fail = func(call, _ string) error {
					if call == "tickets" {
						if n++; n >= row.page {
							return fault(platform.Server)
						}
					}
					return nil
				}
				b := start(t, s)
				after(time.Duration(row.hours) * time.Hour)
				s.set(func() { s.fail = nil })
				began := time.Now()
				after(6 * time.Minute)
				want(t, "complete", b.store.look("e").complete, true)
				want(t, "began over", b.store.look("e").restarts > 0, row.wantRestarts)
				want(t, "a picture of now", b.store.look("e").asOf.Wall.After(began), row.wantRestarts)
				want(t, "tickets", b.store.valid("e"), 100)
			})
		})
	}
}

func TestTheStoreIsToldThatAListIsOneOfUsableTickets(t *testing.T) {
	for _, usable := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(map[string]int{"e": 30})
			s.usable = usable
			b := start(t, s)
			after(time.Minute)
			s.set(func() { s.tickets["e"] = s.tickets["e"][3:] })
			b.SweepNow()
			after(time.Second)
			used := 0
			for _, row := range b.store.look("e").rows {
				if row.Used {
					used++
				}
			}
			want(t, "tickets", b.store.valid("e"), 27)
			want(t, "used, and not revoked", used == 3, usable)
		})
	}
}
