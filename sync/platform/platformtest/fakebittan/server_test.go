package fakebittan_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest/fakebittan"
	"gatescand/sync/platform/platformtest/fakeserver"
)

func evening() time.Time { return time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC) }

const password = "ett lösenord"

// shop is a fake with one event and one paid ticket, PPPPPP.
type shop struct {
	*fakebittan.Server
	tb    testing.TB
	base  string
	event int
	now   time.Time
}

func newShop(tb testing.TB, form fakebittan.Form) *shop {
	tb.Helper()
	s := &shop{tb: tb, now: evening()}
	fake, err := fakebittan.New(fakebittan.Options{Clock: func() time.Time { return s.now }, Source: rand.NewPCG(1, 2), Form: form, Prefix: "/api/"})
	must(tb, err)
	s.Server = fake
	server := httptest.NewServer(fake)
	tb.Cleanup(server.Close)
	s.base = server.URL
	s.event = s.AddEvent(fakebittan.Event{Title: "Fysikalen", At: evening().Add(time.Hour)})
	s.add("PPPPPP", fakebittan.Paid)
	return s
}

func (s *shop) add(id string, status fakebittan.Status) {
	s.tb.Helper()
	_, err := s.AddTicket(fakebittan.Ticket{ID: id, Event: s.event, Status: status})
	must(s.tb, err)
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// said is an answer.
type said struct {
	status int
	header http.Header
	body   string
}

func (s *shop) send(method, path, media, body string) said {
	s.tb.Helper()
	r, err := http.NewRequestWithContext(s.tb.Context(), method, s.base+path, strings.NewReader(body))
	must(s.tb, err)
	r.Header.Set("Content-Type", media)
	r.Header.Set("User-Agent", "north")
	response, err := http.DefaultTransport.RoundTrip(r)
	must(s.tb, err)
	defer func() { must(s.tb, response.Body.Close()) }()
	raw, err := io.ReadAll(response.Body)
	must(s.tb, err)
	return said{response.StatusCode, response.Header, string(raw)}
}

func (s *shop) put(body string) (status int, answer string) {
	s.tb.Helper()
	a := s.send(http.MethodPut, "/api/validate_ticket/", "application/json", body)
	return a.status, a.body
}

func same(tb testing.TB, got, want string) bool {
	tb.Helper()
	var g, w any
	must(tb, json.Unmarshal([]byte(want), &w))
	return json.Unmarshal([]byte(got), &g) == nil && reflect.DeepEqual(g, w)
}

const (
	invalid = `"InvalidRequestData"`
	wrong   = `"Incorrect password"`
	none    = `{"times_used":-1,"status":"Ticket does not exist"}`
	known   = `{"external_id":"PPPPPP","times_used":0,"chapter_event":"Fysikalen","status":"PAID"}`
	bare    = `{"times_used":0,"status":"PAID"}`
)

// The tables of what each form answers. N is the password.
func TestTheTablesOfAnswers(t *testing.T) {
	type row struct {
		name, body string
		status     int
		answer     string
		counted    bool
	}
	for form, rows := range map[fakebittan.Form][]row{
		fakebittan.Today: {
			{"nothing", ``, 400, invalid, false},
			{"null", `null`, 400, invalid, false},
			{"an array", `[]`, 400, invalid, false},
			{"a code alone", `{"external_id":"PPPPPP"}`, 400, invalid, false},
			{"no use_ticket", `{"external_id":"PPPPPP","password":"N"}`, 400, invalid, false},
			{"use_ticket null", `{"external_id":"PPPPPP","password":"N","use_ticket":null}`, 400, invalid, false},
			{"use_ticket in other words", `{"external_id":"PPPPPP","password":"N","use_ticket":"perhaps"}`, 400, invalid, false},
			{"use_ticket a number", `{"external_id":"PPPPPP","password":"N","use_ticket":2}`, 400, invalid, false},
			{"a code that is empty", `{"external_id":"","password":"N","use_ticket":false}`, 400, invalid, false},
			{"a code of blanks", `{"external_id":" \t","password":"N","use_ticket":false}`, 400, invalid, false},
			{"a code that is true", `{"external_id":true,"password":"N","use_ticket":false}`, 400, invalid, false},
			{"a code with a NUL", `{"external_id":"P\u0000","password":"N","use_ticket":false}`, 400, invalid, false},
			{"an empty password", `{"external_id":"PPPPPP","password":"","use_ticket":false}`, 400, invalid, false},
			{"a wrong password", `{"external_id":"PPPPPP","password":"x","use_ticket":true}`, 401, wrong, false},
			{"a wrong password and no ticket", `{"external_id":"x","password":"x","use_ticket":true}`, 401, wrong, false},
			{"blanks around the password", `{"external_id":"PPPPPP","password":" N\n","use_ticket":false}`, 200, known, false},
			{"an unknown code", `{"external_id":"QQQQQQ","password":"N","use_ticket":true}`, 404, none, false},
			{"a code in small letters", `{"external_id":"pppppp","password":"N","use_ticket":true}`, 404, none, false},
			{"the code of nobody", `{"external_id":"------","password":"N","use_ticket":false}`, 404, none, false},
			{"a number for a code", `{"external_id":123456,"password":"N","use_ticket":false}`, 404, none, false},
			{"a look", `{"external_id":"PPPPPP","password":"N","use_ticket":false}`, 200, known, false},
			{"a look in words", `{"external_id":"PPPPPP","password":"N","use_ticket":"off"}`, 200, known, false},
			{"a use", `{"external_id":"PPPPPP","password":"N","use_ticket":true}`, 200, known, true},
			{"a use in words", `{"external_id":"PPPPPP","password":"N","use_ticket":"yes"}`, 200, known, true},
			{"a use as a number", `{"external_id":"PPPPPP","password":"N","use_ticket":1}`, 200, known, true},
			{"blanks around the code", `{"external_id":" PPPPPP ","password":"N","use_ticket":true}`, 200, known, true},
		},
		fakebittan.March2025: {
			{"a code alone", `{"external_id":"PPPPPP"}`, 400, invalid, false},
			{"a wrong password", `{"external_id":"PPPPPP","password":"x"}`, 401, wrong, false},
			{"an unknown code", `{"external_id":"------","password":"N"}`, 404, none, false},
			{"a ticket", `{"external_id":"PPPPPP","password":"N"}`, 200, known, true},
			{"a look that is none", `{"external_id":"PPPPPP","password":"N","use_ticket":false}`, 200, known, true},
		},
		fakebittan.Bare2024: {
			{"no code", `{"id":"PPPPPP"}`, 400, invalid, false},
			{"an unknown code", `{"external_id":"------"}`, 200, none, false},
			{"a ticket", `{"external_id":"PPPPPP"}`, 200, bare, true},
			{"a look that is none", `{"external_id":"PPPPPP","password":"x","use_ticket":false}`, 200, bare, true},
		},
	} {
		for _, c := range rows {
			t.Run(c.name, func(t *testing.T) {
				s := newShop(t, form)
				status, answer := s.put(strings.ReplaceAll(c.body, `N`, password))
				if status != c.status || !same(t, answer, c.answer) {
					t.Errorf("%d %s, want %d %s", status, answer, c.status, c.answer)
				}
				ticket, err := s.Ticket("PPPPPP")
				must(t, err)
				uses := s.UsesOf("PPPPPP")
				if counted := ticket.TimesUsed == 1; counted != c.counted || (len(uses) == 1) != c.counted || s.Count(fakebittan.RouteUse) != len(uses) {
					t.Errorf("counts %d, uses %+v", ticket.TimesUsed, uses)
				}
				if c.counted && (uses[0].Caller != "north" || !uses[0].At.Equal(evening()) || uses[0].Event != "Fysikalen") {
					t.Errorf("%+v", uses[0])
				}
			})
		}
	}
}

func TestWhatIsNoView(t *testing.T) {
	for _, c := range []struct {
		name, method, path, media, body string
		status                          int
		kind, has                       string // media type, and part of body or Location
	}{
		{"no slash", "PUT", "/api/validate_ticket", "application/json", "{}", 301, "text/html", "/api/validate_ticket/"},
		{"no slash at the list", "GET", "/api/get_chapterevents", "", "", 301, "text/html", "/api/get_chapterevents/"},
		{"outside the prefix", "PUT", "/validate_ticket/", "application/json", "{}", 404, "text/html", "Not Found"},
		{"elsewhere", "GET", "/api/tickets/", "", "", 404, "text/html", "Not Found"},
		{"posting", "POST", "/api/validate_ticket/", "application/json", "{}", 405, "application/json", "not allowed"},
		{"looking with GET", "GET", "/api/validate_ticket/", "", "", 405, "application/json", "not allowed"},
		{"writing the list", "PUT", "/api/get_chapterevents/", "application/json", "{}", 405, "application/json", "not allowed"},
		{"broken JSON", "PUT", "/api/validate_ticket/", "application/json", "{bad", 400, "application/json", "JSON parse error"},
		{"two values", "PUT", "/api/validate_ticket/", "application/json", "{} {}", 400, "application/json", "JSON parse error"},
		{"another type", "PUT", "/api/validate_ticket/", "text/plain", "{}", 415, "application/json", "Unsupported media type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newShop(t, fakebittan.Today).send(c.method, c.path, c.media, c.body)
			if a.status != c.status || !strings.HasPrefix(a.header.Get("Content-Type"), c.kind) ||
				!strings.Contains(a.body+a.header.Get("Location"), c.has) {
				t.Errorf("%+v", a)
			}
		})
	}
}

func use(id string) string {
	return `{"external_id":"` + id + `","password":"` + password + `","use_ticket":true}`
}

func TestEveryStateIsCounted(t *testing.T) {
	s := newShop(t, fakebittan.Today)
	for i, status := range fakebittan.Statuses() {
		id := strings.Repeat(string(rune('A'+i)), 6)
		s.add(id, status)
		for before := range 2 {
			_, answer := s.put(use(id))
			want := `{"external_id":"` + id + `","times_used":` + string(rune('0'+before)) + `,"chapter_event":"Fysikalen","status":"` + string(status) + `"}`
			if !same(t, answer, want) {
				t.Errorf("%s, want %s", answer, want)
			}
		}
	}
}

// As measured: both see the same count, and it grows by one.
func TestTwoUsesAtOnce(t *testing.T) {
	s := newShop(t, fakebittan.Today)
	s.RaceUses(2)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if _, answer := s.put(use("PPPPPP")); !same(t, answer, known) {
				t.Errorf("answered %s", answer)
			}
		})
	}
	wg.Wait()
	if ticket, err := s.Ticket("PPPPPP"); err != nil || ticket.TimesUsed != 1 || len(s.UsesOf("PPPPPP")) != 2 {
		t.Errorf("%+v, %v", ticket, err)
	}
}

func TestMoodsOfUses(t *testing.T) {
	for _, c := range []struct {
		mood   fakeserver.Mood
		seen   string // part of the answer to the second use
		counts int
	}{
		{fakeserver.Mood{}, `"times_used":1`, 2},
		{fakeserver.Mood{DoubleSuccess: true}, `"times_used":0`, 1},
		{fakeserver.Mood{Repeat: true}, `"times_used":2`, 3},
	} {
		s := newShop(t, fakebittan.Today)
		s.put(use("PPPPPP"))
		s.SetMood(fakebittan.RouteUse, c.mood)
		_, answer := s.put(use("PPPPPP"))
		if ticket, err := s.Ticket("PPPPPP"); err != nil || ticket.TimesUsed != c.counts || !strings.Contains(answer, c.seen) {
			t.Errorf("%+v: %s, %+v", c.mood, answer, ticket)
		}
	}
}

func TestTheBoxOffice(t *testing.T) {
	s := newShop(t, fakebittan.Today)
	drawn, err := s.AddTicket(fakebittan.Ticket{Event: s.event})
	must(t, err)
	if len(drawn) != 6 || strings.Trim(drawn, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		t.Errorf("drew %q", drawn)
	}
	first, err := s.Ticket(drawn)
	must(t, err)
	second, err := s.AddTicket(fakebittan.Ticket{Event: s.event, Payment: first.Payment, Status: fakebittan.Reserved})
	must(t, err)
	must(t, s.SetStatus(second, fakebittan.FailedAdmin)) // one payment
	must(t, s.SetTimesUsed(drawn, 7))
	if got, err := s.Ticket(drawn); err != nil || got.Status != fakebittan.FailedAdmin || got.TimesUsed != 7 {
		t.Errorf("%+v, %v", got, err)
	}
	if got := s.Tickets(s.event, fakebittan.FailedAdmin); len(got) != 2 {
		t.Errorf("%q", got)
	}
	must(t, s.DeleteTicket(drawn))
	for name, err := range map[string]error{
		"gone ticket": s.SetStatus(drawn, fakebittan.Paid), "no event": s.SetTitle(99, "x"), "deleted twice": s.DeleteTicket(drawn),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := s.AddTicket(fakebittan.Ticket{ID: second, Event: s.event}); err == nil {
		t.Error("a code twice")
	}
	if _, err := fakebittan.New(fakebittan.Options{}); err == nil {
		t.Error("no clock and no source")
	}
}

func TestEventsVanishWhenTheirSaleEnds(t *testing.T) {
	s := newShop(t, fakebittan.Today)
	shown := s.AddTicketType(fakebittan.TicketType{Title: "Std", Price: 200})
	hidden := s.AddTicketType(fakebittan.TicketType{Title: "Crew", Hidden: true})
	soon := s.AddEvent(fakebittan.Event{
		Title: "Sittning", At: evening().Add(30 * time.Minute), SalesStop: evening().Add(2 * time.Hour), Types: []int{shown, hidden}, Seats: 10,
	})
	titles := func() string {
		body := s.send(http.MethodGet, "/api/get_chapterevents/", "", "").body
		var list struct {
			Events []struct {
				ID    int    `json:"id"`
				Title string `json:"title"`
				At    string `json:"event_at"`
				Types []int  `json:"ticket_types"`
				Left  *int   `json:"tickets_left"`
			} `json:"chapter_events"`
			Types []struct {
				ID    int `json:"id"`
				Price any `json:"price"`
			} `json:"ticket_types"`
		}
		must(t, json.Unmarshal([]byte(body), &list))
		var out []string
		for _, e := range list.Events {
			out = append(out, e.Title)
			if e.ID == soon && (len(e.Types) != 2 || e.Left == nil || *e.Left != 10 || e.At != "2026-11-21T20:30:00+01:00") {
				t.Errorf("%+v", e)
			}
		}
		if len(list.Types) > 1 || (len(list.Types) == 1 && list.Types[0].ID != shown) {
			t.Errorf("types %+v", list.Types)
		}
		return strings.Join(out, ",")
	}
	if got := titles(); got != "Sittning,Fysikalen" { // by their time
		t.Errorf("at first: %s", got)
	}
	s.now = evening().Add(time.Hour)
	if got := titles(); got != "Sittning" {
		t.Errorf("after one sale: %s", got)
	}
	must(t, s.StopSales(soon, evening()))
	if got := titles(); got != "" {
		t.Errorf("after all: %s", got)
	}
}

func TestAnEveningIsTheSameForASeed(t *testing.T) {
	var lists [2]string
	for i := range lists {
		e, err := fakebittan.NewEvening(7, fakebittan.Options{Clock: evening})
		must(t, err)
		recorder := httptest.NewRecorder()
		e.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/get_chapterevents/", bytes.NewReader(nil)))
		lists[i] = recorder.Body.String() + strings.Join(e.Tickets(e.Tonight, fakebittan.Paid), ",")
		total := 0
		for _, status := range fakebittan.Statuses() {
			total += len(e.Tickets(e.Tonight, status))
		}
		if total != 300 || len(e.Tickets(e.Later, fakebittan.Paid)) < 40 || strings.Contains(lists[i], "premiär") {
			t.Errorf("%d tickets tonight", total)
		}
	}
	if lists[0] != lists[1] {
		t.Error("two evenings of one seed differ")
	}
}

func FuzzBody(f *testing.F) {
	for _, body := range []string{use("PPPPPP"), "{bad", `{"external_id":{}}`, `{"external_id":1e400,"password":"x","use_ticket":0}`, "\xff"} {
		f.Add(body, "application/json")
	}
	s := newShop(f, fakebittan.Today)
	f.Fuzz(func(t *testing.T, body, media string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/api/validate_ticket/", strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, r)
		if recorder.Code >= 500 || !json.Valid(recorder.Body.Bytes()) {
			t.Errorf("%d %s", recorder.Code, recorder.Body)
		}
	})
}
