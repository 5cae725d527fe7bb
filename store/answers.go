package store

import (
	"context"
	"errors"

	"gatescand/scanner/admission"
)

// PutAnswer keeps what a platform said of one ticket when it was asked, for
// when it cannot be asked. Neither the age nor the watermark of the list moves:
// one ticket says nothing of the others. A ticket that the platform does not
// find is forgotten: whoever presents it again is asked about again.
func (db *DB) PutAnswer(ctx context.Context, t admission.Ticket, isThere bool) error {
	if t.ID == "" {
		return errors.New("keep an answer: the ticket has no identity")
	}
	return db.write(ctx, "keep an answer", background, func(ctx context.Context, tx *txn) error {
		if !isThere {
			return tx.forget(ctx, t.TicketKey)
		}
		r, err := db.ensureList(ctx, tx, t.Account, "")
		if err != nil {
			return err
		}
		_, added, err := db.upsert(ctx, tx, r, []admission.Ticket{t}, arrival{generation: r.complete})
		if err != nil {
			return err
		}
		r.state.Tickets += added
		return tx.saveList(ctx, r)
	})
}

// forget takes one ticket out of the cache, list and all. A sweep that still
// sees it brings it back.
func (t *txn) forget(ctx context.Context, key admission.TicketKey) error {
	var list, generation int64
	ok, err := found(t.QueryRowContext(ctx, `DELETE FROM tickets
		WHERE account = (SELECT id FROM accounts WHERE name = ?) AND ticket = ? RETURNING list, generation`,
		key.Account, key.ID).Scan(&list, &generation))
	if err != nil || !ok {
		return err
	}
	_, err = t.exec(ctx, `UPDATE lists SET tickets = max(tickets - 1, 0) WHERE id = ? AND complete <= ?`, list, generation)
	return err
}
