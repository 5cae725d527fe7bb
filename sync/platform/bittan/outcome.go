package bittan

import (
	"fmt"
	"slices"

	"gatescand/scanner/admission"
)

// counted says to people what became of the server's count.
const (
	notCounted = "it was not marked as used"
	isCounted  = "the server has counted the use all the same"
)

func delivered() admission.Outcome { return admission.Outcome{Kind: admission.OutcomeDelivered} }

func ours() admission.Outcome { return admission.Outcome{Kind: admission.OutcomeOurs} }

func rejected(theirs, remedy string) admission.Outcome {
	return admission.Outcome{Kind: admission.OutcomeRejected, Theirs: theirs, Remedy: remedy}
}

func conflict(kind admission.ConflictKind, theirs, remedy string) admission.Outcome {
	return admission.Outcome{Kind: admission.OutcomeConflict, Conflict: kind, Theirs: theirs, Remedy: remedy}
}

// standingOf says what the state of a ticket means for a delivery, apart from
// its uses and its event. The zero outcome means that the ticket admits. count
// says what the server has counted.
func standingOf(a answer, count string) admission.Outcome {
	if !a.found {
		return conflict(admission.AdmittedUnknown, "no such ticket",
			"ask the organiser whether the ticket was deleted, and check the account's url")
	}
	switch a.status {
	case admission.StatusValid:
		return admission.Outcome{}
	case admission.StatusUnpaid:
		return conflict(admission.AdmittedUnpaid, "not paid, or not all that the organiser asks for",
			"ask the organiser whether the ticket has been paid; "+count)
	case admission.StatusCanceled, admission.StatusRevoked:
		return conflict(admission.AdmittedCanceled, "the payment has failed or was taken back",
			"ask the organiser whether the ticket is good; "+count)
	case admission.StatusUnclear:
	}
	return rejected("the ticket's state has a word that is not known here; "+count,
		"ask the organiser what it means; if such tickets are good, add the word to admit_status and retry, else look for a newer gatescand")
}

// otherEvent says that a ticket is for another event than it was admitted to.
// The zero outcome means that it is not, or that this server does not tell.
func otherEvent(del admission.Delivery, a answer, count string) admission.Outcome {
	served := del.Served
	if del.Event != "" {
		served = []string{del.Event}
	}
	same := func(title string) bool { return cleanTitle(title) == a.event }
	if len(served) == 0 || a.event == "" || slices.ContainsFunc(served, same) {
		return admission.Outcome{}
	}
	return rejected(fmt.Sprintf("the ticket is for another event: %q; %s", a.event, count),
		"if both are one event whose title was changed, write the new one into event_title; else look at the lane's events")
}

// usedBefore is the conflict about a ticket with uses that are not ours. The
// server tells how many there are, not whose and not when.
func usedBefore(del admission.Delivery, uses int64, count string) admission.Outcome {
	theirs := fmt.Sprintf("used %s before this admission", times(uses))
	if del.Earlier {
		theirs += ", by an earlier admission of this station perhaps"
	}
	return conflict(admission.UsedElsewhere, theirs+"; "+count,
		"two people may have come in on one ticket: ask at the other entrances; BitTan does not tell who used it")
}

func times(n int64) string {
	if n == 1 {
		return "1 time"
	}
	return fmt.Sprintf("%d times", n)
}

// lost is what becomes of a use whose answer was lost on a server that can only
// be asked by using the ticket again.
func lost() admission.Outcome {
	return rejected("the answer was lost, and this server has no way to ask without counting a use",
		"look the ticket up on the organiser's page, and set its count to 1 if it is 0 there")
}
