package tibillet

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

var errUser = errors.New("scanned_by is not a uuid")

// user is which scan app used a ticket. Old servers do not tell; where they
// tell, null is the organiser's own page.
type user struct {
	told bool
	app  string // "" for the organiser's page
}

// UnmarshalJSON reads a uuid or null. It is not called where there is nothing.
func (u *user) UnmarshalJSON(raw []byte) error {
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil {
		return errUser
	}
	u.told = true
	if text == nil {
		return nil
	}
	app, ok := canonicalUUID(*text)
	if !ok {
		return errUser
	}
	u.app = app
	return nil
}

// ticketAnswer is what the check and the use route say of a ticket.
type ticketAnswer struct {
	Success *bool `json:"success"`
	Ticket  *struct {
		UUID      *string `json:"uuid"`
		Status    *string `json:"status"`
		Scanned   *bool   `json:"is_scanned"` // the check route only
		FirstName *string `json:"first_name"`
		LastName  *string `json:"last_name"`
		Price     *string `json:"price"`
		Product   *string `json:"product"`
		ScannedBy user    `json:"scanned_by"`
	} `json:"ticket"`
}

// verdictOf is how the server took a code.
type verdictOf uint8

const (
	accepted   verdictOf = iota
	unknown              // no such ticket
	badCode              // it will not take the code: the signature is wrong
	otherEvent           // the ticket is not of the event named
)

// state is a ticket as the server describes it at this moment.
type state struct {
	verdict verdictOf
	success bool
	standing
	by      user
	product string
	price   string
	holder  string
}

// check asks for the state of the ticket a code names. It changes nothing.
func (d *Drawer) check(ctx context.Context, op, code, id string) (state, error) {
	return d.askTicket(ctx, question{op: op, path: routeCheck, body: struct {
		Code string `json:"qrcode_data"`
	}{code}}, id)
}

// use marks the ticket as used. The server does so for a ticket in any state
// but used.
func (d *Drawer) use(ctx context.Context, op, code, id, event string) (state, error) {
	return d.askTicket(ctx, question{op: op, path: routeUse, body: struct {
		Code  string `json:"qrcode_data"`
		Event string `json:"event_uuid"`
	}{code, event}}, id)
}

// askTicket sends a code of ticket id and reads the answer. A no counts only
// when it has the form of the scan interface: a proxy says 404 too.
func (d *Drawer) askTicket(ctx context.Context, q question, id string) (state, error) {
	r, err := d.ask(ctx, q)
	if err != nil {
		return state{}, err
	}
	if r.Status != http.StatusOK {
		switch {
		case !saysError(r):
			return state{}, d.unexpected(q.op, r)
		case r.Status == http.StatusNotFound:
			return state{verdict: unknown}, nil
		case r.Status == http.StatusBadRequest:
			return state{verdict: badCode}, nil
		case r.Status == http.StatusNotAcceptable && q.path == routeUse:
			return state{verdict: otherEvent}, nil
		}
		return state{}, d.unexpected(q.op, r)
	}
	var a ticketAnswer
	if err := d.client.Decode(q.op, r, &a); err != nil {
		return state{}, err
	}
	return d.readState(q, r, a, id)
}

func (d *Drawer) readState(q question, r platform.Reply, a ticketAnswer, id string) (state, error) {
	t := a.Ticket
	if a.Success == nil || t == nil || t.UUID == nil || t.Status == nil {
		return state{}, d.odd(q.op, r, "the answer lacks the ticket or its state")
	}
	if got, ok := canonicalUUID(*t.UUID); !ok || got != id {
		return state{}, d.odd(q.op, r, "the answer is about another ticket")
	}
	s := state{
		success:  *a.Success,
		standing: readWord(*t.Status, r.Language),
		by:       t.ScannedBy,
		product:  told(t.Product, wordMax),
		price:    told(t.Price, wordMax),
		holder:   holder(t.FirstName, t.LastName),
	}
	if q.path != routeCheck {
		return s, nil
	}
	if t.Scanned == nil || !s.success {
		return state{}, d.odd(q.op, r, "the answer does not say whether the ticket is used")
	}
	// is_scanned is never localized and decides. It is computed from the state
	// that the word names, so that a used ticket is a valid one, and a word
	// that says something else contradicts it.
	switch {
	case s.status == admission.StatusUnclear && *t.Scanned:
		s.standing = standing{status: admission.StatusValid, scanned: true}
	case s.status != admission.StatusUnclear && s.scanned != *t.Scanned:
		return state{}, d.odd(q.op, r, "the answer contradicts itself about the ticket's use")
	}
	return s, nil
}
