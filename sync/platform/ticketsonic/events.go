package ticketsonic

import (
	"context"
	"slices"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

const opEvents = "list events"

// rowsMax bounds how many events, and how many kinds of tickets, are read.
const rowsMax = 20_000

// eventList is what the list of events says, as far as a gate needs it. The
// texts are null where the promoter wrote none.
type eventList struct {
	Key    string `json:"user_public_key"`
	Events *[]struct {
		ID    *numeral `json:"event_id"`
		Name  string   `json:"primary_text_pl"`
		Other string   `json:"primary_text_sl"`
		Start moment   `json:"start_time"`
		End   moment   `json:"end_time"`
	} `json:"events"`
}

// ticketList is what the list of kinds of tickets says. Prices are not read:
// they have been "250.00" and 25000, and a gate needs neither.
type ticketList struct {
	Key     string `json:"user_public_key"`
	Tickets *[]struct {
		SKU   stockUnit `json:"sku"`
		Event *numeral  `json:"event_id"`
		Name  string    `json:"primary_text_pl"`
		Other string    `json:"primary_text_sl"`
	} `json:"tickets"`
}

// Events gives the promoter's events with their kinds of tickets, two requests.
// Each event carries the promoter's one public key, for all events: whichever
// of them stays in the cache keeps it. A kind of ticket without a number is
// left out, because no code can name it.
func (d *Drawer) Events(ctx context.Context) ([]admission.Event, error) {
	a, err := d.list(ctx, opEvents, routeEvents)
	if err != nil {
		return nil, err
	}
	events, err := d.readEvents(opEvents, a)
	if err != nil {
		return nil, err
	}
	a, err = d.list(ctx, opEvents, routeTickets)
	if err != nil {
		return nil, err
	}
	return d.addProducts(a, events)
}

func (d *Drawer) readEvents(op string, a answer) ([]admission.Event, error) {
	var l eventList
	if err := d.client.Decode(op, a.reply, &l); err != nil {
		return nil, err
	}
	switch {
	case l.Events == nil:
		return nil, d.odd(op, a.reply, "the list of events is none")
	case len(*l.Events) > rowsMax:
		return nil, d.odd(op, a.reply, "there are more events than a promoter can have")
	}
	out := make([]admission.Event, 0, len(*l.Events))
	seen := make(map[numeral]struct{}, len(*l.Events))
	for _, e := range *l.Events {
		if e.ID == nil {
			return nil, d.odd(op, a.reply, "an event lacks its event_id")
		}
		if _, twice := seen[*e.ID]; twice {
			return nil, d.odd(op, a.reply, "an event stands in the list twice")
		}
		seen[*e.ID] = struct{}{}
		out = append(out, admission.Event{
			Account: d.account, ID: e.ID.String(), Name: name(e.Name, e.Other, e.ID.String()),
			Start: e.Start.Time, End: e.End.Time,
		})
	}
	return withKey(out, l.Key), nil
}

// withKey gives every event a key it has not got.
func withKey(events []admission.Event, text string) []admission.Event {
	if text == "" {
		return events
	}
	key := admission.Key{PEM: text}
	for i := range events {
		if !slices.Contains(events[i].Keys, key) {
			events[i].Keys = append(events[i].Keys, key)
		}
	}
	return events
}

func (d *Drawer) addProducts(a answer, events []admission.Event) ([]admission.Event, error) {
	var l ticketList
	if err := d.client.Decode(opEvents, a.reply, &l); err != nil {
		return nil, err
	}
	switch {
	case l.Tickets == nil:
		return nil, d.odd(opEvents, a.reply, "the list of kinds of tickets is none")
	case len(*l.Tickets) > rowsMax:
		return nil, d.odd(opEvents, a.reply, "there are more kinds of tickets than a promoter can have")
	}
	at := make(map[string]int, len(events))
	for i, e := range events {
		at[e.ID] = i
	}
	for _, t := range *l.Tickets {
		number, ok := t.SKU.product()
		if !ok || t.Event == nil {
			continue
		}
		i, known := at[t.Event.String()]
		if !known {
			continue
		}
		p := admission.Product{ID: number, Name: name(t.Name, t.Other, string(t.SKU))}
		if slices.ContainsFunc(events[i].Products, func(q admission.Product) bool { return q.ID == p.ID }) {
			return nil, d.odd(opEvents, a.reply, "a kind of ticket stands in the list twice")
		}
		events[i].Products = append(events[i].Products, p)
	}
	events = withKey(events, l.Key)
	if len(events) > 0 && len(events[0].Keys) == 0 {
		return nil, d.client.Fail(platform.Protocol, opEvents, a.reply, "the server gives no public key",
			"no code can be verified without it; ask TicketSonic why the account has none")
	}
	return events, nil
}
