package store

import "context"

// LimitPages makes the database as full as a full disk.
func LimitPages(ctx context.Context, db *DB) error {
	return db.writer.write(ctx, background, func(ctx context.Context, t *txn) error {
		_, err := t.conn.ExecContext(ctx, `PRAGMA max_page_count = 1`) // no less than it has
		return err
	})
}

// LiftPages undoes LimitPages.
func LiftPages(ctx context.Context, db *DB) error {
	return db.writer.write(ctx, background, func(ctx context.Context, t *txn) error {
		_, err := t.conn.ExecContext(ctx, `PRAGMA max_page_count = 4294967294`)
		return err
	})
}
