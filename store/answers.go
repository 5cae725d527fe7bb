package store

import (
	"context"
	"errors"

	"gatescand/scanner/admission"
)

// PutAnswer keeps what a platform said of one ticket when it was asked, for
// when it cannot be asked. Neither the age nor the watermark of the list moves:
// one ticket says nothing of the others. A ticket that the platform does not
// find any more, and that was heard of before, counts as used.
func (db *DB) PutAnswer(ctx context.Context, t admission.Ticket, found bool) error {
	if t.ID == "" {
		return errors.New("keep an answer: the ticket has no identity")
	}
	return db.write(ctx, "keep an answer", background, func(ctx context.Context, tx *txn) error {
		if !found {
			_, err := tx.exec(ctx, `UPDATE tickets SET used = 1
				WHERE account = (SELECT id FROM accounts WHERE name = ?) AND ticket = ?`, t.Account, t.ID)
			return err
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
