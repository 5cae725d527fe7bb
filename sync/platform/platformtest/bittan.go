package platformtest

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest/fakebittan"
)

// BittanPassword returns the password of the BitTan recording. It is the default that stands in BitTan's public repository.
func BittanPassword(tb testing.TB) string {
	tb.Helper()
	for _, e := range LoadTranscript(tb, "bittan").Exchanges {
		var body struct {
			Password string `json:"password"`
		}
		if json.Unmarshal(e.Request.Body, &body) == nil && len(body.Password) > 1 { // one exchange has a wrong one
			return body.Password
		}
	}
	tb.Fatal("transcript: no password to learn from")
	return ""
}

// RecordedBittan makes a fake in the state in which the real backend was when the BitTan transcript was recorded, and the transcript.
func RecordedBittan(tb testing.TB) (*fakebittan.Server, Transcript) {
	tb.Helper()
	transcript := LoadTranscript(tb, "bittan")
	var list recordedEvents
	for _, e := range transcript.Exchanges {
		if e.Name == "events" {
			if err := json.Unmarshal(e.Response.JSON, &list); err != nil {
				tb.Fatalf("transcript: %v", err)
			}
		}
	}
	if len(list.Events) != 1 || len(list.Types) != 1 {
		tb.Fatal("transcript: no list of one event to learn from")
	}
	event, kind := list.Events[0], list.Types[0]
	fake, err := fakebittan.New(fakebittan.Options{
		Clock: FixedClock(event.At), Source: rand.NewPCG(1, 1), Password: BittanPassword(tb),
	})
	if err != nil {
		tb.Fatal(err)
	}
	fake.AddTicketType(fakebittan.TicketType{ID: kind.ID, Price: kind.Price, Title: kind.Title, Description: kind.Description})
	const alive = 2 // the paid and the reserved ticket below
	fake.AddEvent(fakebittan.Event{
		ID: event.ID, Title: event.Title, Description: event.Description, At: event.At, SalesStop: event.SalesStop,
		MaxPerPayment: event.MaxPerPayment, Seats: event.Left + alive, Types: event.Types,
	})
	for id, status := range map[string]fakebittan.Status{
		"AAAAAA": fakebittan.Reserved, "BBBBBB": fakebittan.Paid, "CCCCCC": fakebittan.FailedExpired,
		"DDDDDD": fakebittan.FailedAdmin, "EEEEEE": fakebittan.FailedOutOf,
	} {
		if _, err := fake.AddTicket(fakebittan.Ticket{ID: id, Event: event.ID, Status: status}); err != nil {
			tb.Fatal(err)
		}
	}
	return fake, transcript
}

type recordedEvents struct {
	Events []struct {
		ID            int       `json:"id"`
		Title         string    `json:"title"`
		Description   string    `json:"description"`
		At            time.Time `json:"event_at"`
		MaxPerPayment int       `json:"max_tickets_per_payment"`
		SalesStop     time.Time `json:"sales_stop_at"`
		Types         []int     `json:"ticket_types"`
		Left          int       `json:"tickets_left"`
	} `json:"chapter_events"`
	Types []struct {
		ID          int    `json:"id"`
		Price       int    `json:"price"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"ticket_types"`
}
