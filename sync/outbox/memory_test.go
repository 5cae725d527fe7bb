package outbox_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"gatescand/scanner/admission"
)

// memory keeps deliveries the way the outbox relies on. It survives the
// worker, as a database does.
type memory struct {
	mu       sync.Mutex
	rows     map[int64]*row
	full     func(op string) bool // the disk is full
	doubled  []int64              // settled twice
	postpone int
}

type row struct {
	admission.Delivery
	outcome *admission.Outcome
}

var errFull = errors.New("disk full")

func newMemory() *memory { return &memory{rows: make(map[int64]*row)} }

// add puts a check-in of ticket into the outbox.
func (m *memory) add(seq int64, ticket string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := admission.Delivery{
		Seq: seq, ID: fmt.Sprintf("checkin-%d", seq), Ticket: admission.TicketKey{Account: "a", ID: ticket},
		State: admission.DeliveryPending,
	}
	for _, r := range m.rows {
		d.Earlier = d.Earlier || r.Ticket == d.Ticket
	}
	m.rows[seq] = &row{Delivery: d}
}

func (m *memory) refuse(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.full != nil && m.full(op) {
		return errFull
	}
	return nil
}

// pending gives the pending rows in order, of each ticket the first only.
func (m *memory) pending() []*row {
	var heads []*row
	for _, r := range m.rows {
		if r.outcome != nil {
			continue
		}
		i := slices.IndexFunc(heads, func(h *row) bool { return h.Ticket == r.Ticket })
		switch {
		case i < 0:
			heads = append(heads, r)
		case r.Seq < heads[i].Seq:
			heads[i] = r
		}
	}
	slices.SortFunc(heads, func(a, b *row) int { return cmp.Compare(a.Seq, b.Seq) })
	return heads
}

func (m *memory) Due(ctx context.Context, _ string, now time.Time, limit int) ([]admission.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refuse(ctx, "due"); err != nil {
		return nil, err
	}
	var due []admission.Delivery
	for _, r := range m.pending() {
		if !r.NextAt.After(now) && len(due) < limit {
			due = append(due, r.Delivery)
		}
	}
	return due, nil
}

func (m *memory) NextDue(ctx context.Context, _ string) (at time.Time, ok bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refuse(ctx, "next"); err != nil {
		return at, false, err
	}
	for _, r := range m.pending() {
		if !ok || r.NextAt.Before(at) {
			at, ok = r.NextAt, true
		}
	}
	return at, ok, nil
}

func (m *memory) Attempt(ctx context.Context, seq int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refuse(ctx, "attempt"); err != nil {
		return 0, err
	}
	m.rows[seq].Attempt++
	return m.rows[seq].Attempt, nil
}

func (m *memory) Settle(ctx context.Context, seq int64, o admission.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refuse(ctx, "settle"); err != nil {
		return err
	}
	if m.rows[seq].outcome != nil {
		m.doubled = append(m.doubled, seq)
	}
	m.rows[seq].outcome = &o
	return nil
}

func (m *memory) Postpone(ctx context.Context, seq int64, until time.Time, cause string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refuse(ctx, "postpone"); err != nil {
		return err
	}
	m.postpone++
	m.rows[seq].NextAt, m.rows[seq].Cause = until, cause
	return nil
}

func (m *memory) Jot(ctx context.Context, seq int64, memo string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refuse(ctx, "jot"); err != nil {
		return err
	}
	m.rows[seq].Memo = memo
	return nil
}

// settled counts the deliveries that ended with kind.
func (m *memory) settled(kind admission.OutcomeKind) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, r := range m.rows {
		if r.outcome != nil && r.outcome.Kind == kind {
			n++
		}
	}
	return n
}

func (m *memory) open() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, r := range m.rows {
		if r.outcome == nil {
			n++
		}
	}
	return n
}

// look gives a row as it now stands.
func (m *memory) look(seq int64) row {
	m.mu.Lock()
	defer m.mu.Unlock()
	return *m.rows[seq]
}

// puts is how often something was put off.
func (m *memory) puts() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.postpone
}

// notices keeps the conditions that are raised.
type notices struct {
	mu sync.Mutex
	up map[string]string
}

func (n *notices) Raise(code, subject, detail string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.up == nil {
		n.up = make(map[string]string)
	}
	n.up[code+" "+subject] = detail
}

func (n *notices) Clear(code, subject string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.up, code+" "+subject)
}

func (n *notices) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var s []string
	for k := range n.up {
		s = append(s, k)
	}
	return s
}

// clock gives stamps that agree with the time of the bubble.
func clock() func() admission.Stamp {
	boot := time.Now()
	return func() admission.Stamp {
		now := time.Now()
		return admission.Stamp{Wall: now, Trusted: true, Boot: "boot", SinceBoot: now.Sub(boot)}
	}
}
