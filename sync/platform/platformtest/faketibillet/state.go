package faketibillet

import (
	"encoding/json"
	"time"
)

// Event is one event of the organisation.
type Event struct {
	// UUID names the event. Empty when adding means: make one.
	UUID string
	Name string
	// Slug is the name in the event's address. Empty means the UUID.
	Slug string
	// Description is the longer text; it may be empty.
	Description string
	Start       time.Time
	// End may be zero: TiBillet knows events without an end.
	End time.Time
	// Parent is the UUID of the event this one is a part of, or empty. Children are not in the event list, only in their parent's.
	Parent string
	// Hidden events are not published: not listed, but still answered by UUID, with the status of a canceled event.
	Hidden bool
	// KeyPEM is the RSA-2048 private key, PKCS#8 or PKCS#1. Empty means: make one when it is first needed. Never returned.
	KeyPEM string
}

// Ticket is one ticket, as the box office sees it.
type Ticket struct {
	// UUID names the ticket. Empty when adding means: make one.
	UUID string
	// Event is the UUID of the event its reservation is for.
	Event string
	// Reservation is the UUID of the reservation. Empty when adding means: a reservation of its own.
	Reservation string
	// ReservedAt is when the reservation was last saved. When adding the first ticket of a reservation zero means now; for the further
	// ones it is ignored.
	ReservedAt time.Time
	// Status is the state letter. Zero when adding means Valid.
	Status Status
	// FirstName, LastName, Price and Product are shown as null when empty.
	FirstName, LastName, Price, Product string
	// Email is that of the reservation's buyer.
	Email string
	// CustomForm holds the answers to the organiser's questions as a JSON object; nil is shown as null.
	CustomForm json.RawMessage
	// ScannedBy is the UUID of the scan app that last scanned the ticket, or empty. It says nothing about the present state: an
	// administrator's scan does not set it and an un-scan does not clear it.
	ScannedBy string
}

// ScanApp is one device of the organisation: what a gate becomes by pairing.
type ScanApp struct {
	UUID     string
	Name     string
	Claimed  bool // paired
	Archived bool
}

type event struct {
	Event
	keys     keyring
	tickets  []*ticket // in the order they were added
	byUUID   []*ticket // the same in UUID order, nil when stale
	children []*event
}

type reservation struct {
	uuid    string
	event   *event
	saved   time.Time
	tickets []*ticket
}

type ticket struct {
	Ticket
	event       *event
	reservation *reservation
	rowCode     string // the list row's code once signed
}

// copy returns the ticket as the box office sees it. The caller holds the server's lock.
func (t *ticket) copy() Ticket {
	c := t.Ticket
	c.Event = t.event.UUID
	c.Reservation = t.reservation.uuid
	c.ReservedAt = t.reservation.saved
	return c
}
