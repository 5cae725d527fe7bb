package store

import (
	"context"

	"gatescand/scanner/admission"
)

// ListState is one list of tickets with its progress, for people to see.
type ListState struct {
	Account  string
	Event    string
	Complete bool            // a complete sweep has been applied
	AsOf     admission.Stamp // when the last complete sweep or increment began
	Tickets  int             // on the list, those that have gone from it not counted
	// UsableOnly: a ticket that has gone from the list was used or has expired.
	UsableOnly bool
	Watermark  string
	Sweep      admission.Sweep // the last one; Generation 0 when there was none
}

// listRow is one row of lists.
type listRow struct {
	id, account  int64
	complete     int64
	completeStep int64
	state        ListState
}

const listColumns = `l.id, l.account, l.event, l.complete, l.complete_step,
	l.as_of_wall, l.as_of_trusted, l.as_of_boot, l.as_of_since, l.tickets, l.watermark,
	l.generation, l.cursor, l.began_wall, l.began_trusted, l.began_boot, l.began_since, l.began_step, l.seen, l.total, l.done,
	l.usable_only`

func scanList(account string, scan func(...any) error) (listRow, error) {
	r := listRow{state: ListState{Account: account, Sweep: admission.Sweep{Account: account}}}
	s, w := &r.state, &r.state.Sweep
	var asOf, began stampColumns
	err := scan(list(&r.id, &r.account, &s.Event, &r.complete, &r.completeStep, asOf.dest(), &s.Tickets, &s.Watermark,
		&w.Generation, &w.Cursor, began.dest(), &w.BeganStep, &w.Seen, &w.Total, &w.Done, &s.UsableOnly)...)
	s.Complete, s.AsOf = r.complete > 0, asOf.stamp()
	w.Event, w.Began, w.Listed = s.Event, began.stamp(), s.Tickets
	w.First = r.complete == 0
	return r, err
}

func loadList(ctx context.Context, q querier, account int64, name, event string) (listRow, bool, error) {
	r, err := scanList(name, q.QueryRowContext(ctx,
		`SELECT `+listColumns+` FROM lists l WHERE l.account = ? AND l.event = ?`, account, event).Scan)
	ok, err := found(err)
	return r, ok, err
}

// ensureList finds a list or begins it.
func (db *DB) ensureList(ctx context.Context, t *txn, account, event string) (listRow, error) {
	id, err := db.names.ensureAccount(ctx, t, account)
	if err != nil {
		return listRow{}, err
	}
	if _, err := t.exec(ctx, `INSERT INTO lists (account, event) VALUES (?, ?) ON CONFLICT DO NOTHING`, id, event); err != nil {
		return listRow{}, err
	}
	r, _, err := loadList(ctx, t, id, account, event)
	return r, err
}

// saveList writes everything of r that changes.
func (t *txn) saveList(ctx context.Context, r listRow) error {
	s, w := r.state, r.state.Sweep
	_, err := t.exec(ctx, `UPDATE lists SET complete = ?, complete_step = ?,
		as_of_wall = ?, as_of_trusted = ?, as_of_boot = ?, as_of_since = ?, tickets = ?, watermark = ?,
		generation = ?, cursor = ?, began_wall = ?, began_trusted = ?, began_boot = ?, began_since = ?,
		began_step = ?, seen = ?, total = ?, done = ?, usable_only = ? WHERE id = ?`,
		list(r.complete, r.completeStep, stampArgs(s.AsOf), s.Tickets, s.Watermark,
			w.Generation, w.Cursor, stampArgs(w.Began), w.BeganStep, w.Seen, w.Total, w.Done, s.UsableOnly, r.id)...)
	return err
}

// advance moves the age of the list to a pull that began at s, unless a pull
// that is known to have begun later has been applied already.
func (r *listRow) advance(s admission.Stamp) {
	if _, later := r.state.AsOf.Since(s); later && !r.state.AsOf.IsZero() {
		return
	}
	r.state.AsOf = s
}

// Lists gives every list of an account.
func (db *DB) Lists(ctx context.Context, account string) ([]ListState, error) {
	var out []ListState
	err := db.read(ctx, func(q querier) error {
		id, err := db.names.account(ctx, q, account)
		if err != nil || id == 0 {
			return err
		}
		return each(ctx, q, `SELECT `+listColumns+` FROM lists l WHERE l.account = ? ORDER BY l.event`, []any{id},
			func(scan func(...any) error) error {
				r, err := scanList(account, scan)
				out = append(out, r.state)
				return err
			})
	})
	return out, db.file.explain("read the state of the lists", err)
}

// Watermark gives where the next increment of a list goes on, ” for the first.
func (db *DB) Watermark(ctx context.Context, account, event string) (string, error) {
	var mark string
	_, err := found(db.readers.QueryRowContext(ctx, `SELECT l.watermark FROM lists l JOIN accounts a ON a.id = l.account
		WHERE a.name = ? AND l.event = ?`, account, event).Scan(&mark))
	return mark, db.file.explain("read the watermark", err)
}
