package pairing

import (
	"context"
	"log/slog"
	"time"
)

// Run redeems the codes that the desk takes, one at a time, and ends what has
// lasted long enough, until ctx ends. A pairing under way is waited for: the
// code is spent by the request, whoever waits for the answer.
func (d *Desk) Run(ctx context.Context) error {
	timer := time.NewTimer(d.rests())
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case j := <-d.jobs:
			d.redeem(ctx, j)
		case <-d.wake:
		case <-timer.C:
		}
		timer.Reset(d.rests())
	}
}

// redeem redeems one code and tells how that went.
func (d *Desk) redeem(ctx context.Context, j job) {
	defer close(j.done)
	done, err := d.cfg.Pair(ctx, j.text, j.confirmed)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy = false
	d.seenAt = d.cfg.Now() // it may still be held before the reader
	if err != nil {
		d.fail(err)
		return
	}
	d.endFirst()
	d.by, d.until, d.failures = "", time.Time{}, 0
	d.state.Phase = PhasePaired
	d.state.Account, d.state.Name, d.state.Tenant, d.state.StationID = done.Account, done.Name, done.Tenant, done.StationID
	d.ends = d.cfg.Now().Add(resultStands)
	d.cfg.Log.Info("paired at the desk", slog.String("account", done.Account), slog.String("lane", d.state.Lane), slog.String("host", d.state.Host))
	d.tell()
}

// fail ends a code without a pairing. Other codes are taken again after a pause
// that grows, so that nobody can make the station send requests at will. The
// lock is held.
func (d *Desk) fail(err error) {
	d.state.Phase = PhaseFailed
	d.state.Message, d.state.Hint = d.cfg.Explain(err)
	now := d.cfg.Now()
	d.quiet = now.Add(min(firstPause<<min(d.failures, 10), longestPause))
	d.failures++
	d.ends = now.Add(resultStands)
	if d.armed() {
		d.ends = now.Add(failedStands)
	}
	d.cfg.Log.Warn("pairing failed", slog.String("lane", d.state.Lane), slog.String("host", d.state.Host), slog.String("cause", d.state.Message))
	d.tell()
}

// lapse ends what has lasted long enough. The lock is held.
func (d *Desk) lapse() {
	now := d.cfg.Now()
	for lane, ends := range d.unarmed {
		if !now.Before(ends) {
			d.cfg.Unarmed(lane, false)
			delete(d.unarmed, lane)
		}
	}
	changed := false
	if !d.until.IsZero() && !now.Before(d.until) {
		d.by, d.until, changed = "", time.Time{}, true
		d.cfg.Log.Info("pairing is no longer armed")
	}
	if d.waiting != nil && !now.Before(d.waiting.ends) {
		d.waiting, changed = nil, true
		d.cfg.Log.Info("pairing code dropped, nobody confirmed its host", slog.String("host", d.state.Host))
	}
	switch {
	case d.busy:
	case d.state.Phase == PhaseFailed || d.state.Phase == PhasePaired:
		if !now.Before(d.ends) {
			d.state, changed = State{Phase: d.rest()}, true
		}
	case d.state.Phase != PhaseConfirm && d.state.Phase != d.rest(), d.state.Phase == PhaseConfirm && d.waiting == nil:
		d.state, changed = State{Phase: d.rest()}, true
	}
	if changed {
		d.tell()
	}
}

// rests is how long nothing lapses.
func (d *Desk) rests() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lapse()
	now, rest := d.cfg.Now(), time.Hour
	until := func(at time.Time) { rest = min(rest, max(at.Sub(now), 0)) }
	for _, ends := range d.unarmed {
		until(ends)
	}
	if !d.until.IsZero() {
		until(d.until)
	}
	if d.waiting != nil {
		until(d.waiting.ends)
	}
	if !d.busy && (d.state.Phase == PhaseFailed || d.state.Phase == PhasePaired) {
		until(d.ends)
	}
	return rest
}
