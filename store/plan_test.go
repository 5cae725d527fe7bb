package store_test

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"testing"

	"gatescand/store"
)

// smallScans are the only steps that go through a table or an index from end to
// end: there are few rows in it, or the statement bounds how many it takes.
func smallScans() []string {
	return []string{
		"accounts", "a", "state", "s", // one row, or a handful; stretches only where a statement takes so many
		"o",                        // what has still to be delivered
		"journal",                  // backwards, as far as the minutes or the rows that are asked for
		"conflicts",                // backwards, as many as are asked for
		"terms",                    // as many as the statement says
		"p",                        // one row for 256 tickets, for products only
		"c VIRTUAL TABLE INDEX 1:", // the stretches that may hold what is wanted
		"story", "(subquery-1)", "CONSTANT ROW",
		"conflicts USING COVERING INDEX conflicts_open", "conflicts USING INDEX conflicts_open",
		"s USING COVERING INDEX stretches_unwritten", "stretches USING COVERING INDEX stretches_unwritten",
	}
}

func TestNoReadingOfThePageGoesThroughAllTicketsOrCheckIns(t *testing.T) {
	s := newStation()
	db := evening(t, s, 50_000, 5_000)
	ok(t, db.IndexTickets(t.Context()))
	var queries []string
	var arguments [][]any
	ok(t, store.Listen(db, func(query string, args []any) {
		queries, arguments = append(queries, query), append(arguments, args)
	}))
	all := readings(t, db, s)
	for _, q := range append(questions(), ticketID(77)) {
		all["search="+q] = func(ctx context.Context) error { return second(db.SearchTickets(ctx, q, 51)) }
	}
	tool := raw(t, db.Path())
	for _, name := range slices.Sorted(maps.Keys(all)) {
		queries, arguments = nil, nil
		ok(t, all[name](t.Context()))
		if len(queries) == 0 {
			t.Errorf("%s: nothing was heard of it", name)
		}
		done := map[string]bool{}
		for i, query := range queries {
			if done[query] {
				continue
			}
			done[query] = true
			for _, step := range plan(t, tool, query, arguments[i]) {
				if of, scans := strings.CutPrefix(step, "SCAN "); scans && !slices.Contains(smallScans(), of) {
					t.Errorf("%s goes through everything: %s\nin %s", name, step, query)
				}
			}
		}
		if strings.HasPrefix(name, "search=") && len(queries) > 1200 {
			t.Errorf("%s asks %d times", name, len(queries))
		}
	}
}

// plan gives the steps of a statement.
func plan(t *testing.T, db *sql.DB, query string, args []any) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	ok(t, err)
	defer func() { ok(t, rows.Close()) }()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		ok(t, rows.Scan(&id, &parent, &unused, &step))
		steps = append(steps, step)
	}
	ok(t, rows.Err())
	return steps
}
