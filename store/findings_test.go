package store_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// crowd makes up people: few first names that are common, many last names.
type crowd struct {
	random *rand.Rand
}

func newCrowd() crowd { return crowd{rand.New(rand.NewPCG(4, 11))} }

// firstNames begin with all kinds of letters. The first is that of one in
// thirty.
func firstNames() []string {
	return strings.Fields(`Anna Zoë Émile Björn Mari Jean-Luc Kadri Ölle Иван Māris Jonas Elena Karl Lea Nora Otto Paula Quentin Rita Sven
		Toomas Ulla Vera Wilma Xavier Yves André Chloé Dmitri Freja`)
}

func (c crowd) name() string {
	first := firstNames()
	syllables := strings.Fields(`ka le mi no ru sa to ve zi ba der son mann stein berg ova ski dal hof lund`)
	var last strings.Builder
	for range 2 + c.random.IntN(2) {
		last.WriteString(syllables[c.random.IntN(len(syllables))])
	}
	return first[c.random.IntN(len(first))] + " " + strings.ToUpper(last.String()[:1]) + last.String()[1:]
}

// buyers gives tickets as a platform has them, in the order of their identity.
func buyers(n int) []admission.Ticket {
	c := newCrowd()
	out := make([]admission.Ticket, n)
	for i := range out {
		out[i] = ticket(i)
		out[i].Holder = c.name()
		out[i].Order = fmt.Sprintf("%08x-aaaa-4bbb-8ccc-%012x", uint32(i/2)*2246822519, i/2)
		out[i].Product = []string{"Concert", "Balcony", "Press pass"}[i%3]
	}
	slices.SortFunc(out, func(a, b admission.Ticket) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// evening fills a database with a list and what happened at the door, the
// check-ins without going through the door: nobody verifies the chain of these.
func evening(tb testing.TB, s *station, tickets, checkIns int) *store.DB {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "gatescand.db")
	db, err := store.Open(tb.Context(), path, store.Options{Now: s.now})
	ok(tb, err)
	apply(tb, db, s, buyers(tickets))
	if checkIns > 0 {
		record(tb, db, s.scan(ticketID(0), admission.Entry))
		ok(tb, db.Close())
		passBy(tb, path, s, tickets, checkIns)
		return openAt(tb, path, s)
	}
	tb.Cleanup(func() { ok(tb, db.Close()) })
	return db
}

// passBy writes check-ins, ten a second and the last of them now, all of
// them delivered; every tenth was refused, and every hundredth is in conflict.
func passBy(tb testing.TB, path string, s *station, tickets, n int) {
	tb.Helper()
	tool := raw(tb, path)
	tool.SetMaxOpenConns(1)
	execRaw(tb, tool, `PRAGMA synchronous = OFF`)
	execRaw(tb, tool, `CREATE TEMP TABLE came AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < `+fmt.Sprint(n-1)+`)
		SELECT i, i + 1 AS seq, printf('%08x-0000-4000-8000-%012x', (i % `+fmt.Sprint(tickets)+`) * 2654435761 % 4294967296, i % `+fmt.Sprint(tickets)+`) AS ticket FROM n`)
	now := s.now().Wall.UnixMicro()
	for _, query := range []string{
		`INSERT INTO journal (seq, id, station, lane, direction, wall, trusted, boot, since, verdict, reason, grounds, rung, platform, account,
			ticket, event, product, digest, by, note, previous_at, previous_station, previous_lane, previous_by, window_from, window_until,
			list_age, before, told, admitted, refused, held, inside, hash) SELECT c.seq, printf('01PASS%020d', c.i), j.station, iif(c.i % 2, 'north', 'south'), j.direction,
			` + fmt.Sprint(now) + ` - (` + fmt.Sprint(n) + ` - c.i) * 100000, j.trusted, j.boot, j.since,
			iif(c.i % 10, 'admit', 'refuse'), iif(c.i % 10, 'admitted', 'already_redeemed'), j.grounds, j.rung, j.platform, j.account, c.ticket,
			j.event, j.product, j.digest, '', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 1, c.i + 1, 0, 0, c.i + 1, j.hash
			FROM came c CROSS JOIN journal j ON j.seq = 1 ORDER BY c.seq`,
		`INSERT INTO presence (account, ticket, entries, inside, entry_seq, entry_wall, entry_trusted, entry_boot, entry_since, entry_station,
			entry_lane, entry_by, exit_seq, exit_wall, exit_trusted, exit_boot, exit_since, exit_station, exit_lane, exit_by,
			admitted_seq, event, grounds, delivery_seq, last_seq) SELECT s.account, c.ticket, 1, 1, max(c.seq), s.entry_wall, s.entry_trusted, s.entry_boot, s.entry_since, s.entry_station,
			s.entry_lane, s.entry_by, 0, NULL, 0, '', 0, '', '', '', max(c.seq), s.event, s.grounds, max(c.seq), max(c.seq)
			FROM came c CROSS JOIN presence s WHERE s.last_seq = 1 AND c.i % 10 AND c.ticket <> s.ticket GROUP BY c.ticket`,
		`INSERT INTO delivered SELECT c.seq, o.account, c.ticket, o.event, 0, iif(c.i % 100, 'delivered', 'conflict'), 0, 1, c.i, NULL, 0, '', 0
			FROM came c CROSS JOIN outbox o WHERE o.seq = 1 AND c.i % 10`,
		`INSERT INTO conflicts (kind, account, ticket, seq, opened_trusted, opened_boot, opened_since, our_trusted, our_boot, our_since,
			our_lane, theirs, remedy, resolved) SELECT 'used_elsewhere', 'lespass', c.ticket, c.seq, 0, '', 0, 0, '', 0, 'north', 'south', '', c.i % 200 > 0
			FROM came c WHERE c.i % 100 = 0`,
	} {
		execRaw(tb, tool, query)
	}
}
