package faketicketsonic

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Errors of the box office.
var (
	// ErrUnknown says that there is no such promoter, event, product or ticket.
	ErrUnknown = errors.New("faketicketsonic: no such thing")
	// ErrTaken says that the id or number to be added is there already.
	ErrTaken = errors.New("faketicketsonic: taken")
)

// Promoter is an account of somebody who sells tickets.
type Promoter struct {
	UserID string // an e-mail address
	APIKey string // 32 hexadecimal digits; empty when adding means: make one
	// KeyPEM is the private key; empty means: make one of KeyBits, 512 if zero. Never returned.
	KeyPEM  string
	KeyBits int
}

// Event is one event of a promoter. Texts are in a first and a second language.
type Event struct {
	ID          uint64 // 0 when adding means: make one of seven digits
	Name, Other string
	Location    string
	Start, End  time.Time // zero is null
}

// Product is a kind of ticket.
type Product struct {
	ID          uint64 // the second part of the sku; 0 when adding means: make one of five digits
	Event       uint64
	Name, Other string
	Price       uint64 // in hundredths
	Currency    string
	Stock       int
}

// Ticket is one sold ticket, as the box office sees it.
type Ticket struct {
	Content
	Code     string // the text of its QR code
	Holder   string // printed on it, told to no gate
	SoldAt   time.Time
	Canceled bool
}

// Validation is one question about a code that was worked on.
type Validation struct {
	At     time.Time
	UserID string // who asked
	Number string // of the ticket, empty where the block did not open
	Valid  bool   // what was answered
}

type promoter struct {
	Promoter
	key     *Key
	public  string
	events  []*event
	tickets map[string]*ticket // by number
	order   []*ticket
}

type event struct {
	Event
	promoter *promoter
	products []*product
}

type product struct {
	Product
	event *event
}

type ticket struct {
	Ticket
	used bool // only where the server uses tickets up
}

// AddPromoter adds an account and returns it with its API key.
func (s *Server) AddPromoter(p Promoter) (Promoter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.promoters[p.UserID]; taken || p.UserID == "" {
		return Promoter{}, fmt.Errorf("promoter: %w", ErrTaken)
	}
	key, err := s.keyOf(p)
	if err != nil {
		return Promoter{}, err
	}
	if p.APIKey == "" {
		p.APIKey = hex.EncodeToString(s.newBytes(16))
	}
	p.KeyPEM = ""
	s.promoters[p.UserID] = &promoter{Promoter: p, key: key, public: key.Public(), tickets: map[string]*ticket{}}
	s.Changed()
	return p, nil
}

func (s *Server) keyOf(p Promoter) (*Key, error) {
	if p.KeyPEM != "" {
		return ReadKey(p.KeyPEM)
	}
	if p.KeyBits == 0 {
		p.KeyBits = 512
	}
	return NewKey(s.source, p.KeyBits)
}

// NewAPIKey takes away a promoter's API key and returns a new one.
func (s *Server) NewAPIKey(user string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.promoters[user]
	if !ok {
		return "", fmt.Errorf("promoter: %w", ErrUnknown)
	}
	p.APIKey = hex.EncodeToString(s.newBytes(16))
	s.Changed()
	return p.APIKey, nil
}

// NewKeyPair gives a promoter another key pair, of so many bits. Tickets sold before keep their blocks, which validation no longer opens.
func (s *Server) NewKeyPair(user string, bits int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.promoters[user]
	if !ok {
		return fmt.Errorf("promoter: %w", ErrUnknown)
	}
	key, err := NewKey(s.source, bits)
	if err != nil {
		return err
	}
	p.key, p.public = key, key.Public()
	s.Changed()
	return nil
}

// PublicKey returns a promoter's public key as the lists give it.
func (s *Server) PublicKey(user string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.promoters[user]
	if !ok {
		return "", fmt.Errorf("promoter: %w", ErrUnknown)
	}
	return p.public, nil
}

// AddEvent adds an event and returns its id.
func (s *Server) AddEvent(user string, e Event) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.promoters[user]
	if !ok {
		return 0, fmt.Errorf("promoter: %w", ErrUnknown)
	}
	for e.ID == 0 || (e.ID < 1_000_000 && s.events[e.ID] != nil) {
		e.ID = 1_000_000 + s.source.Uint64()%9_000_000
	}
	if s.events[e.ID] != nil {
		return 0, fmt.Errorf("event %d: %w", e.ID, ErrTaken)
	}
	added := &event{Event: e, promoter: p}
	s.events[e.ID] = added
	p.events = append(p.events, added)
	s.Changed()
	return e.ID, nil
}

// RemoveEvent takes an event and its kinds of tickets off the lists. Its tickets stay valid.
func (s *Server) RemoveEvent(id uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.events[id]
	if !ok {
		return fmt.Errorf("event %d: %w", id, ErrUnknown)
	}
	e.promoter.events = slices.DeleteFunc(e.promoter.events, func(x *event) bool { return x == e })
	s.Changed()
	return nil
}

// AddProduct adds a kind of ticket and returns its number.
func (s *Server) AddProduct(p Product) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.events[p.Event]
	if !ok {
		return 0, fmt.Errorf("event %d: %w", p.Event, ErrUnknown)
	}
	for p.ID == 0 {
		if id := 10_000 + s.source.Uint64()%90_000; s.products[id] == nil {
			p.ID = id
		}
	}
	if s.products[p.ID] != nil {
		return 0, fmt.Errorf("product %d: %w", p.ID, ErrTaken)
	}
	if p.Currency == "" {
		p.Currency = "EUR"
	}
	added := &product{Product: p, event: e}
	s.products[p.ID] = added
	e.products = append(e.products, added)
	s.Changed()
	return p.ID, nil
}

// Sell sells a ticket: it is in the books, and validation knows it after the lag. An empty number means: make one of 16 bytes. A content
// that names a product takes its event and price from it.
func (s *Server) Sell(user string, c Content, holder string) (Ticket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.promoters[user]
	if !ok {
		return Ticket{}, fmt.Errorf("promoter: %w", ErrUnknown)
	}
	if sold := s.products[c.Product]; sold != nil {
		c.Event, c.Price = sold.Event, sold.Price
	}
	if c.Number == "" {
		c.Number = hex.EncodeToString(s.newBytes(16))
	}
	if p.tickets[c.Number] != nil {
		return Ticket{}, fmt.Errorf("ticket: %w", ErrTaken)
	}
	code, err := p.print(c)
	if err != nil {
		return Ticket{}, err
	}
	sold := &ticket{Ticket: Ticket{Content: c, Code: code, Holder: holder, SoldAt: s.clock()}}
	p.tickets[c.Number] = sold
	p.order = append(p.order, sold)
	s.Changed()
	return sold.Ticket, nil
}

// Forge prints a ticket with the promoter's key and enters it in no books, as somebody does who has factored the key.
func (s *Server) Forge(user string, c Content) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.promoters[user]
	if !ok {
		return "", fmt.Errorf("promoter: %w", ErrUnknown)
	}
	if c.Number == "" {
		c.Number = hex.EncodeToString(s.newBytes(16))
	}
	return p.print(c)
}

func (p *promoter) print(c Content) (string, error) {
	text, err := c.Write()
	if err != nil {
		return "", err
	}
	block, err := p.key.Seal(text)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(block), nil
}

// Cancel cancels a ticket: validation then calls it invalid.
func (s *Server) Cancel(user, number string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.promoters[user]
	if p == nil || p.tickets[number] == nil {
		return fmt.Errorf("ticket: %w", ErrUnknown)
	}
	p.tickets[number].Canceled = true
	s.Changed()
	return nil
}

// Tickets returns a promoter's tickets in the order they were sold; event 0 means those of all events.
func (s *Server) Tickets(user string, event uint64) []Ticket {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.promoters[user]
	if !ok {
		return nil
	}
	var out []Ticket
	for _, t := range p.order {
		if event == 0 || t.Event == event {
			out = append(out, t.Ticket)
		}
	}
	return out
}

// Validations returns who asked about which code, when and with what answer, in the order in which it was worked on.
func (s *Server) Validations() []Validation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.validations)
}

// Validated returns how often a ticket has been asked about.
func (s *Server) Validated(number string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, v := range s.validations {
		if v.Number == number {
			n++
		}
	}
	return n
}
