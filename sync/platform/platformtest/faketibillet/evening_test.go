package faketibillet_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/faketibillet"
)

func newEvening(t *testing.T, seed uint64) *faketibillet.Evening {
	t.Helper()
	keys := platformtest.LoadTibilletVectors(t).Keys
	e, err := faketibillet.NewEvening(seed, faketibillet.Options{Clock: doors}, keys[0].PrivatePEM, keys[1].PrivatePEM)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEveningHasTicketsInEveryState(t *testing.T) {
	e := newEvening(t, 1)
	tickets := e.Tickets(e.Tonight)
	states := map[faketibillet.Status]int{}
	byGate, awkward, unnamed := 0, 0, 0
	products, prices, reservations := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, ticket := range tickets {
		states[ticket.Status]++
		products[ticket.Product], prices[ticket.Price], reservations[ticket.Reservation] = true, true, true
		if ticket.ScannedBy == e.OtherGate.UUID {
			byGate++
		}
		if strings.ContainsAny(ticket.FirstName, "<=@🎉\u202e\x1b") {
			awkward++
		}
		if ticket.FirstName == "" && ticket.LastName == "" {
			unnamed++
		}
		if ticket.ReservedAt.After(doors()) {
			t.Errorf("reserved at %v", ticket.ReservedAt)
		}
	}
	want := map[faketibillet.Status]int{
		faketibillet.Valid: 370, faketibillet.Scanned: 60, faketibillet.Canceled: 30, faketibillet.Inactive: 20, faketibillet.Created: 20,
	}
	if len(tickets) != 500 || !reflect.DeepEqual(states, want) {
		t.Errorf("%d tickets, states %v", len(tickets), states)
	}
	if byGate == 0 || byGate == 60 || awkward < 5 || unnamed == 0 || len(products) < 4 || len(prices) < 4 || len(reservations) < 100 {
		t.Errorf("%d by the other gate, %d awkward, %d unnamed, %d products, %d prices, %d reservations",
			byGate, awkward, unnamed, len(products), len(prices), len(reservations))
	}
	for _, ticket := range e.Tickets(e.Later) {
		if ticket.Status != faketibillet.Valid {
			t.Errorf("later: %s", ticket.Status)
		}
	}
	if len(e.Events()) != 2 || len(e.Tickets(e.Later)) != 60 || !e.Apps()[0].Claimed {
		t.Errorf("events %v, apps %v", e.Events(), e.Apps())
	}
}

func TestEveningComesFromItsSeed(t *testing.T) {
	one, same, other := newEvening(t, 7), newEvening(t, 7), newEvening(t, 8)
	if !reflect.DeepEqual(one.Tickets(one.Tonight), same.Tickets(same.Tonight)) {
		t.Error("two evenings of one seed differ")
	}
	if reflect.DeepEqual(one.Tickets(one.Tonight), other.Tickets(other.Tonight)) {
		t.Error("two seeds give one evening")
	}
}

func TestEveningIsPrintedWithItsKeys(t *testing.T) {
	e := newEvening(t, 1)
	keys := platformtest.LoadTibilletVectors(t).Keys
	for event, want := range map[string]string{e.Tonight: keys[0].PublicPEM, e.Later: keys[1].PublicPEM} {
		if got, err := e.PublicKey(event); err != nil || got != want {
			t.Errorf("%s %v", got, err)
		}
	}
	ticket := e.Tickets(e.Tonight)[0].UUID
	first, err := e.PrintQR(ticket)
	if err != nil {
		t.Fatal(err)
	}
	second, err := e.PrintQR(ticket)
	if err != nil || first == second || first[:64] != second[:64] || len(first) != 409 {
		t.Errorf("%q %q %v", first, second, err)
	}
}

func TestOptionsAreNeeded(t *testing.T) {
	if _, err := faketibillet.New(faketibillet.Options{Clock: doors}); err == nil {
		t.Error("no source, no error")
	}
	if _, err := faketibillet.New(faketibillet.Options{Source: rand.NewPCG(1, 1)}); err == nil {
		t.Error("no clock, no error")
	}
	if _, err := faketibillet.NewEvening(1, faketibillet.Options{}); err == nil {
		t.Error("an evening without clock, no error")
	}
}
