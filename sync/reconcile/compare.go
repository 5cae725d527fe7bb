package reconcile

import (
	"gatescand/scanner/admission"
)

// Finding is one thing that the two sides of an admission show.
type Finding struct {
	// Conflict is what they disagree about, "" for a reset.
	Conflict admission.ConflictKind
	// Reset tells that the organiser has made the ticket usable again.
	Reset bool
	// Untold tells that the organiser has made the ticket usable again, and that
	// the entry which stands was not told to the platform, because it had kept the
	// use of an undone one: it has to be told now, and nobody enters again for it.
	Untold bool
	// Theirs says in plain words what the platform says.
	Theirs string
	Remedy string
}

// Compare looks at one admitted ticket. It is pure. The result is empty when
// the two sides agree, or when there is not enough to say that they do not.
func Compare(a admission.Admitted) []Finding {
	if a.Presence.Entries == 0 {
		return undone(a)
	}
	if f, ok := missing(a); ok {
		return []Finding{f}
	}
	if f, ok := worthless(a); ok {
		return []Finding{f}
	}
	if isReset(a) && a.Untold {
		return []Finding{{Untold: true, Theirs: "the ticket is unused: the use that was undone here is no longer there"}}
	}
	if isReset(a) {
		return []Finding{{Reset: true, Theirs: "the organiser has made the ticket usable again"}}
	}
	return nil
}

// undone looks at a ticket whose entries a person has taken back here. What the
// platform says against it is no conflict, because nobody is in with it; only
// that the platform has our use no more is to be known: the next is another's.
func undone(a admission.Admitted) []Finding {
	if !a.Undone || !isReset(a) {
		return nil
	}
	return []Finding{{Reset: true, Theirs: "the organiser has made the ticket usable again"}}
}

// missing finds tickets that the platform does not have. While a delivery is
// on its way it will tell better than the list; when it has told already,
// there is nothing to add.
func missing(a admission.Admitted) (Finding, bool) {
	if a.UsableOnly || (a.Ticket != nil && !a.Vanished) {
		return Finding{}, false // a used ticket is not on a list of usable ones
	}
	switch a.Delivery {
	case admission.DeliveryPending, admission.DeliveryConflict, admission.DeliveryBuried:
		return Finding{}, false
	case admission.DeliveryNone, admission.DeliveryDone, admission.DeliveryWithdrawn:
	}
	f := Finding{
		Conflict: admission.AdmittedUnknown,
		Theirs:   "no such ticket is on the platform's list",
		Remedy:   "look the order up at the platform; the bearer is inside",
	}
	if a.Vanished {
		f.Theirs = "the ticket was on the platform's list and is no longer"
		return f, true
	}
	// Never seen on a list: only a list begun after the use had reached the
	// platform would have had it.
	return f, a.SettledStep > 0 && a.CompleteStep > a.SettledStep
}

// worthless finds tickets that the platform has and does not honour. One that
// has gone from the list is not there to be honoured: see missing.
func worthless(a admission.Admitted) (Finding, bool) {
	if a.Ticket == nil || a.Vanished || isDelivering(a) {
		return Finding{}, false
	}
	const remedy = "ask the organiser whether the bearer may stay; the gate is not taken back"
	switch a.Ticket.Status {
	case admission.StatusCanceled:
		return Finding{Conflict: admission.AdmittedCanceled, Theirs: "the ticket is canceled", Remedy: remedy}, true
	case admission.StatusRevoked:
		return Finding{Conflict: admission.AdmittedCanceled, Theirs: "the ticket is revoked", Remedy: remedy}, true
	case admission.StatusUnpaid:
		return Finding{Conflict: admission.AdmittedUnpaid, Theirs: "the ticket is not paid or not activated", Remedy: remedy}, true
	case admission.StatusValid, admission.StatusUnclear:
	}
	return Finding{}, false
}

// isDelivering tells that the delivery of an earlier entry than the last one
// names the disagreement, or will: a second name for it would be a second
// conflict, because each is known by its check-in.
func isDelivering(a admission.Admitted) bool {
	return a.Presence.Entries > 1 && (a.Delivery == admission.DeliveryPending || a.Delivery == admission.DeliveryConflict)
}

// isReset tells that the platform took our use and says in a later answer that
// the ticket is unused. A ticket for several uses is unused until the last of
// them, so that says nothing.
func isReset(a admission.Admitted) bool {
	t := a.Ticket
	return t != nil && !a.Vanished && t.Status == admission.StatusValid && !t.Used && t.Uses() == 1 &&
		a.Delivery == admission.DeliveryDone &&
		a.SettledStep > 0 && a.ListedStep > a.SettledStep
}
