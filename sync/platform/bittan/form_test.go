package bittan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/bittan"
	"gatescand/sync/platform/platformtest/fakebittan"
	"gatescand/sync/platform/platformtest/fakeserver"
)

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*bittan.Settings)
		says   string // part of the error, "" for none
	}{
		{"are enough", func(*bittan.Settings) {}, ""},
		{"may lack a password", func(s *bittan.Settings) { s.Password = "" }, ""},
		{"may have a path prefix", func(s *bittan.Settings) { s.BaseURL += "/api/" }, ""},
		{"may admit states of a branch", func(s *bittan.Settings) { s.Admitting = []string{"PAID", "CONFIRMED"} }, ""},
		{"need a name", func(s *bittan.Settings) { s.Account = "" }, "name"},
		{"need an address", func(s *bittan.Settings) { s.BaseURL = "bittan.example" }, "url"},
		{"need a password in UTF-8", func(s *bittan.Settings) { s.Password = "\xe4\xe5" }, "password_file"},
		{"need a password without NUL", func(s *bittan.Settings) { s.Password = "a\x00b" }, "password_file"},
		{"admit no failed payment", func(s *bittan.Settings) { s.Admitting = []string{"FAILED_ADMIN"} }, "FAILED_"},
		{"admit words in capitals only", func(s *bittan.Settings) { s.Admitting = []string{"paid"} }, "capitals"},
		{"admit no empty word", func(s *bittan.Settings) { s.Admitting = []string{""} }, "admit_status"},
		{"name no empty event", func(s *bittan.Settings) { s.Titles = []string{" \n"} }, "event_title"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := bittan.Settings{Account: account, BaseURL: "https://bittan.example", Password: password, Now: tonight}
			c.change(&s)
			_, err := bittan.New(s)
			if (err == nil) != (c.says == "") || (err != nil && !strings.Contains(err.Error(), c.says)) {
				t.Errorf("error %v, want one about %q", err, c.says)
			}
		})
	}
}

// The oracle of what is sent: every body is looked at before the server is.
type snoop struct {
	mu     sync.Mutex
	bodies []map[string]any
}

func (s *snoop) front(t *testing.T, to http.Handler) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(raw))
		if len(raw) > 0 {
			var body map[string]any
			if err := json.Unmarshal(raw, &body); err != nil {
				t.Error(err)
			}
			s.mu.Lock()
			s.bodies = append(s.bodies, body)
			s.mu.Unlock()
		}
		to.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestFormsAreToldApartWithoutATicket(t *testing.T) {
	for _, c := range []struct {
		name     string
		form     fakebittan.Form
		password string
		want     platform.Class
		requests int
		ask      platform.Class // of a question afterwards
		asks     int            // requests it costs
	}{
		{name: "today's", form: fakebittan.Today, password: password, requests: 3, asks: 1},
		{name: "today's with blanks around the password", form: fakebittan.Today, password: " " + password + "\r\n", requests: 3, asks: 1},
		{name: "today's with a wrong password", form: fakebittan.Today, password: "x", want: platform.Auth, requests: 3, ask: platform.Auth, asks: 3},
		{name: "today's without a password", form: fakebittan.Today, want: platform.Auth, requests: 1, ask: platform.Auth, asks: 1},
		{name: "today's with a blank password", form: fakebittan.Today, password: " \n", want: platform.Auth, requests: 1, ask: platform.Auth, asks: 1},
		{name: "that of March 2025", form: fakebittan.March2025, password: password, requests: 2, ask: platform.Unsupported},
		{
			name: "that of March 2025 with a wrong password", form: fakebittan.March2025, password: "x",
			want: platform.Auth, requests: 2, ask: platform.Auth, asks: 2,
		},
		{name: "that of 2024", form: fakebittan.Bare2024, password: password, requests: 1, ask: platform.Unsupported},
		{name: "that of 2024 without a password", form: fakebittan.Bare2024, requests: 1, ask: platform.Unsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.form)
			id := h.ticket(fakebittan.Paid, 0)
			var s snoop
			h.base = s.front(t, h) + h.Prefix()
			d := h.gate("north", func(s *bittan.Settings) { s.Password = c.password })
			err := d.Probe(t.Context())
			if got := classOf(t, err); got != c.want || len(s.bodies) != c.requests {
				t.Errorf("class %q after %d requests, want %q after %d: %v", got, len(s.bodies), c.want, c.requests, err)
			}
			_, err = d.Ask(t.Context(), []byte(id), admission.Credential{})
			if got := classOf(t, err); got != c.ask || len(s.bodies) != c.requests+c.asks {
				t.Errorf("asked: class %q after %d requests, want %q after %d: %v", got, len(s.bodies)-c.requests, c.ask, c.asks, err)
			}
			for _, body := range s.bodies {
				if body["external_id"] == id && c.ask != "" {
					t.Errorf("the ticket was sent to a server that must not be asked: %v", body)
				}
			}
			if h.count(id) != 0 {
				t.Error("the ticket was used up")
			}
		})
	}
}

func TestTheFormIsFoundOutOnceForAllLanes(t *testing.T) {
	h := newHouse(t, fakebittan.Today)
	id := h.ticket(fakebittan.Paid, 0)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			a, err := h.drawer.Ask(t.Context(), []byte(id), admission.Credential{})
			if err != nil || !a.Found {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
	wg.Wait()
	if n := h.Count(fakebittan.RoutePeek); n != 3+8 {
		t.Errorf("%d requests, want 11", n)
	}
}

func TestALaneDoesNotWaitForAnotherBeyondItsDeadline(t *testing.T) {
	h := newHouse(t, fakebittan.Today)
	h.SetMood(fakeserver.RouteAny, fakeserver.Mood{Delay: time.Minute})
	slow, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = h.drawer.Ask(slow, []byte("ABCDEF"), admission.Credential{})
	}()
	must(t, h.Await(t.Context(), func() bool { return h.InFlight(fakebittan.RoutePeek) == 1 }))
	began := time.Now()
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := h.drawer.Ask(short, []byte("ABCDEF"), admission.Credential{})
	if got := classOf(t, err); got != platform.Offline || h.Count(fakebittan.RoutePeek) != 1 || time.Since(began) > 5*time.Second {
		t.Errorf("class %q: %v", got, err)
	}
	stop()
	<-done
}

// A new version is put in place while the station runs, or an old one put back.
func TestAnotherVersionIsNoticed(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to fakebittan.Form
		by       func(h *house) // what happens at the change besides
		asks     []platform.Class
		used     int // by questions, at most
	}{
		{
			name: "an update, at the next probe", from: fakebittan.Bare2024, to: fakebittan.Today,
			by: func(h *house) { _ = h.drawer.Probe(h.tb.Context()) }, asks: []platform.Class{""},
		},
		{
			name: "an old version, at the next probe", from: fakebittan.Today, to: fakebittan.Bare2024,
			by: func(h *house) { _ = h.drawer.Probe(h.tb.Context()) }, asks: []platform.Class{platform.Unsupported},
		},
		{
			name: "an old version, after a failure", from: fakebittan.Today, to: fakebittan.March2025,
			by: func(h *house) {
				h.NextMood(fakeserver.RouteAny, 1, fakeserver.Mood{Fault: fakeserver.BadGateway})
				_, _ = h.drawer.Ask(h.tb.Context(), []byte("ABCDEF"), admission.Credential{})
			},
			asks: []platform.Class{platform.Unsupported},
		},
		{
			name: "an old version, after a connection broke", from: fakebittan.Today, to: fakebittan.Bare2024,
			by: func(h *house) {
				h.NextMood(fakeserver.RouteAny, 1, fakeserver.Mood{Fault: fakeserver.Offline})
				_, _ = h.drawer.Ask(h.tb.Context(), []byte("ABCDEF"), admission.Credential{})
			},
			asks: []platform.Class{platform.Unsupported},
		},
		{
			name: "an old version put back without a trace, by its answer", from: fakebittan.Today, to: fakebittan.Bare2024,
			by: func(*house) {}, asks: []platform.Class{platform.Protocol, platform.Unsupported, platform.Unsupported}, used: 1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.from)
			id := h.ticket(fakebittan.Paid, 0)
			must(t, h.drawer.Probe(t.Context()))
			h.SetForm(c.to)
			c.by(h)
			for i, want := range c.asks {
				_, err := h.drawer.Ask(t.Context(), []byte(id), admission.Credential{})
				if got := classOf(t, err); got != want {
					t.Errorf("question %d: class %q, want %q: %v", i+1, got, want, err)
				}
			}
			if n := h.count(id); n > c.used {
				t.Errorf("%d uses counted by questions", n)
			}
		})
	}
}

// A server that refuses connections may come back as another version.
func TestARestartedServerIsLookedAtAnew(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ECONNREFUSED, syscall.ENETUNREACH} {
		h := newHouse(t, fakebittan.Today)
		id := h.ticket(fakebittan.Paid, 0)
		cut := &dialer{left: 1, errno: errno}
		d := h.gate("north", func(s *bittan.Settings) { s.Dial = cut.dial })
		must(t, d.Probe(t.Context()))
		must(t, d.Close())
		if _, err := d.Ask(t.Context(), []byte(id), admission.Credential{}); classOf(t, err) != platform.Offline {
			t.Errorf("%s: %v", errno, err)
		}
		cut.allow(10)
		h.ForgetRequests()
		_, err := d.Ask(t.Context(), []byte(id), admission.Credential{})
		want := map[syscall.Errno]int{syscall.ECONNREFUSED: 4, syscall.ENETUNREACH: 1}[errno]
		if n := h.Count(fakebittan.RoutePeek); err != nil || n != want {
			t.Errorf("%s: %d requests, want %d: %v", errno, n, want, err)
		}
	}
}

// A page of a proxy, or a view that is none of BitTan's, says nothing of the
// server's form.
func TestFormsAreReadStrictly(t *testing.T) {
	const invalid, none = `400 "InvalidRequestData"`, `404 {"times_used":-1,"status":"Ticket does not exist"}`
	for _, c := range []struct {
		name    string
		answers []string
		want    platform.Class
	}{
		{"the ticket that cannot exist exists", []string{`200 {"times_used":0,"status":"PAID"}`}, platform.Protocol},
		{"a count below none", []string{`200 {"times_used":-2,"status":"x"}`}, platform.Protocol},
		{"no state", []string{`200 {"times_used":-1}`}, platform.Protocol},
		{"a count in words", []string{`200 {"times_used":"-1","status":"x"}`}, platform.Protocol},
		{"a count with a fraction", []string{`200 {"times_used":-1.5,"status":"x"}`}, platform.Protocol},
		{"the 2024 form with a status of today's", []string{none}, platform.Protocol},
		{"another word for a bad request", []string{`400 "Bad Request"`}, platform.Protocol},
		{"a parse error", []string{`400 {"detail":"JSON parse error"}`}, platform.Protocol},
		{"a password wanted before the fields", []string{`401 "Incorrect password"`}, platform.Protocol},
		{"a no of another program to the password", []string{invalid, `401 {"detail":"no"}`}, platform.Protocol},
		{"the March form with a status of 2024", []string{invalid, `200 {"times_used":-1,"status":"x"}`}, platform.Protocol},
		{"still more fields wanted", []string{invalid, invalid, invalid}, platform.Protocol},
		{"today's form with a ticket", []string{invalid, invalid, `200 {"times_used":1,"status":"x","external_id":"------","chapter_event":"x"}`}, platform.Protocol},
		{"no such method", []string{`405 {"detail":"no"}`}, platform.Unsupported},
		{"no such route", []string{`404 page`}, platform.Unsupported},
		{"a page", []string{`200 page`}, platform.Captive},
		{"a page in the middle", []string{invalid, `200 page`}, platform.Captive},
		{"a failure at the end", []string{invalid, invalid, `500 page`}, platform.Server},
		{"all is well", []string{invalid, invalid, none}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				status, body, _ := strings.Cut(c.answers[min(asked, len(c.answers)-1)], " ")
				asked++
				media := "application/json"
				if body == "page" {
					media = "text/html"
				}
				w.Header().Set("Content-Type", media)
				w.WriteHeader(map[string]int{"200": 200, "400": 400, "401": 401, "404": 404, "405": 405, "500": 500}[status])
				_, _ = io.WriteString(w, body)
			}))
			t.Cleanup(server.Close)
			err := newDrawer(t, server.URL).Probe(t.Context())
			if got := classOf(t, err); got != c.want || asked != len(c.answers) {
				t.Errorf("class %q after %d requests, want %q after %d: %v", got, asked, c.want, len(c.answers), err)
			}
			if err != nil && strings.Contains(err.Error(), password) {
				t.Error("the password is told")
			}
		})
	}
}
