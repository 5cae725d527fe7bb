package admission

import (
	"slices"
	"time"
)

// view is one claim with its sources weighed: the platform's answer of this
// moment before the list, the list before what the signature says.
type view struct {
	listed    bool // on a list that may still admit
	tooOld    bool // on a list older than the organiser lets it admit
	stale     bool
	answered  bool
	absent    bool // the platform says there is no such ticket
	status    Status
	used      bool
	gone      bool // used, by its absence from a list of usable tickets
	usedAt    time.Time
	usedBy    string
	usedTimes int
	event     string
	product   string
	price     string
	holder    string
	uses      int
	windows   [4]Window
	unproven  bool // signed format whose signature could not be checked and was not vouched for
	unclear   bool // the platform used a word nobody here understands
	isGenuine bool

	listAge      time.Duration
	listAgeKnown bool
}

func look(c *Claim, now Stamp) view {
	v := view{
		status:  StatusValid,
		event:   c.Credential.Event,
		product: c.Credential.Product,
		price:   c.Credential.Price,
		uses:    1,
	}
	v.windows[0] = c.Credential.Window
	if t := c.Ticket; t != nil {
		v.fromList(c, t, now)
	} else if c.List.Complete {
		v.listAge, v.listAgeKnown = now.Since(c.List.AsOf)
	}
	if a := c.Answer; a != nil {
		v.fromAnswer(a)
	}
	if w, ok := eventWindow(c); ok {
		v.windows[3] = w
	}
	v.unclear = v.status == StatusUnclear
	v.unproven = c.Credential.Proof == ProofUnchecked && (!v.answered || v.absent)
	v.isGenuine = c.Credential.Proof == ProofGood
	return v
}

func (v *view) fromList(c *Claim, t *Ticket, now Stamp) {
	v.listed = true
	v.status = t.Status
	v.used, v.usedAt, v.usedBy, v.gone = t.Used, t.UsedAt, t.UsedBy, t.Gone
	v.event, v.product = either(t.Event, v.event), either(t.Product, v.product)
	v.price, v.holder = either(t.Price, v.price), t.Holder
	v.uses = t.Uses()
	v.windows[1] = t.Window
	v.listAge, v.listAgeKnown = now.Since(c.List.AsOf)
	v.stale = !c.List.Complete || !v.listAgeKnown || (c.Policy.StaleAfter > 0 && v.listAge > c.Policy.StaleAfter)
	if limit := c.Policy.StaleRefuseAfter; limit > 0 && (!v.listAgeKnown || v.listAge > limit) {
		v.listed, v.tooOld = false, true
	}
}

func (v *view) fromAnswer(a *Answer) {
	v.answered = true
	if !a.Found {
		v.absent = true
		return
	}
	v.status = a.Status
	v.used, v.usedAt, v.usedBy, v.usedTimes, v.gone = a.Used, a.UsedAt, a.UsedBy, a.UsedTimes, false
	v.event, v.product = either(a.Event, v.event), either(a.Product, v.product)
	v.price, v.holder = either(a.Price, v.price), either(a.Holder, v.holder)
	v.windows[2] = a.Window
}

// eventWindow is the time of the event itself, where the organiser made it
// a rule.
func eventWindow(c *Claim) (Window, bool) {
	e := c.Event
	if !c.Policy.EventWindow || e == nil || e.Start.IsZero() {
		return Window{}, false
	}
	end := e.End
	if end.Before(e.Start) {
		end = e.Start
	}
	return Window{From: e.Start.Add(-c.Policy.Early), Until: end.Add(c.Policy.Late)}, true
}

// known tells whether the list or the platform's answer speaks of the ticket.
func (v *view) known() bool {
	return v.listed || (v.answered && !v.absent)
}

// servesEvent tells whether the policy serves the ticket's event; sure is
// false where the event is not known though it matters.
func (v *view) servesEvent(p Policy) (ok, sure bool) {
	if p.Events == nil {
		return true, true
	}
	if v.event == "" || len(p.Events) == 0 {
		return true, false // nobody knows which event it is, or which ones are served
	}
	return slices.Contains(p.Events, v.event), true
}

// servesProduct tells whether a lane for the wanted products serves the ticket;
// sure is false where neither product nor tariff is known though it matters.
func (v *view) servesProduct(wanted []string) (ok, sure bool) {
	if serves(wanted, v.product, v.price) {
		return true, true
	}
	return v.product == "", v.product != ""
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
