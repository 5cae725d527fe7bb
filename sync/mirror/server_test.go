package mirror_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// server is a small ticketing system with lists in the order of their ids,
// served by offset like the real ones, so that a list that changes shifts
// under whoever reads it.
type server struct {
	mu       sync.Mutex
	events   []admission.Event
	tickets  map[string][]string // ids by event, sorted
	perRow   time.Duration       // what one row costs
	perProbe time.Duration
	noTotal  bool
	usable   bool          // the list holds usable tickets only
	overhead time.Duration // what a page costs beside its rows
	limits   [3]int

	fail   func(call, event string) error // may refuse a call
	before func(call, event string)       // may change the lists

	calls  map[string]int
	sizes  []int
	active int
	most   int
	log    []string
}

func newServer(lists map[string]int) *server {
	s := &server{tickets: make(map[string][]string), calls: make(map[string]int), limits: [3]int{1, 10, 100}}
	for event, n := range lists {
		s.events = append(s.events, admission.Event{Account: "a", ID: event, Name: event, Keys: []admission.Key{{Event: event, PEM: "key"}}})
		for i := range n {
			s.tickets[event] = append(s.tickets[event], fmt.Sprintf("%s-%05d", event, 10*i))
		}
	}
	slices.SortFunc(s.events, func(a, b admission.Event) int { return len(a.ID) - len(b.ID) + int(a.ID[0]) - int(b.ID[0]) })
	return s
}

func (s *server) Platform() admission.PlatformName { return admission.TiBillet }

func (s *server) Capabilities() platform.Capabilities {
	return platform.Capabilities{ListsTickets: true}
}

func (s *server) Keyring([]admission.Key) (platform.Keyring, []error) { return nil, nil }

func (s *server) enter(ctx context.Context, call, event string, cost time.Duration) error {
	s.mu.Lock()
	s.calls[call]++
	s.log = append(s.log, call+" "+event)
	s.active++
	s.most = max(s.most, s.active)
	fail, before := s.fail, s.before
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.active--
		s.mu.Unlock()
	}()
	if before != nil {
		before(call, event)
	}
	if cost > 0 {
		timer := time.NewTimer(cost)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", call, ctx.Err())
		case <-timer.C:
		}
	}
	if fail != nil {
		return fail(call, event)
	}
	return nil
}

func (s *server) count(call string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[call]
}

func (s *server) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *server) Probe(ctx context.Context) error {
	return s.enter(ctx, "probe", "", s.perProbe)
}

func (s *server) Events(ctx context.Context) ([]admission.Event, error) {
	if err := s.enter(ctx, "events", "", 0); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events), nil
}

func (s *server) PageLimits() (smallest, first, largest int) {
	return s.limits[0], s.limits[1], s.limits[2]
}

func (s *server) Tickets(ctx context.Context, event, cursor string, limit int) (admission.SweepPage, error) {
	s.mu.Lock()
	s.sizes = append(s.sizes, limit)
	s.mu.Unlock()
	if err := s.enter(ctx, "tickets", event, s.overhead+time.Duration(limit)*s.perRow); err != nil {
		return admission.SweepPage{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	from := 0
	if cursor != "" {
		from, _ = strconv.Atoi(cursor)
	}
	ids := s.tickets[event]
	page := admission.SweepPage{Total: len(ids), UsableOnly: s.usable}
	if s.noTotal {
		page.Total = -1
	}
	until := min(from+limit, len(ids))
	for i := from; i < until; i++ {
		page.Tickets = append(page.Tickets, ticket(event, ids[i]))
	}
	if until < len(ids) {
		page.Next = strconv.Itoa(until)
	}
	return page, nil
}

func ticket(event, id string) admission.Ticket {
	return admission.Ticket{TicketKey: admission.TicketKey{ID: id}, Event: event, Status: admission.StatusValid}
}

// changing is a server that can also tell what is new.
type changing struct {
	*server
	fresh []admission.Ticket // under server.mu
	mark  int
}

func (c *changing) Changes(ctx context.Context, event, watermark string) ([]admission.Ticket, string, error) {
	if err := c.enter(ctx, "changes", event+" "+watermark, 0); err != nil {
		return nil, "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mark++
	fresh := c.fresh
	c.fresh = nil
	return fresh, strconv.Itoa(c.mark), nil
}

// bare has nothing but the contract's smallest part.
type bare struct{}

func (bare) Platform() admission.PlatformName                    { return admission.BitTan }
func (bare) Capabilities() platform.Capabilities                 { return platform.Capabilities{} }
func (bare) Keyring([]admission.Key) (platform.Keyring, []error) { return nil, nil }

func fault(class platform.Class) error {
	return &platform.Error{Class: class, Op: "list tickets", Host: "example.org", Detail: string(class)}
}
