package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// file is where the database lives and how connections to it are made. No
// code of this package opens the file itself while SQLite has it open:
// closing such a handle would drop SQLite's locks.
type file struct {
	path string // absolute
}

// pageSize keeps what one admission writes small: it touches a handful of
// pages, and each goes into the log whole.
const pageSize = 2048

// busyMillis is how long SQLite waits for a lock of another process, which
// can only be a command-line tool reading.
const busyMillis = 5000

// role is what a connection is for.
type role struct {
	name    string
	query   url.Values
	pragmas []pragma // set after opening
	expect  []pragma // read back, and the connection refused when they differ
}

type pragma struct {
	name, value string
}

func writerRole() role {
	return role{
		name: "writer",
		query: url.Values{
			"mode": {"rw"}, "_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_txlock": {"immediate"},
			"_foreign_keys": {"on"}, "_secure_delete": {"FAST"}, "_busy_timeout": {fmt.Sprint(busyMillis)},
			"_cache_size": {"-8192"}, "_stmt_cache_size": {"96"},
		},
		pragmas: []pragma{{"wal_autocheckpoint", "0"}, {"journal_size_limit", "16777216"}, {"trusted_schema", "0"}},
		expect: []pragma{
			{"journal_mode", "wal"},
			{"synchronous", "2"},
			{"foreign_keys", "1"},
			{"wal_autocheckpoint", "0"},
			{"busy_timeout", fmt.Sprint(busyMillis)},
			{"query_only", "0"},
			{"secure_delete", "2"},
		},
	}
}

func checkpointRole() role {
	return role{
		name: "checkpointer",
		query: url.Values{
			"mode": {"rw"}, "_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_txlock": {"immediate"},
			"_busy_timeout": {fmt.Sprint(busyMillis)}, "_cache_size": {"-64"},
		},
		pragmas: []pragma{{"wal_autocheckpoint", "0"}},
		expect:  []pragma{{"journal_mode", "wal"}, {"synchronous", "2"}, {"wal_autocheckpoint", "0"}},
	}
}

func readerRole() role {
	return role{
		name: "reader",
		query: url.Values{
			"mode": {"ro"}, "_query_only": {"on"}, "_foreign_keys": {"on"}, "_synchronous": {"FULL"},
			"_busy_timeout": {fmt.Sprint(busyMillis)}, "_cache_size": {"-1024"}, "_stmt_cache_size": {"48"},
		},
		pragmas: []pragma{{"trusted_schema", "0"}},
		expect:  []pragma{{"journal_mode", "wal"}, {"query_only", "1"}, {"busy_timeout", fmt.Sprint(busyMillis)}},
	}
}

// newFile makes path absolute.
func newFile(path string) (file, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return file{}, fmt.Errorf("find the database %s: %w", path, err)
	}
	return file{path: abs}, nil
}

// create makes an empty database with the right page size and mode where
// there is none, readable by its owner alone.
func (f file) create(ctx context.Context) error {
	info, err := os.Stat(f.path)
	switch {
	case err == nil && info.Size() > 0:
		return nil
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return f.explain("find the database", err)
	}
	if err := f.orphanedLog(); err != nil {
		return err
	}
	h, err := os.OpenFile(f.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return f.explain("create the database", err)
	}
	if err := h.Close(); err != nil {
		return f.explain("create the database", err)
	}
	db := f.open(role{
		name:    "creator",
		query:   url.Values{"mode": {"rw"}, "_synchronous": {"FULL"}},
		pragmas: []pragma{{"page_size", fmt.Sprint(pageSize)}, {"journal_mode", "wal"}},
		expect:  []pragma{{"page_size", fmt.Sprint(pageSize)}, {"journal_mode", "wal"}},
	}, 1)
	err = db.PingContext(ctx)
	return f.explain("create the database", errors.Join(err, db.Close()))
}

// orphanedLog refuses to begin a new journal beside the log of another one:
// check-ins may stand in it, and beginning would overwrite them.
func (f file) orphanedLog() error {
	h, err := os.Open(f.path + "-wal")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return f.explain("look at the log beside the database", err)
	}
	defer func() { _ = h.Close() }() // only read from
	var head [4]byte
	if _, err := io.ReadFull(h, head[:]); err != nil {
		return nil // too short to hold anything
	}
	// The two magic numbers a log begins with; one that was only laid out is
	// all zeros.
	if magic := binary.BigEndian.Uint32(head[:]); magic&^1 != 0x377f0682 {
		return nil
	}
	return fmt.Errorf("create the database: %w: %s is missing or empty, and %s-wal holds check-ins of it; "+
		"put the file back, or move the log aside together with it", ErrCorrupt, f.path, f.path)
}

// open gives a pool of at most n connections of one role. Nothing is opened
// until the first use.
func (f file) open(r role, n int) *sql.DB {
	db := sql.OpenDB(connector{file: f, role: r})
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db
}

func (f file) dsn(r role) string {
	u := url.URL{Scheme: "file", Path: f.path, RawQuery: r.query.Encode()}
	return u.String()
}

// connector opens connections of one role and refuses those that do not work
// as they were told to: SQLite ignores what it does not understand.
type connector struct {
	file file
	role role
}

// Driver implements driver.Connector.
func (c connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.file.dsn(c.role))
	if err != nil {
		return nil, err
	}
	if err := c.prepare(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func (c connector) prepare(ctx context.Context, conn driver.Conn) error {
	q, ok := conn.(driver.QueryerContext)
	if !ok {
		return fmt.Errorf("%w: the SQLite driver cannot be asked for its settings", ErrPragma)
	}
	for _, p := range c.role.pragmas {
		if _, err := ask(ctx, q, "PRAGMA "+p.name+" = "+p.value); err != nil {
			return err
		}
	}
	for _, p := range c.role.expect {
		got, err := ask(ctx, q, "PRAGMA "+p.name)
		if err != nil {
			return err
		}
		if got != p.value {
			return fmt.Errorf("%w: %s of the %s of %s is %q and must be %q; is the directory on a local file system?",
				ErrPragma, p.name, c.role.name, c.file.path, got, p.value)
		}
	}
	return nil
}

// ask runs one pragma and gives the first column of its first row as text.
func ask(ctx context.Context, q driver.QueryerContext, text string) (string, error) {
	rows, err := q.QueryContext(context.WithoutCancel(ctx), text, nil)
	if err != nil {
		return "", err
	}
	var got string
	dest := make([]driver.Value, len(rows.Columns()))
	if len(dest) > 0 {
		switch err := rows.Next(dest); {
		case errors.Is(err, io.EOF):
		case err != nil:
			return "", errors.Join(err, rows.Close())
		default:
			got = fmt.Sprint(dest[0])
		}
	}
	return got, rows.Close()
}

// syncDir makes new names in the database's directory durable.
func (f file) syncDir() error {
	d, err := os.Open(filepath.Dir(f.path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
