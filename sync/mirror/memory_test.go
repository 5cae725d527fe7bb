package mirror_test

import (
	"context"
	"maps"
	"sync"
	"time"

	"gatescand/scanner/admission"
)

// memory is a store with the behaviour the mirror relies on, and nothing of a
// database: what a call changes, it changes as a whole or not at all.
type memory struct {
	mu     sync.Mutex
	fail   func(op string) error // may refuse a call before it changes anything
	events []admission.Event
	lists  map[string]*memoryList
	gen    int64

	onComplete func(event string, s admission.Sweep, unseen []string)
}

type memoryList struct {
	sweep     admission.Sweep
	seen      map[string]bool
	rows      map[string]admission.Ticket
	gone      map[string]bool // taken off the list by a complete sweep
	asOf      admission.Stamp
	complete  bool
	watermark string
	pages     int
	restarts  int
}

func newMemory() *memory { return &memory{lists: make(map[string]*memoryList)} }

func (m *memory) refuse(op string) error {
	if m.fail == nil {
		return nil
	}
	return m.fail(op)
}

func (m *memory) list(event string) *memoryList {
	l := m.lists[event]
	if l == nil {
		l = &memoryList{rows: make(map[string]admission.Ticket), gone: make(map[string]bool), sweep: admission.Sweep{Done: true}}
		m.lists[event] = l
	}
	return l
}

func (m *memory) PutEvents(_ context.Context, _ string, events []admission.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refuse("events"); err != nil {
		return err
	}
	m.events = events
	return nil
}

func (m *memory) BeginSweep(_ context.Context, account, event string, now admission.Stamp) (admission.Sweep, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refuse("begin"); err != nil {
		return admission.Sweep{}, err
	}
	l := m.list(event)
	if l.sweep.Done {
		m.fresh(l, account, event, now)
	}
	return l.sweep, nil
}

func (m *memory) fresh(l *memoryList, account, event string, now admission.Stamp) {
	m.gen++
	l.sweep = admission.Sweep{Account: account, Event: event, Generation: m.gen, Began: now, Total: -1, Listed: len(l.rows) - len(l.gone)}
	l.sweep.First = !l.complete
	l.seen = make(map[string]bool)
}

func (m *memory) RestartSweep(_ context.Context, s admission.Sweep, now admission.Stamp) (admission.Sweep, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refuse("restart"); err != nil {
		return admission.Sweep{}, err
	}
	l := m.list(s.Event)
	l.restarts++
	m.fresh(l, s.Account, s.Event, now)
	return l.sweep, nil
}

func (m *memory) ApplyPage(_ context.Context, s admission.Sweep, page admission.SweepPage, complete bool) (admission.Sweep, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	op := "page"
	if complete {
		op = "complete"
	}
	if err := m.refuse(op); err != nil {
		return admission.Sweep{}, err
	}
	l := m.list(s.Event)
	for _, t := range page.Tickets {
		l.rows[t.ID] = t
		l.seen[t.ID] = true
		delete(l.gone, t.ID)
	}
	l.pages++
	l.sweep.Cursor, l.sweep.Total, l.sweep.Seen = page.Next, page.Total, len(l.seen)
	l.sweep.Listed = len(l.rows) - len(l.gone)
	if complete {
		l.sweep.Done, l.complete, l.asOf = true, true, l.sweep.Began
		var unseen []string
		for id, t := range l.rows {
			if !l.seen[id] {
				if page.UsableOnly {
					t.Used = true
				} else {
					t.Status = admission.StatusRevoked
				}
				l.rows[id], l.gone[id] = t, true
				unseen = append(unseen, id)
			}
		}
		if m.onComplete != nil {
			m.onComplete(s.Event, l.sweep, unseen)
		}
	}
	return l.sweep, nil
}

func (m *memory) ApplyChanges(_ context.Context, _, event string, tickets []admission.Ticket, began admission.Stamp, watermark string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refuse("changes"); err != nil {
		return err
	}
	l := m.list(event)
	for _, t := range tickets {
		l.rows[t.ID] = t
		delete(l.gone, t.ID)
		if !l.sweep.Done {
			l.seen[t.ID] = true
		}
	}
	l.watermark = watermark
	if l.complete {
		l.asOf = began
	}
	return nil
}

func (m *memory) Watermark(_ context.Context, _, event string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refuse("watermark"); err != nil {
		return "", err
	}
	return m.list(event).watermark, nil
}

// valid counts the rows that have not been revoked or used.
func (m *memory) valid(event string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, t := range m.list(event).rows {
		if t.Status != admission.StatusRevoked && !t.Used {
			n++
		}
	}
	return n
}

func (m *memory) look(event string) memoryList {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := *m.list(event)
	l.rows, l.seen, l.gone = maps.Clone(l.rows), maps.Clone(l.seen), maps.Clone(l.gone)
	return l
}

// pages tells how many pages of event have been stored.
func (m *memory) pages(event string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.list(event).pages
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
