package store

import "context"

// Writable proves that a check-in could be recorded now, by writing a few
// bytes durably. It waits its turn like a lane and costs one disk flush, so
// its caller keeps it to once every few seconds.
func (db *DB) Writable(ctx context.Context) error {
	return db.write(ctx, "test the journal", lane, func(ctx context.Context, t *txn) error {
		_, err := t.exec(ctx, `UPDATE heartbeat SET beats = beats + 1`)
		return err
	})
}
