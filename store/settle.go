package store

import (
	"context"
	"fmt"

	"gatescand/scanner/admission"
)

// Settle ends an attempt at a delivery. Delivered, ours and conflict are
// final: the code is wiped and the step of the settling noted, in the same
// transaction that opens the conflict. A rejected delivery is buried: kept,
// shown, and brought back by [DB.Retry]. It gives [ErrNotFound] when the
// delivery is not pending.
func (db *DB) Settle(ctx context.Context, seq int64, o admission.Outcome) error {
	return db.write(ctx, "settle a delivery", background, func(ctx context.Context, t *txn) error {
		var account int64
		c := admission.Conflict{Seq: seq, Theirs: o.Theirs, TheirAt: o.TheirAt, Remedy: o.Remedy}
		ok, err := found(t.QueryRowContext(ctx, `SELECT o.account, a.name, o.ticket FROM outbox o
			JOIN accounts a ON a.id = o.account WHERE o.seq = ? AND o.buried = 0`, seq).
			Scan(&account, &c.Ticket.Account, &c.Ticket.ID))
		if err == nil && !ok {
			err = notFound("pending delivery of check-in %d", seq)
		}
		if err != nil {
			return err
		}
		switch o.Kind {
		case admission.OutcomeDelivered, admission.OutcomeOurs:
			if err := t.resolveRejection(ctx, seq, db.now()); err != nil {
				return err
			}
			return t.settle(ctx, seq, admission.DeliveryDone, o.Kind == admission.OutcomeOurs, db.now())
		case admission.OutcomeConflict:
			if c.Kind = o.Conflict; c.Kind == "" {
				c.Kind = admission.UsedElsewhere
			}
			if _, _, err := t.openConflict(ctx, c, db.now()); err != nil {
				return err
			}
			return t.settle(ctx, seq, admission.DeliveryConflict, false, db.now())
		case admission.OutcomeRejected:
			c.Kind = admission.DeliveryRejected
			if _, _, err := t.openConflict(ctx, c, db.now()); err != nil {
				return err
			}
			_, err := t.exec(ctx, `UPDATE outbox SET buried = 1, cause = ?, remedy = ? WHERE seq = ?`, o.Theirs, o.Remedy, seq)
			return err
		}
		return fmt.Errorf("%q is no outcome of a delivery", o.Kind)
	})
}

// settle moves a delivery out of the outbox.
func (t *txn) settle(ctx context.Context, seq int64, state admission.DeliveryState, ours bool, now admission.Stamp) error {
	step, err := t.nextStep(ctx)
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, `INSERT INTO delivered
		SELECT seq, account, ticket, event, earlier, ?, ?, attempt, ?, ?, ?, ?, ? FROM outbox WHERE seq = ?`,
		list(string(state), ours, step, stampArgs(now), seq)...); err != nil {
		return err
	}
	_, err = t.exec(ctx, `DELETE FROM outbox WHERE seq = ?`, seq)
	return err
}
