package store_test

import (
	"database/sql"
	"path/filepath"
	"slices"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/store"
)

func TestEveryTamperingIsFoundAndItsPlaceNamed(t *testing.T) {
	const rows = 12
	for _, row := range []struct {
		name   string
		tamper []string
		fault  store.Fault
		seq    int64
	}{
		{"nothing touched", nil, store.FaultNone, 0},
		{"a verdict edited", []string{`UPDATE journal SET verdict = 'refuse' WHERE seq = 5`}, store.FaultAltered, 5},
		{"a time edited", []string{`UPDATE journal SET wall = wall + 1 WHERE seq = 7`}, store.FaultAltered, 7},
		{"a NULL made an empty text", []string{`UPDATE journal SET previous_lane = '' WHERE seq = 3`}, store.FaultAltered, 3},
		{"two fields that join to the same text", []string{`UPDATE journal SET station = station || substr(lane, 1, 1), lane = substr(lane, 2) WHERE seq = 4`}, store.FaultAltered, 4},
		{"a flag made 2", []string{`UPDATE journal SET told = 2 WHERE seq = 1`}, store.FaultAltered, 1},
		{"a hash edited", []string{`UPDATE journal SET hash = zeroblob(32) WHERE seq = 6`}, store.FaultAltered, 6},
		{"a row deleted", []string{`DELETE FROM journal WHERE seq = 6`}, store.FaultGap, 6},
		{"the first row deleted", []string{`DELETE FROM journal WHERE seq = 1`}, store.FaultGap, 1},
		{"the last row cut", []string{`DELETE FROM journal WHERE seq = 12`}, store.FaultCut, 12},
		{"the tail cut", []string{`DELETE FROM journal WHERE seq > 4`}, store.FaultCut, 5},
		{"everything cut", []string{`DELETE FROM journal`}, store.FaultCut, 1},
		{"the tail cut and the head moved back", []string{
			`DELETE FROM journal WHERE seq > 4`, `UPDATE state SET head_seq = 4`,
		}, store.FaultCut, 5},
		{"the tail cut and the head's hash moved back", []string{
			`DELETE FROM journal WHERE seq > 4`, `UPDATE state SET head_hash = (SELECT hash FROM journal WHERE seq = 4)`,
		}, store.FaultCut, 5},
		{"two rows swapped", []string{
			`UPDATE journal SET seq = 100 WHERE seq = 5`, `UPDATE journal SET seq = 5 WHERE seq = 8`, `UPDATE journal SET seq = 8 WHERE seq = 100`,
		}, store.FaultAltered, 5},
		{"a row deleted and the rest moved up", []string{
			`DELETE FROM journal WHERE seq = 5`, `UPDATE journal SET seq = seq - 1 WHERE seq = 6`,
		}, store.FaultAltered, 5},
		{"a row added at the end", []string{
			`INSERT INTO journal SELECT * FROM (SELECT 13, id, station, lane, direction, wall, trusted, boot, since, verdict, reason, grounds, rung,
				platform, account, ticket, event, product, digest, by, note, previous_at, previous_station, previous_lane, previous_by,
				window_from, window_until, list_age, before, told, admitted, refused, held, inside, hash FROM journal WHERE seq = 12)`,
		}, store.FaultAdded, 13},
		{"the anchor moved", []string{`UPDATE anchor SET seq = 3`}, store.FaultGap, 4},
		{"the genesis edited", []string{`UPDATE anchor SET hash = zeroblob(32)`}, store.FaultAltered, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStation()
			path := filepath.Join(t.TempDir(), "gatescand.db")
			db := openAt(t, path, s)
			sweep(t, db, s, ticketRange(0, 4))
			for n := range rows {
				record(t, db, s.scan(ticketID(n%5), admission.Entry))
			}
			if v := wantVerified(t, db); v.Rows != rows || v.First != 1 || v.Head != rows || len(v.Hash) != 64 {
				t.Fatalf("%+v", v)
			}
			tool := raw(t, path)
			for _, q := range append([]string{
				`DROP TRIGGER journal_no_update`, `DROP TRIGGER journal_no_delete`, `DROP TRIGGER journal_in_order`, `DROP TRIGGER journal_head`,
			}, row.tamper...) {
				execRaw(t, tool, q)
			}
			v := must(db.VerifyJournal(t.Context()))(t)
			if v.Fault != row.fault || v.Seq != row.seq {
				t.Fatalf("found %q at %d, want %q at %d", v.Fault, v.Seq, row.fault, row.seq)
			}
		})
	}
}

func TestTheJournalIsAppendOnlyForEveryToolThatKeepsTheTriggers(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db := openAt(t, path, s)
	for range 3 {
		record(t, db, s.scan("x", admission.Entry))
	}
	tool := raw(t, path)
	for _, q := range []string{
		`UPDATE journal SET note = 'x' WHERE seq = 2`,
		`DELETE FROM journal WHERE seq = 1`,
		`DELETE FROM journal`,
		`REPLACE INTO journal SELECT * FROM journal WHERE seq = 2`,
	} {
		if _, err := tool.ExecContext(t.Context(), q); err == nil {
			t.Errorf("%s went through", q)
		}
	}
	wantVerified(t, db)
}

func TestTheJournalHoldsNoNameAndNoCode(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db := openAt(t, path, s)
	sweep(t, db, s, ticketRange(0, 3))
	if c := record(t, db, s.scan(ticketID(1), admission.Entry)); c.Holder != "Holder 1" {
		t.Fatalf("the lane was not told the name: %+v", c)
	}
	ok(t, db.Settle(t.Context(), 1, admission.Outcome{Kind: admission.OutcomeDelivered}))
	for _, table := range []string{"journal", "outbox", "delivered", "presence", "conflicts"} {
		wantAbsent(t, raw(t, path), table, "Holder 1", "code of "+ticketID(1))
	}
}

// wantAbsent looks for texts in every column of a table.
func wantAbsent(t *testing.T, db *sql.DB, table string, texts ...string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT * FROM `+table)
	ok(t, err)
	defer func() { ok(t, rows.Close()) }()
	names, err := rows.Columns()
	ok(t, err)
	for rows.Next() {
		values := make([]sql.NullString, len(names))
		dest := make([]any, len(names))
		for i := range values {
			dest[i] = &values[i]
		}
		ok(t, rows.Scan(dest...))
		for i, v := range values {
			if slices.Contains(texts, v.String) {
				t.Errorf("%s.%s holds %q", table, names[i], v.String)
			}
		}
	}
	ok(t, rows.Err())
}

func TestPruningLeavesAnAnchorAndKeepsWhatTicketsWereUsed(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 600))
	for n := range 500 {
		record(t, db, s.scan(ticketID(n), admission.Entry))
	}
	if n := must(db.PruneJournal(t.Context(), 450))(t); n != 0 {
		t.Fatalf("%d undelivered check-ins pruned", n)
	}
	for n := range int64(430) {
		ok(t, db.Settle(t.Context(), n+1, admission.Outcome{Kind: admission.OutcomeDelivered}))
	}
	if n := must(db.PruneJournal(t.Context(), 450))(t); n != 430 {
		t.Fatalf("%d pruned, want those before the oldest undelivered, 430", n)
	}
	if v := wantVerified(t, db); v.First != 431 || v.Rows != 70 {
		t.Fatalf("%+v", v)
	}
	wantDecision(t, record(t, db, s.scan(ticketID(3), admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
	wantVerified(t, db)
	if story := must(db.Story(t.Context(), key(ticketID(3))))(t); len(story) != 1 || story[0].Seq != 501 {
		t.Fatalf("story: %+v", story)
	}
	if c := must(db.Counts(t.Context(), 440))(t); c.Admitted != 60 || c.Refused != 1 {
		t.Fatalf("counts since 440: %+v", c)
	}
	if n := must(db.PruneJournal(t.Context(), 1<<40))(t); n != 0 {
		t.Fatalf("%d more pruned", n)
	}
}
