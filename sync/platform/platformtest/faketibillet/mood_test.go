package faketibillet_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
)

func TestFaults(t *testing.T) {
	for name, row := range map[string]struct {
		mood   fakeserver.Mood
		worked bool
		check  func(reply) bool
	}{
		"healthy": {fakeserver.Mood{}, true, func(r reply) bool { return r.status == 200 && json.Valid(r.body) }},
		"offline breaks the connection": {
			fakeserver.Mood{Fault: fakeserver.Offline},
			false,
			func(r reply) bool { return r.err != nil && r.status == 0 },
		},
		"a lost answer breaks it after the work": {
			fakeserver.Mood{Fault: fakeserver.LostAnswer},
			true,
			func(r reply) bool { return r.err != nil && r.status == 0 },
		},
		"a cut body ends early": {
			fakeserver.Mood{Fault: fakeserver.CutBody},
			true,
			func(r reply) bool {
				return errors.Is(r.err, io.ErrUnexpectedEOF) && r.status == 200 && len(r.body) > 50
			},
		},
		"half JSON is no JSON": {
			fakeserver.Mood{Fault: fakeserver.HalfJSON},
			true,
			func(r reply) bool { return r.err == nil && r.status == 200 && len(r.body) > 50 && !json.Valid(r.body) },
		},
		"throttled says when": {
			fakeserver.Mood{Fault: fakeserver.Throttled, RetryAfter: "7"},
			false,
			func(r reply) bool {
				return r.status == 429 && r.header.Get("Retry-After") == "7" && r.header.Get("Content-Type") == "application/json"
			},
		},
		"unavailable says when": {
			fakeserver.Mood{Fault: fakeserver.Unavailable},
			false,
			func(r reply) bool { return r.status == 503 && r.header.Get("Retry-After") == "30" },
		},
		"a server error is a page": {
			fakeserver.Mood{Fault: fakeserver.ServerError},
			false,
			func(r reply) bool { return r.status == 500 && r.header.Get("Content-Type") == "text/html" },
		},
		"a bad gateway may have worked": {
			fakeserver.Mood{Fault: fakeserver.BadGateway, AfterWork: true},
			true,
			func(r reply) bool { return r.status == 502 && strings.Contains(string(r.body), "nginx") },
		},
		"not found is a page": {
			fakeserver.Mood{Fault: fakeserver.NotFound},
			false,
			func(r reply) bool { return r.status == 404 && r.header.Get("Content-Type") == "text/html" },
		},
		"foreign JSON is JSON": {
			fakeserver.Mood{Fault: fakeserver.ForeignJSON},
			false,
			func(r reply) bool {
				return r.status == 200 && json.Valid(r.body) && !strings.Contains(string(r.body), "uuid")
			},
		},
		"foreign JSON may be given": {
			fakeserver.Mood{Fault: fakeserver.ForeignJSON, Body: "null"},
			false,
			func(r reply) bool { return string(r.body) == "null" },
		},
		"deep JSON is deep": {
			fakeserver.Mood{Fault: fakeserver.DeepJSON},
			false,
			func(r reply) bool { return strings.HasPrefix(string(r.body), strings.Repeat("[", 100_000)) },
		},
		"huge JSON is huge": {
			fakeserver.Mood{Fault: fakeserver.HugeJSON, Size: 900_000},
			false,
			func(r reply) bool { return len(r.body) > 900_000 && json.Valid(r.body) },
		},
		"an endless body fills whatever is read": {
			fakeserver.Mood{Fault: fakeserver.EndlessBody},
			false,
			func(r reply) bool { return r.status == 200 && len(r.body) == 1<<20 },
		},
		"a captive portal shows its page": {
			fakeserver.Mood{Fault: fakeserver.CaptivePage},
			false,
			func(r reply) bool { return r.status == 200 && strings.Contains(string(r.body), "<form") },
		},
		"or leads to it": {
			fakeserver.Mood{Fault: fakeserver.CaptiveRedirect},
			false,
			func(r reply) bool {
				return r.status == 302 && strings.HasPrefix(r.header.Get("Location"), "http://portal.example/login")
			},
		},
		"another domain of the tenant leads to the first": {
			fakeserver.Mood{Fault: fakeserver.ForeignRedirect, RedirectHost: "primary.example"},
			false,
			func(r reply) bool { return r.header.Get("Location") == "https://primary.example/scan/ticket/" },
		},
		"the clock may be wrong": {
			fakeserver.Mood{ClockOffset: -time.Hour},
			true,
			func(r reply) bool { return r.header.Get("Date") == doors().Add(-time.Hour).Format(http.TimeFormat) },
		},
		"or missing": {
			fakeserver.Mood{NoDate: true},
			true,
			func(r reply) bool { return r.status == 200 && r.header.Values("Date") == nil },
		},
		"the language may be another": {
			fakeserver.Mood{Language: "fr"},
			true,
			func(r reply) bool {
				return r.header.Get("Content-Language") == "fr" && strings.Contains(string(r.body), "Valide et scanné")
			},
		},
		"or nobody's": {
			fakeserver.Mood{Words: map[string]string{faketibillet.Scanned.String(): "Balidatua"}},
			true,
			func(r reply) bool { return strings.Contains(string(r.body), `"status":"Balidatua"`) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			ticket := h.addTicket(faketibillet.Valid)
			h.NextMood(faketibillet.RouteUse, 1, row.mood)
			r := h.use(ticket)
			if !row.check(r) {
				t.Errorf("%d %v %.300s %v", r.status, r.header, r.body, r.err)
			}
			// The work is on record when the request is over for the server, which can be after it is for the client.
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if err := h.Await(ctx, func() bool { return len(h.Requests()) == 1 }); err != nil {
				t.Fatal(err)
			}
			if worked := h.status(ticket) == faketibillet.Scanned; worked != row.worked || len(h.Uses()) == 1 != row.worked {
				t.Errorf("worked: %v, want %v; uses %+v", worked, row.worked, h.Uses())
			}
			if uses := h.Uses(); row.worked && uses[0].Lost != (row.mood.Fault != fakeserver.Healthy) {
				t.Errorf("use %+v", uses[0])
			}
			if got := h.Requests()[0]; got.Fault != row.mood.Fault || got.Status != r.status || got.Route != faketibillet.RouteUse {
				t.Errorf("request %+v", got)
			}
			if r := h.use(ticket); r.err != nil || r.json(t)["success"] == row.worked {
				t.Errorf("the next request: %d %s %v", r.status, r.body, r.err)
			}
		})
	}
}

func TestDoubleSuccess(t *testing.T) {
	h := newHouse(t)
	ticket := h.addTicket(faketibillet.Scanned)
	h.NextMood(faketibillet.RouteUse, 1, fakeserver.Mood{DoubleSuccess: true})
	if body := h.use(ticket).json(t); body["success"] != true {
		t.Errorf("%v", body)
	}
	if body := h.use(ticket).json(t); body["success"] != false {
		t.Errorf("%v", body)
	}
}

func TestWhichMoodIsTaken(t *testing.T) {
	h := newHouse(t)
	probe := func(want int) {
		t.Helper()
		if r := h.send(http.MethodGet, "/scan/check_allow_any/", ""); r.status != want {
			t.Errorf("%d, want %d (%v)", r.status, want, r.err)
		}
	}
	h.SetMood(fakeserver.RouteAny, fakeserver.Mood{Fault: fakeserver.BadGateway})
	probe(502)
	h.SetMood(faketibillet.RouteProbe, fakeserver.Mood{Fault: fakeserver.ServerError})
	probe(500)
	h.NextMood(fakeserver.RouteAny, 2, fakeserver.Mood{Fault: fakeserver.Throttled})
	probe(429)
	h.NextMood(faketibillet.RouteProbe, 1, fakeserver.Mood{Fault: fakeserver.NotFound})
	h.NextMood(faketibillet.RouteProbe, 1, fakeserver.Mood{Fault: fakeserver.Unavailable})
	h.NextMood(faketibillet.RouteList, 1, fakeserver.Mood{Fault: fakeserver.CaptivePage})
	h.NextMood(faketibillet.RouteProbe, 0, fakeserver.Mood{Fault: fakeserver.CaptivePage})
	probe(404)
	probe(503)
	probe(429)
	probe(500)
	h.SetMood(faketibillet.RouteProbe, fakeserver.Mood{})
	probe(200)
	h.ClearMoods()
	probe(200)
	if r := h.post("/scan/list_tickets/", map[string]any{"event_uuid": h.event}); !json.Valid(r.body) {
		t.Errorf("list after clearing: %s", r.body)
	}
}

func TestCutNetwork(t *testing.T) {
	h := newHouse(t)
	h.NextMood(faketibillet.RouteProbe, 1, fakeserver.Mood{Fault: fakeserver.Throttled})
	h.CutNetwork()
	h.ClearMoods()
	h.NextMood(faketibillet.RouteProbe, 1, fakeserver.Mood{Fault: fakeserver.Throttled})
	for range 3 {
		if r := h.send(http.MethodGet, "/scan/check_allow_any/", ""); r.err == nil {
			t.Fatalf("answered %d", r.status)
		}
	}
	if !h.NetworkCut() || h.Count(faketibillet.RouteProbe) != 0 {
		t.Errorf("counts %v", h.Counts())
	}
	h.RestoreNetwork()
	if r := h.send(http.MethodGet, "/scan/check_allow_any/", ""); r.status != 429 {
		t.Errorf("the waiting mood was lost: %d", r.status)
	}
	if h.Count(faketibillet.RouteProbe) != 1 {
		t.Errorf("counts %v", h.Counts())
	}
	h.ForgetRequests()
	if len(h.Counts()) != 0 || len(h.Requests()) != 0 {
		t.Error("not forgotten")
	}
}

func TestNoSecretIsKeptInTheLedger(t *testing.T) {
	h := newHouse(t)
	_, text, err := h.NewScanApp("Porte")
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(text, h.base)
	h.send(http.MethodGet, path, "")
	h.send(http.MethodGet, path+"/", "")
	for _, r := range h.Requests() {
		if strings.Contains(r.Path, strings.Split(path, "/")[2]) {
			t.Errorf("the token stands in %q", r.Path)
		}
	}
}

// pipeHouse runs a fake inside a synctest bubble, where waiting costs nothing.
func pipeHouse(t *testing.T, o faketibillet.Options) (*faketibillet.Evening, string, *http.Client) {
	t.Helper()
	o.Clock = time.Now
	e, err := faketibillet.NewEvening(1, o, platformtest.LoadTibilletVectors(t).Keys[0].PrivatePEM)
	if err != nil {
		t.Fatal(err)
	}
	base, dial := platformtest.Pipe(t, e)
	return e, base, &http.Client{Transport: &http.Transport{DialContext: dial}}
}

func listRequest(ctx context.Context, t *testing.T, base, event, key string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/scan/list_tickets/",
		strings.NewReader(`{"event_uuid":"`+event+`","page_size":100}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Api-Key "+key)
	r.Header.Set("Content-Type", "application/json")
	return r
}

func TestListCostsItsPriceAndDelaysNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, base, client := pipeHouse(t, faketibillet.Options{RowSigning: faketibillet.SignHollow, RowCost: 60 * time.Millisecond})
		_, key, err := e.PairedApp("Porte")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		done := make(chan time.Duration)
		go func() {
			response, err := client.Do(listRequest(t.Context(), t, base, e.Tonight, key))
			if err != nil {
				t.Error(err)
			} else if err := response.Body.Close(); err != nil {
				t.Error(err)
			}
			done <- time.Since(began)
		}()
		synctest.Wait()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/scan/check_allow_any/", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("the probe took %v", took)
		}
		if took := <-done; took != 6*time.Second {
			t.Errorf("100 rows took %v", took)
		}
	})
}

func TestWorkIsDoneThoughTheClientHasGone(t *testing.T) {
	for name, mood := range map[string]fakeserver.Mood{
		"slow before the work": {Delay: time.Hour},
		"slow after the work":  {Linger: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, base, client := pipeHouse(t, faketibillet.Options{RowSigning: faketibillet.SignHollow})
				app, text, err := e.NewScanApp("Porte")
				if err != nil {
					t.Fatal(err)
				}
				e.NextMood(faketibillet.RoutePair, 1, mood)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				path := text[strings.Index(text, "/scan/"):]
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path+"/", nil)
				if err != nil {
					t.Fatal(err)
				}
				response, err := client.Do(r)
				if err == nil {
					_ = response.Body.Close()
					t.Fatalf("answered %d", response.StatusCode)
				}
				if err := e.Await(t.Context(), func() bool { return len(e.Requests()) == 1 }); err != nil {
					t.Fatal(err)
				}
				if _, err := e.PairingText(app.UUID); err != nil || !e.Apps()[1].Claimed {
					t.Errorf("not claimed: %+v %v", e.Apps(), err)
				}
			})
		})
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Await(ctx, func() bool { return false }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestServeEndsWithItsContextAndLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t)
	fake, err := faketibillet.NewEvening(1, faketibillet.Options{Clock: doors})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- fake.Serve(ctx, listener) }()
	if err := fake.Await(t.Context(), func() bool { return strings.Contains(fake.BaseURL(), listener.Addr().String()) }); err != nil {
		t.Fatal(err)
	}
	fake.SetMood(fakeserver.RouteAny, fakeserver.Mood{Delay: time.Hour})
	transport := &http.Transport{}
	asked := make(chan error, 1)
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fake.BaseURL()+"/scan/check_allow_any/", nil)
		if err == nil {
			var response *http.Response
			if response, err = transport.RoundTrip(r); err == nil {
				_ = response.Body.Close()
			}
		}
		asked <- err
	}()
	if err := fake.Await(t.Context(), func() bool { return fake.Count(faketibillet.RouteProbe) == 1 || len(asked) > 0 }); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := <-asked; err == nil {
		t.Error("answered after the end")
	}
	transport.CloseIdleConnections()
}

func TestManyAtOnce(t *testing.T) {
	h := newHouse(t)
	tickets := make([]string, 20)
	for i := range tickets {
		tickets[i] = h.addTicket(faketibillet.Valid)
	}
	successes := make([]int, len(tickets))
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i, ticket := range tickets {
				r := h.use(ticket)
				if r.err == nil && r.json(t)["success"] == true {
					mu.Lock()
					successes[i]++
					mu.Unlock()
				}
				h.post("/scan/list_tickets/", map[string]any{"event_uuid": h.event})
			}
		})
	}
	group.Go(func() {
		for range 50 {
			h.SetMood(fakeserver.RouteAny, fakeserver.Mood{NoDate: true})
			h.Tickets(h.event)
			h.Requests()
		}
	})
	group.Wait()
	for i, n := range successes {
		if n != 1 {
			t.Errorf("ticket %d was used %d times", i, n)
		}
	}
	if len(h.Uses()) != 80 || h.Count(faketibillet.RouteUse) != 80 || h.Peak(faketibillet.RouteUse) > 4 {
		t.Errorf("%d uses, counts %v, peak %d", len(h.Uses()), h.Counts(), h.Peak(faketibillet.RouteUse))
	}
}
