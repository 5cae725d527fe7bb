package faketicketsonic

import (
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// The routes of the server, for moods and counts.
const (
	RouteHealth   = "health"   // GET /v1/health
	RouteEvents   = "events"   // GET /v1/event/list
	RouteTickets  = "tickets"  // GET /v1/ticket/list: the kinds of tickets
	RouteValidate = "validate" // POST /v1/ticket/validate
	RouteNone     = "none"     // everything else
)

// Manner is how the server says no.
type Manner int

const (
	// Today says errors in JSON with a message, which is what the shop plugin reads, with the document's status codes.
	Today Manner = iota
	// Documented says errors as bare texts with the document's status codes.
	Documented
	// Plain says errors as bare texts with status 200 and has no health route, as in 2020.
	Plain
)

// Prices is how lists write prices.
type Prices int

const (
	// PriceText is "250.00", since April 2022.
	PriceText Prices = iota
	// PriceHundredths is 25000.
	PriceHundredths
)

// Options says what kind of server to make.
type Options struct {
	// Clock gives the server's time. Required.
	Clock func() time.Time
	// Source makes keys, numbers and credentials. Required; the server guards it, the caller must not use it again.
	Source rand.Source
	Manner Manner
	Prices Prices
	// Lag is how long after its sale a ticket is not known to validation yet.
	Lag time.Duration
	// UsesUp makes a ticket that was called valid invalid from then on. Nobody outside knows whether the real server does that.
	UsesUp bool
}

// ErrOptions says that a required option is missing.
var ErrOptions = errors.New("faketicketsonic: options need a clock and a random source")

// Server is the fake. It is an [net/http.Handler]; all methods may be called from any goroutine at any time.
type Server struct {
	*fakeserver.Front

	clock func() time.Time

	mu          sync.Mutex
	source      rand.Source
	manner      Manner
	prices      Prices
	lag         time.Duration
	usesUp      bool
	promoters   map[string]*promoter // by user id
	events      map[uint64]*event
	products    map[uint64]*product
	validations []Validation
}

// New makes a server without promoters.
func New(o Options) (*Server, error) {
	if o.Clock == nil || o.Source == nil {
		return nil, ErrOptions
	}
	s := &Server{
		clock: o.Clock, source: o.Source, manner: o.Manner, prices: o.Prices, lag: o.Lag, usesUp: o.UsesUp,
		promoters: map[string]*promoter{}, events: map[uint64]*event{}, products: map[uint64]*product{},
	}
	front, err := fakeserver.New(fakeserver.Options{Name: "ticketsonic", Clock: o.Clock, Site: s, UseRoute: RouteValidate})
	if err != nil {
		return nil, err
	}
	s.Front = front
	return s, nil
}

// SetManner changes how the server says no.
func (s *Server) SetManner(m Manner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.manner = m
}

// SetPrices changes how lists write prices.
func (s *Server) SetPrices(p Prices) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prices = p
}

// SetLag changes how long a new ticket is not known to validation; it counts from the sale, also of tickets sold before.
func (s *Server) SetLag(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = d
}

// newBytes makes n random bytes. The caller holds the lock.
func (s *Server) newBytes(n int) []byte {
	raw := make([]byte, n)
	for i := range raw {
		raw[i] = byte(s.source.Uint64() >> 56)
	}
	return raw
}
