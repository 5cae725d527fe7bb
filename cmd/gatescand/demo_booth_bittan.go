package main

import (
	"fmt"
	"slices"
	"sync"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/fakebittan"
	"gatescand/sync/platform/platformtest/fakeserver"
)

// bittanBooth plays a student show that sells through BitTan. Its server counts
// every use it is told of and never refuses one: admission is the gate's affair.
type bittanBooth struct {
	evening *fakebittan.Evening

	mu    sync.Mutex
	cast  []boothCode // without what the server knows
	sales []string    // codes sold on the page, oldest first
}

// newBittanBooth picks the people of the column from an evening, and adds those
// it lacks.
func newBittanBooth(e *fakebittan.Evening) (*bittanBooth, error) {
	b := &bittanBooth{evening: e}
	for _, r := range []struct {
		boothCode

		ticket fakebittan.Ticket
		none   bool
	}{
		{
			boothCode: boothCode{ID: "good", Title: "Paid ticket", Story: "Paid, counted 0 times.", Expect: "Welcome; the server is asked first. Without a network: refused, nothing proves it."},
			ticket:    fakebittan.Ticket{Event: e.Tonight},
		},
		{
			boothCode: boothCode{ID: "used", Title: "Counted once", Story: "Let in at another door an hour ago.", Expect: "Already used. The server itself would count it again."},
			ticket:    fakebittan.Ticket{Event: e.Tonight, TimesUsed: 1},
		},
		{
			boothCode: boothCode{ID: "unpaid", Title: "Reserved, not paid", Story: "Has a code, but the payment never came.", Expect: "Refused: not paid. The server itself would count it."},
			ticket:    fakebittan.Ticket{Event: e.Tonight, Status: fakebittan.Reserved},
		},
		{
			boothCode: boothCode{ID: "other-event", Title: "Tomorrow's show", Story: "Right house, wrong evening.", Expect: "Refused: another event, and which."},
			ticket:    fakebittan.Ticket{Event: e.Later},
		},
		{
			boothCode: boothCode{ID: "made-up", Title: "Made up", Code: "QWERTY", Story: "Six letters anybody can type.", Expect: "Refused: unknown."},
			none:      true,
		},
		{
			boothCode: boothCode{ID: sharedID, Title: "BitTan's or Stebby's?", Story: "Both platforms have sold a ticket with this code.", Expect: "Held while both vouch for it. Without a network, whose list has it decides."},
			ticket:    fakebittan.Ticket{ID: sharedCode, Event: e.Tonight},
		},
	} {
		if !r.none {
			id, err := e.AddTicket(r.ticket)
			if err != nil {
				return nil, fmt.Errorf("ticket %s: %w", r.ID, err)
			}
			r.Code, r.Ticket = id, id
		}
		b.cast = append(b.cast, r.boothCode)
	}
	return b, nil
}

func (b *bittanBooth) Platform() admission.PlatformName { return admission.BitTan }
func (b *bittanBooth) Front() *fakeserver.Front         { return b.evening.Front }
func (b *bittanBooth) Event() string                    { return "Fysikalen – lördag å natten" }

// Codes adds to each code what the server knows of its ticket now.
func (b *bittanBooth) Codes() ([]boothCode, error) {
	b.mu.Lock()
	codes := make([]boothCode, 0, len(b.sales)+len(b.cast))
	for i, code := range slices.Backward(b.sales) {
		codes = append(codes, b.soldCode(i, code))
	}
	codes = append(codes, b.cast...)
	b.mu.Unlock()
	for i := range codes {
		b.look(&codes[i])
	}
	return codes, nil
}

func (b *bittanBooth) soldCode(n int, code string) boothCode {
	return boothCode{
		ID: fmt.Sprintf("sold-%d", n+1), Title: "Sold a moment ago", Code: code, Ticket: code, Sold: true,
		Story:  "There is no list it could be missing from.",
		Expect: "Welcome: the server is asked about every ticket.",
	}
}

func (b *bittanBooth) look(c *boothCode) {
	c.State, c.Status, c.Actions, c.Key = stateNone, "No such ticket", []string{}, keyOf(b.Platform(), c.ID)
	if c.Ticket == "" {
		return
	}
	t, err := b.evening.Ticket(c.Ticket)
	if err != nil {
		return
	}
	counted := fmt.Sprintf("counted %d×", t.TimesUsed)
	switch {
	case t.Status == fakebittan.Paid && t.TimesUsed == 0:
		c.State, c.Status, c.Actions = stateValid, "Paid, "+counted, []string{actScan, actCancel}
	case t.Status == fakebittan.Paid:
		c.State, c.Status, c.Actions = stateUsed, "Paid, "+counted, []string{actScan, actUnscan}
	case t.Status == fakebittan.Reserved:
		c.State, c.Status, c.Actions = stateUnpaid, "Reserved, "+counted, []string{actPay, actCancel}
	default:
		c.State, c.Status, c.Actions = stateCanceled, "Failed, "+counted, []string{actPay}
	}
}

// Sell sells a ticket for tonight.
func (b *bittanBooth) Sell() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.sales)
	if err := hasSold(n); err != nil {
		return "", err
	}
	code, err := b.evening.AddTicket(fakebittan.Ticket{Event: b.evening.Tonight})
	if err != nil {
		return "", err
	}
	b.sales = append(b.sales, code)
	return b.soldCode(n, code).ID, nil
}

// Do counts a use at another door, or changes a payment or a count by hand.
func (b *bittanBooth) Do(id, action string) error {
	c, err := codeOf(b, id, action)
	if err != nil {
		return err
	}
	switch action {
	case actScan:
		t, err := b.evening.Ticket(c.Ticket)
		if err != nil {
			return err
		}
		return b.evening.SetTimesUsed(c.Ticket, t.TimesUsed+1)
	case actUnscan:
		return b.evening.SetTimesUsed(c.Ticket, 0)
	case actPay:
		return b.evening.SetStatus(c.Ticket, fakebittan.Paid)
	default:
		return b.evening.SetStatus(c.Ticket, fakebittan.FailedAdmin)
	}
}

// Recorded counts what the server has been told. It does not know by whom.
func (b *bittanBooth) Recorded() []figure {
	told := map[string]int{}
	for _, u := range b.evening.Uses() {
		if u.Success {
			told[u.Ticket]++
		}
	}
	counted, twice := 0, 0
	for _, n := range told {
		counted += n
		if n > 1 {
			twice++
		}
	}
	return []figure{
		{Label: "Uses counted", Value: counted},
		{Label: "Counted twice", Value: twice, Alarm: twice > 0},
	}
}
