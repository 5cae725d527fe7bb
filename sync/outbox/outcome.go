package outbox

import (
	"errors"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// known tells whether o is one of the outcomes there are.
func known(o admission.Outcome) bool {
	switch o.Kind {
	case admission.OutcomeDelivered, admission.OutcomeOurs, admission.OutcomeConflict, admission.OutcomeRejected:
		return true
	}
	return false
}

// rejection makes the outcome of a definite no.
func rejection(err error) admission.Outcome {
	o := admission.Outcome{Kind: admission.OutcomeRejected, Theirs: "the platform will not take this check-in"}
	if e, ok := errors.AsType[*platform.Error](err); ok {
		if e.Detail != "" {
			o.Theirs = e.Detail
		}
		o.Remedy = e.Remedy
	}
	return o
}

func tallyOf(k admission.OutcomeKind) Tally {
	switch k {
	case admission.OutcomeDelivered:
		return Delivered
	case admission.OutcomeOurs:
		return Ours
	case admission.OutcomeConflict:
		return Conflict
	case admission.OutcomeRejected:
	}
	return Buried
}
