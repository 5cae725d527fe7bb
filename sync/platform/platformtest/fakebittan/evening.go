package fakebittan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Sizes of an [Evening].
const (
	tonightTickets = 300
	laterTickets   = 80
)

// Evening is a server with one evening's life in it.
type Evening struct {
	*Server
	// Tonight is the event whose doors are open: it began half an hour ago and has 300 tickets in every state. Its sale ends an hour
	// from now, and with it its place on the list.
	Tonight int
	// Later is the same show on the next day, with 80 tickets, for people who come on the wrong day.
	Later int
}

// NewEvening makes a server with the events of a student show. Two of them have the same title, one has markup and a formula in it,
// and one whose sale has ended is on no list. The same seed and clock give the same evening; a nil Source is filled in from the seed.
func NewEvening(seed uint64, o Options) (*Evening, error) {
	if o.Source == nil {
		o.Source = rand.NewPCG(seed, 0x6269_7474)
	}
	server, err := New(o)
	if err != nil {
		return nil, err
	}
	e := &Evening{Server: server}
	random := rand.New(rand.NewPCG(seed, 0x6576_656e)) //nolint:gosec // an evening nobody lived through
	if err := e.write(random, o.Clock().Truncate(time.Minute)); err != nil {
		return nil, fmt.Errorf("make an evening: %w", err)
	}
	return e, nil
}

func (e *Evening) write(random *rand.Rand, now time.Time) error {
	full := e.AddTicketType(TicketType{Price: 200, Title: "Standardbiljett", Description: "En vanlig biljett."})
	student := e.AddTicketType(TicketType{Price: 100, Title: "Studentbiljett – <i>med legitimation</i>", Description: "En billigare biljett."})
	crew := e.AddTicketType(TicketType{Price: 0, Title: "Medverkande", Description: "Syns inte på sidan.", Hidden: true})
	types := []int{full, student, crew}
	const day = 24 * time.Hour
	e.Tonight = e.AddEvent(Event{
		Title: "Fysikalen – lördag å natten", Description: "Andra kvällen.", At: now.Add(-30 * time.Minute), SalesStop: now.Add(time.Hour),
		Types: types,
	})
	e.Later = e.AddEvent(Event{Title: "Fysikalen – söndag", Description: "Sista kvällen.", At: now.Add(day - 30*time.Minute), Types: types})
	for _, other := range []Event{
		{Title: "Sittning", At: now.Add(6 * day), Types: []int{student}},
		{Title: "Sittning", At: now.Add(13 * day), Types: []int{full, student}},
		{Title: `=HYPERLINK("http://portal.example") & <b>Märket</b> `, At: now.Add(20 * day), Types: []int{full}},
		{Title: "Fysikalen – premiär", At: now.Add(-day), Types: types},
	} {
		e.AddEvent(other)
	}
	if err := e.sell(random, e.Tonight, tonightTickets); err != nil {
		return err
	}
	return e.sell(random, e.Later, laterTickets)
}

// sell adds tickets in purchases of one to eight. Most are paid, and a fifth of tonight's paid ones are in already.
func (e *Evening) sell(random *rand.Rand, event, left int) error {
	statuses := Statuses()
	for left > 0 {
		status := Paid
		if random.IntN(6) == 0 {
			status = statuses[random.IntN(len(statuses))]
		}
		payment := 0
		for range min(1+random.IntN(8), left) {
			t := Ticket{Event: event, Payment: payment, Status: status}
			if event == e.Tonight && status == Paid && random.IntN(5) == 0 {
				t.TimesUsed = 1
			}
			id, err := e.AddTicket(t)
			if err != nil {
				return err
			}
			added, err := e.Ticket(id)
			if err != nil {
				return err
			}
			payment = added.Payment
			left--
		}
	}
	return nil
}

// Tickets returns the codes of an event's tickets in a state, in the order of the alphabet.
func (s *Server) Tickets(event int, status Status) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var codes []string
	for id, t := range s.tickets {
		if t.event.ID == event && s.payments[t.payment] == status {
			codes = append(codes, id)
		}
	}
	slices.Sort(codes)
	return codes
}
