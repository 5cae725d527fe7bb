package stebby

import (
	"bytes"
	"context"
	"net/http"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// lookupRows is how many rows a look-up asks for, as in the document's sample.
const lookupRows = 15

type paging struct {
	Limit int `json:"limit"`
	Page  int `json:"page"`
}

type lookup struct {
	Pagination paging `json:"pagination"`
	Code       string `json:"ticketCode"`
}

// seen is a ticket as a look-up found it.
type seen struct {
	ticket   admission.Ticket
	spelling string // of its code, as the server writes it
}

// witness names a ticket that was usable when it was looked up last.
type witness struct{ id, spelling string }

// find looks ticket id up: nil when the server has no usable one. Where the
// scanned text spells the code in another way, that is tried too before the
// ticket is called absent: whether the server's filter takes other spellings is
// not known.
func (d *Drawer) find(ctx context.Context, op, id string, scanned []byte) (*seen, error) {
	t, err := d.lookUp(ctx, op, id, id)
	if err != nil || t != nil {
		return t, err
	}
	other := string(bytes.TrimSpace(scanned))
	if named, ok := canonical(other); !ok || named != id || other == id {
		return nil, nil
	}
	return d.lookUp(ctx, op, id, other)
}

// lookUp asks for the usable tickets of one spelling of a code.
func (d *Drawer) lookUp(ctx context.Context, op, id, spelling string) (*seen, error) {
	r, no, err := d.ask(ctx, question{op: op, path: routeTickets, ticket: id, body: lookup{
		Pagination: paging{Limit: lookupRows, Page: 1}, Code: spelling,
	}})
	switch {
	case err != nil:
		return nil, err
	case no != nil:
		return nil, d.lookupRefused(ctx, op, r, no)
	}
	var a answer
	if err := d.client.Decode(op, r, &a); err != nil {
		return nil, err
	}
	if a.Tickets == nil {
		return nil, d.odd(op, r, "the answer holds no tickets, not even none")
	}
	unreadable := false
	for _, row := range *a.Tickets {
		t, spelled, ok := row.ticket(d.account)
		unreadable = unreadable || !ok
		if ok && t.ID == id {
			d.witness.Store(&witness{id: id, spelling: spelled})
			return &seen{ticket: t, spelling: spelled}, nil
		}
	}
	// Rows of other tickets say that this one is not there only where each of
	// them can be read and there are no more than are shown.
	n, total := len(*a.Tickets), a.Pagination.Total
	if n > 0 && (unreadable || n >= lookupRows || !total.told || total.n != n) {
		return nil, d.odd(op, r, "the answer is about other tickets than the one asked for")
	}
	return nil, nil
}

// lookupRefused classes a no to a look-up. What the server's validation refuses
// of one ticket, and of no other, it will refuse again; any other no may be for
// a while only, or be about the key, and is never read as the absence of the
// ticket. To tell costs one more request.
func (d *Drawer) lookupRefused(ctx context.Context, op string, r platform.Reply, no *refusal) error {
	class, remedy := platform.Protocol, "it will be asked again; give the error to Stebby's support if it stays"
	if no.status == http.StatusBadRequest || no.status == http.StatusUnprocessableEntity {
		_, another, err := d.ask(ctx, question{op: op, path: routeTickets, ticket: probeCode, body: lookup{
			Pagination: paging{Limit: lookupRows, Page: 1}, Code: probeCode,
		}})
		if err != nil {
			return err
		}
		if another == nil {
			class, remedy = platform.Rejected, "look the ticket up on Stebby's page, and give the error to Stebby's support"
		}
	}
	return d.client.Fail(class, op, r, "the server refuses the look-up"+no.named(), remedy)
}
