package fakebittan

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// Form is which form the route for tickets has.
type Form int

// The forms of the route for tickets.
const (
	// Today takes external_id, password and use_ticket: since 30 March 2025.
	Today Form = iota
	// March2025 takes external_id and password, and counts every request: 22 to 30 March 2025.
	March2025
	// Bare2024 takes external_id and counts every request: October 2024 to March 2025, and the branch release/test.
	Bare2024
)

// Consumes tells whether every request for a ticket counts as a use of it.
func (f Form) Consumes() bool { return f != Today }

// Options says what kind of server to make.
type Options struct {
	// Clock gives the server's time. Required.
	Clock func() time.Time
	// Source draws codes. Required; the server guards it, the caller must not use it again.
	Source rand.Source
	// Form is the form of the route for tickets.
	Form Form
	// Password is what requests for tickets must carry. Empty means "ett lösenord".
	Password string
	// Prefix is the path under which the backend lies, as "/bittan"; empty for none.
	Prefix string
}

// ErrOptions says that a required option is missing.
var ErrOptions = errors.New("fakebittan: options need a clock and a random source")

// Server is the fake. All methods may be called from any goroutine at any time.
type Server struct {
	*fakeserver.Front
	clock  func() time.Time
	prefix string
	zone   *time.Location

	mu       sync.Mutex
	random   *rand.Rand
	form     Form
	password string
	serial   int // the last number given to an event, a ticket type or a payment
	events   []*event
	types    []TicketType
	payments map[int]Status
	tickets  map[string]*ticket
}

// New makes a server with nothing to sell.
func New(o Options) (*Server, error) {
	if o.Clock == nil || o.Source == nil {
		return nil, ErrOptions
	}
	s := &Server{
		clock:    o.Clock,
		prefix:   strings.TrimRight(o.Prefix, "/"),
		zone:     stockholm(),
		random:   rand.New(o.Source), //nolint:gosec // deterministic on purpose: nothing real is protected by it
		form:     o.Form,
		password: o.Password,
		payments: map[int]Status{},
		tickets:  map[string]*ticket{},
	}
	if s.password == "" {
		s.password = "ett lösenord"
	}
	front, err := fakeserver.New(fakeserver.Options{Name: "bittan", Clock: o.Clock, Site: site{s}, UseRoute: RouteUse})
	if err != nil {
		return nil, err
	}
	s.Front = front
	return s, nil
}

// stockholm is the zone in which the server writes times. Where the system does not know it, winter lasts all year.
func stockholm() *time.Location {
	if zone, err := time.LoadLocation("Europe/Stockholm"); err == nil {
		return zone
	}
	return time.FixedZone("CET", 3600)
}

// Prefix returns the path that belongs to the server's address, "" for none.
func (s *Server) Prefix() string { return s.prefix }

// Password returns the password in force.
func (s *Server) Password() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.password
}

// SetPassword changes the password.
func (s *Server) SetPassword(password string) {
	s.mu.Lock()
	s.password = password
	s.mu.Unlock()
	s.Changed()
}

// SetForm puts another version of the server in place, as an update or its taking back does.
func (s *Server) SetForm(f Form) {
	s.mu.Lock()
	s.form = f
	s.mu.Unlock()
	s.Changed()
}

// Form returns the form of the version in place.
func (s *Server) Form() Form {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.form
}
