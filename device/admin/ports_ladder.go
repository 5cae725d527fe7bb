package admin

import (
	"context"

	"gatescand/scanner/admission"
)

// Ladder tells what the rules of the door would say to a ticket.
type Ladder interface {
	// WouldSay decides as the lane would if the ticket came now with a code that
	// is good. Nothing is recorded, nobody is asked. An unknown lane or account is
	// [ErrNotFound].
	WouldSay(ctx context.Context, lane string, ticket admission.TicketKey) (Scanned, error)
}
