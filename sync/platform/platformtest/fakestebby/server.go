package fakestebby

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// Options says what kind of server to make.
type Options struct {
	// Clock gives the server's time. Required.
	Clock func() time.Time
	// Source makes ticket codes and API keys. Required; the server guards it, the caller must not use it again.
	Source rand.Source
	// Zone is in whose offset times are written. Nil means UTC, as in the document.
	Zone *time.Location
	// Manners are the unknown sides of the real server.
	Manners Manners
}

// ErrOptions says that a required option is missing.
var ErrOptions = errors.New("fakestebby: options need a clock and a random source")

// Server is the fake: an [http.Handler] with a box office behind the counter. All methods may be called from any goroutine at any time.
type Server struct {
	*fakeserver.Front
	zone *time.Location

	mu      sync.Mutex
	random  *rand.Rand
	manners Manners
	desks   map[string]string // names by API key
	tickets map[string]*ticket
	order   []*ticket
}

// New makes a server with a Point of Sale that has neither tickets nor desks.
func New(o Options) (*Server, error) {
	if o.Clock == nil || o.Source == nil {
		return nil, ErrOptions
	}
	s := &Server{
		zone:    cmp.Or(o.Zone, time.UTC),
		random:  rand.New(o.Source), //nolint:gosec // deterministic on purpose: nothing real is protected by it
		manners: o.Manners,
		desks:   map[string]string{},
		tickets: map[string]*ticket{},
	}
	front, err := fakeserver.New(fakeserver.Options{Name: "stebby", Clock: o.Clock, Site: site{s}, UseRoute: RouteUse})
	if err != nil {
		return nil, err
	}
	s.Front = front
	return s, nil
}

// Errors of the box office.
var (
	// ErrUnknown says that there is no ticket with this code, or no such key.
	ErrUnknown = errors.New("fakestebby: there is none")
	// ErrTaken says that the code to be added is there already.
	ErrTaken = errors.New("fakestebby: the code is taken")
	// ErrRefused says that Stebby would not do this.
	ErrRefused = errors.New("fakestebby: the box office refuses")
)

// AddDesk gives a desk of the Point of Sale, or a gate, an API key of its own. The real server knows one key and no desks; the fake tells
// them apart in its ledger only.
func (s *Server) AddDesk(name string) (key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key = s.word("abcdefghijklmnopqrstuvwxyz0123456789", 40)
	s.desks[key] = name
	return key
}

// AdmitKey gives a desk a key of the caller's choice.
func (s *Server) AdmitKey(key, desk string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.desks[key] = desk
}

// RevokeKey makes a key worthless.
func (s *Server) RevokeKey(key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.desks[key]; !ok {
		return fmt.Errorf("revoke a key: %w", ErrUnknown)
	}
	delete(s.desks, key)
	return nil
}

// Ticket is one ticket as the office sees it.
type Ticket struct {
	// Code names the ticket. Empty when adding means: make one.
	Code string
	// Client is who bought it. Context and Value are what it can be found by: EMAIL and an address.
	Client Client
	// ValidUntil is when it expires; zero means never.
	ValidUntil time.Time
	// RawValidity, where set, is written in place of ValidUntil as it stands: JSON.
	RawValidity string
	Purchasable Purchasable

	// Used is when it was used, zero while it can be. UsedBy is the desk, Uses how often a use succeeded.
	Used   time.Time
	UsedBy string
	Uses   int
	// Refunded tickets are gone.
	Refunded bool
}

// Client is a person with a Stebby account.
type Client struct{ Context, Value, Name string }

// Purchasable is what a ticket is for.
type Purchasable struct {
	Amount   int // zero means 1
	Category string
	Code     string
	Gone     bool // no longer in the catalogue
	Name     string
	Price    float64
}

type ticket struct{ Ticket }

// usable tells whether the platform would show the ticket. The caller holds the lock.
func (t *ticket) usable(now time.Time) bool {
	return t.Used.IsZero() && !t.Refunded && (t.ValidUntil.IsZero() || !now.After(t.ValidUntil))
}

// AddTicket adds a ticket and returns its code.
func (s *Server) AddTicket(t Ticket) (string, error) {
	s.mu.Lock()
	if t.Code == "" {
		t.Code = "VV" + s.word("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 10)
	}
	_, taken := s.tickets[t.Code]
	if !taken {
		added := &ticket{t}
		s.tickets[t.Code] = added
		s.order = append(s.order, added)
	}
	s.mu.Unlock()
	if taken {
		return "", fmt.Errorf("add a ticket: %w", ErrTaken)
	}
	s.Changed()
	return t.Code, nil
}

// Ticket returns the present state of a ticket.
func (s *Server) Ticket(code string) (Ticket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tickets[code]
	if !ok {
		return Ticket{}, fmt.Errorf("ticket %s: %w", code, ErrUnknown)
	}
	return t.Ticket, nil
}

// Tickets returns the present state of all tickets, in the order they were added.
func (s *Server) Tickets() []Ticket {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Ticket, len(s.order))
	for i, t := range s.order {
		out[i] = t.Ticket
	}
	return out
}

// Usable returns the codes of the tickets that can be used now, in the order they were added.
func (s *Server) Usable() []string {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, t := range s.order {
		if t.usable(now) {
			out = append(out, t.Code)
		}
	}
	return out
}

// UseAtDesk uses a ticket as somebody else of the same Point of Sale does, on Stebby's own page.
func (s *Server) UseAtDesk(code, desk string) error {
	now := s.Now()
	return s.change(code, func(t *ticket) error {
		if !t.usable(now) {
			return fmt.Errorf("use a ticket that is not usable: %w", ErrRefused)
		}
		t.Used, t.UsedBy = now, desk
		t.Uses++
		return nil
	})
}

// Reset makes a used or refunded ticket usable again, as Stebby's office can.
func (s *Server) Reset(code string) error {
	return s.change(code, func(t *ticket) error {
		t.Used, t.UsedBy, t.Refunded = time.Time{}, "", false
		return nil
	})
}

// Refund takes the purchase of a ticket that has not been used back.
func (s *Server) Refund(code string) error {
	return s.change(code, func(t *ticket) error {
		if !t.Used.IsZero() {
			return fmt.Errorf("refund a used ticket: %w", ErrRefused)
		}
		t.Refunded = true
		return nil
	})
}

// SetValidUntil moves the end of a ticket's validity; zero means that it never expires.
func (s *Server) SetValidUntil(code string, until time.Time) error {
	return s.change(code, func(t *ticket) error {
		t.ValidUntil = until
		return nil
	})
}

// Remove removes tickets altogether; codes that there are not are passed over.
func (s *Server) Remove(codes ...string) {
	s.mu.Lock()
	for _, code := range codes {
		delete(s.tickets, code)
	}
	s.order = slices.DeleteFunc(s.order, func(t *ticket) bool { return slices.Contains(codes, t.Code) })
	s.mu.Unlock()
	s.Changed()
}

func (s *Server) change(code string, change func(*ticket) error) error {
	s.mu.Lock()
	t, ok := s.tickets[code]
	err := error(nil)
	if !ok {
		err = fmt.Errorf("ticket %s: %w", code, ErrUnknown)
	} else {
		err = change(t)
	}
	s.mu.Unlock()
	if err == nil {
		s.Changed()
	}
	return err
}

// word makes n characters of an alphabet. The caller holds the lock.
func (s *Server) word(alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[s.random.IntN(len(alphabet))]
	}
	return string(out)
}
