package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"gatescand/scanner/admission"
)

// outboxColumns selects a pending or buried delivery
// FROM outbox o JOIN journal j ON j.seq = o.seq JOIN accounts a ON a.id = o.account.
const outboxColumns = `o.seq, j.id, a.name, o.ticket, o.event, j.wall, j.trusted, j.boot, j.since, j.station, j.lane,
	o.code, o.buried, o.attempt, o.earlier, o.memo, o.next_at, o.cause, o.remedy`

const outboxJoins = `JOIN journal j ON j.seq = o.seq JOIN accounts a ON a.id = o.account`

func scanOutbox(scan func(...any) error) (admission.Delivery, error) {
	d := admission.Delivery{State: admission.DeliveryPending}
	var at stampColumns
	var buried bool
	var next int64
	err := scan(list(&d.Seq, &d.ID, &d.Ticket.Account, &d.Ticket.ID, &d.Event, at.dest(), &d.Station, &d.Lane,
		&d.Code, &buried, &d.Attempt, &d.Earlier, &d.Memo, &next, &d.Cause, &d.Remedy)...)
	d.At = at.stamp()
	if buried {
		d.State = admission.DeliveryBuried
	}
	if next != 0 {
		d.NextAt = time.UnixMicro(next).UTC()
	}
	return d, err
}

// unblocked holds for a pending delivery o whose ticket has no older one
// pending: deliveries of one ticket go out in order.
const unblocked = `o.buried = 0
	AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.seq = o.previous AND p.buried = 0)`

// setBack is by how much the present must lie before the moment at which a
// delivery was put off for the clock to count as set back since.
const setBack = time.Minute

// Due gives the deliveries of an account that may be tried at now, oldest
// first, at most one of each ticket. The wall clock of a check-in that could
// not trust it is set right here, when the clock of the same boot has become
// trusted since.
func (db *DB) Due(ctx context.Context, account string, now time.Time, limit int) ([]admission.Delivery, error) {
	var out []admission.Delivery
	present := db.now()
	err := each(ctx, db.readers, `SELECT `+outboxColumns+` FROM outbox o `+outboxJoins+`
		WHERE a.name = ?1 AND `+unblocked+` AND (o.next_at <= ?2 OR o.postponed_at > ?3)
		ORDER BY o.seq LIMIT ?4`, []any{account, now.UnixMicro(), now.Add(setBack).UnixMicro(), limit}, func(scan func(...any) error) error {
		d, err := scanOutbox(scan)
		d.At = corrected(d.At, present)
		out = append(out, d)
		return err
	})
	return out, db.file.explain("read the outbox", err)
}

// corrected gives a stamp the wall clock it would have had, had the clock been
// right then: within one boot the time between two stamps is exact.
func corrected(at, present admission.Stamp) admission.Stamp {
	if at.Trusted || !present.Trusted || at.Boot == "" || at.Boot != present.Boot || at.SinceBoot > present.SinceBoot {
		return at
	}
	at.Wall = present.Wall.Add(at.SinceBoot - present.SinceBoot).UTC().Truncate(time.Microsecond)
	at.Trusted = true
	return at
}

// NextDue gives when the next delivery of an account may be tried; false when
// none is pending. A time that has passed, the zero time too, means at once.
func (db *DB) NextDue(ctx context.Context, account string) (time.Time, bool, error) {
	var next sql.NullInt64
	err := db.readers.QueryRowContext(ctx, `SELECT min(iif(o.postponed_at > ?2, 0, o.next_at))
		FROM outbox o JOIN accounts a ON a.id = o.account WHERE a.name = ?1 AND `+unblocked,
		account, db.now().Wall.Add(setBack).UnixMicro()).Scan(&next)
	if err != nil || !next.Valid || next.Int64 == 0 {
		return time.Time{}, next.Valid, db.file.explain("read the outbox", err)
	}
	return time.UnixMicro(next.Int64).UTC(), true, nil
}

// Attempt makes the intent of one more request durable and counts it. Only
// then may the request leave, so that a lost answer is recognised later. It
// gives [ErrNotFound] when the delivery is not pending.
func (db *DB) Attempt(ctx context.Context, seq int64) (int, error) {
	attempt := 0
	err := db.write(ctx, "note a delivery attempt", background, func(ctx context.Context, t *txn) error {
		ok, err := found(t.QueryRowContext(ctx, `UPDATE outbox SET attempt = attempt + 1,
			intent_wall = ?, intent_trusted = ?, intent_boot = ?, intent_since = ?
			WHERE seq = ? AND buried = 0 RETURNING attempt`, list(stampArgs(db.now()), seq)...).Scan(&attempt))
		if err == nil && !ok {
			err = notFound("pending delivery of check-in %d", seq)
		}
		return err
	})
	return attempt, err
}

// Jot keeps what a drawer must not forget about a delivery, in place of what it
// wrote down before. It gives [ErrNotFound] when the delivery is not pending.
func (db *DB) Jot(ctx context.Context, seq int64, memo string) error {
	return db.write(ctx, "note what a delivery has come to", background, func(ctx context.Context, t *txn) error {
		n, err := t.exec(ctx, `UPDATE outbox SET memo = ? WHERE seq = ? AND buried = 0`, memo, seq)
		if err == nil && n == 0 {
			err = notFound("pending delivery of check-in %d", seq)
		}
		return err
	})
}

// Postpone puts a delivery off until a time of the wall clock, for a cause
// that people will read.
func (db *DB) Postpone(ctx context.Context, seq int64, until time.Time, cause string) error {
	return db.write(ctx, "postpone a delivery", background, func(ctx context.Context, t *txn) error {
		n, err := t.exec(ctx, `UPDATE outbox SET next_at = ?, postponed_at = ?, cause = ? WHERE seq = ? AND buried = 0`,
			until.UnixMicro(), db.now().Wall.UnixMicro(), cause, seq)
		if err == nil && n == 0 {
			err = notFound("pending delivery of check-in %d", seq)
		}
		return err
	})
}

// Retry makes buried deliveries pending again and pending ones due at once:
// those of one account or of all (”), one check-in or all (0). It gives how
// many there were.
func (db *DB) Retry(ctx context.Context, account string, seq int64) (int, error) {
	var n int64
	err := db.write(ctx, "retry deliveries", background, func(ctx context.Context, t *txn) (err error) {
		n, err = t.exec(ctx, `UPDATE outbox SET buried = 0, next_at = 0, postponed_at = 0, remedy = ''
			WHERE (?1 = '' OR account = (SELECT id FROM accounts WHERE name = ?1)) AND (?2 = 0 OR seq = ?2)`, account, seq)
		return err
	})
	return int(n), err
}

// OutboxCounts gives how many deliveries of an account, or of all (”), are
// pending and buried, and the time of the oldest pending one.
func (db *DB) OutboxCounts(ctx context.Context, account string) (pending, buried int, oldest admission.Stamp, err error) {
	err = db.read(ctx, func(q querier) error {
		const of = `FROM outbox o WHERE (?1 = '' OR o.account = (SELECT id FROM accounts WHERE name = ?1))`
		var seq sql.NullInt64
		err := q.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE o.buried = 0), count(*) FILTER (WHERE o.buried = 1),
			min(o.seq) FILTER (WHERE o.buried = 0) `+of, account).Scan(&pending, &buried, &seq)
		if err != nil || !seq.Valid {
			return err
		}
		var at stampColumns
		err = q.QueryRowContext(ctx, `SELECT wall, trusted, boot, since FROM journal WHERE seq = ?`, seq.Int64).Scan(at.dest()...)
		oldest = at.stamp()
		return err
	})
	return pending, buried, oldest, db.file.explain("count the outbox", err)
}

// OutboxAccounts names the accounts that have deliveries pending.
func (db *DB) OutboxAccounts(ctx context.Context) ([]string, error) {
	var names []string
	err := each(ctx, db.readers, `SELECT DISTINCT a.name FROM outbox o JOIN accounts a ON a.id = o.account
		WHERE o.buried = 0 ORDER BY a.name`, nil,
		func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			names = append(names, name)
			return err
		})
	return names, db.file.explain("read the outbox", err)
}

// DeliveryFilter narrows [DB.Deliveries]. Zero fields do not.
type DeliveryFilter struct {
	Account   string
	State     admission.DeliveryState
	Unsettled bool  // only what is pending or buried
	After     int64 // only check-ins after this one
	Limit     int   // 0 means 1000
}

// settledColumns gives a delivery that came to an end the columns of outboxColumns.
const settledColumns = `o.seq, coalesce(j.id, ''), a.name, o.ticket, o.event, j.wall, coalesce(j.trusted, 0), coalesce(j.boot, ''),
	coalesce(j.since, 0), coalesce(j.station, ''), coalesce(j.lane, ''), NULL, 0, o.attempt, o.earlier, '', 0, '', ''`

// Deliveries lists deliveries of any state, oldest first. Code is only there
// for those not yet settled. It reads no more of what was settled than it gives,
// but what other accounts or states have before it.
func (db *DB) Deliveries(ctx context.Context, f DeliveryFilter) ([]admission.Delivery, error) {
	if f.Limit <= 0 {
		f.Limit = 1000
	}
	var out []admission.Delivery
	err := db.read(ctx, func(q querier) error {
		if f.State == "" || f.State == admission.DeliveryPending || f.State == admission.DeliveryBuried {
			state := `iif(o.buried, 'buried', 'pending')`
			if err := f.collect(ctx, q, &out, state, `SELECT `+outboxColumns+`, `+state+` FROM outbox o `+outboxJoins); err != nil {
				return err
			}
		}
		if f.Unsettled || f.State == admission.DeliveryPending || f.State == admission.DeliveryBuried {
			return nil
		}
		return f.collect(ctx, q, &out, `o.state`, `SELECT `+settledColumns+`, o.state
			FROM delivered o CROSS JOIN accounts a ON a.id = o.account LEFT JOIN journal j ON j.seq = o.seq`)
	})
	slices.SortFunc(out, func(a, b admission.Delivery) int { return cmp.Compare(a.Seq, b.Seq) })
	return out[:min(f.Limit, len(out))], db.file.explain("list the deliveries", err)
}

// collect adds the deliveries that fit, of those that a query gives; state is
// what the query calls theirs.
func (f DeliveryFilter) collect(ctx context.Context, q querier, out *[]admission.Delivery, state, query string) error {
	return each(ctx, q, query+` WHERE o.seq > ?1 AND (?2 = '' OR o.account = (SELECT id FROM accounts WHERE name = ?2))
		AND ?3 IN ('', `+state+`) ORDER BY o.seq LIMIT ?4`,
		[]any{f.After, f.Account, string(f.State), f.Limit}, func(scan func(...any) error) error {
			var state admission.DeliveryState
			d, err := scanOutbox(func(dest ...any) error { return scan(append(dest, &state)...) })
			d.State = state
			*out = append(*out, d)
			return err
		})
}
