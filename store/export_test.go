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

// FoldWords gives the words of a text as they are searched for.
func FoldWords(text string) string { return foldWords(text) }

// FoldOrder gives the beginning of an order as it is searched for.
func FoldOrder(order string) string { return foldOrder(order) }

// CutRates has rates counted in blocks of so many check-ins.
func CutRates(db *DB, length int64) { db.rates = newRates(length) }
