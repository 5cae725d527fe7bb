package bittan_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/bittan"
	"gatescand/sync/platform/platformtest/fakebittan"
	"gatescand/sync/platform/platformtest/fakeserver"
)

// scene is a house with a delivery to be made at its door.
type scene struct {
	*house
	*outbox
	id string
}

// loseAnswer makes the attempt whose answer does not arrive.
func (s scene) loseAnswer(t *testing.T, m fakeserver.Mood) {
	t.Helper()
	s.NextMood(fakebittan.RouteUse, 1, m)
	if out, err := s.deliver(t.Context(), s.drawer); err == nil {
		t.Fatalf("the lost answer was not noticed: %+v", out)
	}
}

func (s scene) otherGateUses(t *testing.T, times int) {
	t.Helper()
	for range times {
		must(t, s.SetTimesUsed(s.id, s.count(s.id)+1))
	}
}

const (
	outDelivered = "delivered"
	outOurs      = "ours"
	outRejected  = "rejected"
)

// wordOf names an outcome in one word: its kind, or that of its conflict.
func wordOf(o admission.Outcome) string {
	if o.Kind == admission.OutcomeConflict {
		return string(o.Conflict)
	}
	return string(o.Kind)
}

func TestDeliveries(t *testing.T) {
	later := func(n int64) func(*testing.T, scene) {
		return func(t *testing.T, s scene) {
			t.Helper()
			s.loseAnswer(t, fakeserver.Mood{Fault: fakeserver.LostAnswer})
			s.clock.Add(n)
		}
	}
	neverArrived := fakeserver.Mood{Fault: fakeserver.BadGateway}
	for _, c := range []struct {
		name   string
		status fakebittan.Status
		used   int // before
		before func(t *testing.T, s scene)
		want   string
		says   string // part of Theirs
		class  platform.Class
		count  int // after
		// restart has the attempt made by a station that has forgotten all but what is on disk.
		restart bool
	}{
		{name: "a paid ticket is used once", status: fakebittan.Paid, want: outDelivered, count: 1},
		{name: "a reserved ticket is a conflict and not used", status: fakebittan.Reserved, want: "admitted_unpaid", says: "not paid"},
		{name: "a failed payment is a conflict and not used", status: fakebittan.FailedAdmin, want: "admitted_canceled", says: "failed"},
		{name: "a word nobody knows is for people and not used", status: "GIFTED", want: outRejected, says: "not known"},
		{
			name: "a ticket that is no more is a conflict", status: fakebittan.Paid, want: "admitted_unknown", count: -1,
			before: func(t *testing.T, s scene) { t.Helper(); must(t, s.DeleteTicket(s.id)) },
		},
		{
			name: "a ticket used before is a conflict that tells how often", status: fakebittan.Paid, used: 2,
			want: "used_elsewhere", says: "2 times", count: 2,
		},
		{
			name: "a use that may be our own earlier one is a conflict that says so", status: fakebittan.Paid, used: 1,
			before: func(_ *testing.T, s scene) { s.Earlier = true },
			want:   "used_elsewhere", says: "earlier admission of this station", count: 1,
		},
		{
			name: "an unpaid and used ticket is unpaid first", status: fakebittan.Reserved, used: 2, want: "admitted_unpaid", count: 2,
		},
		{
			name: "a ticket for another event is rejected, not used, and the event told", status: fakebittan.Paid,
			before: func(t *testing.T, s scene) { t.Helper(); must(t, s.SetTitle(s.event, "Sittning å ä ö")) },
			want:   outRejected, says: `"Sittning å ä ö"`,
		},
		{
			name: "a ticket admitted without an event is used", status: fakebittan.Paid,
			before: func(_ *testing.T, s scene) { s.Event = "" }, want: outDelivered, count: 1,
		},
		{
			name: "blanks that nobody sees make no other event", status: fakebittan.Paid,
			before: func(t *testing.T, s scene) { t.Helper(); must(t, s.SetTitle(s.event, title+" \n")) },
			want:   outDelivered, count: 1,
		},
		{
			name: "nor do they in the check-in", status: fakebittan.Paid,
			before: func(_ *testing.T, s scene) { s.Event = " " + title + "\t" }, want: outDelivered, count: 1,
		},
		{
			name: "a ticket in small letters is the same", status: fakebittan.Paid,
			before: func(_ *testing.T, s scene) { s.outbox.Ticket.ID = strings.ToLower(s.id) }, want: outDelivered, count: 1,
		},
		{
			name: "a ticket that is none of BitTan is rejected without a request", status: fakebittan.Paid,
			before: func(_ *testing.T, s scene) { s.outbox.Ticket.ID = "AB-CDE" }, want: outRejected,
		},
		{name: "a lost answer is found to be ours at once", status: fakebittan.Paid, before: later(0), want: outOurs, count: 1},
		{name: "a lost answer is found to be ours a day later", status: fakebittan.Paid, restart: true, before: later(86400), want: outOurs, count: 1},
		{
			name: "a lost answer is ours though the ticket was canceled since", status: fakebittan.Paid, want: outOurs, count: 1,
			before: func(t *testing.T, s scene) {
				t.Helper()
				later(0)(t, s)
				must(t, s.SetStatus(s.id, fakebittan.FailedAdmin))
			},
		},
		{
			name: "a lost answer and another gate's use are a conflict", status: fakebittan.Paid,
			before: func(t *testing.T, s scene) { t.Helper(); later(0)(t, s); s.otherGateUses(t, 1) },
			want:   "used_elsewhere", says: "1 time ", count: 2,
		},
		{
			name: "a lost request waits until it cannot arrive any more", status: fakebittan.Paid,
			before: func(t *testing.T, s scene) { t.Helper(); s.loseAnswer(t, neverArrived); s.clock.Add(29) },
			class:  platform.NotYet,
		},
		{
			name: "a lost request is repeated then", status: fakebittan.Paid,
			before: func(t *testing.T, s scene) { t.Helper(); s.loseAnswer(t, neverArrived); s.clock.Add(30) },
			want:   outDelivered, count: 1,
		},
		{
			name: "a lost request is repeated by a station that was restarted", status: fakebittan.Paid, restart: true,
			before: func(t *testing.T, s scene) { t.Helper(); s.loseAnswer(t, neverArrived); s.clock.Add(30) },
			want:   outDelivered, count: 1,
		},
		{
			name: "a lost request is not repeated for a ticket canceled since", status: fakebittan.Paid,
			before: func(t *testing.T, s scene) {
				t.Helper()
				s.loseAnswer(t, neverArrived)
				s.clock.Add(60)
				must(t, s.SetStatus(s.id, fakebittan.FailedAdmin))
			},
			want: "admitted_canceled", says: "failed",
		},
		{
			name: "a clock set back begins the wait anew", status: fakebittan.Paid,
			before: func(t *testing.T, s scene) { t.Helper(); s.loseAnswer(t, neverArrived); s.clock.Add(-86400) },
			class:  platform.NotYet,
		},
		{
			name: "a clock set back holds nothing up for longer", status: fakebittan.Paid,
			before: func(t *testing.T, s scene) {
				t.Helper()
				s.loseAnswer(t, neverArrived)
				s.clock.Add(-86400)
				if _, err := s.deliver(t.Context(), s.drawer); classOf(t, err) != platform.NotYet {
					t.Fatalf("%v", err)
				}
				s.clock.Add(30)
			},
			want: outDelivered, count: 1,
		},
		{
			name: "a lost answer for a ticket that is no more is a conflict", status: fakebittan.Paid,
			before: func(t *testing.T, s scene) { t.Helper(); later(0)(t, s); must(t, s.DeleteTicket(s.id)) },
			want:   "admitted_unknown", count: -1,
		},
		{
			name: "a count below the one jotted down is for people", status: fakebittan.Paid, used: 1,
			before: func(_ *testing.T, s scene) { s.Memo = "n0=3 sent=1795289400" }, want: outRejected, says: "set back", count: 1,
		},
		{
			name: "a lost answer behind a version put back is for people", status: fakebittan.Paid, want: outRejected, count: 1,
			before: func(t *testing.T, s scene) {
				t.Helper()
				later(0)(t, s)
				s.SetForm(fakebittan.Bare2024)
				must(t, s.drawer.Probe(t.Context()))
			},
		},
		{
			name: "a version put back while the server failed is not asked", status: fakebittan.Paid, want: outRejected,
			before: func(t *testing.T, s scene) {
				t.Helper()
				s.loseAnswer(t, neverArrived)
				s.SetForm(fakebittan.March2025)
			},
		},
		{
			name: "a memo that cannot be read is a request that may have left", status: fakebittan.Paid,
			before: func(_ *testing.T, s scene) { s.Memo = "n0=x" }, want: outRejected,
		},
		{
			name: "a memo of a count below none is one of those", status: fakebittan.Paid,
			before: func(_ *testing.T, s scene) { s.Memo = "n0=-1 sent=1795289400" }, want: outRejected,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, fakebittan.Today)
			id := h.ticket(c.status, c.used)
			s := scene{h, h.delivery(id), id}
			if c.before != nil {
				c.before(t, s)
			}
			if c.restart {
				h.drawer = h.gate("north")
			}
			got, err := s.deliver(t.Context(), h.drawer)
			if class := classOf(t, err); class != c.class || wordOf(got) != c.want || !strings.Contains(got.Theirs, c.says) {
				t.Errorf("%+v, %v; want %q saying %q, class %q", got, err, c.want, c.says, c.class)
			}
			if got.Kind == admission.OutcomeConflict && got.Remedy == "" {
				t.Error("a conflict without advice")
			}
			if strings.Contains(got.Theirs+got.Remedy, id) {
				t.Error("the code is told")
			}
			if c.class == platform.NotYet && (platform.RetryAfterOf(err) <= 0 || platform.RetryAfterOf(err) > 30*time.Second) {
				t.Errorf("to be tried again after %s", platform.RetryAfterOf(err))
			}
			if c.count >= 0 && h.count(id) != c.count {
				t.Errorf("the server counts %d, want %d", h.count(id), c.count)
			}
		})
	}
}

// Two gates at the same instant: the server has no lock, tells both that the
// ticket was not used, and counts one use.
func TestTwoGatesAtOnce(t *testing.T) {
	h := newHouse(t, fakebittan.Today)
	id := h.ticket(fakebittan.Paid, 0)
	h.RaceUses(2)
	var wg sync.WaitGroup
	outs := make([]admission.Outcome, 2)
	for i, d := range []*bittan.Drawer{h.drawer, h.gate("south")} {
		wg.Go(func() {
			var err error
			if outs[i], err = h.delivery(id).deliver(t.Context(), d); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if wordOf(outs[0]) != outDelivered || wordOf(outs[1]) != outDelivered || h.count(id) != 1 || len(h.UsesOf(id)) != 2 {
		t.Errorf("%+v, count %d", outs, h.count(id))
	}
}

// A use that comes between the look and ours is found out by our own answer.
func TestAnotherGateInBetween(t *testing.T) {
	for _, status := range []fakebittan.Status{fakebittan.Paid, fakebittan.FailedAdmin} {
		h := newHouse(t, fakebittan.Today)
		id := h.ticket(fakebittan.Paid, 0)
		o := h.delivery(id)
		out, err := h.drawer.Deliver(t.Context(), o.Delivery, func(context.Context, string) error {
			return errors.Join(h.SetTimesUsed(id, 1), h.SetStatus(id, status))
		})
		want := map[fakebittan.Status]string{fakebittan.Paid: "used_elsewhere", fakebittan.FailedAdmin: "admitted_canceled"}[status]
		if err != nil || wordOf(out) != want || !strings.Contains(out.Theirs+out.Remedy, "counted") || h.count(id) != 2 {
			t.Errorf("%+v, %v, count %d", out, err, h.count(id))
		}
	}
}

// Nothing below the drawer may send a use again, so that each has a connection
// of its own.
func TestUsesShareNoConnection(t *testing.T) {
	h := newHouse(t, fakebittan.Today)
	count := &dialer{left: 100}
	d := h.gate("north", func(s *bittan.Settings) { s.Dial = count.dial })
	for range 3 {
		if _, err := h.delivery(h.ticket(fakebittan.Paid, 0)).deliver(t.Context(), d); err != nil {
			t.Error(err)
		}
	}
	if made := 100 - count.left; made != 1+3 {
		t.Errorf("%d connections for three uses and what was asked before, want 4", made)
	}
}

func TestAttemptsThatMayBeRepeated(t *testing.T) {
	for _, c := range []struct {
		name string
		mood fakeserver.Mood
		want platform.Class
	}{
		{"the answer is lost", fakeserver.Mood{Fault: fakeserver.LostAnswer}, platform.Offline},
		{"the answer is cut", fakeserver.Mood{Fault: fakeserver.CutBody}, platform.Server},
		{"the answer is half", fakeserver.Mood{Fault: fakeserver.HalfJSON}, platform.Server},
		{"the request is lost", fakeserver.Mood{Fault: fakeserver.Offline}, platform.Offline},
		{"it is throttled", fakeserver.Mood{Fault: fakeserver.Throttled}, platform.Throttled},
		{"it is throttled after the use", fakeserver.Mood{Fault: fakeserver.Throttled, AfterWork: true}, platform.Throttled},
		{"the server fails", fakeserver.Mood{Fault: fakeserver.ServerError}, platform.Server},
		{"the proxy fails after the use", fakeserver.Mood{Fault: fakeserver.BadGateway, AfterWork: true}, platform.Server},
		{"the proxy says no JSON of ours", fakeserver.Mood{Fault: fakeserver.ForeignJSON, AfterWork: true}, platform.Protocol},
		{"a log-in page", fakeserver.Mood{Fault: fakeserver.CaptivePage}, platform.Captive},
		{"a redirect", fakeserver.Mood{Fault: fakeserver.ForeignRedirect}, platform.Redirected},
		{"no such route", fakeserver.Mood{Fault: fakeserver.NotFound}, platform.Unsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, fakebittan.Today)
			id := h.ticket(fakebittan.Paid, 0)
			o := h.delivery(id)
			h.NextMood(fakebittan.RouteUse, 1, c.mood)
			out, err := o.deliver(t.Context(), h.drawer)
			if got := classOf(t, err); got != c.want {
				t.Errorf("class %q, want %q: %v, %+v", got, c.want, err, out)
			}
			h.clock.Add(30)
			out, err = o.deliver(t.Context(), h.drawer)
			if err != nil || (out.Kind != admission.OutcomeDelivered && out.Kind != admission.OutcomeOurs) || h.count(id) != 1 {
				t.Errorf("the next attempt: %+v, %v, count %d", out, err, h.count(id))
			}
		})
	}
}
