package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// checkpointPages is how much may wait in the log before it is carried into
// the file at the next quiet moment: a little under 2 MB. Carrying it sooner
// would write the pages that every admission changes again and again; the log
// is as durable as the file.
const checkpointPages = 900

// rushPages is how much may wait in the log while lanes give no quiet moment.
const rushPages = 2 * checkpointPages

// quiet is how long no lane must have come for the moment to count as quiet:
// the disk is busy for a while with what is carried over.
const quiet = 50 * time.Millisecond

// restartPages is how long the log may grow before the writer is held up for
// the moment it takes to carry the rest over, so that it begins at the front
// again: about 8 MB. Without that a long sweep would fill the card.
const restartPages = 4000

// idleAfter is how long nothing must have been written before the log is
// carried over without need.
const idleAfter = 5 * time.Minute

// checkpointKind is a word of PRAGMA wal_checkpoint.
type checkpointKind string

const (
	passive  checkpointKind = "PASSIVE"  // waits for nobody and keeps nobody waiting
	truncate checkpointKind = "TRUNCATE" // also empties the log file, at the end
)

// Run does in the background what no lane shall wait for: it carries the log
// into the file, on a connection of its own, and writes by what people find
// tickets. It returns when ctx ends, or when the log cannot be carried; it may be
// started again. What keeps tickets from being indexed ends nothing else.
func (db *DB) Run(ctx context.Context) error {
	if db.writer == nil {
		return fmt.Errorf("carry the log into the file: %w: %s was opened for reading only", ErrReadOnly, db.file.path)
	}
	ctx, stop := context.WithCancel(ctx)
	var finding sync.WaitGroup
	defer finding.Wait()
	defer stop()
	finding.Go(func() { db.keepFound(ctx) })
	return db.keepCarried(ctx)
}

// keepCarried carries the log into the file, so that no lane's commit ever does.
func (db *DB) keepCarried(ctx context.Context) error {
	idle := time.NewTicker(idleAfter)
	defer idle.Stop()
	last := db.writer.pages.Load()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-db.writer.wake:
			idle.Reset(idleAfter)
			db.awaitQuiet(ctx)
			err = db.carry(ctx)
		case <-idle.C:
			if now := db.writer.pages.Load(); now == 0 || now != last {
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
		last = db.writer.pages.Load()
	}
}

// awaitQuiet waits for a moment without lanes, but not longer than the log may.
func (db *DB) awaitQuiet(ctx context.Context) {
	pause := time.NewTimer(quiet)
	defer pause.Stop()
	for db.writer.pages.Load() < rushPages {
		before := db.writer.lanes.Load()
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		if db.writer.lanes.Load() == before {
			return
		}
		pause.Reset(quiet)
	}
}

// carry carries the log over while everybody works on. Only when it has grown
// long, because somebody always wrote meanwhile, is the last bit carried over
// with the writer waiting.
func (db *DB) carry(ctx context.Context) error {
	frames, err := db.checkpoint(ctx, passive)
	if err != nil || frames < restartPages {
		return err
	}
	// Each round leaves only what was written during the one before.
	for range 2 {
		if _, err := db.checkpoint(ctx, passive); err != nil {
			return err
		}
	}
	return db.alone(ctx, passive)
}

// rest carries everything over while the writer has nothing to do. The log
// keeps its length, see layLog.
func (db *DB) rest(ctx context.Context) error {
	if _, err := db.checkpoint(ctx, passive); err != nil {
		return err
	}
	return db.alone(ctx, passive)
}

// alone carries the log over while nobody writes.
func (db *DB) alone(ctx context.Context, kind checkpointKind) error {
	if err := db.writer.gate.enter(ctx, background); err != nil {
		return err
	}
	defer db.writer.gate.leave()
	_, err := db.checkpoint(ctx, kind)
	return err
}

// checkpoint carries over what it can and tells how long the log is, in pages.
func (db *DB) checkpoint(ctx context.Context, kind checkpointKind) (frames int, err error) {
	before := db.writer.pages.Load()
	var blocked, carried int
	err = db.carrier.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+string(kind)+")").Scan(&blocked, &frames, &carried)
	if _, class := classify(err); errors.Is(class, ErrBusy) {
		return 0, nil // somebody reads; the next round carries it over
	}
	if err != nil {
		return 0, err
	}
	db.writer.pages.Add(-before)
	return frames, nil
}
