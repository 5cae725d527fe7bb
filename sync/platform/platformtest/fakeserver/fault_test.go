package fakeserver_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
)

// faultRow says what becomes of a use in a mood.
type faultRow struct {
	name   string
	mood   fakeserver.Mood
	worked int // how many times the use had its effect
	check  func(reply) bool
}

func faultRows() []faultRow {
	html := func(r reply, status int) bool {
		return r.status == status && strings.HasPrefix(r.header.Get("Content-Type"), "text/html")
	}
	broken := func(r reply) bool { return r.err != nil && r.status == 0 }
	whole := func(r reply) bool {
		return r.err == nil && r.status == 200 && json.Valid([]byte(r.body)) && r.header.Get("Content-Type") == "application/json"
	}
	own := func(r reply, status int) bool {
		return r.status == status && r.body == `{"message":"`+http.StatusText(status)+`"}`
	}
	return []faultRow{
		{"in good health all is well", fakeserver.Mood{}, 1, func(r reply) bool {
			return whole(r) && strings.Contains(r.body, `"note":"<b>&</b>"`) && r.header.Get("Date") == noon().Format(http.TimeFormat)
		}},
		{"offline breaks the connection", fakeserver.Mood{Fault: fakeserver.Offline}, 0, broken},
		{"a lost answer breaks it after the work", fakeserver.Mood{Fault: fakeserver.LostAnswer}, 1, broken},
		{"a cut body ends early", fakeserver.Mood{Fault: fakeserver.CutBody}, 1, func(r reply) bool {
			return errors.Is(r.err, io.ErrUnexpectedEOF) && r.status == 200 && len(r.body) > 20
		}},
		{"half JSON is no JSON", fakeserver.Mood{Fault: fakeserver.HalfJSON}, 1, func(r reply) bool {
			return r.err == nil && r.status == 200 && len(r.body) > 20 && !json.Valid([]byte(r.body))
		}},
		{"a slow drip comes to an end", fakeserver.Mood{Fault: fakeserver.SlowDrip, Drip: time.Microsecond}, 1, whole},
		{"throttled says when", fakeserver.Mood{Fault: fakeserver.Throttled, RetryAfter: "7"}, 0, func(r reply) bool {
			return own(r, 429) && r.header.Get("Retry-After") == "7"
		}},
		{"unavailable says when", fakeserver.Mood{Fault: fakeserver.Unavailable}, 0, func(r reply) bool {
			return html(r, 503) && r.header.Get("Retry-After") == "30"
		}},
		{"a server error is the site's own", fakeserver.Mood{Fault: fakeserver.ServerError}, 0, func(r reply) bool { return own(r, 500) }},
		{"an error page is a page", fakeserver.Mood{Fault: fakeserver.ErrorPage}, 0, func(r reply) bool { return html(r, 500) }},
		{"a bad gateway may have worked", fakeserver.Mood{Fault: fakeserver.BadGateway, AfterWork: true}, 1, func(r reply) bool {
			return html(r, 502) && strings.Contains(r.body, "nginx")
		}},
		{"not found is the site's own", fakeserver.Mood{Fault: fakeserver.NotFound}, 0, func(r reply) bool { return own(r, 404) }},
		{"foreign JSON is JSON", fakeserver.Mood{Fault: fakeserver.ForeignJSON}, 0, func(r reply) bool {
			return whole(r) && !strings.Contains(r.body, "note")
		}},
		{"foreign JSON may be given", fakeserver.Mood{Fault: fakeserver.ForeignJSON, Body: "null"}, 0, func(r reply) bool { return r.body == "null" }},
		{"deep JSON is deep and closed", fakeserver.Mood{Fault: fakeserver.DeepJSON}, 0, func(r reply) bool {
			return r.body == strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)
		}},
		{"huge JSON is huge", fakeserver.Mood{Fault: fakeserver.HugeJSON, Size: 900_000}, 0, func(r reply) bool { return whole(r) && len(r.body) > 900_000 }},
		{"an endless body fills whatever is read", fakeserver.Mood{Fault: fakeserver.EndlessBody}, 0, func(r reply) bool {
			return r.status == 200 && len(r.body) == 1<<20
		}},
		{"few headers are a flood that fits", fakeserver.Mood{Fault: fakeserver.HeaderFlood, Size: 100_000}, 0, func(r reply) bool {
			return whole(r) && len(r.header.Values("X-Flood")) == 26
		}},
		{"a flood of headers is more than a client takes", fakeserver.Mood{Fault: fakeserver.HeaderFlood}, 0, broken},
		{"a captive portal shows its page", fakeserver.Mood{Fault: fakeserver.CaptivePage}, 0, func(r reply) bool {
			return html(r, 200) && strings.Contains(r.body, "<form")
		}},
		{"or leads to it", fakeserver.Mood{Fault: fakeserver.CaptiveRedirect}, 0, func(r reply) bool {
			return r.status == 302 && strings.HasPrefix(r.header.Get("Location"), "http://portal.example/login")
		}},
		{"another host is named", fakeserver.Mood{Fault: fakeserver.ForeignRedirect, RedirectHost: "first.example"}, 0, func(r reply) bool {
			return r.status == 302 && r.header.Get("Location") == "https://first.example/use/A?q=1"
		}},
		{"the clock may be wrong", fakeserver.Mood{ClockOffset: -time.Hour}, 1, func(r reply) bool {
			return whole(r) && r.header.Get("Date") == noon().Add(-time.Hour).Format(http.TimeFormat)
		}},
		{"or missing", fakeserver.Mood{NoDate: true}, 1, func(r reply) bool { return whole(r) && r.header.Values("Date") == nil }},
		{"sent twice to a server that takes a ticket once, the second answer tells", fakeserver.Mood{Repeat: true}, 1, func(r reply) bool {
			return whole(r) && strings.Contains(r.body, `"success":false`)
		}},
		{"sent twice to a server that takes it again, it counts twice", fakeserver.Mood{Repeat: true, DoubleSuccess: true}, 2, func(r reply) bool {
			return whole(r) && strings.Contains(r.body, `"success":true`)
		}},
	}
}

func TestFaultSpoilsTheAnswerAsItsNameSays(t *testing.T) {
	tried := map[fakeserver.Fault]bool{}
	for _, row := range faultRows() {
		tried[row.mood.Fault] = true
		t.Run(row.name, func(t *testing.T) {
			s, a := startShop(t)
			s.NextMood("use", 1, row.mood)
			r := a.ask(t.Context(), http.MethodPost, "/use/A?q=1", "body", "X-Caller", "gate")
			if !row.check(r) {
				t.Errorf("%d %v %.300q %v", r.status, r.header, r.body, r.err)
			}
			awaitServed(t, s, 1)
			if s.uses("A") != row.worked {
				t.Errorf("used %d times, want %d", s.uses("A"), row.worked)
			}
			got := s.Requests()[0]
			if got.Fault != row.mood.Fault || got.Route != "use" || got.Path != "/use/…" || got.Method != http.MethodPost || !got.At.Equal(noon()) {
				t.Errorf("request %+v", got)
			}
			// What the client may not get to see has been sent all the same.
			if r.status != got.Status && row.mood.Fault != fakeserver.HeaderFlood {
				t.Errorf("status %d in the ledger, %d at the client", got.Status, r.status)
			}
			if row.mood.Works() != (got.Caller == "gate") {
				t.Errorf("caller %q", got.Caller)
			}
			if r := a.ask(t.Context(), http.MethodPost, "/use/B", ""); r.status != 200 || r.err != nil {
				t.Errorf("the next request: %d %v", r.status, r.err)
			}
		})
	}
	for _, fault := range fakeserver.Faults() {
		if !tried[fault] {
			t.Errorf("%s has not been tried", fault)
		}
		if strings.HasPrefix(fault.String(), "fault ") || fault.String() == "" {
			t.Errorf("fault %d has no name", int(fault))
		}
	}
	if got := fakeserver.Fault(99).String(); got != "fault 99" {
		t.Error(got)
	}
}

func TestAnswerWithoutBodyCanBeSpoiledToo(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault fakeserver.Fault
		whole bool
	}{
		{"in good health it is whole", fakeserver.Healthy, true},
		{"cut it is lost", fakeserver.CutBody, false},
		{"half of nothing is nothing", fakeserver.HalfJSON, true},
		{"nothing drips fast", fakeserver.SlowDrip, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, a := startShop(t)
			s.SetMood(fakeserver.RouteAny, fakeserver.Mood{Fault: row.fault})
			r := a.ask(t.Context(), http.MethodPost, "/nothing", "")
			if whole := r.err == nil && r.status == 200 && r.body == "" && r.header.Get("Content-Type") == ""; whole != row.whole {
				t.Errorf("%d %v %q %v", r.status, r.header, r.body, r.err)
			}
		})
	}
}

func TestStreamIsSpoiledLikeAnyOtherAnswer(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault fakeserver.Fault
		size  int64
		cut   bool
	}{
		{"in good health it is whole", fakeserver.Healthy, rowsSize(1000), false},
		{"half of it is half", fakeserver.HalfJSON, rowsSize(1000) / 2, false},
		{"cut it ends early", fakeserver.CutBody, rowsSize(1000) / 2, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, a := startShop(t)
			s.SetMood("rows", fakeserver.Mood{Fault: row.fault})
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.base+"/rows", nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := a.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			var value struct {
				Rows []string `json:"rows"`
			}
			raw, err := io.ReadAll(response.Body)
			if int64(len(raw)) != row.size || errors.Is(err, io.ErrUnexpectedEOF) != row.cut {
				t.Fatalf("%d bytes and %v, want %d", len(raw), err, row.size)
			}
			if err := json.Unmarshal(raw, &value); (err == nil) != (row.fault == fakeserver.Healthy) || (err == nil && len(value.Rows) != 1000) {
				t.Errorf("%d rows, %v", len(value.Rows), err)
			}
		})
	}
}

func TestFaultsHoldOverHTTP2(t *testing.T) {
	s := newShop(t, time.Now)
	authority, err := fakeserver.NewAuthority(time.Now, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	a := newAsker(t, platformtest.StartTLS(t, s, authority), &http.Transport{TLSClientConfig: trusting(t, authority), ForceAttemptHTTP2: true})
	if r := a.ask(t.Context(), http.MethodPost, "/use/A", ""); r.status != 200 || r.err != nil {
		t.Fatalf("%+v", r)
	}
	for _, fault := range []fakeserver.Fault{fakeserver.LostAnswer, fakeserver.CutBody, fakeserver.Offline} {
		s.NextMood("use", 1, fakeserver.Mood{Fault: fault})
		if r := a.ask(t.Context(), http.MethodPost, "/use/"+fault.String()[:3], ""); r.err == nil {
			t.Errorf("%s: answered %d %q", fault, r.status, r.body)
		}
	}
	if s.uses("los") != 1 || s.uses("cut") != 1 || s.uses("off") != 0 {
		t.Error("not the work that was to be done")
	}
}
