package mirror

import (
	"context"
	"slices"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// probesAlone tells that the account gives no list, so that nothing but probes
// shows whether it can be reached.
func (r *run) probesAlone() bool {
	return r.prober != nil && r.changes == nil && (r.lister == nil || r.noList)
}

// probe tells whether the account can be reached. Where the drawer has no
// probe, or the server is too old for it, the next request must tell.
func (r *run) probe(ctx context.Context) (reached bool) {
	if r.prober == nil {
		r.doubt = false
		return true
	}
	probing, cancel := context.WithTimeout(ctx, r.cfg.RequestTimeout)
	err := r.prober.Probe(probing)
	cancel()
	if ctx.Err() != nil {
		return false
	}
	if err != nil && platform.ClassOf(err) != platform.Unsupported {
		r.accountFailed(err)
		return false
	}
	r.doubt = false
	r.probeAt = r.now() + r.cfg.ProbeEvery
	r.reached()
	return true
}

// pullEvents brings events and keys, and decides anew which lists to serve.
// Events that cannot be had keep no list from being pulled.
func (r *run) pullEvents(ctx context.Context) {
	if !r.probe(ctx) {
		return
	}
	if r.events == nil {
		r.contact.dueAt = r.now() + r.cfg.SweepEvery
		r.reselect()
		return
	}
	pulling, cancel := context.WithTimeout(ctx, r.cfg.RequestTimeout)
	events, err := r.events.Events(pulling)
	cancel()
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		r.eventsFailed(err)
		return
	}
	r.reached()
	r.contact.answered()
	r.lower()
	if err := r.cfg.Store.PutEvents(ctx, r.cfg.Account, events); err != nil {
		r.storeRefused(ctx, err)
		return
	}
	r.storeTook()
	changed := !r.hasKeys || !sameEvents(r.pulled, events)
	r.pulled, r.hasKeys = events, true
	r.contact.dueAt = r.now() + r.cfg.SweepEvery
	r.reselect()
	if changed {
		r.cfg.OnChange(Change{Kind: EventsChanged})
	}
}

func sameEvents(a, b []admission.Event) bool {
	return slices.EqualFunc(a, b, func(x, y admission.Event) bool {
		return x.Account == y.Account && x.ID == y.ID && x.Name == y.Name && x.Zone == y.Zone && x.Parent == y.Parent &&
			x.Start.Equal(y.Start) && x.End.Equal(y.End) && slices.Equal(x.Keys, y.Keys) && slices.Equal(x.Products, y.Products)
	})
}
