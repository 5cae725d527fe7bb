package store

import (
	"context"

	"gatescand/scanner/admission"
)

// RecordPassing notes what became of an admission at a gate with a contact. The first word about a check-in stands, and a later one is
// dropped. It gives [ErrNotFound] when there is no such check-in. It waits for lanes and never makes one wait for more than one commit.
func (db *DB) RecordPassing(ctx context.Context, p admission.Passing) error {
	return db.write(ctx, "record a passing", background, func(ctx context.Context, t *txn) error {
		n, err := t.exec(ctx, `INSERT INTO passings (seq, state, wall, trusted, boot, since)
			SELECT seq, ?, ?, ?, ?, ? FROM journal WHERE seq = ? ON CONFLICT DO NOTHING`,
			list(string(p.State), stampArgs(p.At), p.Seq)...)
		if err != nil || n > 0 {
			return err
		}
		var one int
		ok, err := found(t.QueryRowContext(ctx, `SELECT 1 FROM journal WHERE seq = ?`, p.Seq).Scan(&one))
		if err == nil && !ok {
			err = notFound("check-in %d", p.Seq)
		}
		return err
	})
}
