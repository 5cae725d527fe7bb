package mirror

import (
	"context"
	"log/slog"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

const (
	// sweepTries is how often a list that changes is swept at a stretch.
	sweepTries = 3
	// barrenPages is how many pages in a row may bring nothing new before the
	// server is taken to go round in circles.
	barrenPages = 20
	// resumeWithin is how old an interrupted sweep may be and still be worth
	// finishing.
	resumeWithin = 6 * time.Hour
	// freshWithin is how old a sweep may be that has not seen a page yet.
	freshWithin = time.Minute

	incomplete = "the list changed while it was read: the tickets that came are not as many as the platform says there are"
)

// pullPage brings one page of a full sweep, or does what the last page showed
// to be needed.
func (r *run) pullPage(ctx context.Context, t *task) {
	if t.sweep == nil && !r.beginSweep(ctx, t) {
		return
	}
	if t.after != finish && r.storeError == "" && r.isOutdated(t) {
		t.after = beginOver
	}
	switch t.after {
	case finish:
		if r.believes(t) {
			r.complete(ctx, t)
		}
		return
	case beginOver:
		r.restart(ctx, t)
		return
	case topUp:
		r.topUp(ctx, t)
		return
	case readOn, readAgain:
	}
	cursor := t.sweep.Cursor
	if t.after == readAgain {
		cursor = t.lastPage
	}
	began := r.cfg.Now()
	pulling, cancel := context.WithTimeout(ctx, r.cfg.PageTimeout)
	page, err := r.lister.Tickets(pulling, t.event, cursor, r.size.size)
	cancel()
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		err = r.plausible(cursor, page)
	}
	if err != nil {
		if class := platform.ClassOf(err); class == platform.Offline || class == platform.Server {
			r.size.shrink() // it may have been too much to ask for
		}
		r.listFailed(t, &t.list, err)
		return
	}
	r.reached()
	r.answered(t, &t.list)
	r.listed()
	t.touched = r.now()
	took, _ := r.cfg.Now().Since(began)
	r.size.took(took, len(page.Tickets))
	r.own(t, page.Tickets)
	r.applyPage(ctx, t, cursor, page)
}

// beginSweep goes on with the sweep that was interrupted, unless that would
// finish a picture too old to be of use.
func (r *run) beginSweep(ctx context.Context, t *task) bool {
	now := r.cfg.Now()
	s, err := r.cfg.Store.BeginSweep(ctx, r.cfg.Account, t.event, now)
	if err != nil {
		r.storeRefused(ctx, err)
		return false
	}
	age, known := now.Since(s.Began)
	switch {
	case s.Cursor == "" && s.Seen == 0 && (!known || age <= freshWithin):
	case s.Cursor != "" && (!known || age <= resumeWithin):
	default:
		if s, err = r.cfg.Store.RestartSweep(ctx, s, now); err != nil {
			r.storeRefused(ctx, err)
			return false
		}
	}
	r.storeTook()
	t.open(s, r.now())
	return true
}

// isOutdated tells whether the sweep that is running has stood still for so
// long that it is better begun again.
func (r *run) isOutdated(t *task) bool {
	still := r.now() - t.touched
	if t.sweep.Cursor == "" && t.sweep.Seen == 0 {
		return still > freshWithin
	}
	return still > resumeWithin
}

// plausible refuses a page that leads back to itself. A page may bring nothing
// and still lead on: a drawer leaves out what it has given before.
func (r *run) plausible(cursor string, page admission.SweepPage) error {
	if page.Next == "" || page.Next != cursor {
		return nil
	}
	return &platform.Error{
		Class: platform.Protocol, Op: "list tickets", Host: r.cfg.Account,
		Detail: "the list does not advance: a page leads back to itself",
		Remedy: "the next try begins where this one stopped",
	}
}

// own marks tickets as this account's where the drawer left that out.
func (r *run) own(t *task, tickets []admission.Ticket) {
	for i := range tickets {
		tickets[i].Account = r.cfg.Account
		if tickets[i].Event == "" {
			tickets[i].Event = t.event
		}
	}
}

// open goes on with s.
func (t *task) open(s admission.Sweep, now time.Duration) {
	t.sweep, t.after, t.touched = &s, readOn, now
	t.barren, t.skipped, t.topped, t.usable = 0, false, false, false
}

// topUp pulls an increment for tickets that came onto the list behind the
// cursor while it moved, and then reads the last page again for the total.
func (r *run) topUp(ctx context.Context, t *task) {
	switch {
	case r.pullChanges(ctx, t):
		t.after = readAgain
	case ctx.Err() != nil || r.now() < r.pausedUntil:
		// The account or the store fails; the same is tried when it does not.
	default:
		r.changed(t, incomplete)
	}
}

// applyPage stores a page and judges the sweep. The largest total ever told in
// a sweep is the one to reach: a ticket that was taken off the list moved its
// successors forward, past the cursor.
func (r *run) applyPage(ctx context.Context, t *task, cursor string, page admission.SweepPage) {
	shrank := page.Total >= 0 && t.sweep.Total > page.Total
	page.Total = max(page.Total, t.sweep.Total)
	s, err := r.cfg.Store.ApplyPage(ctx, *t.sweep, page, false)
	if err != nil {
		r.storeRefused(ctx, err)
		return
	}
	r.storeTook()
	t.usable = t.usable || page.UsableOnly
	t.skipped = t.skipped || shrank
	t.barren++
	if s.Seen > t.sweep.Seen {
		t.barren = 0
	}
	s.Total = page.Total
	*t.sweep = s
	t.after = readOn
	t.list.dueAt = r.now()
	last := page.Next == ""
	why := ""
	switch {
	case t.skipped && (last || t.tries < sweepTries-1):
		why = "the list became shorter while it was read"
	case t.barren > barrenPages:
		why = "the pages of the list repeat themselves"
	case last && s.Seen < page.Total && r.changes != nil && !t.topped:
		t.after, t.topped, t.lastPage = topUp, true, cursor
		return
	case last && page.Total >= 0 && s.Seen != page.Total:
		why = incomplete
	case last:
		t.after = finish
		return
	default:
		return
	}
	r.changed(t, why)
}

// changed judges a sweep under which the list changed. It is begun over at
// once, a few times at a stretch. After that the list stays as it is, its rows
// stored and nothing revoked, until a later try.
func (r *run) changed(t *task, why string) {
	t.after = beginOver
	t.tries++
	if t.tries < sweepTries {
		return
	}
	t.tries = 0
	t.list.dueAt = r.now() + min(r.cfg.UnstableEvery, r.cfg.SweepEvery)
	t.unstable = true
	r.cfg.Conditions.Raise(CodeUnstable, r.subject(t),
		why+"; what came is stored, but no ticket is taken off the list until a sweep finds it unchanged")
}

// complete ends a sweep that saw everything. Its rows are stored already; this
// step alone revokes what was not seen.
func (r *run) complete(ctx context.Context, t *task) {
	page := admission.SweepPage{Total: t.sweep.Total, UsableOnly: t.usable}
	s, err := r.cfg.Store.ApplyPage(ctx, *t.sweep, page, true)
	if err != nil {
		r.storeRefused(ctx, err)
		return
	}
	r.storeTook()
	t.sweep, t.after, t.tries = nil, readOn, 0
	t.asOf = s.Began
	if t.lost {
		t.anew, t.lost = true, false
		t.increment.dueAt = r.now()
	}
	t.list.dueAt = r.now() + r.cfg.SweepEvery
	r.held(t)
	r.undoubted(t)
	r.cfg.Log.InfoContext(ctx, "ticket list is complete",
		slog.String("account", r.cfg.Account), slog.String("event", t.event), slog.Int("tickets", s.Seen), slog.Int("before", s.Listed))
	r.cfg.OnChange(Change{Kind: SweepCompleted, Event: t.event})
}

// restart begins the sweep over.
func (r *run) restart(ctx context.Context, t *task) {
	s, err := r.cfg.Store.RestartSweep(ctx, *t.sweep, r.cfg.Now())
	if err != nil {
		r.storeRefused(ctx, err)
		return
	}
	r.storeTook()
	t.open(s, r.now())
}

// held says that the list holds still again.
func (r *run) held(t *task) {
	if t.unstable {
		t.unstable = false
		r.cfg.Conditions.Clear(CodeUnstable, r.subject(t))
	}
}

// listed says that the server can list tickets after all.
func (r *run) listed() {
	if r.noList {
		r.noList = false
		r.cfg.Conditions.Clear(CodeUnsupported, r.cfg.Account)
	}
}

func (r *run) subject(t *task) string { return r.cfg.Account + "/" + t.event }
