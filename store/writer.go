package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/mattn/go-sqlite3"
)

// writer is the only way to change the database: one connection, one
// transaction at a time, lanes first.
type writer struct {
	gate  gate
	pool  *sql.DB
	conn  *sql.Conn     // nil after it broke, until the next transaction
	begin *sql.Stmt     // BEGIN IMMEDIATE on conn
	end   *sql.Stmt     // COMMIT on conn
	state *stateRow     // as the last transaction left it, nil when that is not known
	pages atomic.Int64  // rough count of pages that wait in the log
	lanes atomic.Int64  // how often a lane has come
	wake  chan struct{} // nudges the checkpointer
	clock func() time.Duration
	came  atomic.Int64 // when a lane came last, by clock
}

// While people pass, the background leaves the writer alone for as long as it
// has just held it: most scans then find it free, however much there is to do,
// and on slow storage as well. A sweep takes twice as long meanwhile.
const (
	// rush is for how long after a scan people count as passing.
	rush = time.Second
	// longestRest bounds one rest.
	longestRest = 100 * time.Millisecond
)

// newWriter takes the one connection of pool. clock gives the time since boot.
func newWriter(ctx context.Context, pool *sql.DB, clock func() time.Duration) (*writer, error) {
	w := &writer{pool: pool, wake: make(chan struct{}, 1), clock: clock}
	w.came.Store(int64(-rush))
	return w, w.connect(ctx)
}

func (w *writer) connect(ctx context.Context) error {
	if w.conn != nil {
		return nil
	}
	conn, err := w.pool.Conn(ctx)
	if err != nil {
		return err
	}
	if w.begin, err = conn.PrepareContext(ctx, "BEGIN IMMEDIATE"); err == nil {
		w.end, err = conn.PrepareContext(ctx, "COMMIT")
	}
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	w.conn = conn
	return nil
}

// disconnect gives the connection back.
func (w *writer) disconnect() error {
	if w.conn == nil {
		return nil
	}
	err := errors.Join(w.begin.Close(), w.end.Close(), w.conn.Close())
	w.conn = nil
	return err
}

// forgetState makes the next transaction read the state anew.
func (w *writer) forgetState() { w.state = nil }

func (w *writer) close(ctx context.Context) error {
	if err := w.gate.enter(context.WithoutCancel(ctx), lane); err != nil {
		return err
	}
	defer w.gate.leave()
	return errors.Join(w.disconnect(), w.pool.Close())
}

// txn is one write transaction. It is only valid inside the function it was
// given to.
type txn struct {
	writer *writer
	conn   *sql.Conn
	after  []func()
	pages  int64 // rough count of pages changed
}

// write runs do in one immediate transaction and commits it durably. ctx
// bounds the wait for the writer; once its turn has come the transaction runs
// to its end, so that nobody ever wonders whether it happened.
func (w *writer) write(ctx context.Context, u urgency, do func(context.Context, *txn) error) error {
	if u == lane {
		w.lanes.Add(1)
		w.came.Store(int64(w.clock()))
	}
	if err := w.gate.enter(ctx, u); err != nil {
		return err
	}
	defer w.leave(u, w.clock())
	ctx = context.WithoutCancel(ctx)
	if err := w.connect(ctx); err != nil {
		return err
	}
	t := &txn{writer: w, conn: w.conn}
	// Also when do panics: a transaction left open would keep every later one
	// from beginning.
	committed := false
	defer func() {
		if !committed {
			w.rollback(ctx)
		}
	}()
	if _, err := w.begin.ExecContext(ctx); err != nil {
		return err
	}
	if err := do(ctx, t); err != nil {
		return err
	}
	if _, err := w.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	committed = true
	for _, f := range t.after {
		f()
	}
	w.weigh(t.pages)
	return nil
}

// leave lets the next one in, and has the background rest after its own work.
func (w *writer) leave(u urgency, began time.Duration) {
	if now := w.clock(); u == background && now-time.Duration(w.came.Load()) < rush {
		w.gate.rest(min(now-began, longestRest))
	}
	w.gate.leave()
}

// rollback ends a failed transaction. SQLite has often ended it already, so
// what counts is whether one is still open; such a connection is thrown away.
func (w *writer) rollback(ctx context.Context) {
	w.forgetState()
	_, rollbackErr := w.conn.ExecContext(ctx, "ROLLBACK")
	err := w.conn.Raw(func(c any) error {
		if lite, ok := c.(*sqlite3.SQLiteConn); ok && lite.AutoCommit() {
			return nil
		}
		return driver.ErrBadConn
	})
	if err != nil {
		// The pool has closed the connection with what was left open on it.
		_ = errors.Join(rollbackErr, w.disconnect())
	}
}

// weigh counts what waits in the log and wakes the checkpointer when it is
// enough.
func (w *writer) weigh(pages int64) {
	if w.pages.Add(max(pages, 1)) >= checkpointPages {
		w.nudge()
	}
}

func (w *writer) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// pressed tells a transaction in the background that somebody waits at a gate.
func (t *txn) pressed() bool { return t.writer.gate.pressed() }

// afterCommit runs f once the transaction is durable.
func (t *txn) afterCommit(f func()) { t.after = append(t.after, f) }

func (t *txn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.conn.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	t.pages++
	return res.RowsAffected()
}

// QueryRowContext implements querier.
func (t *txn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return t.conn.QueryRowContext(ctx, query, args...)
}

// QueryContext implements querier.
func (t *txn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.conn.QueryContext(ctx, query, args...)
}

// querier is what loading needs: the writer's transaction or a reader.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each calls one for every row of a query.
func each(ctx context.Context, q querier, query string, args []any, one func(scan func(...any) error) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	// For a context that can end, the driver starts a goroutine with every
	// statement, which costs more than the statement. Looking between rows does.
	rows, err := q.QueryContext(context.WithoutCancel(ctx), query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := one(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// found turns the driver's "no rows" into false.
func found(err error) (bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// notFound names what is missing.
func notFound(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNotFound, fmt.Sprintf(format, args...))
}
