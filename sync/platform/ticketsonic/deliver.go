package ticketsonic

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

const opDeliver = "validate ticket"

// How long a no is doubted. Tickets have been handed to the part of the server
// that knows them by a job that ran every minute: one sold at the door may be
// unknown for a while.
const (
	settledAfter = 10 * time.Minute // from the admission, where the clock can tell
	enough       = 3                // times no, when the ticket is older than that
	enoughBlind  = 5                // times no, when nobody can tell how old it is
	firstWait    = 2 * time.Minute  // doubled with every no
	longestWait  = 16 * time.Minute
)

// Deliver has the server judge the code of an admission. There is nothing else
// to be told: the platform knows no uses at a gate. What it finds out is a block
// made with a broken key that no ticket was ever sold for.
//
// Nothing is asked about a ticket that was admitted by hand, without a code. A
// no is asked about again some minutes later, and is a conflict when it stays.
// The memo counts how often it has been said.
func (d *Drawer) Deliver(ctx context.Context, del admission.Delivery, jot platform.Jot) (admission.Outcome, error) {
	if len(del.Code) == 0 {
		return admission.Outcome{Kind: admission.OutcomeDelivered}, nil
	}
	text, ok := sendable(del.Code)
	if !ok {
		return admission.Outcome{
			Kind: admission.OutcomeRejected, Theirs: "the code has not the form of a TicketSonic ticket; nothing was sent",
			Remedy: "look at the printed ticket, and ask the promoter whether it was sold",
		}, nil
	}
	a, err := d.ask(ctx, platform.Request{Op: opDeliver, Method: http.MethodPost, Path: routeValidate, JSON: struct {
		Code string `json:"ticket_sensitive"`
	}{text}})
	if err != nil {
		return admission.Outcome{}, err
	}
	switch {
	case a.well():
		return d.vouched(del, a)
	case a.says == refusesIt:
		return d.refused(ctx, del, a, jot)
	}
	return admission.Outcome{}, d.unexpected(opDeliver, a.reply)
}

// vouched reads the answer to a code that the server calls valid.
func (d *Drawer) vouched(del admission.Delivery, a answer) (admission.Outcome, error) {
	var ticket struct {
		Event *numeral `json:"event_id"`
	}
	if len(a.message) == 0 || platform.DecodeJSON(a.message, &ticket) != nil || ticket.Event == nil {
		return admission.Outcome{}, d.odd(opDeliver, a.reply, "the server calls the ticket valid and does not say for which event")
	}
	if theirs := ticket.Event.String(); del.Event != "" && theirs != del.Event {
		return admission.Outcome{
			Kind: admission.OutcomeConflict, Conflict: admission.AdmittedUnknown,
			Theirs: "valid, but for event " + theirs,
			Remedy: "ask the promoter for which event the ticket was sold",
		}, nil
	}
	return admission.Outcome{Kind: admission.OutcomeDelivered}, nil
}

// refused weighs a no.
func (d *Drawer) refused(ctx context.Context, del admission.Delivery, a answer, jot platform.Jot) (admission.Outcome, error) {
	noes := noesOf(del.Memo) + 1
	age := d.now().Sub(del.At.Wall)
	dated := del.At.Trusted && age >= 0
	if (dated && age < settledAfter) || (dated && noes < enough) || (!dated && noes < enoughBlind) {
		if err := jot(ctx, memoOf(noes)); err != nil {
			return admission.Outcome{}, err
		}
		e := d.client.Fail(platform.NotYet, opDeliver, a.reply, "the server does not know the ticket, which may be because it is new",
			"it will be asked again in some minutes")
		e.RetryAfter = max(e.RetryAfter, min(firstWait<<min(noes-1, 8), longestWait))
		return admission.Outcome{}, e
	}
	out := admission.Outcome{
		Kind: admission.OutcomeConflict, Conflict: admission.AdmittedUnknown,
		Theirs: "no valid ticket",
		Remedy: "ask the promoter whether this ticket was sold, and was not canceled; if not, the promoter's key may have been broken: ask TicketSonic for a longer one",
	}
	if del.Attempt > noes {
		// Nobody outside knows whether the server takes a question for a use.
		out.Theirs += "; an earlier question about it may have got no answer"
	}
	return out, nil
}

// memoPrefix stands before how often the server has said no.
const memoPrefix = "refused "

func memoOf(noes int) string { return memoPrefix + strconv.Itoa(noes) }

func noesOf(memo string) int {
	count, ok := strings.CutPrefix(memo, memoPrefix)
	if !ok {
		return 0
	}
	noes, err := strconv.ParseUint(count, 10, 16)
	if err != nil {
		return 0
	}
	return int(noes) //nolint:gosec // 16 bits
}
