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
