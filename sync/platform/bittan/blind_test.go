package bittan_test

import (
	"strings"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest/fakebittan"
	"gatescand/sync/platform/platformtest/fakeserver"
)

// On servers that count every request, a ticket is sent once and never again.
func TestBlindDeliveries(t *testing.T) {
	for _, form := range []fakebittan.Form{fakebittan.Bare2024, fakebittan.March2025} {
		for _, c := range []struct {
			name   string
			status fakebittan.Status
			used   int
			before func(t *testing.T, s scene)
			want   string
			says   string
			class  platform.Class
			count  int // after
		}{
			{name: "a paid ticket is used once", status: fakebittan.Paid, want: outDelivered, count: 1},
			{name: "an unpaid ticket is a conflict, and counted", status: fakebittan.Reserved, want: "admitted_unpaid", count: 1},
			{name: "a failed payment is a conflict, and counted", status: fakebittan.FailedExpired, want: "admitted_canceled", count: 1},
			{name: "a ticket used before is a conflict, and counted", status: fakebittan.Paid, used: 1, want: "used_elsewhere", says: "1 time ", count: 2},
			{
				name: "a ticket that is no more is a conflict", status: fakebittan.Paid, want: "admitted_unknown", count: -1,
				before: func(t *testing.T, s scene) { t.Helper(); must(t, s.DeleteTicket(s.id)) },
			},
			{
				name: "an answer that is lost is for people", status: fakebittan.Paid, want: outRejected, says: "the answer was lost", count: 1,
				before: func(_ *testing.T, s scene) {
					s.NextMood(fakebittan.RouteUse, 1, fakeserver.Mood{Fault: fakeserver.LostAnswer})
				},
			},
			{
				name: "a request that may not have arrived is for people too", status: fakebittan.Paid, want: outRejected, says: "the answer was lost",
				before: func(_ *testing.T, s scene) {
					s.NextMood(fakebittan.RouteUse, 1, fakeserver.Mood{Fault: fakeserver.BadGateway})
				},
			},
			{
				name: "an answer that cannot be read is lost", status: fakebittan.Paid, want: outRejected, says: "the answer was lost", count: 1,
				before: func(_ *testing.T, s scene) {
					s.NextMood(fakebittan.RouteUse, 1, fakeserver.Mood{Fault: fakeserver.HalfJSON})
				},
			},
			{
				name: "a station killed while it asked never asks again", status: fakebittan.Paid, want: outRejected, says: "the answer was lost",
				before: func(_ *testing.T, s scene) { s.Memo = "sent=1795289400" },
			},
			{
				name: "nothing is sent while the server is away", status: fakebittan.Paid, class: platform.Offline,
				before: func(_ *testing.T, s scene) { s.CutNetwork() },
			},
			{
				name: "an update is noticed before the ticket is sent", status: fakebittan.Reserved, want: "admitted_unpaid",
				before: func(t *testing.T, s scene) {
					t.Helper()
					must(t, s.drawer.Probe(t.Context()))
					s.SetForm(fakebittan.Today)
				},
			},
		} {
			t.Run(map[fakebittan.Form]string{fakebittan.Bare2024: "2024", fakebittan.March2025: "March"}[form]+", "+c.name, func(t *testing.T) {
				h := newHouse(t, form)
				id := h.ticket(c.status, c.used)
				s := scene{h, h.delivery(id), id}
				if c.before != nil {
					c.before(t, s)
				}
				got, err := s.deliver(t.Context(), h.drawer)
				if class := classOf(t, err); class != c.class || wordOf(got) != c.want || !strings.Contains(got.Theirs, c.says) {
					t.Errorf("%+v, %v; want %q saying %q, class %q", got, err, c.want, c.says, c.class)
				}
				if c.count >= 0 && h.count(id) != c.count {
					t.Errorf("the server counts %d, want %d", h.count(id), c.count)
				}
				if got.Kind == admission.OutcomeRejected && got.Remedy == "" {
					t.Error("a rejection without advice")
				}
				if err != nil && s.Memo != "" {
					t.Errorf("nothing was sent, but %q is jotted down", s.Memo)
				}
			})
		}
	}
}

func TestAnotherEventOfTheMarchServerIsToldAfterTheFact(t *testing.T) {
	h := newHouse(t, fakebittan.March2025)
	id := h.ticket(fakebittan.Paid, 0)
	o := h.delivery(id)
	o.Event = "Sittning"
	got, err := o.deliver(t.Context(), h.drawer)
	if err != nil || got.Kind != admission.OutcomeRejected || !strings.Contains(got.Theirs, title) || h.count(id) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}
