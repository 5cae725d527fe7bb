package store

import (
	"context"
	"database/sql"

	"gatescand/scanner/admission"
)

// OpenConflict notes a disagreement, unless the same one (ticket, kind and
// check-in) was noted before, resolved or not. It gives its id and whether it
// is new. Our side is taken from the journal where c does not say it.
func (db *DB) OpenConflict(ctx context.Context, c admission.Conflict) (id int64, opened bool, err error) {
	// Nearly always it is there already; that must not cost a write.
	var known sql.NullInt64
	if _, err := found(db.readers.QueryRowContext(ctx, selectConflict, c.Ticket.Account, c.Ticket.ID, string(c.Kind), c.Seq).
		Scan(&known)); err != nil {
		return 0, false, db.file.explain("open a conflict", err)
	}
	if known.Valid {
		return known.Int64, false, nil
	}
	err = db.write(ctx, "open a conflict", background, func(ctx context.Context, t *txn) error {
		id, opened, err = t.openConflict(ctx, c, db.now())
		return err
	})
	return id, opened, err
}

const selectConflict = `SELECT id FROM conflicts WHERE account = ? AND ticket = ? AND kind = ? AND seq = ?`

func (t *txn) openConflict(ctx context.Context, c admission.Conflict, now admission.Stamp) (id int64, opened bool, err error) {
	if c.OpenedAt.IsZero() {
		c.OpenedAt = now
	}
	if c.Seq > 0 && c.OurAt.IsZero() {
		var at stampColumns
		ok, err := found(t.QueryRowContext(ctx, `SELECT wall, trusted, boot, since, lane FROM journal WHERE seq = ?`, c.Seq).
			Scan(list(at.dest(), &c.OurLane)...))
		if err != nil {
			return 0, false, err
		}
		if ok {
			c.OurAt = corrected(at.stamp(), now)
		}
	}
	opened, err = found(t.QueryRowContext(ctx, `INSERT INTO conflicts (kind, account, ticket, seq,
			opened_wall, opened_trusted, opened_boot, opened_since, our_wall, our_trusted, our_boot, our_since,
			our_lane, theirs, their_at, remedy)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING RETURNING id`,
		list(string(c.Kind), c.Ticket.Account, c.Ticket.ID, c.Seq, stampArgs(c.OpenedAt), stampArgs(c.OurAt),
			c.OurLane, c.Theirs, micros(c.TheirAt), c.Remedy)...).Scan(&id))
	if err == nil && !opened {
		err = t.QueryRowContext(ctx, selectConflict, c.Ticket.Account, c.Ticket.ID, string(c.Kind), c.Seq).Scan(&id)
	}
	return id, opened, err
}

// resolveRejection closes the conflict about a delivery that was rejected and
// has been taken after all.
func (t *txn) resolveRejection(ctx context.Context, seq int64, now admission.Stamp) error {
	return t.settleRejection(ctx, seq, now, "delivered after all")
}

// settleRejection closes the conflict about a delivery that was rejected.
func (t *txn) settleRejection(ctx context.Context, seq int64, now admission.Stamp, note string) error {
	_, err := t.exec(ctx, `UPDATE conflicts SET resolved = 1, resolved_wall = ?, resolved_trusted = ?, resolved_boot = ?,
		resolved_since = ?, note = ? WHERE resolved = 0 AND kind = ? AND seq = ?`,
		list(stampArgs(now), note, string(admission.DeliveryRejected), seq)...)
	return err
}

// conflictColumns selects a conflict for scanConflict.
const conflictColumns = `SELECT id, kind, account, ticket, seq, opened_wall, opened_trusted, opened_boot, opened_since,
	our_wall, our_trusted, our_boot, our_since, our_lane, theirs, their_at, remedy,
	resolved, resolved_wall, resolved_trusted, resolved_boot, resolved_since, note FROM conflicts`

func scanConflict(scan func(...any) error) (admission.Conflict, error) {
	var c admission.Conflict
	var openedAt, our, resolved stampColumns
	var theirAt sql.NullInt64
	err := scan(list(&c.ID, &c.Kind, &c.Ticket.Account, &c.Ticket.ID, &c.Seq, openedAt.dest(), our.dest(), &c.OurLane,
		&c.Theirs, &theirAt, &c.Remedy, &c.Resolved, resolved.dest(), &c.Note)...)
	c.OpenedAt, c.OurAt, c.ResolvedAt = openedAt.stamp(), our.stamp(), resolved.stamp()
	c.TheirAt = fromMicros(theirAt)
	return c, err
}

// Conflicts lists the open conflicts, oldest first, on wish with the resolved.
func (db *DB) Conflicts(ctx context.Context, includeResolved bool) ([]admission.Conflict, error) {
	return db.conflicts(ctx, includeResolved, `ORDER BY id`)
}

// NewestConflicts lists at most limit conflicts, the newest first: the open
// ones, on wish with the resolved. It reads no others.
func (db *DB) NewestConflicts(ctx context.Context, includeResolved bool, limit int) ([]admission.Conflict, error) {
	return db.conflicts(ctx, includeResolved, `ORDER BY id DESC LIMIT ?`, max(limit, 0))
}

func (db *DB) conflicts(ctx context.Context, includeResolved bool, order string, args ...any) ([]admission.Conflict, error) {
	query := conflictColumns
	if !includeResolved {
		query += ` WHERE resolved = 0`
	}
	var out []admission.Conflict
	err := each(ctx, db.readers, query+` `+order, args, func(scan func(...any) error) error {
		c, err := scanConflict(scan)
		out = append(out, c)
		return err
	})
	return out, db.file.explain("list the conflicts", err)
}

// OpenConflicts counts the conflicts nobody has resolved.
func (db *DB) OpenConflicts(ctx context.Context) (int, error) {
	n := 0
	err := db.readers.QueryRowContext(ctx, `SELECT count(*) FROM conflicts WHERE resolved = 0`).Scan(&n)
	return n, db.file.explain("count the conflicts", err)
}

// ResolveConflict notes that a person has dealt with a conflict, and how. It
// gives [ErrNotFound] when there is no open one with that id.
func (db *DB) ResolveConflict(ctx context.Context, id int64, note string, now admission.Stamp) error {
	return db.write(ctx, "resolve a conflict", background, func(ctx context.Context, t *txn) error {
		n, err := t.exec(ctx, `UPDATE conflicts SET resolved = 1, resolved_wall = ?, resolved_trusted = ?, resolved_boot = ?,
			resolved_since = ?, note = ? WHERE id = ? AND resolved = 0`, list(stampArgs(now), note, id)...)
		if err == nil && n == 0 {
			err = notFound("open conflict %d", id)
		}
		return err
	})
}
