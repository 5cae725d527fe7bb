package store

import (
	"context"
	"strings"
	"time"

	"gatescand/scanner/admission"
)

// JournalFilter narrows [DB.SearchJournal]. Zero fields do not.
type JournalFilter struct {
	Since, Until time.Time // wall clock of the check-in, Until not included
	Lane         string
	Verdict      admission.Verdict
	Reason       admission.Reason
	Account      string
	Ticket       string // its identity, whole
	ByHand       bool   // only what a person decided
}

// journalWindow is how many check-ins one search looks through, so that it
// takes as long however long the journal is and however little fits.
const journalWindow = 50_000

// SearchJournal gives at most limit check-ins that fit, the newest first, with
// a Seq below before; 0 is from the newest. next is where an older page begins,
// 0 when there is none: a page may be short, or empty, and still have a next.
func (db *DB) SearchJournal(ctx context.Context, f JournalFilter, before int64, limit int) (rows []admission.CheckIn, next int64, err error) {
	err = db.read(ctx, func(q querier) error {
		var head, gone int64
		if err := q.QueryRowContext(ctx, `SELECT s.head_seq, a.seq FROM state s, anchor a`).Scan(&head, &gone); err != nil {
			return err
		}
		if before <= 0 || before > head {
			before = head + 1
		}
		if limit <= 0 || before <= gone+1 {
			return nil
		}
		from := gone + 1
		if f.Ticket == "" {
			from = max(from, before-journalWindow)
		}
		query, args := f.query(from, before, limit)
		if rows, err = collectCheckIns(ctx, q, query, args...); err != nil {
			return err
		}
		if len(rows) == limit {
			from = rows[limit-1].Seq
		}
		if from > gone+1 {
			next = from
		}
		return nil
	})
	return rows, next, db.file.explain("search the journal", err)
}

// ticketStory begins a query about one ticket of one account, or of any (”):
// its check-ins hang together, so that the others need not be read.
const ticketStory = `WITH RECURSIVE story (seq) AS (
		SELECT s.last_seq FROM accounts a CROSS JOIN presence s ON s.account = a.id AND s.ticket = ? WHERE ? IN ('', a.name)
		UNION ALL
		SELECT j.before FROM story CROSS JOIN journal j ON j.seq = story.seq WHERE j.before > 0
		LIMIT ?)
	`

// query asks for check-ins from one Seq to another, that one not included.
func (f JournalFilter) query(from, before int64, limit int) (string, []any) {
	begin, source, args := "", "journal j", []any(nil)
	if f.Ticket != "" {
		begin, source = ticketStory, "story CROSS JOIN journal j ON j.seq = story.seq"
		args = append(args, f.Ticket, f.Account, journalWindow)
	}
	where := []string{"j.seq >= ?", "j.seq < ?"}
	args = append(args, from, before)
	narrow := func(given bool, term string, value any) {
		if given {
			where, args = append(where, term), append(args, value)
		}
	}
	narrow(!f.Since.IsZero(), "j.wall >= ?", micros(f.Since))
	narrow(!f.Until.IsZero(), "j.wall < ?", micros(f.Until))
	narrow(f.Lane != "", "j.lane = ?", f.Lane)
	narrow(f.Verdict != "", "j.verdict = ?", string(f.Verdict))
	narrow(f.Reason != "", "j.reason = ?", string(f.Reason))
	narrow(f.Account != "", "j.account = ?", f.Account)
	narrow(f.ByHand, "j.by <> ?", "")
	return begin + `SELECT ` + journalColumns + `, ` + deliveryColumns + ` FROM ` + source + ` ` + deliveryJoins + `
		WHERE ` + strings.Join(where, " AND ") + ` ORDER BY j.seq DESC LIMIT ?`, append(args, limit)
}
