package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/store"
)

// The methods in this file tell the page the story of a ticket, take an
// admission back, and choose the events of an account.

// TicketStory tells everything about one ticket.
func (d *daemon) TicketStory(ctx context.Context, key admission.TicketKey) (admin.Story, error) {
	s, err := d.store.TicketStory(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return admin.Story{}, fmt.Errorf("ticket of account %q: %w", key.Account, admin.ErrNotFound)
	}
	if err != nil {
		return admin.Story{}, err
	}
	out := admin.Story{
		FoundTicket: admin.FoundTicket{Ticket: s.Ticket, Presence: s.Presence},
		Listed:      s.Listed, CheckIns: s.CheckIns, Conflicts: s.Conflicts, Undoable: s.Undoable, UndoTells: string(s.Tells),
	}
	for i := range out.CheckIns {
		if out.CheckIns[i].Reason != admission.ReasonForged {
			out.CheckIns[i].Holder = s.Ticket.Holder
		}
		if out.Event == "" {
			out.Event = out.CheckIns[i].Event
		}
	}
	out.EventName = d.eventName(key.Account, out.Event)
	for _, r := range s.Resets {
		out.Resets = append(out.Resets, admin.Reset{At: r.At, Seq: r.Seq, Why: r.Why, By: r.By})
	}
	return out, nil
}

// Undo records that a person took an admission back.
func (d *daemon) Undo(ctx context.Context, seq int64, why admission.Override) (admin.Scanned, error) {
	began := d.sinceBoot()
	u, err := d.store.Undo(ctx, store.Undo{
		ID: d.newID(), Seq: seq, At: d.clock.Now(), Station: d.current.Load().cfg.Station.Name, By: why.By, Note: why.Note,
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return admin.Scanned{}, fmt.Errorf("check-in %d: %w", seq, admin.ErrNotFound)
	case errors.Is(err, store.ErrNotUndoable):
		return admin.Scanned{}, &admin.Error{
			Status: http.StatusConflict, Code: "not_undoable", Message: "This is not the last admission of its ticket, or it was undone already.",
			Hint: "Look at the story of the ticket again; only its last admission can be undone.", Err: err,
		}
	case err != nil:
		return admin.Scanned{}, err
	}
	c := u.CheckIn
	d.log.Info("admission undone", slog.Any("seq", c.Seq), slog.Any("undone_seq", seq), slog.Any("lane", c.Lane),
		slog.Any("account", c.Ticket.Account), slog.Any("code", c.Digest), slog.Any("delivery", string(u.Tells)))
	out := admin.Scanned{CheckIn: c, Took: d.sinceBoot() - began}
	d.publish(out)
	if a := d.current.Load().account(c.Ticket.Account); a != nil {
		d.tellSync(context.WithoutCancel(ctx), a) // one less may be pending
	}
	if u.Tells == store.TellWithdrawn {
		d.countConflicts(context.WithoutCancel(ctx)) // a rejection is settled by it
	}
	return out, nil
}

// EventChoices lists the events of an account.
func (d *daemon) EventChoices(ctx context.Context, name string) ([]admin.EventChoice, error) {
	a, err := d.account(name)
	if err != nil {
		return nil, err
	}
	events, err := d.store.Events(ctx, name)
	if err != nil {
		return nil, err
	}
	lists, err := d.store.Lists(ctx, name)
	if err != nil {
		return nil, err
	}
	chosen := a.cfg.Events
	if len(chosen) == 0 {
		if chosen, err = d.store.ChosenEvents(ctx, name); err != nil {
			return nil, err
		}
	}
	return choicesOf(events, chosen, a.Policy(), lists), nil
}

// choicesOf joins what the platform publishes with what was chosen. An event that
// was chosen and that the cache knows no more is withdrawn, and stays chosen.
func choicesOf(events []admission.Event, chosen []string, policy admission.Policy, lists []store.ListState) []admin.EventChoice {
	tickets := make(map[string]int, len(lists))
	for _, l := range lists {
		tickets[l.Event] += l.Tickets
	}
	out := make([]admin.EventChoice, 0, len(events))
	known := make(map[string]bool, len(events))
	add := func(e admission.Event) {
		known[e.ID] = true
		out = append(out, admin.EventChoice{
			ID: e.ID, Name: e.Name, Start: moment(e.Start), End: moment(e.End), Zone: e.Zone, Withdrawn: e.Withdrawn,
			Served: servesEvent(policy, e.ID), Chosen: slices.Contains(chosen, e.ID), Tickets: tickets[e.ID],
		})
	}
	for _, e := range events {
		add(e)
	}
	for _, id := range chosen {
		if !known[id] {
			add(admission.Event{ID: id, Withdrawn: true})
		}
	}
	slices.SortStableFunc(out, func(a, b admin.EventChoice) int {
		switch {
		case a.Start == nil && b.Start == nil:
			return cmp.Compare(a.ID, b.ID)
		case a.Start == nil:
			return 1
		case b.Start == nil:
			return -1
		}
		return cmp.Or(a.Start.Compare(*b.Start), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// moment gives a time that may not be known.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}

// mostChosen is how many events may be chosen. Each of them has a list of its own
// that is read again and again.
const mostChosen = 200

// ChooseEvents serves these events from now on, or tonight's where there are none.
func (d *daemon) ChooseEvents(ctx context.Context, name string, ids []string) error {
	a, err := d.account(name)
	if err != nil {
		return err
	}
	switch {
	case len(a.cfg.Events) > 0:
		return &admin.Error{
			Status: http.StatusConflict, Code: "events_configured", Message: "The configuration names the events of this account.",
			Hint: "Change or remove events of the account in the configuration; then they can be chosen here.",
		}
	case a.listsWithoutEvents():
		return &admin.Error{
			Status: http.StatusConflict, Code: "no_events", Message: "This platform has one list of tickets and no events.",
			Hint: "There is nothing to choose.",
		}
	}
	if err := d.mayChoose(ctx, name, ids); err != nil {
		return err
	}
	if err := d.store.ChooseEvents(ctx, name, ids); err != nil {
		return err
	}
	d.log.Info("events chosen", slog.Any("account", name), slog.Any("events", len(ids)))
	// The station may be another than when this began.
	ctx = context.WithoutCancel(ctx)
	s := d.current.Load()
	if a := s.account(name); a != nil {
		s.load(ctx, a)
		a.mirror.SweepNow()
		d.tellSync(ctx, a)
	}
	return nil
}

// mayChoose refuses what is no event of the account. One that was chosen before
// may stay chosen, whatever became of it.
func (d *daemon) mayChoose(ctx context.Context, name string, ids []string) error {
	if len(ids) > mostChosen {
		return &admin.Error{
			Status: http.StatusUnprocessableEntity, Code: "too_many_events", Message: "So many events cannot be served at one gate.",
			Hint: fmt.Sprintf("Choose at most %d, or none for what is on tonight.", mostChosen),
		}
	}
	choices, err := d.EventChoices(ctx, name)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(choices, func(c admin.EventChoice) bool { return c.ID == id }) {
			return &admin.Error{
				Status: http.StatusUnprocessableEntity, Code: "unknown_event", Message: "The account has no such event.",
				Hint: "GET /api/v1/accounts/{name}/events lists them. Sweep the account if the event is new.",
			}
		}
	}
	return nil
}

// account gives an account of the running station.
func (d *daemon) account(name string) (*account, error) {
	a := d.current.Load().account(name)
	if a == nil {
		return nil, fmt.Errorf("account %q: %w", name, admin.ErrNotFound)
	}
	return a, nil
}
