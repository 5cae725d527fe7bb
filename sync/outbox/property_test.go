package outbox_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/sync/outbox"
	"gatescand/sync/platform"
)

// mortal is the store as one process sees it: when the process dies, nothing
// it does reaches the disk any more.
type mortal struct {
	*memory
	dead atomic.Bool
}

func (m *mortal) Attempt(ctx context.Context, seq int64) (int, error) {
	if m.dead.Load() {
		return 0, errFull
	}
	return m.memory.Attempt(ctx, seq)
}

func (m *mortal) Settle(ctx context.Context, seq int64, o admission.Outcome) error {
	if m.dead.Load() {
		return errFull
	}
	return m.memory.Settle(ctx, seq, o)
}

func (m *mortal) Postpone(ctx context.Context, seq int64, until time.Time, cause string) error {
	if m.dead.Load() {
		return errFull
	}
	return m.memory.Postpone(ctx, seq, until, cause)
}

func (m *mortal) Jot(ctx context.Context, seq int64, memo string) error {
	if m.dead.Load() {
		return errFull
	}
	return m.memory.Jot(ctx, seq, memo)
}

// evening is what goes wrong in one run of the property.
type evening struct {
	CheckIns []int // ticket of each
	Parallel int
	Requests []int // fate of each request in turn, see the fates
	Settles  []bool
	Deaths   []int // seconds each process lives
	Gentle   []bool
	Else     []int // tickets used at another station
	Refused  []int // tickets the platform does not know
}

const (
	fateFine = iota
	fateLost // the use is made, the answer is lost
	fateOffline
	fateServer
	fateThrottled
	fateAuth
	fateHang
	fates
)

func drawEvening(rt *rapid.T) evening {
	return evening{
		CheckIns: rapid.SliceOfN(rapid.IntRange(0, 8), 1, 30).Draw(rt, "check-ins"),
		Parallel: rapid.IntRange(1, 5).Draw(rt, "parallel"),
		Requests: rapid.SliceOfN(rapid.IntRange(0, fates-1), 0, 60).Draw(rt, "requests"),
		Settles:  rapid.SliceOfN(rapid.Bool(), 0, 20).Draw(rt, "settles"),
		Deaths:   rapid.SliceOfN(rapid.IntRange(0, 120), 0, 6).Draw(rt, "deaths"),
		Gentle:   rapid.SliceOfN(rapid.Bool(), 6, 6).Draw(rt, "gentle"),
		Else:     rapid.SliceOfN(rapid.IntRange(0, 8), 0, 2).Draw(rt, "else"),
		Refused:  rapid.SliceOfN(rapid.IntRange(0, 8), 0, 2).Draw(rt, "refused"),
	}
}

func TestEveryDeliveryEndsOnceWhateverHappens(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		e := drawEvening(rt)
		if fault := e.play(t); fault != "" {
			rt.Fatal(fault)
		}
	})
}

func (e evening) play(t *testing.T) (fault string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m, o := newMemory(), newOffice()
		o.parallel, o.cost = e.Parallel, 300*time.Millisecond
		for _, n := range e.Else {
			o.used[name(n)] = "else"
		}
		o.reject = func(ticket string) bool {
			return slices.ContainsFunc(e.Refused, func(n int) bool { return name(n) == ticket })
		}
		e.spoil(m, o)
		for i, n := range e.CheckIns[:len(e.CheckIns)/2] {
			m.add(int64(i+1), name(n))
		}
		for i, lives := range e.Deaths {
			store := &mortal{memory: m}
			b := start(t, m, o, func(c *outbox.Config) { c.Store = store })
			after(time.Duration(lives) * time.Second)
			if !e.Gentle[i] {
				store.dead.Store(true)
				b.Cut()
			}
			b.stop()
		}
		b := start(t, m, o)
		for i, n := range e.CheckIns {
			if i >= len(e.CheckIns)/2 {
				after(time.Second)
				m.add(int64(i+1), name(n))
				b.Wake()
			}
		}
		for range 60 { // the network stays up, and somebody minds the key
			after(10 * time.Minute)
			b.Resume()
		}
		fault = e.judge(m, o)
	})
	return fault
}

func name(n int) string { return fmt.Sprintf("t%d", n) }

// spoil makes requests and settlements go wrong as the evening has it.
func (e evening) spoil(m *memory, o *office) {
	requests, settles := e.Requests, e.Settles
	fate := make(map[string]int)
	o.fail = func(d admission.Delivery) error {
		if len(requests) == 0 {
			fate[d.ID] = fateFine
			return nil
		}
		fate[d.ID], requests = requests[0], requests[1:]
		switch fate[d.ID] {
		case fateOffline:
			return fault(platform.Offline)
		case fateServer:
			return fault(platform.Server)
		case fateThrottled:
			return &platform.Error{Class: platform.Throttled, RetryAfter: time.Minute}
		case fateAuth:
			return fault(platform.Auth)
		}
		return nil
	}
	o.lose = func(d admission.Delivery) bool { return fate[d.ID] == fateLost || fate[d.ID] == fateHang }
	m.full = func(op string) bool {
		if op != "settle" || len(settles) == 0 {
			return false
		}
		was := settles[0]
		settles = settles[1:]
		return was
	}
}

// judge compares the end of the evening with what was promised.
func (e evening) judge(m *memory, o *office) string {
	switch {
	case m.open() > 0:
		return fmt.Sprintf("%d deliveries never ended", m.open())
	case len(m.doubled) > 0:
		return fmt.Sprintf("deliveries %v ended twice", m.doubled)
	case o.crossed:
		return "two requests of one ticket at once"
	case o.most > e.Parallel:
		return fmt.Sprintf("%d requests at once, the server bears %d", o.most, e.Parallel)
	}
	for seq, attempts := range o.attempts {
		if !slices.IsSorted(attempts) || len(slices.Compact(slices.Clone(attempts))) != len(attempts) {
			return fmt.Sprintf("requests of %d went out as attempts %v: an intent was not on disk", seq, attempts)
		}
	}
	used := make(map[string]int)
	for _, u := range o.uses {
		used[u.ticket]++
	}
	newest := make(map[string]int64)
	for _, seq := range o.order {
		id := m.rows[seq].Ticket.ID
		if seq < newest[id] {
			return fmt.Sprintf("%d of %s went out after %d", seq, id, newest[id])
		}
		newest[id] = seq
	}
	for seq, r := range m.rows {
		wanted := []admission.OutcomeKind{admission.OutcomeDelivered, admission.OutcomeOurs}
		switch {
		case o.reject(r.Ticket.ID):
			wanted = []admission.OutcomeKind{admission.OutcomeRejected}
		case o.used[r.Ticket.ID] == "else":
			wanted = []admission.OutcomeKind{admission.OutcomeConflict}
		case used[r.Ticket.ID] != 1:
			return fmt.Sprintf("%s was used %d times", r.Ticket.ID, used[r.Ticket.ID])
		}
		if !slices.Contains(wanted, r.outcome.Kind) {
			return fmt.Sprintf("%d of %s ended as %s", seq, r.Ticket.ID, r.outcome.Kind)
		}
	}
	return ""
}
