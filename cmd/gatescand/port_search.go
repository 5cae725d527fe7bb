package main

import (
	"context"
	"errors"
	"slices"

	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/store"
)

// SearchTickets finds tickets by name, identity, order, product, or by the
// whole text of a code: the ticket that a code is for comes first.
func (d *daemon) SearchTickets(ctx context.Context, query string, limit int) ([]admin.FoundTicket, error) {
	if limit <= 0 {
		return nil, nil
	}
	tickets, err := d.ticketsOfCode(ctx, []byte(query))
	if err != nil {
		return nil, err
	}
	found, err := d.store.SearchTickets(ctx, query, limit)
	for _, t := range found.Tickets {
		if !slices.ContainsFunc(tickets, func(known admission.Ticket) bool { return known.TicketKey == t.TicketKey }) {
			tickets = append(tickets, t)
		}
	}
	tickets = tickets[:min(limit, len(tickets))]
	out := make([]admin.FoundTicket, 0, len(tickets))
	for _, t := range tickets {
		presence, presenceErr := d.store.Presence(ctx, t.TicketKey)
		err = errors.Join(err, presenceErr)
		out = append(out, admin.FoundTicket{Ticket: t, Presence: presence, EventName: d.eventName(t.Account, t.Event)})
	}
	return out, err
}

// ticketsOfCode gives the listed tickets that a code is for, in any account. A
// signature does not matter: whoever searches lets nobody in by it.
func (d *daemon) ticketsOfCode(ctx context.Context, code []byte) ([]admission.Ticket, error) {
	var out []admission.Ticket
	for _, a := range d.current.Load().accounts {
		if a.Recognise(code) != admission.Mine {
			continue
		}
		cred := a.Verify(code)
		if cred.ID == "" {
			continue
		}
		t, err := d.store.Ticket(ctx, admission.TicketKey{Account: a.Name(), ID: cred.ID})
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return nil, err
		default:
			out = append(out, t)
		}
	}
	return out, nil
}

// TicketsIndexed tells whether a search by name looks through all tickets. It
// does not for a moment after very many have come.
func (d *daemon) TicketsIndexed(ctx context.Context) (bool, error) { return d.store.Indexed(ctx) }

// SearchJournal reads the journal backwards, with names from the cache.
func (d *daemon) SearchJournal(
	ctx context.Context, f admin.JournalFilter, before int64, limit int,
) (rows []admission.CheckIn, next int64, err error) {
	rows, next, err = d.SearchWithoutNames(ctx, f, before, limit)
	return d.named(ctx, rows), next, err
}

// SearchWithoutNames does the same without the names, for an export.
func (d *daemon) SearchWithoutNames(
	ctx context.Context, f admin.JournalFilter, before int64, limit int,
) (rows []admission.CheckIn, next int64, err error) {
	return d.store.SearchJournal(ctx, store.JournalFilter(f), before, limit)
}

// Rates counts the scans by the minute.
func (d *daemon) Rates(ctx context.Context, minutes int) ([]admin.Rate, error) {
	rates, err := d.store.Rates(ctx, d.clock.Now().Wall, minutes)
	out := make([]admin.Rate, len(rates))
	for i, r := range rates {
		out[i] = admin.Rate(r)
	}
	return out, err
}
