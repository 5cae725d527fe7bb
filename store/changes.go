package store

import (
	"context"
	"fmt"

	"gatescand/scanner/admission"
)

// ApplyChanges takes in an increment: tickets that changed on one list, as of
// a request that began at began. The age of the list and the watermark move
// in its last transaction. What an increment brought while a sweep is under
// way counts as seen by that sweep, which may have passed its place already.
func (db *DB) ApplyChanges(
	ctx context.Context, account, event string, tickets []admission.Ticket, began admission.Stamp, watermark string,
) error {
	rest, err := distinct(tickets)
	if err != nil {
		return fmt.Errorf("apply changes: %w", err)
	}
	began = rounded(began)
	for first := true; first || len(rest) > 0; first = false {
		n := min(chunk, len(rest))
		last := n == len(rest)
		err := db.write(ctx, "apply changes", background, func(ctx context.Context, t *txn) error {
			r, err := db.ensureList(ctx, t, account, event)
			if err != nil {
				return err
			}
			fresh, added, err := db.upsert(ctx, t, r, rest[:n], r.increment(began))
			if err != nil {
				return err
			}
			r.state.Sweep.Seen += fresh
			r.state.Tickets += added
			if last {
				r.advance(began)
				r.state.Watermark = watermark
			}
			return t.saveList(ctx, r)
		})
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// increment tells how the tickets of an increment arrive. Their step is that
// of the last sweep which is known to have begun before the request did: never
// too late, because a row that seems newer than a delivery looks like a reset.
func (r *listRow) increment(began admission.Stamp) arrival {
	w := r.state.Sweep
	a := arrival{generation: r.complete}
	if w.Generation > 0 && !w.Done {
		a.generation, a.counting = w.Generation, true
	}
	if _, after := began.Since(w.Began); after && w.Generation > 0 {
		a.step = w.BeganStep
	}
	return a
}
