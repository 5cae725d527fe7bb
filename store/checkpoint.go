package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// checkpointPages is how much may wait in the log before it is carried into
// the file: about 4 MB. Carrying it sooner would write the pages that every
// admission changes again and again; the log is as durable as the file.
const checkpointPages = 2000

// idleAfter is how long nothing must have been written before the log is
// carried over and emptied without need.
const idleAfter = 5 * time.Minute

// checkpointKind is a word of PRAGMA wal_checkpoint.
type checkpointKind string

const (
	passive  checkpointKind = "PASSIVE"  // waits for nobody and keeps nobody waiting
	truncate checkpointKind = "TRUNCATE" // also empties the log file
)

// Run carries the log into the file in the background, on a connection of
// its own, so that no lane's commit ever does. It returns when ctx ends, or
// when the disk fails; it may be started again.
func (db *DB) Run(ctx context.Context) error {
	if db.writer == nil {
		return fmt.Errorf("carry the log into the file: %w: %s was opened for reading only", ErrReadOnly, db.file.path)
	}
	idle := time.NewTicker(idleAfter)
	defer idle.Stop()
	last := db.writer.rows.Load()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-db.writer.wake:
			idle.Reset(idleAfter)
			_, err = db.checkpoint(ctx, passive)
		case <-idle.C:
			if now := db.writer.rows.Load(); now == 0 || now != last {
				break
			}
			err = db.rest(ctx)
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return db.file.explain("carry the log into the file", err)
		}
		last = db.writer.rows.Load()
	}
}

// rest empties the log while the writer has nothing to do.
func (db *DB) rest(ctx context.Context) error {
	if _, err := db.checkpoint(ctx, passive); err != nil {
		return err
	}
	if err := db.writer.gate.enter(ctx, background); err != nil {
		return err
	}
	defer db.writer.gate.leave()
	_, err := db.checkpoint(ctx, truncate)
	return err
}

// checkpoint carries over what it can; whole tells whether that was all.
func (db *DB) checkpoint(ctx context.Context, kind checkpointKind) (whole bool, err error) {
	before := int64(0)
	if db.writer != nil {
		before = db.writer.rows.Load()
	}
	var blocked, log, carried int
	err = db.truncator.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+string(kind)+")").Scan(&blocked, &log, &carried)
	if err != nil {
		if _, class := classify(err); errors.Is(class, ErrBusy) {
			return false, nil // somebody reads; the next round carries it over
		}
		return false, err
	}
	if db.writer != nil {
		db.writer.rows.Add(-before)
	}
	return blocked == 0 && log == carried, nil
}
