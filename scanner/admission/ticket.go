package admission

import (
	"slices"
	"time"
)

// TicketKey is the identity of a ticket: the account that issued it and the
// platform's own canonical identity. It is never the text of a code, because
// two texts that decode to the same ticket are the same ticket.
type TicketKey struct {
	Account string
	ID      string
}

// Status is what the platform says of a ticket, apart from its use.
type Status string

// The statuses of a ticket. StatusUnclear is a word of the platform that
// nobody here understands; it never counts as valid.
const (
	StatusValid    Status = "valid"
	StatusUnpaid   Status = "unpaid" // not paid, not activated, not confirmed
	StatusCanceled Status = "canceled"
	StatusRevoked  Status = "revoked" // blocked, or gone from a complete list
	StatusUnclear  Status = "unclear"
)

// Ticket is one right of admission as the platform last told us.
type Ticket struct {
	TicketKey

	Event   string // the platform's id of the event, "" where it has none
	Product string // name of what was bought
	Price   string // name of the tariff, where the platform has one
	Status  Status

	Used   bool      // the platform says it has been used
	UsedAt time.Time // when, zero where the platform does not say
	UsedBy string    // which device or station, "" where the platform does not say
	// Gone says that Used was gathered from the ticket's absence: it is no longer
	// on a list of usable tickets.
	Gone bool

	UsesAllowed int // how often it may be used, 0 means once
	Window      Window
	Holder      string // shown to staff only, never logged, never in the journal
	Order       string // the platform's id of the order or reservation
}

// Uses gives how often the ticket may be used, at least once.
func (t Ticket) Uses() int {
	return max(t.UsesAllowed, 1)
}

// serves tells whether one of wanted names the product or the tariff of a
// ticket. No wish is served by everything.
func serves(wanted []string, product, price string) bool {
	if len(wanted) == 0 {
		return true
	}
	return slices.Contains(wanted, product) || (price != "" && slices.Contains(wanted, price))
}

// Event is one evening as the platform publishes it.
type Event struct {
	Account string
	ID      string
	Name    string
	Start   time.Time // zero where unknown
	End     time.Time // zero where unknown
	Zone    string    // IANA name of the event's zone, "" means the station's
	Parent  string    // id of the event this one belongs to, "" for none
	// Withdrawn says that the platform no longer publishes it.
	Withdrawn bool
	Keys      []Key
	// Products are the kinds of tickets there are for the event, where codes or
	// answers name them by an id.
	Products []Product
}

// Product is a kind of ticket as the platform sells it.
type Product struct {
	ID   string // as codes and answers name it
	Name string // as people know it
}

// Key is a public key with which the platform signs the tickets of an event.
type Key struct {
	Event string // the event whose tickets it signs, "" for all of the account
	PEM   string // SubjectPublicKeyInfo with or without armour, as the platform gave it
}

// NotOver picks the events that are not over by now, late after their end or
// after their start where the end is unknown. When all are over by that clock,
// it is the clock that is wrong, and all are picked.
func NotOver(events []Event, now time.Time, late time.Duration) []string {
	var ahead, every []string
	for _, e := range events {
		every = append(every, e.ID)
		end := e.End
		if end.Before(e.Start) {
			end = e.Start
		}
		if e.Start.IsZero() || !now.After(end.Add(late)) {
			ahead = append(ahead, e.ID)
		}
	}
	if len(ahead) == 0 {
		return every
	}
	return ahead
}

// Tonight picks the events a gate serves when nobody has chosen: those whose
// time reaches now, counted from early before the start until late after the
// end (or after the start where the end is unknown). When there is none, the
// next to come; when nothing lies ahead, the last to have begun, which may be
// running still without having said so. Events of the same start come
// together. The result is empty only when there are no events.
func Tonight(events []Event, now time.Time, early, late time.Duration) []string {
	var running []string
	var next, last time.Time
	for _, e := range events {
		if e.Start.IsZero() {
			running = append(running, e.ID)
			continue
		}
		end := e.End
		if end.Before(e.Start) {
			end = e.Start
		}
		if !now.Before(e.Start.Add(-early)) && !now.After(end.Add(late)) {
			running = append(running, e.ID)
		}
		if e.Start.After(now) && (next.IsZero() || e.Start.Before(next)) {
			next = e.Start
		}
		if e.Start.After(last) {
			last = e.Start
		}
	}
	if len(running) > 0 {
		return running
	}
	if next.IsZero() {
		next = last
	}
	for _, e := range events {
		if e.Start.Equal(next) {
			running = append(running, e.ID)
		}
	}
	return running
}
