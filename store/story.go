package store

import (
	"context"
	"slices"

	"gatescand/scanner/admission"
)

// How much of the story of one ticket is told at most, the newest of each.
const (
	storyCheckIns  = 200
	storyResets    = 100
	storyConflicts = 100
)

// Reset is a use that was taken back, so that the ticket may enter again.
type Reset struct {
	At  admission.Stamp
	Seq int64 // the entry taken back
	Why string
	By  string // a person, "" for the platform
}

// TicketStory is everything that is known here of one ticket.
type TicketStory struct {
	Ticket    admission.Ticket // its key alone where no list has it
	Listed    bool             // a list has it, or had it
	Presence  admission.Presence
	CheckIns  []admission.CheckIn // oldest first, without names
	Resets    []Reset             // oldest first
	Conflicts []admission.Conflict
	// Undoable is the admission that could be undone now, 0 for none, and Tells
	// what that would mean for the platform.
	Undoable int64
	Tells    Telling
}

// TicketStory tells the story of one ticket as of one moment, by index alone
// and the newest part of each of its lists. It gives [ErrNotFound] for a ticket
// that neither a list nor the journal knows. Ticket.Holder is a name.
func (db *DB) TicketStory(ctx context.Context, key admission.TicketKey) (TicketStory, error) {
	var out TicketStory
	err := db.read(ctx, func(q querier) error {
		var err error
		out, err = db.ticketStory(ctx, q, key)
		return err
	})
	return out, db.file.explain("read the story of a ticket", err)
}

func (db *DB) ticketStory(ctx context.Context, q querier, key admission.TicketKey) (TicketStory, error) {
	out := TicketStory{Ticket: admission.Ticket{TicketKey: key}}
	account, err := db.names.account(ctx, q, key.Account)
	if err != nil {
		return out, err
	}
	if account == 0 {
		return out, notFound("ticket of account %q", key.Account)
	}
	row, listed, err := loadTicket(ctx, q, account, key)
	if err != nil {
		return out, err
	}
	if listed {
		out.Ticket, out.Listed = row.ticket, true
	}
	s, err := loadStanding(ctx, q, account, key.ID)
	if err != nil {
		return out, err
	}
	if !listed && !s.known {
		return out, notFound("ticket of account %q", key.Account)
	}
	out.Presence = s.presence
	if out.CheckIns, err = story(ctx, q, s.last, storyCheckIns); err != nil {
		return out, err
	}
	if out.Resets, err = resetsOf(ctx, q, key); err != nil {
		return out, err
	}
	if out.Conflicts, err = conflictsOf(ctx, q, key); err != nil {
		return out, err
	}
	if out.Undoable = s.undoable(); out.Undoable > 0 {
		out.Tells, _, err = s.telling(ctx, q, out.Undoable, key)
	}
	return out, err
}

// story reads at most limit check-ins of one ticket back from the one at head,
// and gives them oldest first.
func story(ctx context.Context, q querier, head int64, limit int) ([]admission.CheckIn, error) {
	if head == 0 {
		return nil, nil
	}
	out, err := collectCheckIns(ctx, q, `WITH RECURSIVE story (seq) AS (
			SELECT ?1
			UNION ALL
			SELECT j.before FROM story JOIN journal j ON j.seq = story.seq WHERE j.before > 0
			LIMIT ?2)
		SELECT `+journalColumns+`, `+deliveryColumns+`
		FROM story JOIN journal j ON j.seq = story.seq `+deliveryJoins, head, limit)
	slices.SortFunc(out, func(a, b admission.CheckIn) int { return int(a.Seq - b.Seq) })
	return out, err
}

// resetsOf reads the resets of one ticket.
func resetsOf(ctx context.Context, q querier, key admission.TicketKey) ([]Reset, error) {
	var out []Reset
	err := each(ctx, q, `SELECT seq, why, by, wall, trusted, boot, since FROM resets
		WHERE account = +?1 AND ticket = +?2 ORDER BY id DESC LIMIT ?3`, []any{key.Account, key.ID, storyResets},
		func(scan func(...any) error) error {
			var r Reset
			var at stampColumns
			err := scan(list(&r.Seq, &r.Why, &r.By, at.dest())...)
			r.At = at.stamp()
			out = append(out, r)
			return err
		})
	slices.Reverse(out)
	return out, err
}

// conflictsOf reads the conflicts about one ticket, resolved or not.
func conflictsOf(ctx context.Context, q querier, key admission.TicketKey) ([]admission.Conflict, error) {
	var out []admission.Conflict
	err := each(ctx, q, conflictColumns+` WHERE account = +?1 AND ticket = +?2 ORDER BY id DESC LIMIT ?3`,
		[]any{key.Account, key.ID, storyConflicts}, func(scan func(...any) error) error {
			c, err := scanConflict(scan)
			out = append(out, c)
			return err
		})
	slices.Reverse(out)
	return out, err
}
