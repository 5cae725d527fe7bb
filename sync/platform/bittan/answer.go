package bittan

import (
	"context"
	"net/http"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// answer is what the server says of a ticket.
type answer struct {
	found  bool
	uses   int64 // before this request
	status admission.Status
	event  string // the title, "" where this form of the server does not tell it
}

// answerJSON is an answer as it is written. Which members there are depends on
// the form of the server.
type answerJSON struct {
	ID     *string `json:"external_id"`
	Uses   *int64  `json:"times_used"`
	Event  *string `json:"chapter_event"`
	Status *string `json:"status"`
}

// noSuchTicket is the count the server gives for a ticket it does not have.
const noSuchTicket = -1

// read reads the answer to a request for ticket id by a server of form f, as
// strictly as that form allows.
func (d *Drawer) read(op string, r platform.Reply, f form, id string) (answer, error) {
	switch {
	case r.Status == http.StatusOK:
	case r.Status == http.StatusNotFound && f != formBare:
	case r.Status == http.StatusUnauthorized && f != formBare && isWord(r):
		return answer{}, d.passwordRefused(op, r)
	case wantsMore(r):
		return answer{}, d.odd(op, r, "the server no longer takes what it took before")
	default:
		return answer{}, d.unexpected(op, r)
	}
	var j answerJSON
	if err := d.client().Decode(op, r, &j); err != nil {
		return answer{}, err
	}
	if j.Uses == nil || j.Status == nil {
		return answer{}, d.odd(op, r, "the answer lacks how often the ticket was used, or its state")
	}
	none := http.StatusNotFound
	if f == formBare {
		none = http.StatusOK
	}
	switch {
	case *j.Uses == noSuchTicket && r.Status == none:
		return answer{}, nil
	case *j.Uses < 0, r.Status != http.StatusOK:
		return answer{}, d.odd(op, r, "the answer contradicts itself about whether there is such a ticket")
	}
	return d.readTicket(op, r, f, id, j)
}

func (d *Drawer) readTicket(op string, r platform.Reply, f form, id string, j answerJSON) (answer, error) {
	a := answer{found: true, uses: *j.Uses, status: d.statusOf(*j.Status)}
	switch {
	case f == formPeek && (j.ID == nil || j.Event == nil):
		return answer{}, d.odd(op, r, "the answer lacks the ticket or its event")
	case j.ID != nil && *j.ID != id:
		return answer{}, d.odd(op, r, "the answer is about another ticket")
	}
	if j.Event != nil {
		a.event = cleanTitle(*j.Event)
	}
	return a, nil
}

// isWord tells whether a reply is a bare JSON string, as the server's views
// give for requests they do not work on.
func isWord(r platform.Reply) bool {
	var word string
	return r.IsJSON() && platform.DecodeJSON(r.Body, &word) == nil
}

// isRefusal tells whether a reply is the server's word that it has not looked
// for the ticket at all.
func isRefusal(r platform.Reply) bool {
	return (r.Status == http.StatusBadRequest || r.Status == http.StatusUnauthorized) && isWord(r)
}

// peek asks for a ticket without using it. The server must be of formPeek.
func (d *Drawer) peek(ctx context.Context, op, id string) (answer, error) {
	r, err := d.put(ctx, d.asking, op, peekBody{id, d.password, false})
	if err != nil {
		return answer{}, err
	}
	return d.read(op, r, formPeek, id)
}
