package store

import (
	"context"
	"fmt"
)

// PruneJournal removes the journal up to and including check-in through, from
// the front and in small steps, and leaves the hash of the last row removed as
// the anchor of what remains. It stops before the oldest check-in that has not
// been delivered, and never takes the newest row. It gives how many rows went.
// What tickets were used stays known.
func (db *DB) PruneJournal(ctx context.Context, through int64) (int64, error) {
	total := int64(0)
	for {
		n, err := db.pruneSome(ctx, through)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

func (db *DB) pruneSome(ctx context.Context, through int64) (int64, error) {
	var n int64
	err := db.write(ctx, "prune the journal", background, func(ctx context.Context, t *txn) error {
		var anchor, end int64
		err := t.QueryRowContext(ctx, `SELECT a.seq, min(?, a.seq + ?, s.head_seq - 1, coalesce((SELECT min(seq) - 1 FROM outbox), s.head_seq))
			FROM anchor a, state s`, through, chunk).Scan(&anchor, &end)
		if err != nil || end <= anchor {
			return err
		}
		moved, err := t.exec(ctx, `UPDATE anchor SET (seq, hash) = (SELECT seq, hash FROM journal WHERE seq = ?1)
			WHERE EXISTS (SELECT 1 FROM journal WHERE seq = ?1)`, end)
		if err != nil {
			return err
		}
		if moved == 0 {
			return fmt.Errorf("%w: check-in %d is missing; run: gatescand journal verify", ErrCorrupt, end)
		}
		if _, err := t.exec(ctx, `DELETE FROM passings WHERE seq <= ?`, end); err != nil {
			return err
		}
		n, err = t.exec(ctx, `DELETE FROM journal WHERE seq <= ?`, end)
		return err
	})
	return n, err
}
