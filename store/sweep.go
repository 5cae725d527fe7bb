package store

import (
	"context"
	"errors"
	"fmt"

	"gatescand/scanner/admission"
)

// BeginSweep gives the sweep to go on with: the one that was left unfinished,
// at its cursor, or else a new one from the start. event is ” where the
// platform has one list for the whole account.
func (db *DB) BeginSweep(ctx context.Context, account, event string, now admission.Stamp) (admission.Sweep, error) {
	return db.sweepAnew(ctx, account, event, now, func(s admission.Sweep) (bool, error) {
		return s.Generation == 0 || s.Done, nil
	})
}

// RestartSweep gives s up and begins again from the start, with a generation
// of its own. It gives [ErrStale] when s is not the list's last sweep.
func (db *DB) RestartSweep(ctx context.Context, s admission.Sweep, now admission.Stamp) (admission.Sweep, error) {
	return db.sweepAnew(ctx, s.Account, s.Event, now, func(last admission.Sweep) (bool, error) {
		return true, sameSweep(last, s)
	})
}

func (db *DB) sweepAnew(
	ctx context.Context, account, event string, now admission.Stamp, anew func(last admission.Sweep) (bool, error),
) (admission.Sweep, error) {
	var out admission.Sweep
	err := db.write(ctx, "begin a sweep", background, func(ctx context.Context, t *txn) error {
		r, err := db.ensureList(ctx, t, account, event)
		if err != nil {
			return err
		}
		out = r.state.Sweep
		if begin, err := anew(out); err != nil || !begin {
			return err
		}
		step, err := t.nextStep(ctx)
		if err != nil {
			return err
		}
		out = admission.Sweep{
			Account: account, Event: event, Generation: out.Generation + 1,
			Began: rounded(now), BeganStep: step, Total: -1, Listed: r.state.Tickets, First: r.complete == 0,
		}
		r.state.Sweep = out
		return t.saveList(ctx, r)
	})
	return out, err
}

// sameSweep refuses a sweep that is not the list's last one.
func sameSweep(last, s admission.Sweep) error {
	if last.Generation != s.Generation {
		return fmt.Errorf("%w: sweep %d of list %q of account %s is not the last one, that is %d",
			ErrStale, s.Generation, s.Event, s.Account, last.Generation)
	}
	return nil
}

// chunk is how many tickets go into one transaction: few enough that a lane
// which comes meanwhile hardly waits.
const chunk = 200

// handful is how many tickets are written before the transaction looks whether
// somebody waits at a gate, and ends early.
const handful = 100

// ApplyPage takes in one page of a sweep and gives the sweep as it stands
// afterwards. The cursor moves in the last transaction of the page, so a page
// that failed half way is applied again and hides nothing. complete says that
// this was the last page and the sweep saw the whole list: from that moment
// its tickets that the sweep did not see count as revoked, or as used where the
// list is one of usable tickets only, and the list is as of the sweep's
// beginning. It gives [ErrStale] when s is not the sweep as the
// database has it.
func (db *DB) ApplyPage(ctx context.Context, s admission.Sweep, page admission.SweepPage, complete bool) (admission.Sweep, error) {
	if complete && page.Next != "" {
		return s, errors.New("apply a page of a sweep: a sweep with a next page cannot be complete")
	}
	tickets, err := distinct(page.Tickets)
	if err != nil {
		return s, fmt.Errorf("apply a page of a sweep: %w", err)
	}
	for first := true; first || len(tickets) > 0; first = false {
		taken := 0
		err := db.write(ctx, "apply a page of a sweep", background, func(ctx context.Context, t *txn) error {
			r, err := db.sweeping(ctx, t, s)
			if err != nil {
				return err
			}
			if taken, err = db.takeIn(ctx, t, &r, tickets, s); err != nil {
				return err
			}
			if taken == len(tickets) {
				r.turnPage(page, complete)
			}
			s = r.state.Sweep
			return t.saveList(ctx, r)
		})
		if err != nil {
			return s, err
		}
		tickets = tickets[taken:]
	}
	return s, nil
}

// takeIn writes tickets into list r until they or a chunk are at their end, or
// until somebody waits at a gate, and tells how many it took.
func (db *DB) takeIn(ctx context.Context, t *txn, r *listRow, tickets []admission.Ticket, s admission.Sweep) (int, error) {
	taken := 0
	for most := min(chunk, len(tickets)); taken < most; {
		few := tickets[taken:min(taken+handful, most)]
		fresh, added, err := db.upsert(ctx, t, *r, few, arrival{generation: s.Generation, step: s.BeganStep, counting: true})
		if err != nil {
			return 0, err
		}
		r.state.Sweep.Seen += fresh
		r.state.Tickets += added
		taken += len(few)
		if t.pressed() {
			break
		}
	}
	r.state.Sweep.Listed = r.state.Tickets
	return taken, nil
}

// sweeping finds the list of s and makes sure that s is its sweep under way.
func (db *DB) sweeping(ctx context.Context, t *txn, s admission.Sweep) (listRow, error) {
	r, err := db.ensureList(ctx, t, s.Account, s.Event)
	if err != nil {
		return listRow{}, err
	}
	last := r.state.Sweep
	if err := sameSweep(last, s); err != nil {
		return listRow{}, err
	}
	if last.Done || last.Cursor != s.Cursor {
		return listRow{}, fmt.Errorf("%w: sweep %d of list %q of account %s has gone on to another page",
			ErrStale, s.Generation, s.Event, s.Account)
	}
	return r, nil
}

// turnPage is what the last transaction of a page does.
func (r *listRow) turnPage(page admission.SweepPage, complete bool) {
	w := &r.state.Sweep
	w.Cursor, w.Total = page.Next, page.Total
	if !complete {
		return
	}
	w.Done = true
	r.state.UsableOnly = page.UsableOnly
	r.complete, r.completeStep = w.Generation, w.BeganStep
	r.state.Complete, r.state.Tickets = true, w.Seen
	r.advance(w.Began)
}
