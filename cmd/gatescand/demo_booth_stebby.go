package main

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/fakestebby"
)

// stebbyBooth plays a sports club that sells through Stebby. Nothing on its
// codes proves anything, and its server shows usable tickets only.
type stebbyBooth struct {
	evening *fakestebby.Evening

	mu    sync.Mutex
	cast  []boothCode // without what the server knows
	sales []string    // codes sold on the page, oldest first
}

// newStebbyBooth adds the people of the column to an evening.
func newStebbyBooth(e *fakestebby.Evening) (*stebbyBooth, error) {
	b := &stebbyBooth{evening: e}
	class := fakestebby.Purchasable{Category: "WORKOUT", Code: "yoga_60", Name: "Jooga 60 min", Price: 9}
	until := e.Now().Add(30 * 24 * time.Hour)
	ended := e.Now().Add(-20 * time.Hour)
	for _, r := range []struct {
		boothCode

		until time.Time
		after func(code string) error
		none  bool
	}{
		{
			boothCode: boothCode{ID: "good", Title: "Usable ticket", Holder: "Maarja Kask", Code: "VVMAARJA7KQ2T", Story: "Stands on the list of usable tickets.", Expect: "Welcome, also without a network: the list says so."},
			until:     until,
		},
		{
			boothCode: boothCode{ID: "good-2", Title: "Another usable one", Holder: "Jüri Rebane", Code: "VVJURI5REBA6H", Story: "Like the first.", Expect: "Keep it for when the network is cut."},
			until:     until,
		},
		{
			boothCode: boothCode{ID: "used", Title: "Used at the desk", Holder: "Tõnu Sepp", Code: "VVTONU4SEPP9X", Story: "Somebody ticked it off on Stebby's page.", Expect: "Refused: unknown. Used, expired and made up all look the same here."},
			until:     until, after: func(code string) error { return e.UseAtDesk(code, "desk") },
		},
		{
			boothCode: boothCode{ID: "expired", Title: "Expired yesterday", Holder: "Līga Ozoliņa", Code: "VVLIGA8OZOL3N", Story: "Its validity has ended, so the server no longer shows it.", Expect: "Refused: unknown."},
			until:     ended,
		},
		{
			boothCode: boothCode{ID: "made-up", Title: "Made up", Code: "VV12345678901", Story: "Has the form of a code, and nobody ever sold it.", Expect: "Refused: unknown. Cut the network: a person decides."},
			none:      true,
		},
		{
			boothCode: boothCode{ID: sharedID, Title: "Stebby's or BitTan's?", Holder: "Ieva Tamm", Code: sharedCode, Story: "Both platforms have sold a ticket with this code.", Expect: "Held while both vouch for it. Without a network, whose list has it decides."},
			until:     until,
		},
	} {
		if !r.none {
			r.Ticket = r.Code
			_, err := e.AddTicket(fakestebby.Ticket{
				Code: r.Code, Client: fakestebby.Client{Context: "EMAIL", Value: r.ID + "@example.org", Name: r.Holder}, ValidUntil: r.until, Purchasable: class,
			})
			if err == nil && r.after != nil {
				err = r.after(r.Code)
			}
			if err != nil {
				return nil, fmt.Errorf("ticket %s: %w", r.ID, err)
			}
		}
		b.cast = append(b.cast, r.boothCode)
	}
	return b, nil
}

func (b *stebbyBooth) Platform() admission.PlatformName { return admission.Stebby }
func (b *stebbyBooth) Front() *fakeserver.Front         { return b.evening.Front }
func (b *stebbyBooth) Event() string                    { return "Spordiklubi, evening classes" }

// Codes adds to each code what the server knows of its ticket now.
func (b *stebbyBooth) Codes() ([]boothCode, error) {
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

func (b *stebbyBooth) soldCode(n int, code string) boothCode {
	return boothCode{
		ID: fmt.Sprintf("sold-%d", n+1), Title: "Sold a moment ago", Code: code, Ticket: code, Sold: true,
		Story:  "Newer than the station's list, perhaps.",
		Expect: "Network up: looked up, and welcome. Cut before the next list: a person decides.",
	}
}

func (b *stebbyBooth) look(c *boothCode) {
	c.State, c.Status, c.Actions, c.Key = stateNone, "No such ticket", []string{}, keyOf(b.Platform(), c.ID)
	if c.Ticket == "" {
		return
	}
	t, err := b.evening.Ticket(c.Ticket)
	if err != nil {
		return
	}
	c.Holder = platform.CleanText(t.Client.Name, nameMax)
	switch now := b.evening.Now(); {
	case !t.Used.IsZero():
		c.State, c.Status, c.Actions = stateUsed, "Used by the "+t.UsedBy, []string{actUnscan}
		if t.Uses > 1 {
			c.Status = fmt.Sprintf("%s, %d times", c.Status, t.Uses)
		}
	case t.Refunded:
		c.State, c.Status, c.Actions = stateCanceled, "Refunded", []string{actUnscan}
	case !t.ValidUntil.IsZero() && now.After(t.ValidUntil):
		c.State, c.Status = stateExpired, "Expired"
	default:
		c.State, c.Status, c.Actions = stateValid, "Usable", []string{actScan, actCancel}
	}
}

// Sell sells a ticket for the class.
func (b *stebbyBooth) Sell() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.sales)
	if err := hasSold(n); err != nil {
		return "", err
	}
	first, last := buyer(n)
	code, err := b.evening.AddTicket(fakestebby.Ticket{
		Code: fmt.Sprintf("VVNEW%02dQ%05d", n+1, (n+1)*7919%100_000), ValidUntil: b.evening.Now().Add(24 * time.Hour),
		Client:      fakestebby.Client{Context: "EMAIL", Value: fmt.Sprintf("new%d@example.org", n+1), Name: first + " " + last},
		Purchasable: fakestebby.Purchasable{Category: "WORKOUT", Code: "gym_day", Name: "Jõusaal, päevapilet", Price: 12.5},
	})
	if err != nil {
		return "", err
	}
	b.sales = append(b.sales, code)
	return b.soldCode(n, code).ID, nil
}

// Do lets the desk use a ticket, or Stebby's office refund it or set it back.
func (b *stebbyBooth) Do(id, action string) error {
	c, err := codeOf(b, id, action)
	if err != nil {
		return err
	}
	switch action {
	case actScan:
		err = b.evening.UseAtDesk(c.Ticket, "desk")
	case actCancel:
		err = b.evening.Refund(c.Ticket)
	default:
		err = b.evening.Reset(c.Ticket)
	}
	if errors.Is(err, fakestebby.ErrRefused) {
		return errNotNow
	}
	return err
}

// Recorded counts uses. The server does not tell gate and desk apart; its
// people would have to look at the keys.
func (b *stebbyBooth) Recorded() []figure {
	var gate, desk, twice int
	for _, t := range b.evening.Tickets() {
		switch {
		case t.Used.IsZero():
		case t.UsedBy == "gate":
			gate++
		default:
			desk++
		}
		if t.Uses > 1 {
			twice++
		}
	}
	return []figure{
		{Label: "Used by this gate", Value: gate},
		{Label: "Used elsewhere", Value: desk},
		{Label: "Used twice", Value: twice, Alarm: twice > 0},
	}
}

// codeOf finds a code of a booth that the box office can do an action to now.
func codeOf(b booth, id, action string) (boothCode, error) {
	codes, err := b.Codes()
	if err != nil {
		return boothCode{}, err
	}
	i := slices.IndexFunc(codes, func(c boothCode) bool { return c.ID == id })
	switch {
	case i < 0:
		return boothCode{}, errNoCode
	case !slices.Contains(codes[i].Actions, action):
		return boothCode{}, errNotNow
	}
	return codes[i], nil
}
