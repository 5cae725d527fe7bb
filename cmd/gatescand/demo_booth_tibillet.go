package main

import (
	"errors"
	"slices"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// tibilletBooth plays the ball that sells through TiBillet, with the people of
// the queue who tell most.
type tibilletBooth struct{ *stage }

// inColumn names the cards of the queue that stand in TiBillet's column.
func inColumn() []string {
	return []string{"paid", "used-gate", "canceled", "unpaid", "other-event", "forged"}
}

func (b tibilletBooth) Platform() admission.PlatformName { return admission.TiBillet }
func (b tibilletBooth) Front() *fakeserver.Front         { return b.opt.Evening.Front }
func (b tibilletBooth) Event() string                    { return b.eventName(b.opt.Evening.Tonight) }

// Codes are the cards of the column.
func (b tibilletBooth) Codes() ([]boothCode, error) {
	var out []boothCode
	for _, c := range b.columnCards() {
		code, err := b.boothCode(c)
		if err != nil {
			return nil, err
		}
		out = append(out, code)
	}
	return out, nil
}

// columnCards gives the cards of the column, those sold on the page first.
func (b tibilletBooth) columnCards() []card {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []card
	for _, ticket := range slices.Backward(b.sold) {
		out = append(out, soldCard(ticket))
	}
	for _, c := range b.cast {
		if slices.Contains(inColumn(), c.ID) {
			out = append(out, c)
		}
	}
	return out
}

func (b tibilletBooth) boothCode(c card) (boothCode, error) {
	text, err := b.code(c.Ticket, c.Variant)
	if err != nil {
		return boothCode{}, err
	}
	t, err := b.opt.Evening.Ticket(c.Ticket)
	if err != nil {
		return boothCode{}, err
	}
	v := b.view(t)
	out := boothCode{
		ID: c.ID, Title: c.Title, Story: c.Story, Expect: c.Expect, Holder: v.Holder, Ticket: c.Ticket, Code: text,
		State: v.State, Status: stateWords(t.Status), Sold: c.Group == groupSold, Actions: v.Actions,
		Key: heldID(c.Ticket, c.Variant), Variant: c.Variant,
	}
	if c.Variant != asPrinted {
		out.Actions = []string{} // what is done to the ticket changes nothing about its forgery
	}
	return out, nil
}

// stateWords gives a state in two or three words of English.
func stateWords(s faketibillet.Status) string {
	switch s {
	case faketibillet.Valid:
		return "Paid, not used"
	case faketibillet.Scanned:
		return "Used"
	case faketibillet.Canceled:
		return "Canceled"
	case faketibillet.Created:
		return "Not paid"
	case faketibillet.Inactive:
		return "Not confirmed"
	}
	return ""
}

// Sell sells a ticket for tonight.
func (b tibilletBooth) Sell() (string, error) {
	uuid, err := b.sellOne()
	if err != nil {
		return "", err
	}
	return soldCard(uuid).ID, nil
}

// Do does what TiBillet's own pages do.
func (b tibilletBooth) Do(id, action string) error {
	c, err := codeOf(b, id, action)
	if err != nil {
		return err
	}
	err = b.act(c.Ticket, action)
	if errors.Is(err, faketibillet.ErrRefused) {
		return errNotNow
	}
	return err
}

// Recorded counts tickets marked as used, and who is written beside them.
func (b tibilletBooth) Recorded() []figure {
	e := b.opt.Evening
	gate, other := 0, 0
	ours := map[string]bool{}
	for _, u := range e.Uses() {
		ours[u.Caller] = ours[u.Caller] || u.Caller != e.OtherGate.UUID
	}
	for _, t := range e.Tickets(e.Tonight) {
		switch {
		case t.Status != faketibillet.Scanned:
		case ours[t.ScannedBy]:
			gate++
		default:
			other++
		}
	}
	return []figure{{Label: "Used by this gate", Value: gate}, {Label: "Used elsewhere", Value: other}}
}
