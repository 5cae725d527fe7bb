package stebby_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/fakestebby"
	"gatescand/sync/platform/stebby"
)

func outcome(kind admission.OutcomeKind) admission.Outcome { return admission.Outcome{Kind: kind} }

func conflict(kind admission.ConflictKind) admission.Outcome {
	return admission.Outcome{Kind: admission.OutcomeConflict, Conflict: kind}
}

// scene is a delivery about to be made.
type scene struct {
	*house
	del *admission.Delivery
}

// overtaken lets a desk use the ticket between the look-up and the use.
func overtaken(_ *testing.T, s scene) {
	used := false
	s.SetOracle(func(a fakeserver.Arrival) fakeserver.Mood {
		if a.Route == fakestebby.RouteUse && !used {
			used = true
			if err := s.UseAtDesk(someCode, "desk"); err != nil {
				s.tb.Error(err)
			}
		}
		return fakeserver.Mood{}
	})
}

func TestDeliveries(t *testing.T) {
	lost := func(t *testing.T, s scene) {
		t.Helper()
		s.NextMood(fakestebby.RouteUse, 1, fakeserver.Mood{Fault: fakeserver.LostAnswer})
		var p pad
		if _, err := s.drawer.Deliver(t.Context(), *s.del, p.jot); err == nil || p.memo != "usable 1795289400" {
			t.Fatalf("a lost answer: %v, memo %q", err, p.memo)
		}
		s.del.Memo, s.del.Attempt = p.memo, 2
		s.ForgetRequests()
	}
	unsent := func(t *testing.T, s scene) {
		t.Helper()
		s.NextMood(fakestebby.RouteUse, 1, fakeserver.Mood{Fault: fakeserver.BadGateway})
		var p pad
		if _, err := s.drawer.Deliver(t.Context(), *s.del, p.jot); err == nil {
			t.Fatal("a bad gateway was not noticed")
		}
		s.del.Memo, s.del.Attempt = p.memo, 2
		s.ForgetRequests()
	}
	for _, c := range []struct {
		name    string
		m       fakestebby.Manners
		before  func(t *testing.T, s scene)
		want    admission.Outcome
		says    string // part of Theirs
		uses    int    // requests to the use route
		lookups int
		count   int    // uses the platform counts in the end
		memo    string // left behind, "-" for any
	}{
		{name: "a usable ticket is used", want: outcome(admission.OutcomeDelivered), uses: 1, lookups: 1, count: 1, memo: "usable 1795289400"},
		{
			name: "PHP's other empty answer is an answer", m: fakestebby.Manners{EmptyArray: true}, want: outcome(admission.OutcomeDelivered),
			uses: 1, lookups: 1, count: 1, memo: "-",
		},
		{
			name: "an answer without a body is looked into", m: fakestebby.Manners{NoContent: true}, want: outcome(admission.OutcomeDelivered),
			uses: 1, lookups: 2, count: 1, memo: "-",
		},
		{
			name: "an answer about something else is looked into", want: outcome(admission.OutcomeDelivered), uses: 1, lookups: 2, count: 1, memo: "-",
			before: func(_ *testing.T, s scene) {
				s.NextMood(fakestebby.RouteUse, 1, fakeserver.Mood{Fault: fakeserver.ForeignJSON, AfterWork: true})
			},
		},
		{
			name: "a ticket that is not usable, and was never sent, is unknown", want: conflict(admission.AdmittedUnknown),
			says: "used elsewhere, expired, or never sold", lookups: 1, count: 1,
			before: func(t *testing.T, s scene) { t.Helper(); must(t, s.UseAtDesk(someCode, "desk")) },
		},
		{
			name: "a ticket that expired before the delivery is unknown", want: conflict(admission.AdmittedUnknown), says: "expired", lookups: 1,
			before: func(_ *testing.T, s scene) { s.clock.Store(3601) },
		},
		{
			name: "a ticket nobody sold is unknown", want: conflict(admission.AdmittedUnknown), lookups: 1,
			before: func(_ *testing.T, s scene) { s.del.Ticket.ID = "NEVERSOLD1"; s.del.Code = nil },
		},
		{
			name: "a ticket that an earlier check-in of ours used is ours", want: outcome(admission.OutcomeOurs), says: "earlier check-in", lookups: 1, count: 1,
			before: func(t *testing.T, s scene) {
				t.Helper()
				_, err := s.drawer.Deliver(t.Context(), *s.del, new(pad).jot)
				must(t, err)
				s.ForgetRequests()
				s.del.Earlier = true
			},
		},
		{
			name: "an attempt that stopped before its use makes a foreign use no use of ours", want: conflict(admission.AdmittedUnknown), lookups: 1, count: 1,
			before: func(t *testing.T, s scene) {
				t.Helper()
				s.del.Attempt = 5
				must(t, s.UseAtDesk(someCode, "desk"))
			},
		},
		{name: "a use whose answer was lost is ours", want: outcome(admission.OutcomeOurs), says: "probably", lookups: 1, count: 1, before: lost, memo: "usable 1795289400"},
		{
			name: "a use that never arrived is sent again after a while", want: outcome(admission.OutcomeDelivered), uses: 1, lookups: 1, count: 1, memo: "usable 1795289430",
			before: func(t *testing.T, s scene) { t.Helper(); unsent(t, s); s.clock.Store(30) },
		},
		{
			name: "a clock that was set back ends the wait", want: outcome(admission.OutcomeDelivered), uses: 1, lookups: 1, count: 1, memo: "usable 1795285800",
			before: func(t *testing.T, s scene) { t.Helper(); unsent(t, s); s.clock.Store(-3600) },
		},
		{
			name: "a memo of another release was written before a use too", want: outcome(admission.OutcomeDelivered), uses: 1, lookups: 1, count: 1, memo: "-",
			before: func(_ *testing.T, s scene) { s.del.Memo = "sent, perhaps" },
		},
		{
			name: "a memo of another release and a ticket that is gone make ours", want: outcome(admission.OutcomeOurs), lookups: 1, count: 1, memo: "sent, perhaps",
			before: func(t *testing.T, s scene) {
				t.Helper()
				s.del.Memo = "sent, perhaps"
				must(t, s.UseAtDesk(someCode, "desk"))
			},
		},
		{
			name: "a use that the server refuses though the ticket is usable is rejected", want: outcome(admission.OutcomeRejected),
			says: "with error 777, though it calls the ticket usable", uses: 1, lookups: 2, memo: "",
			before: func(_ *testing.T, s scene) {
				s.NextMood(fakestebby.RouteUse, 1, fakeserver.Mood{Fault: fakeserver.ForeignJSON, Body: `{"errors":[{"code":777,"message":"m"}]}`})
			},
		},
		{
			name: "a use refused after the validity ended says so", want: outcome(admission.OutcomeRejected), says: "its validity ended on 2026-11-21 20:30 UTC",
			uses: 1, lookups: 2, memo: "",
			before: func(_ *testing.T, s scene) {
				s.SetOracle(func(a fakeserver.Arrival) fakeserver.Mood {
					if a.Route == fakestebby.RouteUse {
						return fakeserver.Mood{Fault: fakeserver.ForeignJSON, Body: `{"code":"777","message":"m"}`}
					}
					return fakeserver.Mood{}
				})
				// The server's clock is slower than the station's.
				s.drawer = s.newDrawer(func(set *stebby.Settings) {
					set.Now = func() time.Time { return s.now().Add(2 * time.Hour) }
				})
			},
		},
		{
			name: "a use that comes second is a conflict", want: conflict(admission.UsedElsewhere), says: "with error 99301", uses: 1, lookups: 2, count: 1, memo: "",
			before: overtaken,
		},
		{
			name: "a use that comes second in any form of error is a conflict", m: fakestebby.Manners{Errors: fakestebby.FormFields, ErrorStatus: 422},
			want: conflict(admission.UsedElsewhere), uses: 1, lookups: 2, count: 1, memo: "", before: overtaken,
		},
		{
			name: "a use that comes second with status 404 is a conflict", m: fakestebby.Manners{Errors: fakestebby.FormMessage, ErrorStatus: 404},
			want: conflict(admission.UsedElsewhere), uses: 1, lookups: 2, count: 1, memo: "", before: overtaken,
		},
		{
			name: "a use that comes second to our own, late one is ours", want: outcome(admission.OutcomeOurs), says: "probably", uses: 1, lookups: 2, count: 1, memo: "usable 1795289400",
			before: func(t *testing.T, s scene) { t.Helper(); unsent(t, s); s.clock.Store(40); overtaken(t, s) },
		},
		{
			name: "a proxy that sends everything twice makes a conflict that says so", want: conflict(admission.UsedElsewhere), says: "arrived twice",
			uses: 1, lookups: 2, count: 1, memo: "",
			before: func(_ *testing.T, s scene) { s.NextMood(fakestebby.RouteUse, 1, fakeserver.Mood{Repeat: true}) },
		},
		{
			name: "a ticket whose validity cannot be read is used", want: outcome(admission.OutcomeDelivered), uses: 1, lookups: 1, count: 1, memo: "-",
			before: func(t *testing.T, s scene) {
				t.Helper()
				s.Remove(someCode)
				s.add(fakestebby.Ticket{Code: someCode, RawValidity: `"soon"`})
			},
		},
		{
			name: "a ticket of the list that has not the form of one is rejected without a request", want: outcome(admission.OutcomeRejected),
			before: func(_ *testing.T, s scene) { s.del.Ticket.ID = "A/1" },
		},
		{
			name: "a ticket admitted by hand needs no code", want: outcome(admission.OutcomeDelivered), uses: 1, lookups: 1, count: 1, memo: "-",
			before: func(_ *testing.T, s scene) { s.del.Code = nil },
		},
		{
			name: "a ticket the office reset is used again", want: outcome(admission.OutcomeDelivered), uses: 1, lookups: 1, count: 2, memo: "-",
			before: func(t *testing.T, s scene) {
				t.Helper()
				must(t, s.UseAtDesk(someCode, "desk"))
				must(t, s.Reset(someCode))
				s.del.Earlier = true
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.m)
			h.sell(someCode)
			del := h.delivery(someCode)
			s := scene{h, &del}
			if c.before != nil {
				c.before(t, s)
			}
			p := pad{memo: del.Memo}
			got, err := h.drawer.Deliver(t.Context(), del, p.jot)
			must(t, err)
			if got.Kind != c.want.Kind || got.Conflict != c.want.Conflict || !strings.Contains(got.Theirs, c.says) {
				t.Errorf("got %+v, want %+v saying %q", got, c.want, c.says)
			}
			if (got.Kind == admission.OutcomeConflict || got.Kind == admission.OutcomeRejected) && got.Remedy == "" {
				t.Error("no advice")
			}
			if strings.Contains(got.Theirs+got.Remedy, someCode) || strings.Contains(p.memo, someCode) {
				t.Error("the ticket's code comes out")
			}
			if n := h.Count(fakestebby.RouteUse); n != c.uses {
				t.Errorf("%d uses asked for, want %d", n, c.uses)
			}
			if n := h.Count(fakestebby.RouteLookup); n != c.lookups {
				t.Errorf("%d look-ups, want %d", n, c.lookups)
			}
			if n := h.uses(someCode); n != c.count {
				t.Errorf("the platform counts %d uses, want %d", n, c.count)
			}
			if c.memo != "-" && p.memo != c.memo {
				t.Errorf("memo %q, want %q", p.memo, c.memo)
			}
		})
	}
}

func TestAUseMayBeOnItsWay(t *testing.T) {
	h := newHouse(t)
	h.sell(someCode)
	del := h.delivery(someCode)
	del.Memo, del.Attempt = "usable 1795289390", 2 // ten seconds ago
	var p pad
	_, err := h.drawer.Deliver(t.Context(), del, p.jot)
	if got := classOf(t, err); got != platform.NotYet || platform.RetryAfterOf(err) != 20*time.Second {
		t.Errorf("class %s after %s: %v", got, platform.RetryAfterOf(err), err)
	}
	if n := h.Count(fakestebby.RouteUse); n != 0 || p.n != 0 {
		t.Errorf("%d uses sent, %d memos written", n, p.n)
	}
}

func TestAttemptsThatMayBeRepeated(t *testing.T) {
	const kept, struck = "usable 1795289400", ""
	for _, c := range []struct {
		name  string
		route string
		mood  fakeserver.Mood
		want  platform.Class
		memo  string
		next  admission.OutcomeKind
	}{
		{"no network at all", fakeserver.RouteAny, fakeserver.Mood{Fault: fakeserver.Offline}, platform.Offline, struck, admission.OutcomeDelivered},
		{"the answer to the use is lost", fakestebby.RouteUse, fakeserver.Mood{Fault: fakeserver.LostAnswer}, platform.Offline, kept, admission.OutcomeOurs},
		{"the answer to the use is cut", fakestebby.RouteUse, fakeserver.Mood{Fault: fakeserver.CutBody}, platform.Server, kept, admission.OutcomeOurs},
		{"the connection breaks before the use", fakestebby.RouteUse, fakeserver.Mood{Fault: fakeserver.Offline}, platform.Offline, kept, admission.OutcomeDelivered},
		{"the proxy fails after the use", fakestebby.RouteUse, fakeserver.Mood{Fault: fakeserver.BadGateway, AfterWork: true}, platform.Server, kept, admission.OutcomeOurs},
		{"the server fails before the use", fakestebby.RouteUse, fakeserver.Mood{Fault: fakeserver.ServerError}, platform.Server, kept, admission.OutcomeDelivered},
		{"the use is throttled", fakestebby.RouteUse, fakeserver.Mood{Fault: fakeserver.Throttled}, platform.Throttled, struck, admission.OutcomeDelivered},
		{"the use is redirected", fakestebby.RouteUse, fakeserver.Mood{Fault: fakeserver.ForeignRedirect}, platform.Redirected, struck, admission.OutcomeDelivered},
		{"a log-in page after the use", fakestebby.RouteUse, fakeserver.Mood{Fault: fakeserver.CaptivePage, AfterWork: true}, platform.Captive, kept, admission.OutcomeOurs},
		{"the server says no more than hello to the use", fakestebby.RouteUse, fakeserver.Mood{Fault: fakeserver.ForeignJSON}, platform.Protocol, kept, admission.OutcomeDelivered},
		{"the key is refused for the use", fakestebby.RouteUse, fakeserver.Mood{Fault: fakeserver.ForeignJSON, Body: `{"code":2108,"message":"m"}`}, platform.Auth, struck, admission.OutcomeDelivered},
		{"the look-up fails", fakestebby.RouteLookup, fakeserver.Mood{Fault: fakeserver.ErrorPage}, platform.Server, struck, admission.OutcomeDelivered},
		{"the look-up is behind a log-in page", fakestebby.RouteLookup, fakeserver.Mood{Fault: fakeserver.CaptivePage}, platform.Captive, struck, admission.OutcomeDelivered},
		{"the look-up is gone", fakestebby.RouteLookup, fakeserver.Mood{Fault: fakeserver.NotFound}, platform.Unsupported, struck, admission.OutcomeDelivered},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			h.sell(someCode)
			del := h.delivery(someCode)
			h.SetMood(c.route, c.mood)
			var p pad
			out, err := h.drawer.Deliver(t.Context(), del, p.jot)
			if got := classOf(t, err); got != c.want {
				t.Errorf("class %q, want %q: %v, %+v", got, c.want, err, out)
			}
			if p.memo != c.memo {
				t.Errorf("memo %q, want %q", p.memo, c.memo)
			}
			h.ClearMoods()
			h.clock.Store(31)
			del.Attempt, del.Memo = 2, p.memo
			out, err = h.newDrawer().Deliver(t.Context(), del, p.jot)
			if err != nil || out.Kind != c.next {
				t.Errorf("the next attempt: %+v, %v, want %s", out, err, c.next)
			}
			if n := h.uses(someCode); n != 1 {
				t.Errorf("the platform counts %d uses", n)
			}
		})
	}
}

// A use that never left must not be taken for the reason why a ticket is gone.
func TestAUseThatNeverLeftIsStruckFromTheMemo(t *testing.T) {
	h := newHouse(t)
	h.sell(someCode)
	del := h.delivery(someCode)
	p := pad{}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := h.drawer.Deliver(ctx, del, func(ctx context.Context, memo string) error {
		err := p.jot(ctx, memo)
		cancel() // time runs out between the memo and the use
		return err
	})
	if got := classOf(t, err); got != platform.Offline {
		t.Errorf("class %s: %v", got, err)
	}
	if p.n != 2 || p.memo != "" {
		t.Errorf("%d memos, the last %q", p.n, p.memo)
	}
	must(t, h.UseAtDesk(someCode, "desk"))
	del.Memo, del.Attempt = p.memo, 2
	out, err := h.drawer.Deliver(t.Context(), del, p.jot)
	must(t, err)
	if out.Conflict != admission.AdmittedUnknown {
		t.Errorf("a foreign use is taken for ours: %+v", out)
	}
}

func TestNothingIsSentThatIsNotWrittenDown(t *testing.T) {
	h := newHouse(t)
	h.sell(someCode)
	full := errors.New("disk full")
	_, err := h.drawer.Deliver(t.Context(), h.delivery(someCode), (&pad{err: full}).jot)
	if !errors.Is(err, full) {
		t.Errorf("error %v, want the memo's own", err)
	}
	if n := h.Count(fakestebby.RouteUse); n != 0 || h.uses(someCode) != 0 {
		t.Errorf("%d uses sent", n)
	}
}

// Two gates deliver the same ticket at the same moment: one use is counted, and
// one of the two learns of it.
func TestTwoGatesAtOnce(t *testing.T) {
	h := newHouse(t)
	h.sell(someCode)
	h.RaceUses(2)
	outs := make([]admission.Outcome, 2)
	var wg sync.WaitGroup
	for i := range outs {
		d := h.newDrawer()
		wg.Go(func() {
			var err error
			if outs[i], err = d.Deliver(t.Context(), h.delivery(someCode), new(pad).jot); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if h.uses(someCode) != 1 {
		t.Errorf("the platform counts %d uses", h.uses(someCode))
	}
	if said := fmt.Sprintf("%s %s", outs[0].Kind, outs[1].Kind); said != "delivered conflict" && said != "conflict delivered" {
		t.Errorf("outcomes %+v", outs)
	}
}
