package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ErrNotForgotten says that what was deleted may still stand in the log beside
// the file, because somebody reads the database all the time.
var ErrNotForgotten = errors.New("the log could not be emptied")

// forgetAtOnce is how many tickets one transaction forgets: a lane that comes
// meanwhile hardly waits.
const forgetAtOnce = 100

// ForgetPeople wipes what the cache holds of an account: its tickets with the
// names of their holders and their orders, its events, the keys of its events,
// and the choice of events. The journal, who is inside, what is to be delivered
// and the conflicts stay; they hold no names. When it returns nil, the names are
// gone from the file and from the log beside it too, and not only from sight, and
// the copies of the database that upgrades left beside it have been removed.
//
// It goes in small transactions and lets lanes go first; broken off, it is to be
// begun again. Nobody may pull the account's lists meanwhile: what a sweep under
// way brings is refused with [ErrStale], and what comes by a new one stays.
func (db *DB) ForgetPeople(ctx context.Context, account string) error {
	id, err := db.forgetLists(ctx, account)
	if err != nil || id == 0 {
		return err
	}
	if err := db.overwriteFree(ctx); err != nil {
		return err
	}
	for {
		n, err := db.forgetTickets(ctx, id)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	if err := db.forgetRest(ctx, id); err != nil {
		return err
	}
	if err := db.emptyLog(ctx); err != nil {
		return err
	}
	if err := db.file.dropCopies(); err != nil {
		return fmt.Errorf("forget people: remove the copies that upgrades left beside the database: %w", err)
	}
	return nil
}

// forgetLists makes every list of the account one that was never swept, so that
// a sweep under way cannot go on. It gives the account, 0 for one that was never
// written.
func (db *DB) forgetLists(ctx context.Context, account string) (int64, error) {
	var id int64
	err := db.write(ctx, "forget the lists", background, func(ctx context.Context, t *txn) error {
		var err error
		if id, err = db.names.account(ctx, t, account); err != nil || id == 0 {
			return err
		}
		_, err = t.exec(ctx, `UPDATE lists SET complete = 0, complete_step = 0, generation = generation + 1, done = 1,
			cursor = '', watermark = '', as_of_wall = NULL, as_of_trusted = 0, as_of_boot = '', as_of_since = 0, tickets = 0
			WHERE account = ?`, id)
		return err
	})
	return id, err
}

// forgetTickets wipes some tickets of an account and tells how many.
func (db *DB) forgetTickets(ctx context.Context, account int64) (int64, error) {
	var n int64
	err := db.wiping(ctx, "forget the tickets", func(ctx context.Context, t *txn) (err error) {
		n, err = t.exec(ctx, `DELETE FROM tickets WHERE account = +?1 AND ticket IN
			(SELECT ticket FROM tickets WHERE account = +?1 ORDER BY ticket LIMIT ?2)`, account, forgetAtOnce)
		t.pages += n / 8
		return err
	})
	return n, err
}

// forgetRest wipes what there is of an account besides tickets.
func (db *DB) forgetRest(ctx context.Context, account int64) error {
	return db.wiping(ctx, "forget the events", func(ctx context.Context, t *txn) error {
		for _, query := range []string{
			`DELETE FROM people WHERE stretch IN (SELECT id FROM stretches WHERE account = ?)`,
			`DELETE FROM stretches WHERE account = ?`,
			`DELETE FROM keys WHERE account = ?`,
			`DELETE FROM products WHERE account = ?`,
			`DELETE FROM chosen WHERE account = ?`,
			`DELETE FROM events WHERE account = ?`,
			`DELETE FROM lists WHERE account = ?`,
		} {
			if _, err := t.exec(ctx, query, account); err != nil {
				return err
			}
		}
		return nil
	})
}

// wiping is write with what is deleted overwritten by zeros, wherever it stood
// in the file. Otherwise SQLite leaves pages that have become free as they were.
func (db *DB) wiping(ctx context.Context, op string, do func(context.Context, *txn) error) error {
	return db.write(ctx, op, background, func(ctx context.Context, t *txn) (err error) {
		if err := t.secureDelete(ctx, "ON", 1); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, t.secureDelete(ctx, "FAST", 2)) }()
		return do(ctx, t)
	})
}

// secureDelete sets how deleted content is overwritten, and makes sure that
// SQLite has taken it.
func (t *txn) secureDelete(ctx context.Context, how string, means int) error {
	var got int
	if err := t.QueryRowContext(ctx, `PRAGMA secure_delete = `+how).Scan(&got); err != nil {
		return err
	}
	if got != means {
		return fmt.Errorf("the database does not overwrite what is deleted: secure_delete is %d and not %d", got, means)
	}
	return nil
}

// overwriteAtOnce is how many free pages one transaction takes.
const overwriteAtOnce = 64

// overwriteFree fills the pages that became free earlier, in which names may
// stand, with zeros: it takes them into a table of nothing and gives them back.
func (db *DB) overwriteFree(ctx context.Context) error {
	free := 0
	if err := db.readers.QueryRowContext(ctx, `PRAGMA freelist_count`).Scan(&free); err != nil || free == 0 {
		return db.file.explain("look for free pages", err)
	}
	for free > 0 {
		n := min(free, overwriteAtOnce)
		err := db.write(ctx, "overwrite free pages", background, func(ctx context.Context, t *txn) error {
			if _, err := t.exec(ctx, `CREATE TABLE IF NOT EXISTS blank (zeros BLOB NOT NULL) STRICT`); err != nil {
				return err
			}
			_, err := t.exec(ctx, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
				INSERT INTO blank SELECT zeroblob(?2) FROM n`, n, pageSize-100)
			t.pages += int64(n)
			return err
		})
		if err != nil {
			return err
		}
		free -= n
	}
	for {
		var n int64
		err := db.wiping(ctx, "free the overwritten pages", func(ctx context.Context, t *txn) (err error) {
			n, err = t.exec(ctx, `DELETE FROM blank WHERE rowid IN (SELECT rowid FROM blank LIMIT ?)`, overwriteAtOnce)
			t.pages += n
			if err == nil && n == 0 {
				_, err = t.exec(ctx, `DROP TABLE blank`)
			}
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// The log can be emptied only while nobody is in the middle of reading it.
const (
	// emptyTries is how often that is tried, with a pause of emptyPause between.
	emptyTries = 100
	emptyPause = 100 * time.Millisecond
	// emptyPatience is for how long, in milliseconds, one try waits for readers
	// while lanes wait for it.
	emptyPatience = 5
)

// emptyLog carries the log into the file and empties it: names that have gone
// from the file may still stand in it. Readers that are in the middle of
// something are waited for.
func (db *DB) emptyLog(ctx context.Context) error {
	pause := time.NewTicker(emptyPause)
	defer pause.Stop()
	for range emptyTries {
		// Most of it while everybody works on, so that lanes wait for the rest only.
		if _, err := db.checkpoint(ctx, passive); err != nil {
			return db.file.explain("empty the log", err)
		}
		empty, err := db.truncateLog(ctx)
		if err != nil || empty {
			return db.file.explain("empty the log", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
		}
	}
	return fmt.Errorf("forget people: %w; it will be when the daemon is started again", ErrNotForgotten)
}

// truncateLog empties the log while nobody writes, and tells whether it did. A
// lane waits no longer for it than for any other work of the background.
func (db *DB) truncateLog(ctx context.Context) (empty bool, err error) {
	if err := db.writer.gate.enter(ctx, background); err != nil {
		return false, err
	}
	defer db.writer.gate.leave()
	conn, err := db.carrier.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	before := db.writer.pages.Load()
	if err := patience(ctx, conn, emptyPatience); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, patience(context.WithoutCancel(ctx), conn, busyMillis)) }()
	var blocked, frames, carried int
	err = conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+string(truncate)+")").Scan(&blocked, &frames, &carried)
	if _, class := classify(err); errors.Is(class, ErrBusy) {
		return false, nil
	}
	if err != nil || blocked != 0 {
		return false, err
	}
	db.writer.pages.Add(-before)
	return true, nil
}

// patience sets how long a connection waits for others, in milliseconds.
func patience(ctx context.Context, conn *sql.Conn, millis int) error {
	var got int
	return conn.QueryRowContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", millis)).Scan(&got)
}

// HoldsPeople tells whether the cache holds any ticket of an account.
func (db *DB) HoldsPeople(ctx context.Context, account string) (bool, error) {
	var any bool
	err := db.readers.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tickets t JOIN accounts a ON a.id = t.account WHERE a.name = ?)`,
		account).Scan(&any)
	return any, db.file.explain("look for tickets", err)
}
