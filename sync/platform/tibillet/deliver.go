package tibillet

import (
	"context"
	"net/http"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// promptly is how soon after the door a delivery counts as made at the moment
// of the admission. Later ones may meet those of another gate.
const promptly = 30 * time.Second

const opDeliver = "deliver check-in"

// Deliver makes one attempt at telling the server of a use. It asks, in this
// order and no further than needed:
//
//  1. for a code of the ticket, where the check-in has none that fits (search);
//  2. for the state of the ticket (check), because the server would accept a
//     canceled or unpaid ticket and overwrite its state, and because a ticket
//     used by this very scan app after an earlier attempt is that attempt;
//  3. for the use (ticket);
//  4. where the admission is more than 30 s old, or may be, for the state
//     again: the server does not lock, two gates can both be told yes, and only
//     the last one's name stays. Another gate whose use is written after this
//     look is not found out by anything the server tells.
//
// That is two requests at best. A page with status 500 at any of them costs two
// more. An error after step 3 leaves the use in place; the next attempt finds it
// at step 2 and calls it ours.
//
// The server names the scan app behind each use, so there is nothing to jot
// down.
func (d *Drawer) Deliver(ctx context.Context, del admission.Delivery, _ platform.Jot) (admission.Outcome, error) {
	event, ok := canonicalUUID(del.Event)
	if !ok {
		return rejected("the check-in names no event of TiBillet",
			"mark the ticket as scanned on the organiser's page"), nil
	}
	id, ok := canonicalUUID(del.Ticket.ID)
	if !ok {
		return rejected("the check-in names no ticket of TiBillet", ""), nil
	}
	code, fits := d.ownCode(del, id)
	if !fits {
		found, out, err := d.findCode(ctx, event, id)
		if err != nil || out.Kind != "" {
			return out, err
		}
		code = found
	}
	before, err := d.check(ctx, opDeliver, code, id)
	if err != nil {
		return admission.Outcome{}, err
	}
	if out, err := d.judge(del, before); err != nil || out.Kind != "" {
		return out, err
	}
	after, err := d.use(ctx, opDeliver, code, id, event)
	if err != nil {
		return admission.Outcome{}, err
	}
	if out := d.took(del, after); out.Kind != admission.OutcomeDelivered || d.isPrompt(del) {
		return out, nil
	}
	return d.lookBack(ctx, code, id)
}

// ownCode gives the code of the check-in, where it is one of the ticket.
func (d *Drawer) ownCode(del admission.Delivery, id string) (string, bool) {
	code, names, ok := sendable(del.Code)
	return code, ok && names == id
}

// searchAnswer is what the search route gives: rows like those of the list,
// each with a freshly signed code.
type searchAnswer struct {
	Success *bool `json:"success"`
	Count   *int  `json:"count"`
	Results *[]struct {
		UUID *string `json:"uuid"`
		Code *string `json:"qrcode_data"`
	} `json:"results"`
}

// findCode has the server sign a code for a ticket that was admitted without
// one, by hand.
func (d *Drawer) findCode(ctx context.Context, event, id string) (string, admission.Outcome, error) {
	r, err := d.ask(ctx, question{op: opDeliver, path: routeSearch, body: struct {
		Event  string `json:"event_uuid"`
		Search string `json:"search"`
	}{event, id}})
	if err != nil {
		return "", admission.Outcome{}, err
	}
	switch {
	case r.Status == http.StatusOK:
	case r.Status == http.StatusBadRequest && saysError(r):
		return "", rejected("the server does not search for this ticket", "mark the ticket as scanned on the organiser's page"), nil
	default:
		return "", admission.Outcome{}, d.unexpected(opDeliver, r)
	}
	var a searchAnswer
	if err := d.client.Decode(opDeliver, r, &a); err != nil {
		return "", admission.Outcome{}, err
	}
	if a.Success == nil || !*a.Success || a.Results == nil || a.Count == nil || *a.Count != len(*a.Results) {
		return "", admission.Outcome{}, d.odd(opDeliver, r, "the answer to a search is not whole")
	}
	for _, row := range *a.Results {
		if row.UUID == nil {
			return "", admission.Outcome{}, d.odd(opDeliver, r, "a ticket found lacks its uuid")
		}
		if got, ok := canonicalUUID(*row.UUID); !ok || got != id {
			continue
		}
		if row.Code == nil {
			return "", rejected("the server is too old to give a code for a ticket admitted by hand",
				"mark the ticket as scanned on the organiser's page"), nil
		}
		code, names, ok := sendable([]byte(*row.Code))
		if !ok || names != id {
			return "", admission.Outcome{}, d.odd(opDeliver, r, "the server's own code for a ticket is not well formed")
		}
		return code, admission.Outcome{}, nil
	}
	return "", conflict(admission.AdmittedUnknown, "no such ticket for this event"), nil
}

// judge says what the state of a ticket before its use means for the delivery.
// The zero outcome means that it can be used.
func (d *Drawer) judge(del admission.Delivery, s state) (admission.Outcome, error) {
	switch s.verdict {
	case unknown:
		return conflict(admission.AdmittedUnknown, "no such ticket"), nil
	case badCode:
		return refusedCode(), nil
	case accepted, otherEvent:
	}
	if s.scanned {
		return d.usedBefore(del, s.by), nil
	}
	switch s.status {
	case admission.StatusValid:
		return admission.Outcome{}, nil
	case admission.StatusCanceled, admission.StatusRevoked:
		return conflict(admission.AdmittedCanceled, "canceled"), nil
	case admission.StatusUnpaid:
		return conflict(admission.AdmittedUnpaid, "not paid or not confirmed"), nil
	case admission.StatusUnclear:
	}
	return admission.Outcome{}, &platform.Error{
		Class: platform.Protocol, Op: opDeliver, Host: d.client.Host(),
		Detail: "the server names a state of the ticket that is not known here; it was not marked as used",
		Remedy: "look for a newer gatescand",
	}
}

// took reads the answer to a use.
func (d *Drawer) took(del admission.Delivery, s state) admission.Outcome {
	switch s.verdict {
	case unknown:
		return conflict(admission.AdmittedUnknown, "no such ticket")
	case badCode:
		return refusedCode()
	case otherEvent:
		return rejected("the ticket belongs to another event than it was admitted to",
			"often it is for a part of the event; mark the ticket as scanned on the organiser's page")
	case accepted:
	}
	switch {
	case !s.success:
		return d.usedBefore(del, s.by)
	case s.by.app != "" && s.by.app != d.station:
		return conflict(admission.UsedElsewhere, scannedBy(s.by))
	}
	return admission.Outcome{Kind: admission.OutcomeDelivered}
}

// usedBefore says whose use a ticket's use was. It is ours when the server
// names this station and an earlier request of ours may have reached it.
func (d *Drawer) usedBefore(del admission.Delivery, by user) admission.Outcome {
	ours := by.app != "" && by.app == d.station
	switch {
	case ours && (del.Attempt > 1 || del.Earlier):
		return admission.Outcome{Kind: admission.OutcomeOurs}
	case ours:
		out := conflict(admission.UsedElsewhere, "scanned with this station's own key, but not by this station; "+
			"or scanned here once, reset and scanned again on the organiser's page")
		out.Remedy = "give every station a scan app of its own: no two may share a key"
		return out
	}
	return conflict(admission.UsedElsewhere, scannedBy(by))
}

func scannedBy(by user) string {
	switch {
	case by.app != "":
		return "scanned by app " + by.app
	case by.told:
		return "scanned on the organiser's page"
	}
	return "scanned; the server is too old to say by whom"
}

// isPrompt tells whether a delivery is known to be made right after its
// admission.
func (d *Drawer) isPrompt(del admission.Delivery) bool {
	age := d.now().Sub(del.At.Wall)
	return del.At.Trusted && age >= 0 && age <= promptly
}

// lookBack reads a ticket again after a use that was delivered late, and tells
// of another gate that came between. An answer that no later attempt could
// better leaves the use as delivered.
func (d *Drawer) lookBack(ctx context.Context, code, id string) (admission.Outcome, error) {
	delivered := admission.Outcome{Kind: admission.OutcomeDelivered}
	s, err := d.check(ctx, opDeliver, code, id)
	switch class := platform.ClassOf(err); {
	case err == nil:
	case class == platform.Rejected, class == platform.Protocol, class == platform.Unsupported:
		return delivered, nil
	default:
		return admission.Outcome{}, err
	}
	if s.verdict == accepted && s.scanned && s.by.told && s.by.app != d.station {
		return conflict(admission.UsedElsewhere, scannedBy(s.by)), nil
	}
	return delivered, nil
}

func refusedCode() admission.Outcome {
	return rejected("the server does not accept the signature of the code",
		"mark the ticket as scanned on the organiser's page, and look at the printed code")
}

func rejected(theirs, remedy string) admission.Outcome {
	return admission.Outcome{Kind: admission.OutcomeRejected, Theirs: theirs, Remedy: remedy}
}

// conflict makes an outcome with the advice that fits its kind.
func conflict(kind admission.ConflictKind, theirs string) admission.Outcome {
	out := admission.Outcome{Kind: admission.OutcomeConflict, Conflict: kind, Theirs: theirs}
	switch kind {
	case admission.UsedElsewhere:
		out.Remedy = "two people may have come in on one ticket: ask at the other gate, and print no ticket twice"
	case admission.AdmittedCanceled:
		out.Remedy = "ask the organiser whether the ticket was refunded; it was not marked as used"
	case admission.AdmittedUnpaid:
		out.Remedy = "ask the organiser whether the ticket has been paid; it was not marked as used"
	case admission.AdmittedUnknown:
		out.Remedy = "ask the organiser whether the ticket was deleted, and check the account's url"
	case admission.DeliveryRejected:
	}
	return out
}
