package ticketsonic_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketicketsonic"
	"gatescand/sync/platform/ticketsonic"
)

// notebook is what the outbox keeps of a delivery between attempts.
type notebook struct {
	memo string
	full error
}

func (n *notebook) jot(_ context.Context, memo string) error {
	if n.full == nil {
		n.memo = memo
	}
	return n.full
}

func TestDeliveries(t *testing.T) {
	delivered := admission.Outcome{Kind: admission.OutcomeDelivered}
	unknown := admission.Outcome{Kind: admission.OutcomeConflict, Conflict: admission.AdmittedUnknown}
	const old = time.Hour
	for _, c := range []struct {
		name string
		code func(h *hall) string
		// change makes the delivery another one than a prompt, first, trusted one.
		change func(h *hall, d *admission.Delivery)
		want   admission.Outcome
		says   string
		class  platform.Class // where it is to be tried again
		wait   time.Duration
		memo   string
		asked  int
	}{
		{
			name: "a ticket of the books is delivered",
			code: func(h *hall) string { return h.sell().Code }, want: delivered, asked: 1,
		},
		{
			name: "a ticket admitted by hand has nothing to be told",
			code: func(*hall) string { return "" }, want: delivered,
		},
		{
			name: "a code in the other alphabet without padding is sent as it was printed",
			code: func(h *hall) string {
				for {
					if code := h.sell().Code; strings.ContainsAny(code, "+/") {
						return strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(code) + "\r\n"
					}
				}
			}, want: delivered, asked: 1,
		},
		{
			name: "a code without the form is buried and never sent",
			code: func(*hall) string { return "hello" }, want: admission.Outcome{Kind: admission.OutcomeRejected}, says: "form",
		},
		{
			name: "a ticket for another event than the one it was admitted to is a conflict",
			code: func(h *hall) string { return h.sell().Code }, change: func(_ *hall, d *admission.Delivery) { d.Event = "77" },
			want: unknown, says: "valid, but for event", asked: 1,
		},
		{
			name: "a block that was never sold is asked about again while it may be new",
			code: func(h *hall) string { return h.forge() }, class: platform.NotYet, wait: 2 * time.Minute, memo: "refused 1", asked: 1,
		},
		{
			name: "and again, less often",
			code: func(h *hall) string { return h.forge() }, change: func(_ *hall, d *admission.Delivery) { d.Memo, d.Attempt = "refused 2", 3 },
			class: platform.NotYet, wait: 8 * time.Minute, memo: "refused 3", asked: 1,
		},
		{
			name: "after hours it is asked about once more, in case",
			code: func(h *hall) string { return h.forge() }, change: func(h *hall, d *admission.Delivery) { h.pass(old); d.Memo, d.Attempt = "refused 1", 2 },
			class: platform.NotYet, wait: 4 * time.Minute, memo: "refused 2", asked: 1,
		},
		{
			name: "and then it is a conflict",
			code: func(h *hall) string { return h.forge() }, change: func(h *hall, d *admission.Delivery) { h.pass(old); d.Memo, d.Attempt = "refused 2", 3 },
			want: unknown, says: "no valid ticket", asked: 1,
		},
		{
			name: "which says so when an earlier answer was lost",
			code: func(h *hall) string { return h.forge() }, change: func(h *hall, d *admission.Delivery) { h.pass(old); d.Memo, d.Attempt = "refused 2", 4 },
			want: unknown, says: "got no answer", asked: 1,
		},
		{
			name: "by a clock nobody trusts it is asked about longer",
			code: func(h *hall) string { return h.forge() }, change: func(h *hall, d *admission.Delivery) {
				h.pass(old)
				d.At.Trusted, d.Memo, d.Attempt = false, "refused 3", 4
			},
			class: platform.NotYet, wait: 16 * time.Minute, memo: "refused 4", asked: 1,
		},
		{
			name: "and then it is a conflict too",
			code: func(h *hall) string { return h.forge() }, change: func(_ *hall, d *admission.Delivery) {
				d.At.Trusted, d.Memo, d.Attempt = false, "refused 4", 5
			},
			want: unknown, says: "no valid ticket", asked: 1,
		},
		{
			name: "an admission in the future is as good as undated",
			code: func(h *hall) string { return h.forge() }, change: func(h *hall, d *admission.Delivery) {
				d.At.Wall, d.Memo, d.Attempt = h.now().Add(old), "refused 4", 5
			},
			want: unknown, says: "no valid ticket", asked: 1,
		},
		{
			name: "a memo of somebody else counts for nothing",
			code: func(h *hall) string { return h.forge() }, change: func(h *hall, d *admission.Delivery) { h.pass(old); d.Memo = "refused -9" },
			class: platform.NotYet, wait: 2 * time.Minute, memo: "refused 1", asked: 1,
		},
		{
			name: "a canceled ticket ends as a conflict",
			code: func(h *hall) string {
				sold := h.sell()
				must(h.tb, h.Cancel(h.user, sold.Number))
				return sold.Code
			},
			change: func(h *hall, d *admission.Delivery) { h.pass(old); d.Memo, d.Attempt = "refused 2", 3 },
			want:   unknown, says: "no valid ticket", asked: 1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, manner := range []faketicketsonic.Manner{faketicketsonic.Today, faketicketsonic.Documented, faketicketsonic.Plain} {
				h := newHall(t, func(o *faketicketsonic.Options) { o.Manner = manner })
				del := h.delivery(c.code(h))
				if c.change != nil {
					c.change(h, &del)
				}
				var book notebook
				got, err := h.drawer.Deliver(t.Context(), del, book.jot)
				if class := classOf(t, err); class != c.class || platform.RetryAfterOf(err) != c.wait {
					t.Errorf("class %q after %s, want %q after %s: %v", class, platform.RetryAfterOf(err), c.class, c.wait, err)
				}
				if got.Kind != c.want.Kind || got.Conflict != c.want.Conflict || !strings.Contains(got.Theirs, c.says) {
					t.Errorf("got %+v, want %+v saying %q", got, c.want, c.says)
				}
				if asked := h.Count(faketicketsonic.RouteValidate); asked != c.asked || book.memo != c.memo {
					t.Errorf("asked %d times, memo %q; want %d and %q", asked, book.memo, c.asked, c.memo)
				}
			}
		})
	}
}

func TestAMemoThatCannotBeWrittenIsTheOutboxsTrouble(t *testing.T) {
	h := newHall(t)
	book := notebook{full: errors.New("disk full")}
	if _, err := h.drawer.Deliver(t.Context(), h.delivery(h.forge()), book.jot); !errors.Is(err, book.full) {
		t.Errorf("%v", err)
	}
}

func TestAnAnswerThatGivesNoEventIsNotBelieved(t *testing.T) {
	for _, body := range []string{
		`{"status":"success"}`, `{"status":"success","message":null}`, `{"status":"success","message":"valid"}`, `"success"`, `success`,
		`{"status":"success","message":{}}`, `{"status":"success","message":{"event_id":null}}`, `{"status":"success","message":{"event_id":-1}}`,
		`{"status":"success","message":{"event_id":1.5}}`, `{"status":"success","message":[]}`, `{"status":"ok","message":{"event_id":1}}`,
		`{"message":{"event_id":1}}`, `{"status":"failure","message":"success"`,
	} {
		h := newHall(t)
		del := h.delivery(h.sell().Code)
		h.SetMood(faketicketsonic.RouteValidate, fakeserver.Mood{Fault: fakeserver.ForeignJSON, Body: body})
		out, err := h.drawer.Deliver(t.Context(), del, new(notebook).jot)
		if class := classOf(t, err); class != platform.Protocol && class != platform.Server {
			t.Errorf("%s gave %+v and class %q", body, out, class)
		}
	}
}

func TestTheEventMayComeAsText(t *testing.T) {
	h := newHall(t)
	del := h.delivery(h.sell().Code)
	h.SetMood(faketicketsonic.RouteValidate, fakeserver.Mood{
		Fault: fakeserver.ForeignJSON, Body: `{"status":"Success","message":{"event_id":"` + del.Event + `","price":"1.50"}}`,
	})
	if out, err := h.drawer.Deliver(t.Context(), del, new(notebook).jot); err != nil || out.Kind != admission.OutcomeDelivered {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestErrorTable holds the drawer to the published error table, and to what plugins are known to meet.
func TestErrorTable(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		media  string
		body   string
		want   platform.Class
	}{
		{"an unknown user as documented", 400, "text/plain", "unknown user", platform.Auth},
		{"an unknown key as documented", 400, "text/html", "Unknown key.\n", platform.Auth},
		{"an unknown user in JSON", 400, "application/json", `{"status":"failure","message":"unknown user"}`, platform.Auth},
		{"an unknown key in JSON without a status", 400, "application/json", `{"message":"Unknown Key"}`, platform.Auth},
		{"an unknown key in JSON with status 200", 200, "application/json", `{"status":"error","message":"unknown key"}`, platform.Auth},
		{"an unknown key in JSON that calls itself HTML", 400, "text/html; charset=UTF-8", `{"status":"error","message":"unknown key"}`, platform.Auth},
		{"an unknown key as a JSON text", 400, "application/json", `"unknown key"`, platform.Auth},
		{"the text of 2020", 200, "text/html", "Unknown promoter", platform.Auth},
		{"401 in JSON", 401, "application/json", `{"error":"x"}`, platform.Auth},
		{"403 in JSON", 403, "application/json", `{"error":"x"}`, platform.Auth},
		{"403 of a firewall", 403, "text/html", `<html>no</html>`, platform.Captive},
		{"data that cannot be fetched, as documented", 500, "text/plain", "error fetching data", platform.Server},
		{"data that cannot be fetched, with status 200", 200, "text/plain", "error fetching data", platform.Server},
		{"data that cannot be fetched, in JSON with status 200", 200, "application/json", `{"status":"failure","message":"error fetching data"}`, platform.Server},
		{"a route that is not there", 404, "text/html", "<html>", platform.Unsupported},
		{"a route that is not there, in JSON", 404, "application/json", `{"error":"x"}`, platform.Unsupported},
		{"a text nobody has documented", 400, "text/plain", "duplicated order", platform.Captive},
		{"JSON nobody has documented", 400, "application/json", `{"status":"failure","message":"duplicated order"}`, platform.Protocol},
		{"a failure that speaks of success", 200, "application/json", `{"status":"failure","message":"success"}`, platform.Protocol},
		{"a message that is an object", 400, "application/json", `{"status":"error","message":{"text":"unknown key"}}`, platform.Protocol},
		{"a long text with a known one in it", 200, "text/html", strings.Repeat("unknown key ", 20), platform.Captive},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDrawer(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.media)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			want := map[string]platform.Class{"events": c.want, "deliver": c.want, "probe": c.want}
			if c.want == platform.Protocol {
				// A status that says failure is a definite answer to the question about a ticket.
				if strings.Contains(c.body, `"status":"failure"`) {
					want["deliver"] = platform.NotYet
				}
			}
			_, events := d.Events(t.Context())
			_, deliver := d.Deliver(t.Context(), admission.Delivery{Code: []byte(strings.Repeat("A", 86)), Attempt: 1}, new(notebook).jot)
			for op, err := range map[string]error{"events": events, "deliver": deliver, "probe": d.Probe(t.Context())} {
				if got := classOf(t, err); got != want[op] {
					t.Errorf("%s: class %q, want %q: %v", op, got, want[op], err)
				}
			}
		})
	}
}

func TestAKeyThatIsNoLongerGoodStopsTheAccount(t *testing.T) {
	h := newHall(t)
	del := h.delivery(h.sell().Code)
	_, err := h.NewAPIKey(h.user)
	must(t, err)
	if _, err := h.drawer.Deliver(t.Context(), del, new(notebook).jot); classOf(t, err) != platform.Auth {
		t.Errorf("%v", err)
	}
	for _, change := range []func(*ticketsonic.Settings){
		func(s *ticketsonic.Settings) { s.UserID = "" },
		func(s *ticketsonic.Settings) { s.APIKey = "" },
	} {
		h.ForgetRequests()
		if _, err := h.newDrawer(change).Deliver(t.Context(), del, new(notebook).jot); classOf(t, err) != platform.Auth {
			t.Errorf("%v", err)
		}
		if n := len(h.Requests()); n != 0 {
			t.Errorf("%d requests without credentials", n)
		}
	}
}

// TestWhateverHappensTheOutcomeIsTrue has the outbox's part played by chance: answers are lost, the station is killed between attempts with
// nothing but the memo and the count of attempts left, time passes, tickets become known late.
func TestWhateverHappensTheOutcomeIsTrue(t *testing.T) {
	h := newHall(t)
	rapid.Check(t, func(rt *rapid.T) {
		h.ClearMoods()
		lag := time.Duration(rapid.IntRange(0, 8).Draw(rt, "lag in minutes")) * time.Minute
		h.SetLag(lag)
		h.SetManner(faketicketsonic.Manner(rapid.IntRange(0, 2).Draw(rt, "manner")))
		kind := rapid.SampledFrom([]string{"sold", "forged", "canceled", "elsewhere"}).Draw(rt, "ticket")
		sold := h.sell()
		code := sold.Code
		switch kind {
		case "forged":
			code = h.forge()
		case "canceled":
			must(t, h.Cancel(h.user, sold.Number))
		}
		del := h.delivery(code)
		if kind == "elsewhere" {
			del.Event = "77"
		}
		if del.At.Trusted = rapid.Bool().Draw(rt, "trusted"); !del.At.Trusted {
			del.At.Wall = time.Unix(int64(rapid.IntRange(0, 2e9).Draw(rt, "clock")), 0)
		}
		faults := []fakeserver.Fault{
			fakeserver.LostAnswer, fakeserver.CutBody, fakeserver.HalfJSON, fakeserver.Offline, fakeserver.ServerError,
			fakeserver.BadGateway, fakeserver.CaptivePage, fakeserver.ForeignJSON, fakeserver.Throttled,
		}
		var book notebook
		drawer, troubles, noes := h.drawer, rapid.IntRange(0, 6).Draw(rt, "troubles"), 0
		for del.Attempt = 1; ; del.Attempt++ {
			if del.Attempt > 40 {
				rt.Fatal("never settled")
			}
			if troubles > 0 && rapid.Bool().Draw(rt, "now") {
				troubles--
				h.NextMood(faketicketsonic.RouteValidate, 1, fakeserver.Mood{Fault: rapid.SampledFrom(faults).Draw(rt, "fault")})
			}
			if rapid.Bool().Draw(rt, "kill") {
				drawer = h.newDrawer()
			}
			del.Memo = book.memo
			out, err := drawer.Deliver(t.Context(), del, book.jot)
			if err != nil {
				wait := time.Minute
				if platform.ClassOf(err) == platform.NotYet {
					noes++
					wait = platform.RetryAfterOf(err)
				}
				h.pass(wait)
				continue
			}
			want := admission.OutcomeDelivered
			if kind != "sold" {
				want = admission.OutcomeConflict
			}
			if out.Kind != want {
				rt.Fatalf("%s ticket, known after %s, trusted %v: %+v after %d noes", kind, lag, del.At.Trusted, out, noes)
			}
			if kind == "forged" && noes < 2 {
				rt.Fatalf("called a forgery after %d noes", noes)
			}
			return
		}
	})
}
