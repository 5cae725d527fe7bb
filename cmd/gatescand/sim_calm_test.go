package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// calm lets everything be well, and demands that it settles.
func (w *simWorld) calm() {
	w.say("all is well from now on")
	for i := range w.sites {
		w.oracles[i].rate.Store(0)
		w.oracles[i].skew.Store(0)
		if w.locked[i] {
			w.locked[i] = !w.sites[i].lockOut(false)
		}
	}
	w.house.box.skew.Store(0)
	w.house.box.synced.Store(true)
	w.heal()
	healed := time.Now()
	// Sometimes everything settles by itself, sometimes a person is impatient,
	// which saves the simulation a quarter of an hour.
	if w.rng.IntN(3) > 0 {
		w.pass(time.Second)
		for _, name := range w.names {
			w.must("sweep", w.daemon().Sweep(w.ctx, name))
		}
		w.say("a person asks for all lists")
	}
	for !w.trace.failed {
		w.pass(time.Minute)
		w.check()
		waits := w.pending()
		if waits == "" {
			waits = w.disagreement()
		}
		if waits == "" {
			w.say("all is settled")
			break
		}
		if time.Since(healed) > simSettle {
			w.fail("%v after everything was well again: %s; %s", simSettle, waits, w.conditions())
		}
	}
	w.verify()
}

// conditions gives what the station says is wrong.
func (w *simWorld) conditions() string {
	var said []string
	for _, c := range w.daemon().health.Conditions() {
		said = append(said, c.Code+" "+c.Subject)
	}
	slices.Sort(said)
	return strings.Join(said, ", ")
}

// simSettle is how long everything may take to settle when nothing goes wrong
// any more: a refused key is tried again every ten minutes, a sweep may have
// begun just before, and TicketSonic doubts a no for half an hour.
const simSettle = 50 * time.Minute

// pending tells what still waits.
func (w *simWorld) pending() string {
	for _, c := range w.config().Accounts {
		pending, _, _, err := w.daemon().store.OutboxCounts(w.ctx, c.Name)
		if err != nil || pending > 0 {
			return fmt.Sprintf("%d deliveries of %s (%v)", pending, c.Name, err)
		}
	}
	return ""
}

// disagreement tells in which way the station and the platforms do not say the
// same yet.
func (w *simWorld) disagreement() string {
	if what := w.staleList(); what != "" {
		return what
	}
	return w.untold()
}

// staleList finds a ticket of which the station's list does not say what the
// platform says.
func (w *simWorld) staleList() string {
	for _, t := range slices.Concat(w.tickets, w.crowd) {
		traits, truth := t.site.traits(), t.site.truth(t)
		if !traits.lists || !t.serve || (traits.usable && !w.hasList(t.key.Account)) {
			continue
		}
		row, err := w.daemon().store.Ticket(w.ctx, t.key)
		missing := errors.Is(err, store.ErrNotFound)
		if err != nil && !missing {
			return fmt.Sprintf("look up %s: %v", t.label, err)
		}
		same := !missing && row.Status == truth.status && row.Used == truth.used
		switch {
		case truth.known:
		case traits.usable:
			same = missing || row.Used
		default:
			same = missing || row.Status == admission.StatusRevoked
		}
		if !same {
			return fmt.Sprintf("%s: the list says %s used %t (missing %t), the platform %+v", t.label, row.Status, row.Used, missing, truth)
		}
	}
	return ""
}

// hasList tells whether a list of usable tickets has ever shown one. Until then
// it is taken for none: a server may give an empty one to whom it gives none.
func (w *simWorld) hasList(account string) bool {
	lists, err := w.daemon().store.Lists(w.ctx, account)
	w.must("read the lists", err)
	return slices.ContainsFunc(lists, func(l store.ListState) bool { return l.Complete })
}

// untold finds an entry about which the platform and the station neither agree
// nor have a conflict.
func (w *simWorld) untold() string {
	list, err := w.daemon().store.Conflicts(w.ctx, true)
	w.must("read the conflicts", err)
	for _, t := range w.tickets {
		last := t.last()
		if last == nil {
			continue
		}
		var told []admission.ConflictKind
		for _, c := range list {
			if c.Ticket == t.key && t.resetsBefore(c.Seq) == t.resetsBefore(last.seq) {
				told = append(told, c.Kind)
			}
		}
		if what := w.quarrel(t, told); what != "" {
			return t.label + ": " + what
		}
		if t.site.traits().takes {
			w.checkOurs(t, told)
		}
	}
	return ""
}

// quarrel tells what is wrong between the platform and the last entry of a
// ticket, of which these conflicts have been told.
func (w *simWorld) quarrel(t *simTicket, told []admission.ConflictKind) string {
	traits, truth, last := t.site.traits(), t.site.truth(t), t.last()
	if traits.validates && t.sale.forged && len(told) == 0 && slices.ContainsFunc(t.admitted, func(a *simAdmission) bool { return a.deliver && !a.byHand }) {
		return "it was let in, was never sold, and nobody is told"
	}
	if t.entries == 0 || !t.serve || !traits.lists || len(told) > 0 {
		return ""
	}
	switch {
	case traits.usable && !truth.known:
		// Used, by us for all that can be known.
	case !truth.known:
		return "it was let in, the platform does not have it, and nobody is told"
	case truth.status != admission.StatusValid:
		return fmt.Sprintf("it was let in, is %s there, and nobody is told", truth.status)
	case !truth.used && traits.resets && w.settled[last.seq] == admission.DeliveryDone:
		return fmt.Sprintf("the organiser has reset it, and it may still not enter: %v", w.since(t.resets))
	}
	return ""
}

// checkOurs: what is said to be delivered the platform has from us, and where it
// has a use of somebody else there is a conflict.
func (w *simWorld) checkOurs(t *simTicket, has []admission.ConflictKind) {
	done, told := 0, 0
	for _, a := range t.admitted {
		if !a.deliver {
			continue
		}
		told++
		if w.settled[a.seq] == admission.DeliveryDone {
			done++
		}
	}
	uses := len(t.site.uses(t))
	if done > uses && !t.doubtful() {
		w.fail("%s: %d check-ins are said to be delivered, the platform has %d uses of ours", t.label, done, uses)
	}
	if uses == 0 && told > 0 && len(has) == 0 && !t.doubtful() {
		w.fail("%s was let in, the platform has no use of ours, and nobody is told", t.label)
	}
}
