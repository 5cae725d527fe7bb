package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatescand/scanner/admission"
)

// ErrNotUndoable says that a check-in is not the last entry of its ticket that
// stands: it was no admission, was taken back already, or another came since.
var ErrNotUndoable = errors.New("the check-in cannot be undone")

// Undo is a person's wish to take an admission back.
type Undo struct {
	ID      string // of the row to be: a ULID
	Seq     int64  // the admission
	At      admission.Stamp
	Station string
	By      string
	Note    string
}

// Undone is an admission that was taken back.
type Undone struct {
	CheckIn admission.CheckIn // the row of the journal that says so
	Tells   Telling
}

// Telling says what an undo means for the platform.
type Telling string

// What an undo means for the platform.
const (
	TellsNothing  Telling = ""          // there is nothing to undo
	TellWithdrawn Telling = "withdrawn" // it had not been told, or did not take it, and will not hear of it
	TellKept      Telling = "kept"      // it was told and cannot take it back
	TellSent      Telling = "sent"      // it may have been told, and cannot take it back then
	TellUntold    Telling = "untold"    // it was not told of this entry, and will not hear of it
	TellDisputed  Telling = "disputed"  // it was told and objected: there is a conflict about it
)

// Undo takes back the last entry of a ticket, in one transaction: the journal
// gets a row that says so, in its chain; the ticket stands as before that entry,
// so that it may enter again, and whoever counted as inside with it no longer
// does; and a delivery that never left is withdrawn. The number of those let in
// stays as it was, because the gate did open: it counts admissions, and only
// inside counts people.
//
// A delivery that has left, or may have, stays and is carried to its end. The
// platform then has a use that nobody took, which stands for the next entry of
// the ticket: that one is not told again, and the platform's word about it
// refuses nobody (see admission.Standing).
//
// It gives [ErrNotFound] where there is no such check-in, and [ErrNotUndoable]
// where it is not the last entry of its ticket that stands.
func (db *DB) Undo(ctx context.Context, u Undo) (Undone, error) {
	u.At = rounded(u.At)
	var out Undone
	err := db.write(ctx, "undo an admission", background, func(ctx context.Context, t *txn) error {
		entry, s, err := db.undoable(ctx, t, u.Seq)
		if err != nil {
			return err
		}
		after := s
		if after.presence, err = presenceBefore(ctx, t, s.presence, entry.row); err != nil {
			return err
		}
		state, err := t.state(ctx)
		if err != nil {
			return err
		}
		tells, delivery, err := s.telling(ctx, t, entry.Seq, entry.Ticket)
		if err != nil {
			return err
		}
		if out.Tells = tells; tells == TellWithdrawn {
			if err := t.withdraw(ctx, &after, entry.Seq, delivery, db.now()); err != nil {
				return err
			}
		}
		out.CheckIn = undoing(u, entry.CheckIn, state.headSeq+1)
		row := rowOf(out.CheckIn)
		row.before, row.totals = s.last, state.totals
		if s.presence.Inside && !after.presence.Inside {
			row.totals.inside = max(row.totals.inside-1, 0)
		}
		if err := t.append(ctx, state, &row); err != nil {
			return err
		}
		after.last = row.seq
		if err := t.stand(ctx, after, entry.Ticket.ID); err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO resets (account, ticket, seq, wall, trusted, boot, since, why, by, undo)
			VALUES (?,?,?,?,?,?,?,?,?,?)`,
			list(entry.Ticket.Account, entry.Ticket.ID, entry.Seq, stampArgs(u.At), u.Note, u.By, row.seq)...)
		return err
	})
	if err != nil {
		return Undone{}, err
	}
	return out, nil
}

// undoing is the row that takes entry back.
func undoing(u Undo, entry admission.CheckIn, seq int64) admission.CheckIn {
	return admission.CheckIn{
		Decision: admission.Decision{
			Reason: admission.ReasonUndone, Grounds: admission.GroundsOverride, Platform: entry.Platform,
			Ticket: entry.Ticket, Event: entry.Event, Product: entry.Product,
			Previous: &admission.Use{At: entry.At.Wall, Station: entry.Station, Lane: entry.Lane, By: admission.Here},
		},
		ID: u.ID, Seq: seq, Station: u.Station, Lane: entry.Lane, Direction: admission.Undo, At: u.At,
		Digest: entry.Digest, By: u.By, Note: u.Note, Delivery: admission.DeliveryNone, Recorded: true,
	}
}

// entered is an entry as the journal has it.
type entered struct {
	admission.CheckIn

	row journalRow
}

// undoable reads the entry seq with the standing of its ticket, and refuses what
// cannot be taken back.
func (db *DB) undoable(ctx context.Context, q querier, seq int64) (entered, standing, error) {
	var e entered
	ok, err := found(q.QueryRowContext(ctx, `SELECT `+journalColumns+` FROM journal j WHERE j.seq = ?`, seq).Scan(e.row.dest()...))
	if err != nil {
		return e, standing{}, err
	}
	if !ok {
		return e, standing{}, notFound("check-in %d", seq)
	}
	e.CheckIn = e.row.checkIn()
	account, err := db.names.account(ctx, q, e.Ticket.Account)
	if err != nil {
		return e, standing{}, err
	}
	s, err := loadStanding(ctx, q, account, e.Ticket.ID)
	if err != nil {
		return e, standing{}, err
	}
	if s.undoable() != seq {
		return e, standing{}, fmt.Errorf("%w: check-in %d is not the last entry of its ticket that stands", ErrNotUndoable, seq)
	}
	return e, s, nil
}

// undoable gives the entry that can be taken back, 0 for none.
func (s *standing) undoable() int64 {
	if s.presence.Entries == 0 || s.presence.LastEntry.By != admission.Here {
		return 0
	}
	return s.presence.LastEntry.Seq
}

// presenceBefore gives the presence without the last entry, whose row it is.
func presenceBefore(ctx context.Context, q querier, p admission.Presence, row journalRow) (admission.Presence, error) {
	if p.Entries == 1 {
		// What lies before it in the journal lies before the last reset too.
		return p.Undone(admission.Passage{}), nil
	}
	before, ok, err := entryBefore(ctx, q, row)
	if ok {
		return p.Undone(before.passage()), err
	}
	// It lies too far back, or has been pruned. It stands all the same: whoever
	// came in with it still is in, unless an exit is known to have come since.
	out := p.Undone(admission.Passage{})
	out.Inside = p.LastExit.Seq < before.seq
	return out, err
}

// passage gives the passage of a row that let somebody through.
func (r *journalRow) passage() admission.Passage {
	c := r.checkIn()
	return admission.Passage{Seq: c.Seq, At: c.At, Direction: c.Direction, Station: c.Station, Lane: c.Lane, By: admission.Here}
}

// farBack is how many check-ins of a ticket are looked through for the entry
// before the last one.
const farBack = 500

// entryBefore finds the entry of the same ticket before the one at row that has
// not been taken back itself. Where there is none, or where it lies too far back, it
// gives false and the oldest row that it looked at.
func entryBefore(ctx context.Context, q querier, row journalRow) (journalRow, bool, error) {
	undone := 0
	for range farBack {
		if row.before == 0 {
			break
		}
		var r journalRow
		ok, err := found(q.QueryRowContext(ctx, `SELECT `+journalColumns+` FROM journal j WHERE j.seq = ?`, row.before).Scan(r.dest()...))
		if err != nil || !ok {
			return row, false, err
		}
		row = r
		switch c := r.checkIn(); {
		case c.Direction == admission.Undo:
			undone++
		case !c.Passes() || c.Direction != admission.Entry:
		case undone > 0:
			undone--
		default:
			return r, true, nil
		}
	}
	return row, false, nil
}

// delivery is what undoing looks at of one.
type deliveryRow struct {
	waits, buried, earlier bool
	attempt                int
	previous               int64
}

// telling says what taking back entry would mean for the platform; s is the
// standing of its ticket, of which it is the last entry.
func (s *standing) telling(ctx context.Context, q querier, entry int64, key admission.TicketKey) (Telling, deliveryRow, error) {
	d := deliveryRow{}
	var err error
	d.waits, err = found(q.QueryRowContext(ctx, `SELECT buried, earlier, attempt, previous FROM outbox WHERE seq = ?`, entry).
		Scan(&d.buried, &d.earlier, &d.attempt, &d.previous))
	if err != nil {
		return TellsNothing, d, err
	}
	if d.waits && (d.attempt == 0 || d.buried) {
		return TellWithdrawn, d, nil
	}
	of := entry
	if untold, err := s.untold(ctx, q, key); err != nil {
		return TellsNothing, d, err
	} else if untold {
		of = s.delivery // the use that stands there for this entry
	}
	state, _, err := deliveryState(ctx, q, of)
	return tellingOf(state), d, err
}

// tellingOf says what undoing means where the delivery has come so far.
func tellingOf(state admission.DeliveryState) Telling {
	switch state {
	case admission.DeliveryPending:
		return TellSent
	case admission.DeliveryDone:
		return TellKept
	case admission.DeliveryConflict:
		return TellDisputed
	case admission.DeliveryNone, admission.DeliveryBuried, admission.DeliveryWithdrawn:
	}
	return TellUntold
}

// withdraw takes the delivery d of the entry seq, which the platform cannot have
// taken, out of the outbox, and brings the standing of the ticket in line.
func (t *txn) withdraw(ctx context.Context, s *standing, seq int64, d deliveryRow, now admission.Stamp) error {
	if err := t.settleRejection(ctx, seq, now, "the admission was undone"); err != nil {
		return err
	}
	s.told = max(s.told-1, 0)
	if s.delivery == seq {
		s.delivery = d.previous
	}
	return t.settle(ctx, seq, admission.DeliveryWithdrawn, false, now)
}

// undoneThere tells whether the platform has a use of the ticket from here that
// was undone, with the ticket as its list has it. It has not where the last
// delivery was not taken, or where a list that was read since says that the
// ticket is unused: then the organiser has made it usable again.
func (s *standing) undoneThere(ctx context.Context, q querier, listed ticketRow) (admission.Standing, error) {
	if s.told <= s.presence.Entries || s.delivery == 0 {
		return admission.Standing{}, nil
	}
	state, step, err := deliveryState(ctx, q, s.delivery)
	if err != nil {
		return admission.Standing{}, err
	}
	out := admission.Standing{Uses: s.told}
	switch state {
	case admission.DeliveryPending:
		return out, nil
	case admission.DeliveryDone:
	case admission.DeliveryNone, admission.DeliveryConflict, admission.DeliveryBuried, admission.DeliveryWithdrawn:
		return admission.Standing{}, nil
	}
	known := listed.ticket.ID != ""
	if known && !listed.ticket.Used && listed.ticket.Uses() == 1 && !listed.vanished && step > 0 && listed.step > step {
		return admission.Standing{}, nil
	}
	out.Until, err = settledAt(ctx, q, s.delivery)
	return out, err
}

// settledAt gives the wall clock at which a delivery was settled, the zero time
// where it was not trusted.
func settledAt(ctx context.Context, q querier, seq int64) (time.Time, error) {
	var at stampColumns
	ok, err := found(q.QueryRowContext(ctx, `SELECT settled_wall, settled_trusted, settled_boot, settled_since FROM delivered WHERE seq = ?`, seq).
		Scan(at.dest()...))
	if err != nil || !ok || !at.trusted {
		return time.Time{}, err
	}
	return at.stamp().Wall, nil
}
