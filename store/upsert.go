package store

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"gatescand/scanner/admission"
)

// arrival is how tickets came.
type arrival struct {
	generation int64 // of the sweep they are seen in
	step       int64 // when the request began, 0 where that is not known
	counting   bool  // whether a sweep is under way that counts what it has seen
}

// distinct keeps the last of every ticket; a platform may repeat rows when its
// list moves under the pages. A ticket without an identity is an error.
func distinct(tickets []admission.Ticket) ([]admission.Ticket, error) {
	at := make(map[string]int, len(tickets))
	out := make([]admission.Ticket, 0, len(tickets))
	for _, t := range tickets {
		if t.ID == "" {
			return nil, errors.New("a ticket has no identity")
		}
		if i, again := at[t.ID]; again {
			out[i] = t
			continue
		}
		at[t.ID] = len(out)
		out = append(out, t)
	}
	return out, nil
}

const (
	insertTickets = `INSERT INTO tickets VALUES `
	ticketValues  = `(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`
)

const elseUpdate = `
	ON CONFLICT (account, ticket) DO UPDATE SET
		list = excluded.list, generation = excluded.generation, step = max(step, excluded.step),
		event = excluded.event, product = excluded.product, price = excluded.price,
		status = excluded.status, used = excluded.used, used_at = excluded.used_at, used_by = excluded.used_by,
		uses = excluded.uses, valid_from = excluded.valid_from, valid_until = excluded.valid_until,
		holder = excluded.holder, reservation = excluded.reservation`

// upsert writes distinct tickets into list r. fresh counts those this
// generation had not seen before, added those that were not on the list.
func (db *DB) upsert(ctx context.Context, t *txn, r listRow, tickets []admission.Ticket, a arrival) (fresh, added int, err error) {
	if len(tickets) == 0 {
		return 0, 0, nil
	}
	ids := make([]string, len(tickets))
	for i := range tickets {
		ids[i] = tickets[i].ID
	}
	asked, err := json.Marshal(ids)
	if err != nil {
		return 0, 0, err
	}
	var seen, listed int
	err = t.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE t.generation = +?), count(*) FILTER (WHERE t.generation >= +?)
		FROM json_each(?) j CROSS JOIN tickets t ON t.account = +? AND t.ticket = j.value WHERE t.list = +?`,
		a.generation, r.complete, string(asked), r.account, r.id).Scan(&seen, &listed)
	if err != nil {
		return 0, 0, err
	}
	for len(tickets) > 0 {
		n := 1
		if len(tickets) >= abreast {
			n = abreast
		}
		if err := db.upsertFew(ctx, t, r, tickets[:n], a); err != nil {
			return 0, 0, err
		}
		tickets = tickets[n:]
	}
	if a.counting {
		fresh = len(ids) - seen
	}
	return fresh, len(ids) - listed, nil
}

// abreast is how many tickets one statement writes.
const abreast = 10

// upsertFew writes one ticket, or as many as go abreast.
func (db *DB) upsertFew(ctx context.Context, t *txn, r listRow, tickets []admission.Ticket, a arrival) error {
	query := insertTickets + strings.Repeat(ticketValues+",", len(tickets)-1) + ticketValues + elseUpdate
	args := make([]any, 0, 17*len(tickets))
	for i := range tickets {
		k := &tickets[i]
		event, err := db.names.term(ctx, t, k.Event)
		if err != nil {
			return err
		}
		product, err := db.names.term(ctx, t, k.Product)
		if err != nil {
			return err
		}
		price, err := db.names.term(ctx, t, k.Price)
		if err != nil {
			return err
		}
		usedBy, err := db.names.term(ctx, t, k.UsedBy)
		if err != nil {
			return err
		}
		from, until := k.Window.Bounds()
		args = append(args, r.account, k.ID, r.id, a.generation, a.step, event, product, price,
			string(k.Status), k.Used, micros(k.UsedAt), usedBy, k.UsesAllowed, micros(from), micros(until),
			nullText(k.Holder), nullText(k.Order))
	}
	_, err := t.exec(ctx, query, args...)
	t.pages += int64(len(tickets) - 1)
	return err
}
