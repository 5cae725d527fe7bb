package mirror

import (
	"context"

	"gatescand/sync/platform"
)

// manyPages is how many pages' time an increment may take.
const manyPages = 4

// pullChanges brings what is new since the last increment. The watermark moves
// only together with what it stands for. What an increment brings while a
// sweep is running, the store counts as seen by that sweep.
func (r *run) pullChanges(ctx context.Context, t *task) (done bool) {
	mark, err := r.cfg.Store.Watermark(ctx, r.cfg.Account, t.event)
	if err != nil {
		r.storeRefused(ctx, err)
		return false
	}
	if t.anew {
		mark = ""
	}
	began := r.cfg.Now()
	pulling, cancel := context.WithTimeout(ctx, manyPages*r.cfg.PageTimeout)
	tickets, next, err := r.changes.Changes(pulling, t.event, mark)
	cancel()
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		r.incrementFailed(t, err)
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
	t.anew, t.lost = false, false
	t.increment.dueAt = r.now() + r.cfg.IncrementEvery
	if !t.asOf.IsZero() {
		t.asOf = began
	}
	if len(tickets) > 0 {
		r.cfg.OnChange(Change{Kind: ListChanged, Event: t.event})
	}
	return true
}

// incrementFailed deals with an increment that did not come. When a platform
// keeps answering in a way that cannot be used, more may be new than it tells
// at once: increments then rest until a sweep has brought it, and begin anew.
func (r *run) incrementFailed(t *task, err error) {
	r.listFailed(t, &t.increment, err)
	if platform.ClassOf(err) == platform.Protocol && t.increment.failures >= patience {
		t.lost = true
		t.increment.dueAt = r.now() + r.cfg.SweepEvery
	}
}
