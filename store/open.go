package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"gatescand/scanner/admission"
)

// Options are what a database needs besides its place.
type Options struct {
	// Now gives the present moment; it must not be nil.
	Now func() admission.Stamp
	// Log takes what an operator should know once; nil discards it.
	Log *slog.Logger
	// Readers is how many connections read beside the writer; 0 means 4.
	Readers int
	// Migrations replaces the schema this binary knows; nil means that one.
	Migrations fs.FS
}

// DB is the one database of a station. All methods may be called from any
// goroutine. Errors match the Err… classes of this package.
type DB struct {
	file    file
	now     func() admission.Stamp
	log     *slog.Logger
	lock    *lock
	readers *sql.DB
	writer  *writer // nil when opened for reading only
	carrier *sql.DB
	names   *names
	rates   *rates
	station string
	genesis []byte
}

// Open opens the database at path, creating it where there is none, and keeps
// every other daemon away from it. It reads no table as a whole, so that the
// size of the file does not delay the start.
func Open(ctx context.Context, path string, o Options) (_ *DB, err error) {
	db, err := newDB(path, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.shut(ctx))
		}
	}()
	if db.lock, err = db.file.lock(); err != nil {
		return nil, err
	}
	if err = db.file.create(ctx); err != nil {
		return nil, err
	}
	if err = db.file.layLog(); err != nil {
		return nil, db.file.explain("lay out the log", err)
	}
	if err = db.openWriter(ctx, o); err != nil {
		return nil, db.file.explain("open the database", err)
	}
	if err = db.readIdentity(ctx); err != nil {
		return nil, db.file.explain("open the database", err)
	}
	return db, nil
}

// OpenReadOnly opens an existing database for reading, also beside a running
// daemon. Methods that write give [ErrReadOnly].
func OpenReadOnly(ctx context.Context, path string, o Options) (_ *DB, err error) {
	db, err := newDB(path, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.shut(ctx))
		}
	}()
	if _, err = os.Stat(db.file.path); err != nil {
		return nil, fmt.Errorf("open the database for reading: %w; check data_dir", err)
	}
	source, err := o.source()
	if err != nil {
		return nil, err
	}
	known, err := newestVersion(source)
	if err != nil {
		return nil, err
	}
	have, err := schemaVersion(ctx, db.readers)
	if err != nil {
		return nil, db.file.explain("open the database for reading", err)
	}
	switch {
	case have > known:
		return nil, db.file.newer(have, known)
	case have < known:
		return nil, fmt.Errorf("open the database for reading: %s has schema %d and this program needs %d; start the daemon once to bring it up to date",
			db.file.path, have, known)
	}
	if err = db.readIdentity(ctx); err != nil {
		return nil, db.file.explain("open the database for reading", err)
	}
	return db, nil
}

func newDB(path string, o Options) (*DB, error) {
	if o.Now == nil {
		return nil, errors.New("open the database: no clock given")
	}
	f, err := newFile(path)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Readers <= 0 {
		o.Readers = 4
	}
	return &DB{file: f, now: o.Now, log: o.Log, readers: f.open(readerRole(), o.Readers), names: newNames(), rates: newRates(ratesLength)}, nil
}

func (o Options) source() (fs.FS, error) {
	if o.Migrations != nil {
		return o.Migrations, nil
	}
	return migrations()
}

// openWriter brings the schema up to date and takes the one writing
// connection. A file of a newer schema is refused before anything is written.
func (db *DB) openWriter(ctx context.Context, o Options) error {
	source, err := o.source()
	if err != nil {
		return err
	}
	pool := db.file.open(writerRole(), 1)
	err = db.file.migrate(ctx, pool, source, db.log)
	if err == nil {
		db.writer, err = newWriter(ctx, pool, func() time.Duration { return db.now().SinceBoot })
	}
	if err != nil {
		db.writer = nil
		return errors.Join(err, pool.Close())
	}
	db.carrier = db.file.open(checkpointRole(), 1)
	return db.beginLife(ctx)
}

// beginLife gives a new database its identity and the journal its beginning.
func (db *DB) beginLife(ctx context.Context) error {
	var born bool
	var genesis [32]byte
	err := db.writer.write(ctx, background, func(ctx context.Context, t *txn) error {
		var rows int
		if err := t.QueryRowContext(ctx, `SELECT count(*) FROM meta`).Scan(&rows); err != nil || rows > 0 {
			return err
		}
		born = true
		var station [16]byte
		_, _ = rand.Read(station[:]) // never fails, by its documentation
		_, _ = rand.Read(genesis[:])
		for _, s := range []struct {
			query string
			args  []any
		}{
			{`INSERT INTO meta (one, station_id, genesis) VALUES (1, ?, ?)`, []any{hex.EncodeToString(station[:]), genesis[:]}},
			{`INSERT INTO anchor (one, seq, hash) VALUES (1, 0, ?)`, []any{genesis[:]}},
			{`INSERT INTO state (one, head_seq, head_hash, inside, admitted, refused, held, step) VALUES (1, 0, ?, 0, 0, 0, 0, 0)`, []any{genesis[:]}},
			{`INSERT INTO heartbeat (one, beats) VALUES (1, 0)`, nil},
		} {
			if _, err := t.exec(ctx, s.query, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && born {
		db.log.InfoContext(ctx, "journal begun",
			slog.String("file", db.file.path), slog.String("genesis", hex.EncodeToString(genesis[:])))
	}
	return err
}

func (db *DB) readIdentity(ctx context.Context) error {
	return db.readers.QueryRowContext(ctx, `SELECT station_id, genesis FROM meta`).Scan(&db.station, &db.genesis)
}

// StationID is the identity this database was born with: 32 hexadecimal digits.
func (db *DB) StationID() string { return db.station }

// Path is the absolute path of the database file.
func (db *DB) Path() string { return db.file.path }

// Close empties the log into the file and lets go of both. Nobody may use the
// database afterwards.
func (db *DB) Close() error {
	return db.file.explain("close the database", db.shut(context.Background()))
}

func (db *DB) shut(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	var errs []error
	errs = append(errs, db.readers.Close())
	if db.writer != nil {
		_, err := db.checkpoint(ctx, truncate)
		errs = append(errs, err, db.carrier.Close(), db.writer.close(ctx))
	}
	return errors.Join(append(errs, db.lock.release())...)
}

// write is writer.write for a database that may be open for reading only.
func (db *DB) write(ctx context.Context, op string, u urgency, do func(context.Context, *txn) error) error {
	if db.writer == nil {
		return fmt.Errorf("%s: %w: %s was opened for reading only", op, ErrReadOnly, db.file.path)
	}
	return db.file.explain(op, db.writer.write(ctx, u, do))
}
