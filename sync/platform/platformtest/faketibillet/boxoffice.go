package faketibillet

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Errors of the box office.
var (
	// ErrUnknown says that there is no event, ticket, reservation or scan app with the given UUID.
	ErrUnknown = errors.New("faketibillet: nothing with this UUID")
	// ErrTaken says that the UUID to be added is there already.
	ErrTaken = errors.New("faketibillet: UUID is taken")
	// ErrRefused says that TiBillet's admin pages would not do this.
	ErrRefused = errors.New("faketibillet: the box office refuses")
)

// AddEvent adds an event and returns its UUID.
func (s *Server) AddEvent(e Event) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	added := &event{Event: e}
	if e.KeyPEM != "" {
		key, err := importKey(e.KeyPEM)
		if err != nil {
			return "", err
		}
		added.keys.key = key
		added.KeyPEM = ""
	}
	if e.UUID == "" {
		added.UUID = s.newUUID()
	} else {
		canonical, err := pythonUUID(e.UUID)
		if err != nil {
			return "", fmt.Errorf("add event %q: %w", e.UUID, err)
		}
		added.UUID = canonical
	}
	if _, taken := s.events[added.UUID]; taken {
		return "", fmt.Errorf("add event %s: %w", added.UUID, ErrTaken)
	}
	if e.Parent != "" {
		parent, ok := s.events[e.Parent]
		if !ok {
			return "", fmt.Errorf("parent of event %s: %w", added.UUID, ErrUnknown)
		}
		parent.children = append(parent.children, added)
	}
	added.Slug = orElse(e.Slug, added.UUID)
	s.events[added.UUID] = added
	s.eventOrder = append(s.eventOrder, added)
	s.Changed()
	return added.UUID, nil
}

// SetHidden takes an event off the published list or puts it back.
func (s *Server) SetHidden(event string, hidden bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.events[event]
	if !ok {
		return fmt.Errorf("event %s: %w", event, ErrUnknown)
	}
	e.Hidden = hidden
	s.Changed()
	return nil
}

// Events returns all events in the order they were added.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := make([]Event, len(s.eventOrder))
	for i, e := range s.eventOrder {
		events[i] = e.Event
	}
	return events
}

// PublicKey returns the PEM that the server publishes for an event. The first call for an event without key makes one.
func (s *Server) PublicKey(event string) (string, error) {
	s.mu.Lock()
	e, ok := s.events[event]
	s.mu.Unlock()
	if !ok {
		return "", fmt.Errorf("event %s: %w", event, ErrUnknown)
	}
	_, public, err := e.keys.load()
	return public, err
}

// AddTicket adds one ticket and returns its UUID.
func (s *Server) AddTicket(t Ticket) (string, error) {
	added, err := s.AddTickets(t)
	if err != nil {
		return "", err
	}
	return added[0], nil
}

// AddTickets adds tickets and returns their UUIDs. Those that name the same reservation share it. If one cannot be added, those before
// it have been.
func (s *Server) AddTickets(tickets ...Ticket) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.Changed()
	added := make([]string, 0, len(tickets))
	for _, t := range tickets {
		uuid, err := s.addTicket(t)
		if err != nil {
			return added, err
		}
		added = append(added, uuid)
	}
	return added, nil
}

func (s *Server) addTicket(t Ticket) (string, error) {
	if t.UUID == "" {
		t.UUID = s.newUUID()
	} else {
		canonical, err := pythonUUID(t.UUID)
		if err != nil {
			return "", fmt.Errorf("add ticket %q: %w", t.UUID, err)
		}
		t.UUID = canonical
	}
	if _, taken := s.tickets[t.UUID]; taken {
		return "", fmt.Errorf("add ticket %s: %w", t.UUID, ErrTaken)
	}
	if t.Status == 0 {
		t.Status = Valid
	}
	if !t.Status.known() {
		return "", fmt.Errorf("add ticket %s in state %q: %w", t.UUID, t.Status, ErrRefused)
	}
	if t.CustomForm != nil && !json.Valid(t.CustomForm) {
		return "", fmt.Errorf("add ticket %s with a custom form that is not JSON: %w", t.UUID, ErrRefused)
	}
	e, ok := s.events[t.Event]
	if !ok {
		return "", fmt.Errorf("event of ticket %s: %w", t.UUID, ErrUnknown)
	}
	r, err := s.reservationFor(t, e)
	if err != nil {
		return "", err
	}
	added := &ticket{Ticket: t, event: e, reservation: r}
	added.CustomForm = slices.Clone(t.CustomForm)
	r.tickets = append(r.tickets, added)
	e.tickets = append(e.tickets, added)
	e.byUUID = nil
	s.tickets[t.UUID] = added
	return t.UUID, nil
}

func (s *Server) reservationFor(t Ticket, e *event) (*reservation, error) {
	if r, ok := s.reservations[t.Reservation]; ok {
		if r.event != e {
			return nil, fmt.Errorf("reservation %s is for another event: %w", r.uuid, ErrRefused)
		}
		return r, nil
	}
	r := &reservation{uuid: t.Reservation, event: e, saved: t.ReservedAt}
	if r.uuid == "" {
		r.uuid = s.newUUID()
	}
	if r.saved.IsZero() {
		r.saved = s.clock()
	}
	s.reservations[r.uuid] = r
	return r, nil
}

// DeleteTicket removes a ticket altogether, as nothing but a hand in the database would.
func (s *Server) DeleteTicket(uuid string) error {
	return s.changeTicket(uuid, func(t *ticket) error {
		gone := func(other *ticket) bool { return other == t }
		delete(s.tickets, uuid)
		t.event.tickets = slices.DeleteFunc(t.event.tickets, gone)
		t.event.byUUID = nil
		t.reservation.tickets = slices.DeleteFunc(t.reservation.tickets, gone)
		return nil
	})
}

// Ticket returns the present state of a ticket.
func (s *Server) Ticket(uuid string) (Ticket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tickets[uuid]
	if !ok {
		return Ticket{}, fmt.Errorf("ticket %s: %w", uuid, ErrUnknown)
	}
	return t.copy(), nil
}

// Tickets returns the present state of all tickets of an event in the order they were added; none if there is no such event.
func (s *Server) Tickets(event string) []Ticket {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.events[event]
	if !ok {
		return nil
	}
	tickets := make([]Ticket, len(e.tickets))
	for i, t := range e.tickets {
		tickets[i] = t.copy()
	}
	return tickets
}

// PrintQR returns the text of a ticket's QR code, signed anew at every call. As on the real server that works in every state: a
// canceled ticket can be printed with a good signature.
func (s *Server) PrintQR(uuid string) (string, error) {
	s.mu.Lock()
	t, ok := s.tickets[uuid]
	s.mu.Unlock()
	if !ok {
		return "", fmt.Errorf("ticket %s: %w", uuid, ErrUnknown)
	}
	return t.event.keys.sign(uuid)
}

// SetStatus puts a ticket into a state, whatever it was in. Neither the reservation's time nor the last scan app changes.
func (s *Server) SetStatus(uuid string, status Status) error {
	return s.changeTicket(uuid, func(t *ticket) error {
		if !status.known() {
			return fmt.Errorf("state %q: %w", status, ErrRefused)
		}
		t.Status = status
		return nil
	})
}

// AdminScan marks a valid ticket as scanned by hand. It does not say who did it: the last scan app stays as it was.
func (s *Server) AdminScan(uuid string) error {
	return s.changeTicket(uuid, func(t *ticket) error {
		if t.Status != Valid {
			return fmt.Errorf("scan a ticket in state %s by hand: %w", t.Status, ErrRefused)
		}
		t.Status = Scanned
		return nil
	})
}

// Unscan makes a scanned ticket valid again. The last scan app stays as it was.
func (s *Server) Unscan(uuid string) error {
	return s.changeTicket(uuid, func(t *ticket) error {
		if t.Status != Scanned {
			return fmt.Errorf("un-scan a ticket in state %s: %w", t.Status, ErrRefused)
		}
		t.Status = Valid
		return nil
	})
}

// Cancel cancels a single ticket; the reservation's time stays. A scanned ticket cannot be canceled alone.
func (s *Server) Cancel(uuid string) error {
	return s.changeTicket(uuid, func(t *ticket) error {
		if t.Status == Scanned {
			return fmt.Errorf("cancel a scanned ticket: %w", ErrRefused)
		}
		t.Status = Canceled
		return nil
	})
}

func (s *Server) changeTicket(uuid string, change func(*ticket) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tickets[uuid]
	if !ok {
		return fmt.Errorf("ticket %s: %w", uuid, ErrUnknown)
	}
	if err := change(t); err != nil {
		return err
	}
	s.Changed()
	return nil
}

// Pay makes the created and inactive tickets of a reservation valid and moves the reservation's time.
func (s *Server) Pay(reservation string) error {
	return s.saveReservation(reservation, func(t *ticket) {
		if t.Status == Created || t.Status == Inactive {
			t.Status = Valid
		}
	})
}

// CancelReservation cancels all tickets of a reservation, also scanned ones, and moves the reservation's time.
func (s *Server) CancelReservation(reservation string) error {
	return s.saveReservation(reservation, func(t *ticket) { t.Status = Canceled })
}

// TouchReservation saves a reservation without changing anything, as sending its mail does: its time moves to now.
func (s *Server) TouchReservation(reservation string) error {
	return s.saveReservation(reservation, func(*ticket) {})
}

func (s *Server) saveReservation(uuid string, change func(*ticket)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.reservations[uuid]
	if !ok {
		return fmt.Errorf("reservation %s: %w", uuid, ErrUnknown)
	}
	for _, t := range r.tickets {
		change(t)
	}
	r.saved = s.clock()
	s.Changed()
	return nil
}
