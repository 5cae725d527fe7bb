package fakebittan

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// Status is the state of a payment, and so of its tickets.
type Status string

// The states of a payment. FormSubmitted and Confirmed are those of a branch with questionnaires.
const (
	Reserved      Status = "RESERVED"
	Paid          Status = "PAID"
	FailedExpired Status = "FAILED_EXPIRED_RESERVATION"
	FailedAdmin   Status = "FAILED_ADMIN"
	FailedOutOf   Status = "FAILED_OUT_OF_IDS"
	FormSubmitted Status = "FORM_SUBMITTED"
	Confirmed     Status = "CONFIRMED"
)

// Statuses returns all states.
func Statuses() []Status {
	return []Status{Reserved, Paid, FailedExpired, FailedAdmin, FailedOutOf, FormSubmitted, Confirmed}
}

// Event is one event.
type Event struct {
	ID            int // 0 when adding means: the next
	Title         string
	Description   string
	At            time.Time
	SalesStop     time.Time // zero when adding means: when the event begins
	MaxPerPayment int       // 0 when adding means 8
	Seats         int       // 0 when adding means 500
	Types         []int     // ticket types
}

// TicketType is a kind of ticket.
type TicketType struct {
	ID          int // 0 when adding means: the next
	Price       int // kronor
	Title       string
	Description string
	Hidden      bool // not listed, though events name it
}

// Ticket is one ticket as the box office sees it.
type Ticket struct {
	// ID is the code on the ticket. Empty when adding means: draw six letters.
	ID    string
	Event int
	// Payment is what the ticket was bought with, together with others perhaps. 0 when adding means: one of its own.
	Payment int
	// Status is that of the payment. Empty when adding means Paid; it is ignored for a payment that is there already.
	Status    Status
	TimesUsed int
}

type event struct{ Event }

type ticket struct {
	id        string
	event     *event
	payment   int
	timesUsed int
}

// Errors of the box office.
var (
	// ErrUnknown says that there is no event or ticket of this name.
	ErrUnknown = errors.New("fakebittan: nothing of this name")
	// ErrTaken says that there is one already.
	ErrTaken = errors.New("fakebittan: the name is taken")
)

func (s *Server) number(wanted int) int {
	if wanted == 0 {
		wanted = s.serial + 1
	}
	s.serial = max(s.serial, wanted)
	return wanted
}

// AddTicketType adds a kind of ticket and returns its number.
func (s *Server) AddTicketType(t TicketType) int {
	defer s.Changed()
	s.mu.Lock()
	defer s.mu.Unlock()
	t.ID = s.number(t.ID)
	s.types = append(s.types, t)
	return t.ID
}

// AddEvent adds an event and returns its number.
func (s *Server) AddEvent(e Event) int {
	defer s.Changed()
	s.mu.Lock()
	defer s.mu.Unlock()
	e.ID = s.number(e.ID)
	if e.SalesStop.IsZero() {
		e.SalesStop = e.At
	}
	if e.MaxPerPayment == 0 {
		e.MaxPerPayment = 8
	}
	if e.Seats == 0 {
		e.Seats = 500
	}
	s.events = append(s.events, &event{e})
	return e.ID
}

// SetTitle renames an event.
func (s *Server) SetTitle(id int, title string) error {
	return s.changeEvent(id, func(e *event) { e.Title = title })
}

// StopSales ends the sale of an event at a time.
func (s *Server) StopSales(id int, at time.Time) error {
	return s.changeEvent(id, func(e *event) { e.SalesStop = at })
}

func (s *Server) changeEvent(id int, change func(*event)) error {
	defer s.Changed()
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.eventOf(id)
	if e == nil {
		return fmt.Errorf("event %d: %w", id, ErrUnknown)
	}
	change(e)
	return nil
}

func (s *Server) eventOf(id int) *event {
	i := slices.IndexFunc(s.events, func(e *event) bool { return e.ID == id })
	if i < 0 {
		return nil
	}
	return s.events[i]
}

// AddTicket adds a ticket and returns its code.
func (s *Server) AddTicket(t Ticket) (string, error) {
	defer s.Changed()
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.eventOf(t.Event)
	if e == nil {
		return "", fmt.Errorf("event %d of a ticket: %w", t.Event, ErrUnknown)
	}
	for t.ID == "" {
		if drawn := s.draw(); s.tickets[drawn] == nil {
			t.ID = drawn
		}
	}
	if s.tickets[t.ID] != nil {
		return "", fmt.Errorf("add ticket: %w", ErrTaken)
	}
	t.Payment = s.number(t.Payment)
	if _, paid := s.payments[t.Payment]; !paid {
		if t.Status == "" {
			t.Status = Paid
		}
		s.payments[t.Payment] = t.Status
	}
	s.tickets[t.ID] = &ticket{id: t.ID, event: e, payment: t.Payment, timesUsed: t.TimesUsed}
	return t.ID, nil
}

// draw makes six letters.
func (s *Server) draw() string {
	var code [6]byte
	for i := range code {
		code[i] = byte('A' + s.random.IntN(26))
	}
	return string(code[:])
}

// Ticket returns a ticket.
func (s *Server) Ticket(id string) (Ticket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tickets[id]
	if t == nil {
		return Ticket{}, fmt.Errorf("ticket: %w", ErrUnknown)
	}
	return Ticket{ID: t.id, Event: t.event.ID, Payment: t.payment, Status: s.payments[t.payment], TimesUsed: t.timesUsed}, nil
}

// SetStatus changes the state of a ticket's payment, and so of all tickets bought with it.
func (s *Server) SetStatus(id string, status Status) error {
	return s.changeTicket(id, func(t *ticket) { s.payments[t.payment] = status })
}

// SetTimesUsed writes the count of a ticket, as the admin page can.
func (s *Server) SetTimesUsed(id string, n int) error {
	return s.changeTicket(id, func(t *ticket) { t.timesUsed = n })
}

// DeleteTicket removes a ticket.
func (s *Server) DeleteTicket(id string) error {
	return s.changeTicket(id, func(*ticket) { delete(s.tickets, id) })
}

func (s *Server) changeTicket(id string, change func(*ticket)) error {
	defer s.Changed()
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tickets[id]
	if t == nil {
		return fmt.Errorf("ticket: %w", ErrUnknown)
	}
	change(t)
	return nil
}

// UsesOf returns the uses of a ticket that were counted, oldest first: when, by whom (the User-Agent is all there is), and whether the
// answer was lost. The ticket's count can be lower: two at once make it grow by one, and the organiser can set it.
func (s *Server) UsesOf(id string) []fakeserver.Use {
	return slices.DeleteFunc(s.Uses(), func(u fakeserver.Use) bool { return u.Ticket != id || !u.Success })
}
