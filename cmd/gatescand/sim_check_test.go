package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// sync takes over the resets that the station has honoured, and demands that
// there was one: nothing else makes a used ticket usable again.
func (w *simWorld) sync(t *simTicket) {
	if t.entries == 0 {
		return
	}
	p, err := w.daemon().store.Presence(w.ctx, t.key)
	if w.must("presence", err); err != nil || p.Entries == t.entries {
		return
	}
	last := t.last()
	// The entry that the platform was told of came first, then the organiser took
	// it back. Whoever has come in once more since, by a rule for re-entry or by
	// hand, is taken back with it: the list does not tell the order of the two.
	legal := slices.ContainsFunc(t.resets, func(at time.Time) bool { return at.After(t.epochBegan) })
	if p.Entries != 0 || !legal {
		w.fail("%s entered %d times here, the station says %d; entered at %v, resets %v", t.label, t.entries, p.Entries,
			t.epochBegan.Sub(w.began), w.since(t.resets))
		return
	}
	w.say("%s may enter again", t.label)
	w.trace.count("reset honoured")
	t.entries, t.inside, t.left = 0, false, false
	last.reset = true
}

func (w *simWorld) since(story []time.Time) []string {
	var out []string
	for _, at := range story {
		out = append(out, fmt.Sprintf("%.3f", at.Sub(w.began).Seconds()))
	}
	return out
}

// check holds the station against the world, at an instant at which nothing
// runs.
func (w *simWorld) check() {
	w.fresh()
	deliveries := w.checkDeliveries()
	w.checkConflicts(deliveries)
	for _, t := range w.tickets {
		w.sync(t)
		w.checkUses(t)
	}
}

// fresh looks at what has been signalled since the last time: it is in the
// journal, in its place, and nothing else is.
func (w *simWorld) fresh() {
	rows, err := w.daemon().store.CheckIns(w.ctx, w.found, 100_000, store.CheckInFilter{})
	if w.must("read the journal", err); err != nil {
		return
	}
	signalled := w.journal[w.found:]
	if len(rows) != len(signalled) {
		w.fail("the journal has %d check-ins after %d, and %d were signalled", len(rows), w.found, len(signalled))
		return
	}
	for i, r := range signalled {
		c := rows[i]
		if c.ID != r.id || c.Seq != r.seq || c.Verdict != r.verdict || c.Reason != r.reason || c.Lane != r.lane || c.Ticket != r.key {
			w.fail("check-in %d was signalled as %s (%s) at %s and stands in the journal as %d: %s (%s) at %s",
				r.seq, r.verdict, r.reason, r.lane, c.Seq, c.Verdict, c.Reason, c.Lane)
			return
		}
	}
	w.found += int64(len(rows))
}

// verify walks the hash chain.
func (w *simWorld) verify() {
	v, err := w.daemon().store.VerifyJournal(w.ctx)
	if err != nil || !v.OK() {
		w.fail("the journal does not verify: %s, %v", verificationText(v), err)
	}
}

// checkDeliveries: every entry that the platform has to hear of has exactly one
// delivery, no other check-in has one, and what has been settled stays so.
func (w *simWorld) checkDeliveries() map[int64]admission.Delivery {
	list, err := w.daemon().store.Deliveries(w.ctx, store.DeliveryFilter{Limit: 100_000})
	if w.must("read the deliveries", err); err != nil {
		return nil
	}
	bySeq := make(map[int64]admission.Delivery, len(list))
	for _, d := range list {
		if _, twice := bySeq[d.Seq]; twice {
			w.fail("check-in %d has two deliveries", d.Seq)
		}
		bySeq[d.Seq] = d
	}
	wanted := 0
	for _, t := range w.tickets {
		for _, a := range t.admitted {
			d, has := bySeq[a.seq]
			if a.deliver {
				wanted++
			}
			if has != a.deliver || (has && (d.ID != a.id || d.Ticket != t.key)) {
				w.fail("check-in %d of %s: delivery %t of %s, wanted %t", a.seq, t.label, has, d.State, a.deliver)
				continue
			}
			if has {
				w.checkSettled(t, a, d)
			}
		}
	}
	if wanted != len(list) {
		w.fail("%d deliveries, and %d entries that were to be delivered", len(list), wanted)
	}
	return bySeq
}

// checkSettled looks at a delivery that has come to an end since the last time.
func (w *simWorld) checkSettled(t *simTicket, a *simAdmission, d admission.Delivery) {
	before, was := w.settled[a.seq]
	if was && before != d.State {
		w.fail("the delivery of check-in %d was %s and is %s", a.seq, before, d.State)
		return
	}
	if was || d.State == admission.DeliveryPending {
		return
	}
	w.settled[a.seq] = d.State
	w.say("check-in %d of %s: %s after %d attempts", a.seq, t.label, d.State, d.Attempt)
	w.trace.count(string(d.State))
	if d.State == admission.DeliveryDone && t.site.traits().takes && len(t.site.uses(t)) == 0 && !t.doubtful() {
		w.fail("check-in %d of %s is said to be delivered, and the platform knows of no use of ours", a.seq, t.label)
	}
	if d.State == admission.DeliveryBuried && !t.mayBury() {
		w.fail("check-in %d of %s is buried: %s; %s", a.seq, t.label, d.Cause, d.Remedy)
	}
}

// doubtful tells that the platform may have led this station to believe that
// somebody else's use was its own: one that names nobody behind a use shows, after
// a lost answer, the same whoever it was. There is nothing better to be known.
// TiBillet names the scan app, but its reset leaves the name of the one before in
// place: a use on the organiser's own page after a reset then bears our name.
func (t *simTicket) doubtful() bool {
	if len(t.resets) > 0 && len(t.office) > 0 {
		return true
	}
	return t.site.traits().doubtful && len(t.foreign)+len(t.canceled)+len(t.removed)+len(t.resets) > 0
}

// mayBury tells that a delivery may have been rejected for good: BitTan's count
// was set back while an answer was lost, or the ticket is for another event than
// whoever let it in by hand or unasked could know.
func (t *simTicket) mayBury() bool {
	return t.site.platform() == admission.BitTan && (len(t.resets) > 0 || t.sale.otherEvent)
}

// checkUses: the platform never has more uses by us than there were entries to
// tell it of.
//
// What the organiser does to a ticket in between may cost one more each time: when
// our use was recorded, its answer lost and the ticket reset before we ask again,
// it is unused for all we are told, and the check-in has to be delivered. And a
// request that a server sits on for a minute, while the next has long been
// answered, finds a ticket that was reset or canceled meanwhile: TiBillet takes it
// a second time.
func (w *simWorld) checkUses(t *simTicket) {
	changes := len(t.resets) + len(t.canceled)
	wanted := changes
	for _, a := range t.admitted {
		if a.deliver {
			wanted++
		}
	}
	uses := t.site.uses(t)
	if len(uses) > wanted {
		w.fail("%s has been used %d times by us, for %d check-ins and %d changes by the organiser", t.label, len(uses), wanted-changes, changes)
	}
	for _, at := range uses {
		switch {
		case len(t.canceled) > 0 && at.Sub(t.canceled[0]) > simLook:
			w.fail("%s was canceled at %v, and we used it: %v", t.label, w.since(t.canceled), w.since(uses))
		case len(t.unpaid) > 0 && !happened(t.paid, at):
			w.fail("%s was not paid, and we used it: %v", t.label, w.since(uses))
		}
	}
}

// simLook is how long may pass between the look at a ticket and the moment at
// which its use takes effect: the answer to the look can be slow, and so can the
// use, twice when a request was given up.
const simLook = 6 * time.Minute

// checkConflicts: every conflict names both sides and is about something that
// really happened; no disagreement is told twice; and a delivery that ended in a
// conflict has one.
func (w *simWorld) checkConflicts(deliveries map[int64]admission.Delivery) {
	list, err := w.daemon().store.Conflicts(w.ctx, true)
	if w.must("read the conflicts", err); err != nil {
		return
	}
	told := make(map[string]int64)
	bySeq := make(map[int64]int)
	for _, c := range list {
		bySeq[c.Seq]++
		if !w.conflicts[c.ID] {
			w.conflicts[c.ID] = true
			w.newConflict(c, deliveries)
		}
		// The same disagreement about one entry and its re-entries is one.
		if t := w.ticket(c.Ticket); t != nil {
			key := fmt.Sprint(t.label, " ", c.Kind, " ", t.epoch(c.Seq))
			if earlier, twice := told[key]; twice && earlier != c.Seq {
				w.fail("%s: the conflict %s is told of check-in %d and again of %d", t.label, c.Kind, earlier, c.Seq)
			}
			told[key] = c.Seq
		}
	}
	for seq, d := range deliveries {
		if d.State == admission.DeliveryConflict && bySeq[seq] == 0 {
			w.fail("check-in %d ended in a conflict that nobody is told of", seq)
		}
	}
}

// epoch counts what begins a new story before a check-in: a reset, and a person
// who lets somebody in, perhaps knowing what is wrong with the ticket.
func (t *simTicket) epoch(seq int64) int {
	n := 0
	for _, a := range t.admitted {
		if (a.seq < seq && a.reset) || (a.seq <= seq && a.byHand) {
			n++
		}
	}
	return n
}

func (t *simTicket) resetsBefore(seq int64) int {
	n := 0
	for _, a := range t.admitted {
		if a.seq < seq && a.reset {
			n++
		}
	}
	return n
}

// newConflict looks at a conflict that has just been opened.
func (w *simWorld) newConflict(c admission.Conflict, deliveries map[int64]admission.Delivery) {
	t := w.ticket(c.Ticket)
	if t == nil {
		w.fail("a conflict about a ticket nobody sold: %s", c.Kind)
		return
	}
	w.say("conflict %s about %s, check-in %d: %s", c.Kind, t.label, c.Seq, strings.ToLower(c.Theirs)[:min(len(c.Theirs), 24)])
	w.trace.count("conflict " + string(c.Kind))
	if c.Seq == 0 || c.OurLane == "" || c.OurAt.IsZero() || c.Theirs == "" {
		w.fail("a conflict that does not name both sides: %+v", c)
	}
	i := slices.IndexFunc(t.admitted, func(a *simAdmission) bool { return a.seq == c.Seq })
	if i < 0 {
		w.fail("a conflict about check-in %d, which is no entry of %s", c.Seq, t.label)
		return
	}
	if a := t.admitted[i]; a.lane != c.OurLane {
		w.fail("a conflict names lane %s, the entry was at %s", c.OurLane, a.lane)
	}
	if why := w.unjustified(t, c, deliveries[c.Seq]); why != "" {
		w.fail("%s: conflict %s about check-in %d, and both sides agree: %s", t.label, c.Kind, c.Seq, why)
	}
}

// unjustified says why the platform's story of the ticket gives no reason for a
// conflict.
func (w *simWorld) unjustified(t *simTicket, c admission.Conflict, d admission.Delivery) string {
	now := time.Now()
	traits := t.site.traits()
	switch c.Kind {
	case admission.UsedElsewhere:
		if !happened(t.foreign, now) && !t.doubtful() {
			return "nobody else has used it"
		}
	case admission.AdmittedCanceled:
		if !happened(t.canceled, now) {
			return "it was never canceled"
		}
	case admission.AdmittedUnpaid:
		if !happened(t.unpaid, now) {
			return "it has been paid all the time"
		}
	case admission.AdmittedUnknown:
		// Stebby makes no difference between used, refunded and unknown, nor does
		// TicketSonic between canceled and unknown.
		vague := (traits.usable && happened(t.foreign, now)) || ((traits.usable || traits.validates) && happened(t.canceled, now))
		if !happened(t.removed, now) && !t.sale.forged && !vague {
			return "the platform has had it all the time"
		}
	case admission.DeliveryRejected:
		if !t.mayBury() {
			return "the platform would have taken it: " + d.Cause
		}
	}
	return ""
}
