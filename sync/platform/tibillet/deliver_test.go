package tibillet_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
	"gatescand/sync/platform/tibillet"
)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func TestDeliveries(t *testing.T) {
	type scene struct {
		*house
		del *admission.Delivery
	}
	conflict := func(kind admission.ConflictKind) admission.Outcome {
		return admission.Outcome{Kind: admission.OutcomeConflict, Conflict: kind}
	}
	delivered := admission.Outcome{Kind: admission.OutcomeDelivered}
	ours := admission.Outcome{Kind: admission.OutcomeOurs}
	for _, c := range []struct {
		name   string
		status faketibillet.Status
		before func(t *testing.T, s scene)
		want   admission.Outcome
		says   string // part of Theirs
		uses   int    // requests to the use route
		checks int
		after  faketibillet.Status
	}{
		{name: "a valid ticket is marked as used", status: faketibillet.Valid, want: delivered, checks: 1, uses: 1, after: faketibillet.Scanned},
		{
			name: "a canceled ticket is a conflict and stays canceled", status: faketibillet.Canceled,
			want: conflict(admission.AdmittedCanceled), checks: 1, after: faketibillet.Canceled,
		},
		{
			name: "an unpaid ticket is a conflict and stays unpaid", status: faketibillet.Inactive,
			want: conflict(admission.AdmittedUnpaid), checks: 1, after: faketibillet.Inactive,
		},
		{
			name: "a reservation only begun is a conflict and stays so", status: faketibillet.Created,
			want: conflict(admission.AdmittedUnpaid), checks: 1, after: faketibillet.Created,
		},
		{
			name: "a ticket used by another gate is a conflict that names it", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) {
				t.Helper()
				other, _ := s.otherGate()
				_, err := other.Deliver(t.Context(), *s.del, nil)
				must(t, err)
				s.ForgetRequests()
			},
			want: conflict(admission.UsedElsewhere), says: "scanned by app ", checks: 1, after: faketibillet.Scanned,
		},
		{
			name: "a ticket used on the organiser's page is a conflict", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) { t.Helper(); must(t, s.AdminScan(s.del.Ticket.ID)) },
			want:   conflict(admission.UsedElsewhere), says: "organiser's page", checks: 1, after: faketibillet.Scanned,
		},
		{
			name: "our own use whose answer was lost is ours", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) {
				t.Helper()
				s.NextMood(faketibillet.RouteUse, 1, fakeserver.Mood{Fault: fakeserver.LostAnswer})
				if _, err := s.drawer.Deliver(t.Context(), *s.del, nil); err == nil {
					t.Fatal("the lost answer was not noticed")
				}
				s.ForgetRequests()
				s.del.Attempt = 2
			},
			want: ours, checks: 1, after: faketibillet.Scanned,
		},
		{
			name: "our own earlier use of a ticket that came again is ours", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) {
				t.Helper()
				_, err := s.drawer.Deliver(t.Context(), *s.del, nil)
				must(t, err)
				s.ForgetRequests()
				s.del.Earlier = true
			},
			want: ours, checks: 1, after: faketibillet.Scanned,
		},
		{
			name: "our own key's use without any earlier attempt is a conflict", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) {
				t.Helper()
				_, err := s.drawer.Deliver(t.Context(), *s.del, nil)
				must(t, err)
				s.ForgetRequests()
			},
			want: conflict(admission.UsedElsewhere), says: "this station's own key", checks: 1, after: faketibillet.Scanned,
		},
		{
			name: "a repeated attempt at a ticket the organiser reset is made anew", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) {
				t.Helper()
				_, err := s.drawer.Deliver(t.Context(), *s.del, nil)
				must(t, err)
				must(t, s.Unscan(s.del.Ticket.ID))
				s.ForgetRequests()
				s.del.Attempt, s.del.Earlier = 2, true
			},
			want: delivered, checks: 1, uses: 1, after: faketibillet.Scanned,
		},
		{
			name: "a ticket that is no more is a conflict", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) { t.Helper(); must(t, s.DeleteTicket(s.del.Ticket.ID)) },
			want:   conflict(admission.AdmittedUnknown), checks: 1,
		},
		{
			name: "a ticket of a part of the event is rejected", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) {
				t.Helper()
				s.del.Event = s.addEvent(faketibillet.Event{Name: "Bar", Start: tonight()}, 1)
			},
			want: admission.Outcome{Kind: admission.OutcomeRejected}, says: "another event", checks: 1, uses: 1, after: faketibillet.Valid,
		},
		{
			name: "a forged code is rejected", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) { t.Helper(); s.del.Code = formed(s.del.Ticket.ID) },
			want:   admission.Outcome{Kind: admission.OutcomeRejected}, says: "signature", checks: 1, after: faketibillet.Valid,
		},
		{
			name: "a ticket admitted by hand gets a code from the server", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) { t.Helper(); s.del.Code = nil },
			want:   delivered, checks: 1, uses: 1, after: faketibillet.Scanned,
		},
		{
			name: "a code of another ticket is not sent for it", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) {
				t.Helper()
				s.del.Code = s.delivery(s.ticket(faketibillet.Valid)).Code
			},
			want: delivered, checks: 1, uses: 1, after: faketibillet.Scanned,
		},
		{
			name: "a ticket admitted by hand that is no more is a conflict", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) {
				t.Helper()
				s.del.Code = nil
				must(t, s.DeleteTicket(s.del.Ticket.ID))
			},
			want: conflict(admission.AdmittedUnknown),
		},
		{
			name: "a check-in without an event is rejected without a request", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) { t.Helper(); s.del.Event = "" },
			want:   admission.Outcome{Kind: admission.OutcomeRejected}, after: faketibillet.Valid,
		},
		{
			name: "a late delivery looks back", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) { t.Helper(); s.clock.Store(31) },
			want:   delivered, checks: 2, uses: 1, after: faketibillet.Scanned,
		},
		{
			name: "a delivery of a time nobody knows looks back", status: faketibillet.Valid,
			before: func(t *testing.T, s scene) { t.Helper(); s.del.At.Trusted = false },
			want:   delivered, checks: 2, uses: 1, after: faketibillet.Scanned,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			id := h.ticket(c.status)
			del := h.delivery(id)
			if c.before != nil {
				c.before(t, scene{h, &del})
			}
			got, err := h.drawer.Deliver(t.Context(), del, nil)
			must(t, err)
			if got.Kind != c.want.Kind || got.Conflict != c.want.Conflict || !strings.Contains(got.Theirs, c.says) {
				t.Errorf("got %+v, want %+v saying %q", got, c.want, c.says)
			}
			if got.Kind == admission.OutcomeConflict && got.Remedy == "" {
				t.Error("a conflict without advice")
			}
			if n := h.Count(faketibillet.RouteUse); n != c.uses {
				t.Errorf("%d uses asked for, want %d", n, c.uses)
			}
			if n := h.Count(faketibillet.RouteCheckTicket); n != c.checks {
				t.Errorf("%d checks, want %d", n, c.checks)
			}
			if c.after != 0 && h.status(id) != c.after {
				t.Errorf("the ticket is %s now, want %s", h.status(id), c.after)
			}
		})
	}
}

// Both gates are told yes, because the server does not lock, and only the
// last one's name stays. A gate that looks back after that finds out. One that
// looks back before the other's use is written cannot: the server tells nobody.
func TestTwoGatesAtOnce(t *testing.T) {
	h := newHouse(t)
	var checks atomic.Int32
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/scan/check_ticket/" && checks.Add(1) > 2 { // a look back
			if err := h.Await(r.Context(), func() bool { return len(h.Uses()) == 2 }); err != nil {
				return
			}
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	h.base = front.URL
	first := h.gateDrawer(h.gate, h.key)
	second, _ := h.otherGate()
	del := h.delivery(h.ticket(faketibillet.Valid))
	h.clock.Store(60) // both come back from a spell without network
	h.RaceUses(2)
	var wg sync.WaitGroup
	outs := make([]admission.Outcome, 2)
	for i, d := range []*tibillet.Drawer{first, second} {
		wg.Go(func() {
			var err error
			if outs[i], err = d.Deliver(t.Context(), del, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	conflicts, delivered := 0, 0
	for _, out := range outs {
		switch {
		case out.Conflict == admission.UsedElsewhere:
			conflicts++
		case out.Kind == admission.OutcomeDelivered:
			delivered++
		}
	}
	if conflicts != 1 || delivered != 1 {
		t.Errorf("outcomes %+v, want one delivered and one conflict", outs)
	}
}

func TestAttemptsThatMayBeRepeated(t *testing.T) {
	for _, c := range []struct {
		name  string
		route string
		mood  fakeserver.Mood
		want  platform.Class
	}{
		{"no network", fakeserver.RouteAny, fakeserver.Mood{Fault: fakeserver.Offline}, platform.Offline},
		{"the answer to the use is lost", faketibillet.RouteUse, fakeserver.Mood{Fault: fakeserver.LostAnswer}, platform.Offline},
		{"the answer to the use is cut", faketibillet.RouteUse, fakeserver.Mood{Fault: fakeserver.CutBody}, platform.Server},
		{"the answer to the use is half", faketibillet.RouteUse, fakeserver.Mood{Fault: fakeserver.HalfJSON}, platform.Server},
		{"the use is throttled", faketibillet.RouteUse, fakeserver.Mood{Fault: fakeserver.Throttled}, platform.Throttled},
		{"the server fails at the use alone", faketibillet.RouteUse, fakeserver.Mood{Fault: fakeserver.ServerError}, platform.Server},
		{"the proxy fails after the use", faketibillet.RouteUse, fakeserver.Mood{Fault: fakeserver.BadGateway, AfterWork: true}, platform.Server},
		{"a log-in page", fakeserver.RouteAny, fakeserver.Mood{Fault: fakeserver.CaptivePage}, platform.Captive},
		{"a redirect to a log-in page", fakeserver.RouteAny, fakeserver.Mood{Fault: fakeserver.CaptiveRedirect}, platform.Redirected},
		{"a secondary domain", fakeserver.RouteAny, fakeserver.Mood{Fault: fakeserver.ForeignRedirect}, platform.Redirected},
		{"an old server", faketibillet.RouteUse, fakeserver.Mood{Fault: fakeserver.NotFound}, platform.Unsupported},
		{"a word nobody knows", faketibillet.RouteCheckTicket, fakeserver.Mood{Words: map[string]string{faketibillet.Valid.String(): "Gültig"}}, platform.Protocol},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			del := h.delivery(h.ticket(faketibillet.Valid))
			h.SetMood(c.route, c.mood)
			out, err := h.drawer.Deliver(t.Context(), del, nil)
			if got := classOf(t, err); got != c.want {
				t.Errorf("class %q, want %q: %v, %+v", got, c.want, err, out)
			}
			h.ClearMoods()
			del.Attempt = 2
			out, err = h.drawer.Deliver(t.Context(), del, nil)
			if err != nil || (out.Kind != admission.OutcomeDelivered && out.Kind != admission.OutcomeOurs) {
				t.Errorf("the next attempt: %+v, %v", out, err)
			}
			successes := 0
			for _, u := range h.Uses() {
				if u.Success {
					successes++
				}
			}
			if successes != 1 {
				t.Errorf("the server counted %d uses", successes)
			}
		})
	}
}

func TestAKeyThatIsNoLongerGoodStopsTheAccount(t *testing.T) {
	for name, take := range map[string]func(*house) error{
		"archived": func(h *house) error { return h.ArchiveApp(h.gate.UUID) },
		"deleted":  func(h *house) error { return h.DeleteApp(h.gate.UUID) },
		"revoked":  func(h *house) error { return h.RevokeKey(h.gate.UUID) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			del := h.delivery(h.ticket(faketibillet.Valid))
			must(t, take(h))
			h.ForgetRequests()
			_, err := h.drawer.Deliver(t.Context(), del, nil)
			if got := classOf(t, err); got != platform.Auth {
				t.Errorf("class %q: %v", got, err)
			}
			if n := len(h.Requests()); n > 3 {
				t.Errorf("%d requests, want at most 3", n)
			}
			if got := classOf(t, h.drawer.Probe(t.Context())); got != platform.Auth {
				t.Errorf("probe: class %q", got)
			}
		})
	}
}

func TestAnAccountThatIsNotPairedAsksNobody(t *testing.T) {
	h := newHouse(t)
	d := newDrawer(t, h.base, func(s *tibillet.Settings) { s.APIKey, s.StationID = "", "" })
	_, err := d.Deliver(t.Context(), h.delivery(h.ticket(faketibillet.Valid)), nil)
	if got := classOf(t, err); got != platform.Auth {
		t.Errorf("class %q: %v", got, err)
	}
	if n := len(h.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
	if events, err := d.Events(t.Context()); err != nil || len(events) != 1 {
		t.Errorf("events need no key: %v, %v", events, err)
	}
}
