package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// raw opens the file beside the store, as somebody with a SQLite tool would.
func raw(tb testing.TB, path string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000")
	ok(tb, err)
	tb.Cleanup(func() { ok(tb, db.Close()) })
	return db
}

func execRaw(tb testing.TB, db *sql.DB, query string, args ...any) {
	tb.Helper()
	if _, err := db.ExecContext(tb.Context(), query, args...); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}

func TestASecondDaemonIsTurnedAwayAndAReaderIsNot(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db := openAt(t, path, s)
	sweep(t, db, s, ticketRange(0, 3))
	c := record(t, db, s.scan(ticketID(1), admission.Entry))

	_, err := store.Open(t.Context(), path, store.Options{Now: s.now})
	if !errors.Is(err, store.ErrBusy) || !strings.Contains(err.Error(), path) {
		t.Fatalf("second daemon: %v", err)
	}
	ro, err := store.OpenReadOnly(t.Context(), path, store.Options{Now: s.now})
	ok(t, err)
	defer func() { ok(t, ro.Close()) }()
	if got := must(ro.CheckIn(t.Context(), c.Seq))(t); got.ID != c.ID {
		t.Fatalf("read %q, want %q", got.ID, c.ID)
	}
	wantVerified(t, ro)
	if _, err := ro.Record(t.Context(), s.scan(ticketID(2), admission.Entry)); !errors.Is(err, store.ErrReadOnly) {
		t.Fatalf("recording through a reader: %v", err)
	}
	if ro.StationID() != db.StationID() || len(db.StationID()) != 32 {
		t.Fatalf("station ids %q and %q", ro.StationID(), db.StationID())
	}
}

func TestReopeningKeepsEverything(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
	ok(t, err)
	sweep(t, db, s, ticketRange(0, 3))
	record(t, db, s.scan(ticketID(1), admission.Entry))
	id := db.StationID()
	ok(t, db.Close())

	for _, suffix := range []string{"", ".lock"} {
		info, err := os.Stat(path + suffix)
		ok(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", info.Name(), info.Mode())
		}
	}
	db = openAt(t, path, s)
	if db.StationID() != id {
		t.Error("the station has another identity")
	}
	wantDecision(t, record(t, db, s.scan(ticketID(1), admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
	wantVerified(t, db)
}

func TestWhatCannotBeOpenedSaysWhy(t *testing.T) {
	s := newStation()
	for _, row := range []struct {
		name string
		make func(t *testing.T, path string)
		want error
	}{
		{"a file that is no database", func(t *testing.T, path string) {
			t.Helper()
			ok(t, os.WriteFile(path, []byte(strings.Repeat("not a database at all\n", 500)), 0o600))
		}, store.ErrCorrupt},
		{"a directory that does not exist", func(t *testing.T, path string) {
			t.Helper()
			ok(t, os.Remove(filepath.Dir(path)))
		}, fs.ErrNotExist},
		{"a schema from the future", func(t *testing.T, path string) {
			t.Helper()
			db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
			ok(t, err)
			ok(t, db.Close())
			execRaw(t, raw(t, path), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
		}, store.ErrNewerSchema},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "data", "gatescand.db")
			ok(t, os.Mkdir(filepath.Dir(path), 0o700))
			row.make(t, path)
			_, err := store.Open(t.Context(), path, store.Options{Now: s.now})
			if !errors.Is(err, row.want) || !strings.Contains(err.Error(), filepath.Base(path)) {
				t.Fatalf("%v, want %v", err, row.want)
			}
		})
	}
}

func TestANewerFileIsLeftExactlyAsItWas(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
	ok(t, err)
	ok(t, db.Close())
	other, err := sql.Open("sqlite3", path)
	ok(t, err)
	execRaw(t, other, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
	ok(t, other.Close())
	before, err := os.ReadFile(path)
	ok(t, err)
	if _, err := store.Open(t.Context(), path, store.Options{Now: s.now}); !errors.Is(err, store.ErrNewerSchema) {
		t.Fatal(err)
	}
	if _, err := store.OpenReadOnly(t.Context(), path, store.Options{Now: s.now}); !errors.Is(err, store.ErrNewerSchema) {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	ok(t, err)
	if string(before) != string(after) {
		t.Error("the file was changed")
	}
}

// olderAndNewer gives today's schema, and one with a migration after it.
func olderAndNewer(tb testing.TB, after string) (older, newer fs.FS) {
	tb.Helper()
	old, next := fstest.MapFS{}, fstest.MapFS{}
	for name, text := range migrations(tb) {
		old[name], next[name] = &fstest.MapFile{Data: text}, &fstest.MapFile{Data: text}
	}
	next[fmt.Sprintf("%05d_next.sql", len(old)+1)] = &fstest.MapFile{Data: []byte(after)}
	return old, next
}

// migrations gives the files that make today's schema.
func migrations(tb testing.TB) map[string][]byte {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join("migrations", "*.sql"))
	ok(tb, err)
	out := map[string][]byte{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		ok(tb, err)
		out[filepath.Base(name)] = text
	}
	return out
}

func TestADatabaseOfTheFirstReleaseIsBroughtUpToDate(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	first := fstest.MapFS{"00001_gate.sql": {Data: migrations(t)["00001_gate.sql"]}}
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now, Migrations: first})
	ok(t, err)
	// The first release wrote the rows of presence without what was added since.
	execRaw(t, raw(t, path), `ALTER TABLE presence ADD COLUMN told INTEGER NOT NULL DEFAULT 0`)
	unlisted := s.scan(ticketID(1), admission.Entry)
	unlisted.Claims[0].Policy.Unlisted, unlisted.Claims[0].Policy.Events = admission.ChooseAdmit, nil
	wantDecision(t, record(t, db, unlisted), admission.Admit, admission.ReasonUnlisted)
	ok(t, db.Close())
	execRaw(t, raw(t, path), `ALTER TABLE presence DROP COLUMN told`)

	db = openAt(t, path, s)
	wantVerified(t, db)
	wantDecision(t, record(t, db, s.scan(ticketID(1), admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
	sweep(t, db, s, ticketRange(0, 3))
	if d := must(db.Due(t.Context(), "lespass", s.now().Wall, 10))(t); len(d) != 1 || d[0].Memo != "" {
		t.Fatalf("due after the migration: %+v", d)
	}
	ok(t, db.Jot(t.Context(), 1, "n0=0"))
}

func TestAMigrationCopiesTheDatabaseAsideFirst(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	older, newer := olderAndNewer(t, "-- +goose Up\nCREATE TABLE next (a INTEGER) STRICT;\n")
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now, Migrations: older})
	ok(t, err)
	sweep(t, db, s, ticketRange(0, 3))
	record(t, db, s.scan(ticketID(1), admission.Entry))
	ok(t, db.Close())

	_, err = store.OpenReadOnly(t.Context(), path, store.Options{Now: s.now, Migrations: newer})
	if err == nil || !strings.Contains(err.Error(), "start the daemon once") {
		t.Fatalf("a reader of the newer schema: %v", err)
	}
	db, err = store.Open(t.Context(), path, store.Options{Now: s.now, Migrations: newer})
	ok(t, err)
	wantDecision(t, record(t, db, s.scan(ticketID(1), admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
	wantVerified(t, db)
	ok(t, db.Close())

	copied := fmt.Sprintf("%s.before-v%d", path, len(migrations(t))+1)
	info, err := os.Stat(copied)
	ok(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the copy has mode %v", info.Mode())
	}
	if _, err := store.Open(t.Context(), path, store.Options{Now: s.now, Migrations: older}); !errors.Is(err, store.ErrNewerSchema) {
		t.Fatalf("the older program on the newer file: %v", err)
	}
	db, err = store.Open(t.Context(), copied, store.Options{Now: s.now, Migrations: older})
	ok(t, err)
	defer func() { ok(t, db.Close()) }()
	if v := wantVerified(t, db); v.Rows != 1 {
		t.Fatalf("the copy holds %d check-ins, want 1", v.Rows)
	}
}

func TestAMigrationThatFailsLeavesTheDatabaseAsItWas(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	older, broken := olderAndNewer(t, "-- +goose Up\nDROP TABLE presence;\nCREATE NONSENSE;\n")
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now, Migrations: older})
	ok(t, err)
	sweep(t, db, s, ticketRange(0, 3))
	record(t, db, s.scan(ticketID(1), admission.Entry))
	ok(t, db.Close())
	if _, err := store.Open(t.Context(), path, store.Options{Now: s.now, Migrations: broken}); err == nil {
		t.Fatal("opened with a broken migration")
	}
	db = openAt(t, path, s)
	wantDecision(t, record(t, db, s.scan(ticketID(1), admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
}

func TestEveryTableIsStrictAndEveryTableAndIndexIsExplained(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	openAt(t, path, s)
	rows, err := raw(t, path).QueryContext(t.Context(), `SELECT type, name, coalesce(sql, '') FROM sqlite_schema
		WHERE name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version'`)
	ok(t, err)
	defer func() { ok(t, rows.Close()) }()
	var lines []string
	for _, text := range migrations(t) {
		lines = append(lines, strings.Split(string(text), "\n")...)
	}
	found := 0
	for rows.Next() {
		var kind, name, create string
		ok(t, rows.Scan(&kind, &name, &create))
		found++
		if kind == "table" && !strings.Contains(create, "STRICT") {
			t.Errorf("table %s is not STRICT", name)
		}
		explained := false
		for i, line := range lines {
			if i > 0 && strings.HasPrefix(line, "CREATE ") && strings.Contains(line, " "+name+" ") {
				explained = strings.HasPrefix(lines[i-1], "-- ")
			}
		}
		if !explained {
			t.Errorf("%s %s has no comment above it", kind, name)
		}
	}
	ok(t, rows.Err())
	if found < 20 {
		t.Errorf("only %d objects found", found)
	}
}

func TestWritableWritesAndOpeningTwiceInARowWorks(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	for range 3 {
		db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
		ok(t, err)
		ok(t, db.Writable(t.Context()))
		ok(t, db.Close())
	}
	var beats int
	ok(t, raw(t, path).QueryRowContext(t.Context(), `SELECT beats FROM heartbeat`).Scan(&beats))
	if beats != 3 {
		t.Errorf("%d beats, want 3", beats)
	}
}

func TestADatabaseThatTakesNoWritesGivesAnErrorAndRecoversWhenItDoes(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db := openAt(t, path, s)
	sweep(t, db, s, ticketRange(0, 3))
	// A trigger that refuses stands in for a disk that does: the transaction
	// fails half way, after the journal row has been written.
	execRaw(t, raw(t, path), `CREATE TRIGGER broken BEFORE INSERT ON presence BEGIN SELECT RAISE(ABORT, 'no'); END`)
	if c, err := db.Record(t.Context(), s.scan(ticketID(1), admission.Entry)); err == nil || c.Verdict == admission.Admit {
		t.Fatalf("%+v, %v: want an error and no admission", c, err)
	}
	if seq, _, err := db.Head(t.Context()); err != nil || seq != 0 {
		t.Fatalf("head %d after a failed recording, %v", seq, err)
	}
	execRaw(t, raw(t, path), `DROP TRIGGER broken`)
	wantDecision(t, record(t, db, s.scan(ticketID(1), admission.Entry)), admission.Admit, admission.ReasonAdmitted)
	wantVerified(t, db)
}

func TestAFullDatabaseIsAnErrorOfItsOwnKind(t *testing.T) {
	s := newStation()
	db := open(t, s)
	ok(t, store.LimitPages(t.Context(), db))
	var err error
	for n := 0; err == nil && n < 10000; n++ {
		_, err = db.Record(t.Context(), s.scan(fmt.Sprint("unknown", n), admission.Entry))
	}
	if !errors.Is(err, store.ErrFull) {
		t.Fatalf("%v, want ErrFull", err)
	}
	if err := db.Writable(t.Context()); err != nil && !errors.Is(err, store.ErrFull) {
		t.Fatal(err)
	}
	ok(t, store.LiftPages(t.Context(), db))
	record(t, db, s.scan("after", admission.Entry))
	wantVerified(t, db)
}

func TestADamagedPageIsAnErrorOfItsOwnKindAndNeverAnAdmission(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
	ok(t, err)
	sweep(t, db, s, ticketRange(0, 2000))
	ok(t, db.Close())
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	ok(t, err)
	info, err := f.Stat()
	ok(t, err)
	junk := []byte(strings.Repeat("\xa5", int(info.Size()-60*2048)))
	_, err = f.WriteAt(junk, 60*2048)
	ok(t, err)
	ok(t, f.Close())
	db = openAt(t, path, s)
	failed := 0
	for n := range 50 {
		c, err := db.Record(t.Context(), s.scan(ticketID(n), admission.Entry))
		if err == nil {
			continue
		}
		failed++
		if !errors.Is(err, store.ErrCorrupt) || c.Verdict == admission.Admit {
			t.Fatalf("%+v, %v: want ErrCorrupt and no verdict", c, err)
		}
	}
	if failed == 0 {
		t.Fatal("nobody met the damage")
	}
}

func TestACancelledScanIsNotRecorded(t *testing.T) {
	s := newStation()
	db := open(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Record(ctx, s.scan("x", admission.Entry)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if seq, _, err := db.Head(t.Context()); err != nil || seq != 0 {
		t.Fatalf("head %d, %v", seq, err)
	}
}

func TestTheLogIsCarriedIntoTheFileWhileLanesWork(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db := openAt(t, path, s)
	background(t, db)
	for n := range 60 {
		sweep(t, db, s, ticketRange(n*1000, n*1000+1000))
		record(t, db, s.scan(ticketID(n*1000), admission.Entry))
	}
	info, err := os.Stat(path + "-wal")
	ok(t, err)
	if info.Size() > 32<<20 {
		t.Errorf("the log has grown to %d bytes", info.Size())
	}
	info, err = os.Stat(path)
	ok(t, err)
	if info.Size() < 2<<20 {
		t.Errorf("the file holds only %d bytes", info.Size())
	}
	wantVerified(t, db)
}

// TestALogWithoutItsDatabaseIsNotOverwritten takes the database away and
// leaves its log: the check-ins in it must not be lost to a new journal.
func TestALogWithoutItsDatabaseIsNotOverwritten(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	record(t, db, s.scan("a", admission.Entry))
	log, err := os.ReadFile(path + "-wal") // as it stands when the power fails
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+"-wal", log, 0o600); err != nil {
		t.Fatal(err)
	}
	if db, err := store.Open(t.Context(), path, store.Options{Now: s.now}); !errors.Is(err, store.ErrCorrupt) {
		t.Fatalf("opened %v, %v", db, err)
	}
	left, err := os.ReadFile(path + "-wal")
	if err != nil || !bytes.Equal(left, log) {
		t.Errorf("the log was changed: %v", err)
	}
}

// Before there was an undo, every entry was told that the ticket was good for:
// the upgrade must not take a ticket of two uses for one that was told once.
func TestTheUpgradeKnowsEveryUseThatWasTold(t *testing.T) {
	t.Parallel()
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
	ok(t, err)
	two := ticket(0)
	two.UsesAllowed = 2
	sweep(t, db, s, []admission.Ticket{two, ticket(1), ticket(2)})
	enter := func(n int) admission.CheckIn {
		p := s.scan(ticketID(n), admission.Entry)
		p.Scan.Reentry.Kind = admission.ReentryUnlimited
		return record(t, db, p)
	}
	for _, n := range []int{0, 0, 0, 1, 1} {
		enter(n)
		settleAll(t, db, s, admission.OutcomeDelivered)
	}
	ok(t, db.Close())
	execRaw(t, raw(t, path), `DROP INDEX resets_of_ticket; ALTER TABLE presence DROP COLUMN told;
		ALTER TABLE resets DROP COLUMN by; ALTER TABLE resets DROP COLUMN undo; DELETE FROM goose_db_version WHERE version_id = 5`)
	openAt(t, path, s)
	for n, want := range []int{2, 1} {
		var got int
		ok(t, raw(t, path).QueryRowContext(t.Context(), `SELECT told FROM presence WHERE ticket = ?`, ticketID(n)).Scan(&got))
		if got != want {
			t.Errorf("ticket %d: %d uses told, want %d", n, got, want)
		}
	}
}
