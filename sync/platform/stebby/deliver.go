package stebby

import (
	"bytes"
	"context"
	"net/url"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

const opDeliver = "deliver check-in"

// Deliver makes one attempt at telling the server of a use. The server names
// nobody behind a use, knows no key by which it would recognise a repeated one
// and tells used, expired and unknown tickets apart by nothing. So it goes:
//
//  1. The ticket is looked up. If it is not usable it was used: by this check-in
//     where an earlier attempt may have sent its use, else by somebody else.
//  2. If it is usable although an earlier attempt may have sent its use, that use
//     may still be on its way; for 30 s the answer is NotYet.
//  3. That the ticket is usable is written down, then the use is sent, once.
//  4. An empty answer is success. After any other, the ticket is looked up again.
//
// That is two requests at best and five at worst: each look-up is two where the
// code was scanned in a spelling of its own and is not found.
//
// A use that certainly did not reach the ticket is struck from the memo, so that
// a use by somebody else is not taken for it later.
func (d *Drawer) Deliver(ctx context.Context, del admission.Delivery, jot platform.Jot) (admission.Outcome, error) {
	id, ok := canonical(del.Ticket.ID)
	if !ok {
		return rejected("the check-in names no ticket of Stebby", remedyByHand), nil
	}
	a := attempt{Drawer: d, del: del, id: id, jot: jot, earlier: readMemo(del.Memo)}
	asked := d.now() // what comes back may be as old as this
	found, err := d.find(ctx, opDeliver, id, del.Code)
	if err != nil {
		return admission.Outcome{}, err
	}
	if found == nil {
		return a.absent(), nil
	}
	if rest := a.earlier.unsettled(asked); rest > 0 {
		e := d.plain(platform.NotYet, opDeliver, "an earlier request for this ticket may still be on its way", remedyLater)
		e.RetryAfter = rest
		return admission.Outcome{}, e
	}
	return a.use(ctx, *found)
}

// attempt is one attempt at a delivery.
type attempt struct {
	*Drawer

	del     admission.Delivery
	id      string
	jot     platform.Jot
	earlier memo // of the attempts before
}

// absent says whose use it was that made a ticket unusable before this attempt
// sent one.
func (a *attempt) absent() admission.Outcome {
	switch {
	case a.earlier.sent:
		return admission.Outcome{
			Kind:   admission.OutcomeOurs,
			Theirs: "no longer usable; probably by this check-in's own request, whose answer was lost",
		}
	case a.del.Earlier:
		return admission.Outcome{
			Kind:   admission.OutcomeOurs,
			Theirs: "no longer usable; an earlier check-in of this ticket has been delivered from here",
		}
	}
	return conflict(admission.AdmittedUnknown, "no usable ticket of this code: used elsewhere, expired, or never sold",
		"look the code up on Stebby's page; if it was used elsewhere, two people may have come in on one ticket")
}

// use writes the intent down, sends the use, and makes sense of the answer.
func (a *attempt) use(ctx context.Context, before seen) (admission.Outcome, error) {
	if err := a.jot(ctx, memo{sent: true, at: a.now()}.String()); err != nil {
		return admission.Outcome{}, err
	}
	r, no, err := a.ask(ctx, question{op: opDeliver, path: routeUse + url.PathEscape(before.spelling), ticket: a.id})
	if no != nil || (err != nil && didNothing(r, err)) {
		// The memo is our own: it is set right even where time has run out.
		if err := a.jot(context.WithoutCancel(ctx), a.earlier.String()); err != nil {
			return admission.Outcome{}, err
		}
	}
	if err != nil {
		return admission.Outcome{}, err
	}
	if no == nil && saysNothing(r.Body) {
		a.witness.Store(nil)
		return admission.Outcome{Kind: admission.OutcomeDelivered}, nil
	}
	after, err := a.find(ctx, opDeliver, a.id, []byte(before.spelling))
	if err != nil {
		return admission.Outcome{}, err
	}
	switch {
	case no != nil && after != nil:
		return a.refused(no, *after), nil
	case no != nil:
		return a.overtaken(no, before), nil
	case after != nil:
		return admission.Outcome{}, a.odd(opDeliver, r, "the server takes the use without an error, but the ticket is still usable")
	}
	return admission.Outcome{Kind: admission.OutcomeDelivered}, nil
}

// didNothing tells whether an error means that the use was not carried out: it
// never left, or it was turned away before anybody looked at the ticket.
func didNothing(r platform.Reply, err error) bool {
	switch platform.ClassOf(err) {
	case platform.Throttled, platform.Redirected, platform.Auth, platform.Untrusted:
		return true
	case platform.Offline, platform.Captive, platform.Server, platform.Protocol, platform.Rejected, platform.Unsupported, platform.NotYet:
	}
	return !r.Sent
}

// saysNothing tells whether a body is the documented {}, which PHP may also
// write as [].
func saysNothing(body []byte) bool {
	body = bytes.TrimSpace(body)
	return bytes.Equal(body, []byte("{}")) || bytes.Equal(body, []byte("[]"))
}

const remedyByHand = "mark the ticket as used on Stebby's page"

// refused is for a use that the server will not take though the ticket is, by
// its own word, usable.
func (a *attempt) refused(no *refusal, after seen) admission.Outcome {
	theirs := "the server refuses the use" + no.named() + ", though it calls the ticket usable"
	if a.isOver(after.ticket.Window.Until) {
		theirs += "; its validity ended on " + day(after.ticket.Window.Until) + ", before the check-in was delivered"
	}
	return rejected(theirs, remedyByHand+"; give the error to Stebby's support if there are more of them")
}

// overtaken is for a use that the server refused because the ticket, usable a
// moment before, no longer was.
func (a *attempt) overtaken(no *refusal, before seen) admission.Outcome {
	if a.earlier.sent {
		return a.absent()
	}
	theirs := "usable when it was looked up, but the use was refused" + no.named() +
		" and the ticket is gone: used elsewhere at the same moment, or our own request arrived twice"
	if a.isOver(before.ticket.Window.Until) {
		theirs = "the use was refused" + no.named() + " and the ticket is gone: its validity ended on " +
			day(before.ticket.Window.Until) + ", before the check-in was delivered, or it was used elsewhere"
	}
	return conflict(admission.UsedElsewhere, theirs,
		"look the code up on Stebby's page; two people may have come in on one ticket: ask at the other desk")
}

// isOver tells whether a validity that held at the door has ended since.
func (a *attempt) isOver(until time.Time) bool {
	return !until.IsZero() && a.now().After(until)
}

func day(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

func rejected(theirs, remedy string) admission.Outcome {
	return admission.Outcome{Kind: admission.OutcomeRejected, Theirs: theirs, Remedy: remedy}
}

func conflict(kind admission.ConflictKind, theirs, remedy string) admission.Outcome {
	return admission.Outcome{Kind: admission.OutcomeConflict, Conflict: kind, Theirs: theirs, Remedy: remedy}
}
