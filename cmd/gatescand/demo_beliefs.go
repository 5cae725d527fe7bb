package main

import (
	"context"
	"strings"
	"time"

	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/store"
	"gatescand/sync/platform"
)

// Bounds of what the page looks back at.
const (
	beliefsBack    = 5000 // check-ins
	waitingMax     = 200  // deliveries
	differencesMax = 3    // conflicts of an account that are told in words
)

// beliefs gives what the gate believes about each account: its journal, its
// outbox, its conflicts. A part that cannot be read is a gap on the page and
// has a condition of its own.
func (d *daemon) beliefs(ctx context.Context) map[string]accountView {
	out := map[string]accountView{}
	accounts, _ := d.Accounts(ctx)
	for _, a := range accounts {
		out[a.Name] = d.beliefOf(a)
	}
	d.addCheckIns(ctx, out)
	d.addWaiting(ctx, out)
	d.addConflicts(ctx, out)
	d.addConditions(out)
	return out
}

// addConditions gives each account the conditions that are about it.
func (d *daemon) addConditions(views map[string]accountView) {
	for _, c := range d.health.Conditions() {
		name, _, _ := strings.Cut(c.Subject, "/")
		if v, ok := views[name]; ok && c.Severity != "info" {
			v.Conditions = append(v.Conditions, c.Text)
			views[name] = v
		}
	}
}

func (d *daemon) beliefOf(a admin.Account) accountView {
	v := accountView{
		State: a.State, Tickets: a.Tickets, Sweeping: a.Sweep.Running, Pending: a.Pending, Buried: a.Buried,
		Listed: d.lists(a.Name), Told: map[string]string{}, Differences: []string{}, Conditions: []string{},
	}
	if age, known := d.clock.Now().Since(a.AsOf); known && !a.AsOf.IsZero() {
		v.ListAge = new(int64(age / time.Second))
	}
	return v
}

// lists tells whether an account's platform gives lists of tickets.
func (d *daemon) lists(account string) bool {
	a := d.current.Load().account(account)
	if a == nil {
		return false
	}
	_, lists := a.drawer.(platform.TicketLister)
	return lists
}

func (d *daemon) addCheckIns(ctx context.Context, views map[string]accountView) {
	head, _, _ := d.store.Head(ctx)
	rows, _ := d.store.CheckIns(ctx, max(head-beliefsBack, 0), beliefsBack, store.CheckInFilter{})
	for _, c := range rows {
		v, ok := views[c.Ticket.Account]
		switch {
		case !ok:
			continue
		case !c.Passes():
			v.Refused++
		default:
			v.Admitted++
			if c.Delivery != admission.DeliveryNone {
				v.Told[c.Ticket.ID] = string(c.Delivery)
			}
			if c.Delivery == admission.DeliveryDone {
				v.Delivered++
			}
		}
		views[c.Ticket.Account] = v
	}
}

func (d *daemon) addWaiting(ctx context.Context, views map[string]accountView) {
	waiting, _ := d.store.Deliveries(ctx, store.DeliveryFilter{Unsettled: true, Limit: waitingMax})
	for _, w := range waiting {
		if v, ok := views[w.Ticket.Account]; ok && v.WaitingFor == "" {
			v.WaitingFor = w.Cause
			views[w.Ticket.Account] = v
		}
	}
}

func (d *daemon) addConflicts(ctx context.Context, views map[string]accountView) {
	conflicts, _ := d.Conflicts(ctx, false, beliefsBack)
	for _, c := range conflicts {
		v, ok := views[c.Ticket.Account]
		if !ok {
			continue
		}
		v.Conflicts++
		if len(v.Differences) < differencesMax {
			v.Differences = append(v.Differences, conflictWords(c.Kind)+": "+c.Theirs)
		}
		views[c.Ticket.Account] = v
	}
}

// conflictWords says in a few words what the two sides disagree about.
func conflictWords(kind admission.ConflictKind) string {
	switch kind {
	case admission.UsedElsewhere:
		return "Used elsewhere too"
	case admission.AdmittedCanceled:
		return "Canceled there"
	case admission.AdmittedUnpaid:
		return "Not paid there"
	case admission.AdmittedUnknown:
		return "No such ticket there"
	case admission.DeliveryRejected:
		return "Delivery rejected"
	}
	return string(kind)
}

// listComplete tells whether every account has what it decides by: its whole list,
// or its events and keys where the platform gives no list.
func (d *daemon) listComplete(ctx context.Context) bool {
	accounts, err := d.Accounts(ctx)
	if err != nil || len(accounts) == 0 {
		return false
	}
	for _, a := range accounts {
		if d.lists(a.Name) && a.AsOf.IsZero() || !d.lists(a.Name) && len(a.Events) == 0 {
			return false
		}
	}
	return true
}
