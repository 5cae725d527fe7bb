package main

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketicketsonic"
)

// sonicPromoter is who sells the fair's tickets.
const sonicPromoter = "promoter@example.org"

// sonicBooth plays a fair that sells through TicketSonic. Its codes prove
// themselves, there is no list of them, and the server keeps no uses.
type sonicBooth struct {
	server         *faketicketsonic.Server
	key            string // of the interface
	tonight, later uint64
	day, other     uint64 // products
	opens, closes  time.Time

	mu    sync.Mutex
	cast  []boothCode // without what the server knows
	sales []faketicketsonic.Ticket
}

// newSonicBooth makes a promoter with two events and the people of the column.
// The promoter's key is made on the spot: 512 bits take milliseconds, which is
// what is wrong with them.
func newSonicBooth(seed uint64, clock func() time.Time) (*sonicBooth, error) {
	server, err := faketicketsonic.New(faketicketsonic.Options{Clock: clock, Source: rand.NewPCG(seed, 0x736f_6e69)})
	if err != nil {
		return nil, err
	}
	p, err := server.AddPromoter(faketicketsonic.Promoter{UserID: sonicPromoter})
	if err != nil {
		return nil, err
	}
	now := clock().Truncate(time.Minute)
	b := &sonicBooth{server: server, key: p.APIKey, opens: now.Add(-2 * time.Hour), closes: now.Add(5 * time.Hour)}
	if b.tonight, b.day, err = b.addEvent("Night of Inventions", "Evening ticket", now.Add(-30*time.Minute), b.closes); err != nil {
		return nil, err
	}
	next := now.Add(6 * 24 * time.Hour)
	if b.later, b.other, err = b.addEvent("Robot Derby", "Grandstand", next, next.Add(4*time.Hour)); err != nil {
		return nil, err
	}
	return b, b.fill()
}

func (b *sonicBooth) addEvent(name, kind string, start, end time.Time) (event, product uint64, err error) {
	event, err = b.server.AddEvent(sonicPromoter, faketicketsonic.Event{Name: name, Location: "Hall 3", Start: start, End: end})
	if err != nil {
		return 0, 0, err
	}
	product, err = b.server.AddProduct(faketicketsonic.Product{Event: event, Name: kind, Price: 2500, Stock: 400})
	return event, product, err
}

// fill adds the people of the column.
func (b *sonicBooth) fill() error {
	tonight := faketicketsonic.Content{Product: b.day, Start: b.opens, End: b.closes}
	yesterday := faketicketsonic.Content{Product: b.day, Start: b.opens.AddDate(0, 0, -1), End: b.closes.AddDate(0, 0, -1)}
	for _, r := range []struct {
		boothCode

		content faketicketsonic.Content
		after   func(*boothCode) error
	}{
		{
			boothCode: boothCode{ID: "good", Title: "Evening ticket", Holder: "Mila Dimitrova", Story: "The code itself says event, kind and hours.", Expect: "Welcome on its signature. No list, no network needed."},
			content:   tonight,
		},
		{
			boothCode: boothCode{ID: "expired", Title: "Yesterday's hours", Holder: "Georgi Petrov", Story: "Genuine, but its hours are over.", Expect: "Refused: no longer valid."},
			content:   yesterday,
		},
		{
			boothCode: boothCode{ID: "other-event", Title: "Next week's event", Holder: "Elena Ivanova", Story: "Right hall, wrong evening.", Expect: "Refused: another event, and which."},
			content:   faketicketsonic.Content{Product: b.other},
		},
		{
			boothCode: boothCode{ID: "tampered", Title: "One bit changed", Holder: "Stefan Kolev", Story: "A sold ticket's code with one bit turned.", Expect: "Refused: not genuine."},
			content:   tonight, after: tamper,
		},
		{
			boothCode: boothCode{ID: "canceled", Title: "Canceled", Holder: "Ana Todorova", Story: "Money back this morning. No gate is ever told.", Expect: "Welcome; asked afterwards, the server says no. A lasting no becomes a conflict."},
			content:   tonight, after: func(c *boothCode) error { return b.server.Cancel(sonicPromoter, c.Ticket) },
		},
	} {
		sold, err := b.server.Sell(sonicPromoter, r.content, r.Holder)
		if err != nil {
			return fmt.Errorf("ticket %s: %w", r.ID, err)
		}
		r.Ticket, r.Code = sold.Number, sold.Code
		if r.after != nil {
			if err := r.after(&r.boothCode); err != nil {
				return fmt.Errorf("ticket %s: %w", r.ID, err)
			}
		}
		b.cast = append(b.cast, r.boothCode)
	}
	return b.forge(tonight)
}

// forge adds a ticket that somebody made with the promoter's own key, which 512
// bits do not keep secret.
func (b *sonicBooth) forge(c faketicketsonic.Content) error {
	c.Number, c.Event, c.Price = "f0f0f0f0c0ffee00c0ffee00c0ffee00", b.tonight, 2500
	code, err := b.server.Forge(sonicPromoter, c)
	if err != nil {
		return fmt.Errorf("a forged ticket: %w", err)
	}
	b.cast = append(b.cast, boothCode{
		ID: "broken-key", Title: "Made with a broken key", Code: code, Ticket: c.Number,
		Story:  "512-bit keys can be factored. This one was, and nobody sold the ticket.",
		Expect: "Welcome: the proof is good. Asked afterwards, the server has never heard of it.",
	})
	return nil
}

// tamper turns one bit in the middle of a code.
func tamper(c *boothCode) error {
	block, err := base64.StdEncoding.DecodeString(c.Code)
	if err != nil || len(block) == 0 {
		return errNotACode
	}
	block[len(block)/2] ^= 0x04
	c.Code = base64.StdEncoding.EncodeToString(block)
	return nil
}

func (b *sonicBooth) Platform() admission.PlatformName { return admission.TicketSonic }
func (b *sonicBooth) Front() *fakeserver.Front         { return b.server.Front }
func (b *sonicBooth) Event() string                    { return "Night of Inventions" }

// Codes adds to each code what the server knows of its ticket now.
func (b *sonicBooth) Codes() ([]boothCode, error) {
	b.mu.Lock()
	codes := make([]boothCode, 0, len(b.sales)+len(b.cast))
	for i, sold := range slices.Backward(b.sales) {
		codes = append(codes, soldSonic(i, sold))
	}
	codes = append(codes, b.cast...)
	b.mu.Unlock()
	books := map[string]faketicketsonic.Ticket{}
	for _, t := range b.server.Tickets(sonicPromoter, 0) {
		books[t.Number] = t
	}
	for i := range codes {
		c := &codes[i]
		t, sold := books[c.Ticket]
		c.State, c.Status, c.Actions = b.stateOf(t, sold)
		c.Key = keyOf(b.Platform(), c.ID)
		c.Holder = platform.CleanText(c.Holder, nameMax)
		if n := b.server.Validated(c.Ticket); n > 0 {
			c.Status += fmt.Sprintf(", asked about %d×", n)
		}
	}
	return codes, nil
}

func (b *sonicBooth) stateOf(t faketicketsonic.Ticket, sold bool) (state, status string, actions []string) {
	switch {
	case !sold:
		return stateNone, "Never sold", []string{}
	case t.Canceled:
		return stateCanceled, "Canceled", []string{}
	case !t.End.IsZero() && b.server.Now().After(t.End):
		return stateExpired, "Sold, hours over", []string{actCancel}
	}
	return stateValid, "Sold", []string{actCancel}
}

func soldSonic(n int, t faketicketsonic.Ticket) boothCode {
	return boothCode{
		ID: fmt.Sprintf("sold-%d", n+1), Title: "Sold a moment ago", Holder: t.Holder, Ticket: t.Number, Code: t.Code, Sold: true,
		Story:  "Newer than anything the station has fetched.",
		Expect: "Welcome with or without a network: the code proves itself.",
	}
}

// Sell sells an evening ticket.
func (b *sonicBooth) Sell() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.sales)
	if err := hasSold(n); err != nil {
		return "", err
	}
	first, last := buyer(n)
	t, err := b.server.Sell(sonicPromoter, faketicketsonic.Content{Product: b.day, Start: b.opens, End: b.closes}, first+" "+last)
	if err != nil {
		return "", err
	}
	b.sales = append(b.sales, t)
	return soldSonic(n, t).ID, nil
}

// Do cancels a ticket.
func (b *sonicBooth) Do(id, action string) error {
	c, err := codeOf(b, id, action)
	if err != nil {
		return err
	}
	return b.server.Cancel(sonicPromoter, c.Ticket)
}

// Recorded counts the questions about codes; there is nothing else.
func (b *sonicBooth) Recorded() []figure {
	yes, no := 0, 0
	for _, v := range b.server.Validations() {
		if v.Valid {
			yes++
		} else {
			no++
		}
	}
	return []figure{
		{Label: "Called valid", Value: yes},
		{Label: "Called invalid", Value: no, Alarm: no > 0},
	}
}
