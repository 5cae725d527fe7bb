package reconcile_test

import (
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/reconcile"
)

func TestAnUndoneAdmissionIsNoDisagreement(t *testing.T) {
	undone := func(a *admission.Admitted) { a.Presence, a.Undone = admission.Presence{}, true }
	for name, row := range map[string]struct {
		change func(*admission.Admitted)
		reset  bool
	}{
		"the platform keeps our use":                           {func(*admission.Admitted) {}, false},
		"canceled since":                                       {func(a *admission.Admitted) { a.Ticket.Status = admission.StatusCanceled }, false},
		"gone from the list":                                   {func(a *admission.Admitted) { a.Vanished = true }, false},
		"never on a list":                                      {func(a *admission.Admitted) { a.Ticket = nil }, false},
		"unused, read before ours had arrived":                 {func(a *admission.Admitted) { a.Ticket.Used, a.ListedStep = false, 9 }, false},
		"unused since: the organiser has made it usable again": {func(a *admission.Admitted) { a.Ticket.Used = false }, true},
		"unused since, and the platform was never told":        {func(a *admission.Admitted) { a.Ticket.Used, a.Undone = false, false }, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := inside()
			undone(&a)
			row.change(&a)
			got := reconcile.Compare(a)
			if (len(got) == 1 && got[0].Reset) != row.reset || (!row.reset && len(got) > 0) {
				t.Errorf("found %+v", got)
			}
		})
	}
}

// An entry after an undone one was not told, because the platform had the use. A
// list on which the ticket is unused means that use and no reset of the entry.
func TestAnUntoldEntryIsToldWhereTheListSaysUnused(t *testing.T) {
	untold := inside()
	untold.Untold = true
	if got := reconcile.Compare(untold); len(got) > 0 {
		t.Errorf("both sides agree, and found %+v", got)
	}
	before := untold
	before.Ticket, before.ListedStep = &admission.Ticket{Status: admission.StatusValid}, 9
	if got := reconcile.Compare(before); len(got) > 0 {
		t.Errorf("read before the use had arrived, and found %+v", got)
	}
	untold.Ticket = &admission.Ticket{Status: admission.StatusValid}
	m := &memory{admitted: []admission.Admitted{untold}}
	found := 0
	r := newReconciler(t, m, &found)
	for range 2 {
		if err := r.After(t.Context(), "a", "e"); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.told) != 1 || len(m.resets) != 0 || len(m.conflicts) != 0 || found != 1 {
		t.Errorf("%d told, %d resets, %d conflicts, %d findings", len(m.told), len(m.resets), len(m.conflicts), found)
	}
}
