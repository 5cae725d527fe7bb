package main

import (
	"slices"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/scanner/admission"
)

// present holds a code before a lane and looks whether the answer is one that
// the rules allow.
func (w *simWorld) present(lane configs.Lane, code []byte, t *simTicket) {
	if t != nil {
		w.sync(t)
	}
	before := w.expect(lane, w.claims(lane, code), t)
	r, err := w.daemon().Scan(w.ctx, lane.Name, code)
	if w.must("scan", err); err != nil {
		return
	}
	w.answered(lane, before, r, t)
}

// answered takes in what a lane said.
func (w *simWorld) answered(lane configs.Lane, before simExpect, r admin.Scanned, t *simTicket) {
	c := r.CheckIn
	label := "a forgery"
	if t != nil {
		label = t.label
	}
	again := ""
	if r.Repeat {
		again = " again"
	}
	w.say("%s: %s: %s %s %s%s seq %d, took %v", lane.Name, label, c.Verdict, before.reason(c.Reason), c.Grounds, again, c.Seq, r.Took)
	if most := w.longestAsk(); r.Took > most {
		w.fail("a decision took %v, and no platform is waited for longer than %v", r.Took, most)
	}
	if before.held != nil || r.Repeat {
		w.repeated(lane, before, r)
		return
	}
	w.trace.count(string(c.Verdict))
	w.trace.count(string(c.Reason))
	if t != nil && c.Reason == admission.ReasonForged {
		w.fail("%s is genuine and was called forged", label)
	}
	said := simAnswer{verdict: c.Verdict, reason: before.reason(c.Reason), online: c.Grounds == admission.GroundsOnline}
	at := slices.IndexFunc(before.allowed, said.same)
	if at < 0 {
		// What the platform or the list says may have changed while it was asked.
		if t != nil {
			w.sync(t)
		}
		after := w.claims(lane, before.code)
		for i, c := range before.claims {
			if i < len(after.claims) && after.claims[i].account.Name == c.account.Name {
				after.claims[i].cred = c.cred // the code was verified before
			}
		}
		after = w.expect(lane, after, t)
		if at = slices.IndexFunc(after.allowed, said.same); at < 0 {
			w.fail("%s at %s: %s (%s) on %q, allowed %v; list %s, truth %+v", label, lane.Name, c.Verdict, c.Reason, c.Grounds,
				before.allowed, simRowOf(before), simTruthOf(before))
			return
		}
		before = after
	}
	w.signalled(c)
	if c.Recorded {
		w.hold(lane, before.code, c)
	}
	if c.Verdict != admission.Admit || lane.Direction == configs.Check {
		w.undelivered(c)
		return
	}
	w.passed(lane, c, before.allowed[at].uses)
}

// passed notes somebody who went through.
func (w *simWorld) passed(lane configs.Lane, c admission.CheckIn, uses int) {
	t := w.ticket(c.Ticket)
	if t == nil && c.Grounds == admission.GroundsUnproven {
		t = w.ghost(c.Ticket)
	}
	if t == nil {
		w.fail("somebody went through with a ticket nobody sold: %s %s on %q", c.Verdict, c.Reason, c.Grounds)
		return
	}
	if lane.Direction == configs.Exit {
		t.inside, t.left = false, true
		w.undelivered(c)
		return
	}
	w.enter(t, c, false, uses == 0)
}

// ghost is the ticket of a code that another platform sold, let in on its form
// alone: BitTan would take any short word for one of its own.
func (w *simWorld) ghost(key admission.TicketKey) *simTicket {
	i := slices.Index(w.names, key.Account)
	if i < 0 || w.sites[i].platform() != admission.BitTan {
		return nil
	}
	t := &simTicket{key: key, label: w.names[i] + "/ghost of " + key.ID, site: w.sites[i], sale: simSale{forged: true}, serve: true}
	w.tickets = append(w.tickets, t)
	return t
}

func (w *simWorld) undelivered(c admission.CheckIn) {
	if c.Delivery != admission.DeliveryNone {
		w.fail("check-in %d (%s %s %s) is to be delivered: %s", c.Seq, c.Direction, c.Verdict, c.Reason, c.Delivery)
	}
}

// enter notes an entry. The platform has to hear of the first since the last
// reset, unless it knows of a use already.
func (w *simWorld) enter(t *simTicket, c admission.CheckIn, byHand, knownThere bool) {
	a := &simAdmission{seq: c.Seq, id: c.ID, at: time.Now(), lane: c.Lane, byHand: byHand, deliver: t.entries == 0 && !knownThere}
	if got := c.Delivery == admission.DeliveryPending; got != a.deliver {
		w.fail("check-in %d of %s has delivery %q, entries before it: %d", c.Seq, t.label, c.Delivery, t.entries)
	}
	t.admitted = append(t.admitted, a)
	if t.entries == 0 {
		t.epochBegan = a.at
	}
	t.entries++
	t.inside, t.left, t.entered, t.boot = true, false, a.at, w.house.box.boots
}

// signalled notes what somebody at the door has seen.
func (w *simWorld) signalled(c admission.CheckIn) {
	if !c.Recorded {
		if c.Verdict == admission.Admit {
			w.fail("somebody was let in and the journal does not have it")
		}
		return
	}
	w.journal = append(w.journal, simRow{id: c.ID, seq: c.Seq, verdict: c.Verdict, reason: c.Reason, lane: c.Lane, key: c.Ticket})
}

// repeated looks at the answer to a code that is still held before the reader.
func (w *simWorld) repeated(lane configs.Lane, before simExpect, r admin.Scanned) {
	h := before.held
	if h == nil || !r.Repeat || r.Seq != h.last.Seq || r.Verdict != h.last.Verdict {
		w.fail("%s: a held code: again %t seq %d %s, expected to be held %t", lane.Name, r.Repeat, r.Seq, r.Verdict, h != nil)
		return
	}
	h.seen = time.Now()
	w.trace.count("again")
}

// longestAsk is how long a decision may take: what the slowest account may be
// waited for.
func (w *simWorld) longestAsk() time.Duration {
	most := time.Duration(0)
	for _, c := range w.config().Accounts {
		if c.Ask != configs.AskNever {
			most = max(most, c.AskTimeout)
		}
	}
	return most
}

func simRowOf(x simExpect) string {
	for _, c := range x.claims {
		if c.row != nil {
			return string(c.row.Status) + map[bool]string{true: " used"}[c.row.Used]
		}
	}
	return "none"
}

func simTruthOf(x simExpect) simTruth {
	for _, c := range x.claims {
		if c.truth.known {
			return c.truth
		}
	}
	return simTruth{}
}
