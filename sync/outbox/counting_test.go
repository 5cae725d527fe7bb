package outbox_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/sync/outbox"
	"gatescand/sync/platform"
)

// rush is what goes wrong at a platform that counts.
type rush struct {
	CheckIns []int // ticket of each
	Fates    []int // of each request in turn
	Jots     []bool
	Lives    []life
}

// life is one run of the program.
type life struct {
	Seconds int
	Gentle  bool
	Pokes   []int // what people and the network do, one each second
}

func drawRush(rt *rapid.T) rush {
	return rush{
		CheckIns: rapid.SliceOfN(rapid.IntRange(0, 5), 1, 12).Draw(rt, "check-ins"),
		Fates:    rapid.SliceOfN(rapid.IntRange(0, cFates-1), 0, 60).Draw(rt, "fates"),
		Jots:     rapid.SliceOfN(rapid.Bool(), 0, 10).Draw(rt, "jots refused"),
		Lives: rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) life {
			return life{
				Seconds: rapid.IntRange(0, 60).Draw(rt, "seconds"),
				Gentle:  rapid.Bool().Draw(rt, "gentle"),
				Pokes:   rapid.SliceOfN(rapid.IntRange(0, 3), 0, 60).Draw(rt, "pokes"),
			}
		}), 0, 6).Draw(rt, "lives"),
	}
}

func TestNoCountEverGrowsTwiceForOneAdmission(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		e := drawRush(rt)
		if fault := e.play(t); fault != "" {
			rt.Fatal(fault)
		}
	})
}

func (e rush) play(t *testing.T) (fault string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m, c := newMemory(), newCounter(e.Fates)
		jots := e.Jots
		m.full = func(op string) bool {
			if op != "jot" || len(jots) == 0 {
				return false
			}
			was := jots[0]
			jots = jots[1:]
			return was
		}
		for i, n := range e.CheckIns {
			m.add(int64(i+1), name(n))
		}
		for _, l := range e.Lives {
			store := &mortal{memory: m}
			b := start(t, m, nil, func(cfg *outbox.Config) { cfg.Deliverer, cfg.Store = c, store })
			l.live(b)
			if !l.Gentle {
				store.dead.Store(true)
				b.Cut()
			}
			b.stop()
		}
		b := start(t, m, nil, func(cfg *outbox.Config) { cfg.Deliverer = c })
		for range 60 {
			after(10 * time.Minute)
			b.Resume()
		}
		fault = e.judge(m, c)
	})
	return fault
}

// live lets the worker work while it is poked.
func (l life) live(b *bench) {
	for i := range l.Seconds {
		after(time.Second)
		if i < len(l.Pokes) {
			switch l.Pokes[i] {
			case 1:
				b.Retry()
			case 2:
				b.Resume()
				b.Retry()
			case 3:
				b.Wake()
			}
		}
	}
}

func (e rush) judge(m *memory, c *counter) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case m.open() > 0:
		return fmt.Sprintf("%d deliveries never ended", m.open())
	case len(m.doubled) > 0:
		return fmt.Sprintf("deliveries %v ended twice", m.doubled)
	case c.crossed:
		return "two attempts at one ticket at once"
	case c.hasty != "":
		return c.hasty + " was used again while the first use could still take effect"
	}
	told := make(map[string]int)
	for seq, r := range m.rows {
		switch r.outcome.Kind {
		case admission.OutcomeDelivered, admission.OutcomeOurs:
			told[r.Ticket.ID]++
		case admission.OutcomeConflict:
		case admission.OutcomeRejected:
			return fmt.Sprintf("%d was rejected", seq)
		}
	}
	for _, n := range e.CheckIns {
		id := name(n)
		if c.count[id] != 1 || told[id] != 1 {
			return fmt.Sprintf("the count of %s is %d, and %d of its check-ins are said to be delivered", id, c.count[id], told[id])
		}
	}
	return ""
}

func TestAUseThatMayStillBeInFlightIsNotSentAgainWhoeverAsks(t *testing.T) {
	for _, poke := range []struct {
		name string
		do   func(*bench)
	}{
		{"nobody asks", func(*bench) {}},
		{"a person wants everything tried now", func(b *bench) { b.Retry() }},
		{"the account is paired anew", func(b *bench) { b.Resume(); b.Retry() }},
		{"the program is started again", nil},
	} {
		t.Run(poke.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, c := fill(1), newCounter([]int{cFine, cSlow}) // a peek, then a use that is late
				start1 := func() *bench {
					return start(t, m, nil, func(cfg *outbox.Config) { cfg.Deliverer = c })
				}
				b := start1()
				for range 40 {
					after(500 * time.Millisecond)
					if poke.do == nil {
						b.Cut()
						b.stop()
						b = start1()
						continue
					}
					poke.do(b)
				}
				want(t, "uses sent", c.uses("t1"), 1)
				after(time.Minute)
				want(t, "open", m.open(), 0)
				want(t, "recognised as ours", m.settled(admission.OutcomeOurs), 1)
				want(t, "count", c.counted("t1"), 1)
			})
		})
	}
}

func TestACutLeavesTheMemoOfWhatMayHaveHappened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := fill(1), newCounter([]int{cFine, cSlow})
		b := start(t, m, nil, func(cfg *outbox.Config) { cfg.Deliverer = c })
		after(time.Second)
		time.AfterFunc(100*time.Millisecond, b.Cut)
		b.stop()
		want(t, "memo", len(m.look(1).Memo) > len("n0=0 sent="), true)
		want(t, "intent", m.look(1).Attempt, 1)
		want(t, "open", m.open(), 1)
		want(t, "put off", m.puts(), 0)
		want(t, "conditions of a stop", len(b.notices.list()), 0)
		after(time.Minute)
		start(t, m, nil, func(cfg *outbox.Config) { cfg.Deliverer = c })
		after(time.Second)
		want(t, "recognised as ours", m.settled(admission.OutcomeOurs), 1)
		want(t, "count", c.counted("t1"), 1)
	})
}

func TestBuriedDeliveriesKeepTheirCauseAndRemedy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, o := fill(2), newOffice()
		o.parallel = 1
		o.fail = func(d admission.Delivery) error {
			if d.Seq == 1 {
				return &platform.Error{
					Class: platform.Rejected, Op: "use a ticket", Host: "example.org", Status: 422,
					Detail: "the answer was lost, and nobody can be asked", Remedy: "look the ticket up on the platform",
				}
			}
			return nil
		}
		b := start(t, m, o)
		after(time.Second)
		got := m.look(1).outcome
		want(t, "kind", got.Kind, admission.OutcomeRejected)
		want(t, "cause", got.Theirs, "the answer was lost, and nobody can be asked")
		want(t, "remedy", got.Remedy, "look the ticket up on the platform")
		want(t, "counted", b.count(outbox.Buried), 1)
		want(t, "the account", b.Status().State, outbox.StateIdle)
		want(t, "the other", m.look(2).outcome != nil, true)
		after(time.Hour)
		want(t, "requests", o.requests(), 2)
	})
}
