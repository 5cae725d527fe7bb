package bittan

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

const (
	// zone is where all of BitTan's events take place.
	zone = "Europe/Stockholm"
	// eventsMax bounds how many events, and how many kinds of ticket, are read.
	eventsMax = 2000
	// productMax bounds the name of a kind of ticket, in characters.
	productMax = 200
)

// eventsJSON is the public list. Prices are not read: documented as text, sent
// as numbers, and of no use at a door.
type eventsJSON struct {
	Events *[]struct {
		Title *string  `json:"title"`
		At    *string  `json:"event_at"`
		Types *[]int64 `json:"ticket_types"`
	} `json:"chapter_events"`
	Types *[]struct {
		ID    *int64  `json:"id"`
		Title *string `json:"title"`
	} `json:"ticket_types"`
}

// Events gives the events that are on sale, and those the configuration names:
// one request, without the password. An event leaves the server's list when its
// sale ends, which is often before its doors open.
//
// The id of an event is its title, because the title is all that the server
// tells of a ticket's event. Events of one title cannot be told apart at a gate
// and are one here, with the earliest start and all their kinds of ticket.
func (d *Drawer) Events(ctx context.Context) ([]admission.Event, error) {
	const op = "list events"
	r, err := d.asking.Do(ctx, platform.Request{
		Op: op, Method: http.MethodGet, Path: routeEvents, Limit: eventsLimit, Revalidate: true,
	})
	if err != nil {
		return nil, err
	}
	if err := d.turnedAway(op, r); err != nil {
		return nil, err
	}
	if r.Status != http.StatusOK {
		return nil, d.unexpected(op, r)
	}
	var j eventsJSON
	if err := d.client().Decode(op, r, &j); err != nil {
		return nil, err
	}
	listed, err := d.readEvents(op, r, j)
	if err != nil {
		return nil, err
	}
	for _, title := range d.titles {
		if !slices.ContainsFunc(listed, func(e admission.Event) bool { return e.ID == title }) {
			listed = append(listed, admission.Event{Account: d.account, ID: title, Name: title, Zone: zone})
		}
	}
	return listed, nil
}

func (d *Drawer) readEvents(op string, r platform.Reply, j eventsJSON) ([]admission.Event, error) {
	if j.Events == nil || j.Types == nil {
		return nil, d.odd(op, r, "the list of events or that of ticket types is missing")
	}
	if len(*j.Events) > eventsMax || len(*j.Types) > eventsMax {
		return nil, d.odd(op, r, "there are more events than a server can have")
	}
	names := make(map[int64]string, len(*j.Types))
	for _, t := range *j.Types {
		if t.ID == nil || t.Title == nil {
			return nil, d.odd(op, r, "a ticket type lacks its id or its title")
		}
		names[*t.ID] = platform.CleanText(*t.Title, productMax)
	}
	var out []admission.Event
	place := make(map[string]int)
	for _, e := range *j.Events {
		if e.Title == nil || e.At == nil || e.Types == nil {
			return nil, d.odd(op, r, "an event lacks its title, its time or its ticket types")
		}
		title := cleanTitle(*e.Title)
		if title == "" {
			return nil, d.odd(op, r, "an event has no title that could be read")
		}
		start, err := time.Parse(time.RFC3339, *e.At)
		if err != nil {
			return nil, d.odd(op, r, "the time of an event is none")
		}
		i, merged := place[title]
		if !merged {
			i = len(out)
			place[title] = i
			out = append(out, admission.Event{Account: d.account, ID: title, Name: title, Start: start, Zone: zone})
		}
		if start.Before(out[i].Start) {
			out[i].Start = start
		}
		out[i].Products = withProducts(out[i].Products, *e.Types, names)
	}
	return out, nil
}

// withProducts adds kinds of ticket that are not there yet. An event names
// hidden kinds too, of which the list says nothing; they are left out.
func withProducts(had []admission.Product, types []int64, names map[int64]string) []admission.Product {
	for _, t := range types {
		name, shown := names[t]
		p := admission.Product{ID: strconv.FormatInt(t, 10), Name: name}
		if shown && !slices.Contains(had, p) {
			had = append(had, p)
		}
	}
	return had
}
