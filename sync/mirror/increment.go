package mirror

import (
	"context"
)

// pullChanges brings what is new since the last increment. The watermark moves
// only together with what it stands for. What an increment brings while a
// sweep is running, the store counts as seen by that sweep.
func (r *run) pullChanges(ctx context.Context, t *task) (done bool) {
	mark, err := r.cfg.Store.Watermark(ctx, r.cfg.Account, t.event)
	if err != nil {
		r.storeRefused(ctx, err)
		return false
	}
	began := r.cfg.Now()
	pulling, cancel := context.WithTimeout(ctx, r.cfg.PageTimeout)
	tickets, next, err := r.changes.Changes(pulling, t.event, mark)
	cancel()
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		r.listFailed(t, &t.increment, err)
		return false
	}
	r.reached()
	r.answered(t, &t.increment)
	r.own(t, tickets)
	if err := r.cfg.Store.ApplyChanges(ctx, r.cfg.Account, t.event, tickets, began, next); err != nil {
		r.storeRefused(ctx, err)
		return false
	}
	r.storeTook()
	t.increment.dueAt = r.now() + r.cfg.IncrementEvery
	if !t.asOf.IsZero() {
		t.asOf = began
	}
	if len(tickets) > 0 {
		r.cfg.OnChange(Change{Kind: ListChanged, Event: t.event})
	}
	return true
}
