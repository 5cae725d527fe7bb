package tibillet

import (
	"context"
	"net/http"
	"slices"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// eventsMax bounds how many events are read, parts of events included.
const eventsMax = 2000

// event is one event as the public list and the public page of one event
// describe it.
type event struct {
	UUID     *string `json:"uuid"`
	Name     *string `json:"name"`
	Start    *string `json:"startDate"`
	End      *string `json:"endDate"`
	Key      *string `json:"publicKeyPem"`
	Children []struct {
		UUID *string `json:"uuid"`
	} `json:"childrens"`
}

// Events gives the published events with their keys, and the parts of each,
// which the server lists without key and which are therefore asked for one by
// one: one request, and one for each part. The list needs no key; the server
// has announced that it will go one day. Where it is gone, the events that were
// brought by hand are all there is; where it is not, they are added.
func (d *Drawer) Events(ctx context.Context) ([]admission.Event, error) {
	const op = "list events"
	r, err := d.get(ctx, op, routeEvents, listLimit, listPatience)
	if err != nil {
		return nil, err
	}
	if isGone(r) {
		return d.onlyImported(ctx, op, r)
	}
	if err := d.plainGet(op, r); err != nil {
		return nil, err
	}
	var listed *[]event
	if err := d.client.Decode(op, r, &listed); err != nil {
		return nil, err
	}
	if listed == nil {
		return nil, d.odd(op, r, "the list of events is none")
	}
	return d.withParts(ctx, op, r, *listed)
}

// onlyImported stands in for the public list. A firewall says 403 and 404 too:
// the list is believed to be gone only where the server itself answers.
func (d *Drawer) onlyImported(ctx context.Context, op string, r platform.Reply) ([]admission.Event, error) {
	if err := d.reach(ctx, op); err != nil {
		return nil, err
	}
	if len(d.imported) == 0 {
		return nil, d.noEvents(op, r)
	}
	return d.addImported(nil), nil
}

// part is an event still to be asked for.
type part struct{ uuid, parent string }

func (d *Drawer) withParts(ctx context.Context, op string, r platform.Reply, listed []event) ([]admission.Event, error) {
	var out []admission.Event
	seen := make(map[string]struct{})
	var parts []part
	take := func(e event, parent string) error {
		read, children, err := d.readEvent(op, r, e, parent)
		if err != nil {
			return err
		}
		if _, again := seen[read.ID]; again {
			return d.odd(op, r, "an event stands in the list twice")
		}
		seen[read.ID] = struct{}{}
		out = append(out, read)
		for _, c := range children {
			parts = append(parts, part{c, read.ID})
		}
		return nil
	}
	for _, e := range listed {
		if err := take(e, ""); err != nil {
			return nil, err
		}
	}
	for i := 0; i < len(parts); i++ {
		if len(out) > eventsMax {
			return nil, d.odd(op, r, "there are more events than a server can have")
		}
		if _, known := seen[parts[i].uuid]; known {
			continue
		}
		e, err := d.event(ctx, op, parts[i].uuid)
		if platform.ClassOf(err) == platform.Rejected {
			continue // taken back since the list was made
		}
		if err != nil {
			return nil, err
		}
		if err := take(e, parts[i].parent); err != nil {
			return nil, err
		}
	}
	return d.addImported(out), nil
}

// event asks for one event, published or not. The error is Rejected where the
// server says that it has none of that id, Unsupported where it no longer
// answers such questions.
func (d *Drawer) event(ctx context.Context, op, uuid string) (event, error) {
	id, ok := canonicalUUID(uuid)
	if !ok {
		return event{}, d.notAnEvent(op)
	}
	r, err := d.get(ctx, op, routeEvents+id+"/", 0, 0)
	if err != nil {
		return event{}, err
	}
	switch {
	case r.Status == http.StatusNotFound && r.IsJSON():
		return event{}, d.client.Fail(platform.Rejected, op, r, "the server has no such event",
			"check the account's url and choose its events again")
	case isGone(r):
		return event{}, d.noEvents(op, r)
	}
	if err := d.plainGet(op, r); err != nil {
		return event{}, err
	}
	var e event
	if err := d.client.Decode(op, r, &e); err != nil {
		return event{}, err
	}
	if e.UUID == nil {
		return event{}, d.odd(op, r, "an event lacks its uuid")
	}
	if got, ok := canonicalUUID(*e.UUID); !ok || got != id {
		return event{}, d.odd(op, r, "the server describes another event than the one asked for")
	}
	return e, nil
}

// isGone tells whether the public interface for events is no longer there.
func isGone(r platform.Reply) bool {
	return r.Status == http.StatusNotFound || r.Status == http.StatusGone || r.Status == http.StatusForbidden
}

func (d *Drawer) noEvents(op string, r platform.Reply) error {
	return d.client.Fail(platform.Unsupported, op, r, "the server no longer publishes its events",
		"ask the organiser for the ids and public keys of the events and name them in keys_file")
}

// plainGet judges the status of a public route.
func (d *Drawer) plainGet(op string, r platform.Reply) error {
	switch {
	case r.Status >= 500:
		return d.client.Fail(platform.Server, op, r, "the server failed", "it will be asked again later")
	case r.Status != http.StatusOK && r.IsJSON():
		return d.unexpected(op, r)
	}
	return nil
}

// readEvent takes what the gate needs of an event.
func (d *Drawer) readEvent(op string, r platform.Reply, e event, parent string) (out admission.Event, children []string, err error) {
	if e.UUID == nil || e.Name == nil || e.Key == nil || *e.Key == "" {
		return out, nil, d.odd(op, r, "an event lacks its uuid, its name or its key")
	}
	id, ok := canonicalUUID(*e.UUID)
	if !ok {
		return out, nil, d.odd(op, r, "an event's uuid is none")
	}
	out = admission.Event{
		Account: d.account, ID: id, Name: platform.CleanText(*e.Name, wordMax), Parent: parent,
		Keys: []admission.Key{{Event: id, PEM: *e.Key}},
	}
	if out.Start, ok = readTime(e.Start); !ok {
		return out, nil, d.odd(op, r, "an event's startDate is no time")
	}
	if out.End, ok = readTime(e.End); !ok {
		return out, nil, d.odd(op, r, "an event's endDate is no time")
	}
	for _, c := range e.Children {
		if c.UUID == nil {
			return out, nil, d.odd(op, r, "a part of an event lacks its uuid")
		}
		uuid, ok := canonicalUUID(*c.UUID)
		if !ok {
			return out, nil, d.odd(op, r, "the uuid of an event's part is none")
		}
		children = append(children, uuid)
	}
	return out, children, nil
}

// readTime reads ISO 8601 with an offset. No time is the zero time.
func readTime(text *string) (time.Time, bool) {
	if text == nil {
		return time.Time{}, true
	}
	t, err := time.Parse(time.RFC3339, *text)
	return t, err == nil
}

// addImported adds the events brought by hand that are not listed.
func (d *Drawer) addImported(listed []admission.Event) []admission.Event {
	for _, e := range d.imported {
		if slices.ContainsFunc(listed, func(l admission.Event) bool { return l.ID == e.ID }) {
			continue
		}
		e.Account = d.account
		listed = append(listed, e)
	}
	return listed
}

func (d *Drawer) isImported(id string) bool {
	return slices.ContainsFunc(d.imported, func(e admission.Event) bool { return e.ID == id })
}
