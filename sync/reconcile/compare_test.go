package reconcile_test

import (
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/reconcile"
)

// inside is a ticket that was listed, admitted, delivered and listed again,
// with both sides agreeing.
func inside() admission.Admitted {
	return admission.Admitted{
		Presence:     admission.Presence{Entries: 1, Inside: true, LastEntry: admission.Passage{Seq: 7, Direction: admission.Entry, Lane: "north"}},
		Key:          admission.TicketKey{Account: "a", ID: "t"},
		Event:        "e",
		Ticket:       &admission.Ticket{Status: admission.StatusValid, Used: true},
		Grounds:      admission.GroundsListed,
		Seq:          7,
		Delivery:     admission.DeliveryDone,
		SettledStep:  10,
		ListedStep:   11,
		CompleteStep: 11,
	}
}

const reset = admission.ConflictKind("reset")

func TestCompare(t *testing.T) {
	rows := []struct {
		name   string
		change func(*admission.Admitted)
		want   admission.ConflictKind // "" for nothing, reset for a reset
	}{
		{"both sides agree", func(*admission.Admitted) {}, ""},
		{"canceled since", status(admission.StatusCanceled), admission.AdmittedCanceled},
		{"blocked since", status(admission.StatusRevoked), admission.AdmittedCanceled},
		{"not paid after all", status(admission.StatusUnpaid), admission.AdmittedUnpaid},
		{"a status nobody understands says nothing", status(admission.StatusUnclear), ""},
		{"canceled while the delivery waits", func(a *admission.Admitted) {
			status(admission.StatusCanceled)(a)
			pending(a)
		}, admission.AdmittedCanceled},
		{"canceled while the delivery of an earlier entry waits: it will tell", func(a *admission.Admitted) {
			status(admission.StatusCanceled)(a)
			pending(a)
			a.Presence.Entries = 2
		}, ""},
		{"canceled, and the delivery of an earlier entry has told", func(a *admission.Admitted) {
			status(admission.StatusCanceled)(a)
			a.Delivery = admission.DeliveryConflict
			a.Presence.Entries = 2
		}, ""},
		{"canceled, though the organiser let it in again before", func(a *admission.Admitted) {
			status(admission.StatusCanceled)(a)
			a.Presence = admission.Presence{}
		}, ""},

		{"used there and our delivery on its way", pending, ""},
		{"gone from the list", func(a *admission.Admitted) { a.Vanished = true }, admission.AdmittedUnknown},
		{"gone from the list, counted as revoked there", func(a *admission.Admitted) {
			a.Vanished = true
			status(admission.StatusRevoked)(a)
		}, admission.AdmittedUnknown},
		{"gone from the list while the delivery waits: it will tell", func(a *admission.Admitted) {
			a.Vanished = true
			pending(a)
		}, ""},
		{"gone from the list, counted as revoked there, while the delivery waits", func(a *admission.Admitted) {
			a.Vanished = true
			status(admission.StatusRevoked)(a)
			pending(a)
		}, ""},
		{"gone from the list, counted as revoked there, and the delivery has told", func(a *admission.Admitted) {
			a.Vanished = true
			status(admission.StatusRevoked)(a)
			a.Delivery = admission.DeliveryConflict
		}, ""},
		{"gone from the list and nothing to deliver", func(a *admission.Admitted) {
			a.Vanished = true
			a.Delivery, a.SettledStep = admission.DeliveryNone, 0
		}, admission.AdmittedUnknown},
		{"never on a list, and a sweep begun later has not seen it", unlisted, admission.AdmittedUnknown},
		{"never on a list, and the last sweep began before", func(a *admission.Admitted) {
			unlisted(a)
			a.CompleteStep = 9
		}, ""},
		{"never on a list, and no sweep was complete", func(a *admission.Admitted) {
			unlisted(a)
			a.CompleteStep = 0
		}, ""},
		{"never on a list while the delivery waits: it will tell", func(a *admission.Admitted) {
			unlisted(a)
			pending(a)
		}, ""},
		{"never on a list, and the delivery has told so", func(a *admission.Admitted) {
			unlisted(a)
			a.Delivery = admission.DeliveryConflict
		}, ""},
		{"never on a list, and the delivery is buried", func(a *admission.Admitted) {
			unlisted(a)
			a.Delivery, a.SettledStep = admission.DeliveryBuried, 0
		}, ""},

		{"gone from a list of usable tickets: that is what a use does", func(a *admission.Admitted) {
			a.UsableOnly, a.Vanished = true, true
		}, ""},
		{"gone from a list of usable tickets, though nothing was delivered", func(a *admission.Admitted) {
			a.UsableOnly, a.Vanished = true, true
			a.Delivery, a.SettledStep = admission.DeliveryNone, 0
		}, ""},
		{"gone from a list of usable tickets while the delivery waits", func(a *admission.Admitted) {
			a.UsableOnly, a.Vanished = true, true
			pending(a)
		}, ""},
		{"never on a list of usable tickets, and a sweep begun later has not seen it", func(a *admission.Admitted) {
			unlisted(a)
			a.UsableOnly = true
		}, ""},
		{"still on a list of usable tickets in an answer asked for after our delivery", func(a *admission.Admitted) {
			unused(a)
			a.UsableOnly = true
		}, reset},
		{"still on a list of usable tickets as it was before our delivery", func(a *admission.Admitted) {
			unused(a)
			a.UsableOnly, a.ListedStep = true, 9
		}, ""},
		{"on a list of usable tickets and canceled all the same", func(a *admission.Admitted) {
			a.UsableOnly = true
			status(admission.StatusCanceled)(a)
		}, admission.AdmittedCanceled},

		{"unused in an answer asked for after our delivery", unused, reset},
		{"unused in an answer asked for before our delivery", func(a *admission.Admitted) {
			unused(a)
			a.ListedStep = 9
		}, ""},
		{"unused in an answer asked for at the very step", func(a *admission.Admitted) {
			unused(a)
			a.ListedStep = a.SettledStep
		}, ""},
		{"unused while the delivery waits", func(a *admission.Admitted) {
			unused(a)
			pending(a)
		}, ""},
		{"unused, and the delivery met a conflict", func(a *admission.Admitted) {
			unused(a)
			a.Delivery = admission.DeliveryConflict
		}, ""},
		{"unused, and nothing was delivered", func(a *admission.Admitted) {
			unused(a)
			a.Delivery, a.SettledStep = admission.DeliveryNone, 0
		}, ""},
		{"unused, but good for several uses", func(a *admission.Admitted) {
			unused(a)
			a.Ticket.UsesAllowed = 2
		}, ""},
		{"unused and canceled", func(a *admission.Admitted) {
			unused(a)
			status(admission.StatusCanceled)(a)
		}, admission.AdmittedCanceled},
		{"unused and gone", func(a *admission.Admitted) {
			unused(a)
			a.Vanished = true
		}, admission.AdmittedUnknown},
		{"unused, and reset before", func(a *admission.Admitted) {
			unused(a)
			a.Presence = admission.Presence{}
		}, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			a := inside()
			row.change(&a)
			var got admission.ConflictKind
			found := reconcile.Compare(a)
			if len(found) > 1 {
				t.Fatalf("one disagreement gave %d findings", len(found))
			}
			for _, f := range found {
				got = f.Conflict
				if f.Reset {
					got = reset
				}
				if f.Theirs == "" {
					t.Error("the finding does not say what the platform says")
				}
			}
			if got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func status(s admission.Status) func(*admission.Admitted) {
	return func(a *admission.Admitted) { a.Ticket.Status = s }
}

func pending(a *admission.Admitted) { a.Delivery, a.SettledStep = admission.DeliveryPending, 0 }

func unlisted(a *admission.Admitted) { a.Ticket, a.ListedStep = nil, 0 }

func unused(a *admission.Admitted) { a.Ticket.Used = false }
