package bittan_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/bittan"
	"gatescand/sync/platform/platformtest/fakebittan"
)

func ids(events []admission.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.ID)
	}
	return out
}

func TestEventsLeaveTheListAndTheConfiguredStay(t *testing.T) {
	h := newHouse(t, fakebittan.Today)
	d := h.gate("north", func(s *bittan.Settings) { s.Titles = []string{"Fysikalen – premiär ", title} })
	for _, c := range []struct {
		at   int64
		want []string
	}{
		{0, []string{title, "Fysikalen – premiär"}},
		{3600, []string{"Fysikalen – premiär", title}}, // the sale has ended
	} {
		h.clock.Store(c.at)
		events, err := d.Events(t.Context())
		must(t, err)
		if !slices.Equal(ids(events), c.want) {
			t.Errorf("after %d s: %q, want %q", c.at, ids(events), c.want)
		}
		for _, e := range events {
			if e.Account != account || e.Zone != "Europe/Stockholm" || e.Name != e.ID {
				t.Errorf("%+v", e)
			}
		}
	}
}

func TestEventsNeedNoPasswordAndNoForm(t *testing.T) {
	h := newHouse(t, fakebittan.Today)
	d := h.gate("north", func(s *bittan.Settings) { s.Password = "x" })
	if events, err := d.Events(t.Context()); err != nil || len(events) != 1 || h.Count(fakebittan.RoutePeek) > 0 {
		t.Errorf("%+v, %v", events, err)
	}
}

func TestEventsOfOneTitleAreOne(t *testing.T) {
	h := newHouse(t, fakebittan.Today)
	full := h.AddTicketType(fakebittan.TicketType{Title: "Standardbiljett\n", Price: 200})
	student := h.AddTicketType(fakebittan.TicketType{Title: "Studentbiljett", Price: 100})
	crew := h.AddTicketType(fakebittan.TicketType{Title: "Medverkande", Hidden: true})
	day := func(n int) time.Time { return tonight().AddDate(0, 0, n) }
	for _, e := range []fakebittan.Event{
		{Title: "Sittning å", At: day(9), Types: []int{full, student, crew}},
		{Title: " Sittning å\r\n", At: day(2), Types: []int{full}}, // the same to everybody who looks
		{Title: "Sittning Å", At: day(3)},                          // another spelling
		{Title: "Sittning a\u030a", At: day(4)},                    // looks the same and is spelled otherwise
	} {
		h.AddEvent(e)
	}
	events, err := h.drawer.Events(t.Context())
	must(t, err)
	want := []string{title, "Sittning å", "Sittning Å", "Sittning a\u030a"}
	if !slices.Equal(ids(events), want) {
		t.Fatalf("%q, want %q", ids(events), want)
	}
	merged := events[1]
	if !merged.Start.Equal(day(2)) {
		t.Errorf("begins %s", merged.Start)
	}
	if len(merged.Products) != 2 || merged.Products[0].Name != "Standardbiljett" || merged.Products[1].Name != "Studentbiljett" {
		t.Errorf("products %+v", merged.Products)
	}
	// The answer about a ticket names the event by the same id, whatever blanks the server has.
	id, err := h.AddTicket(fakebittan.Ticket{Event: h.event + 5})
	must(t, err)
	if a, err := h.drawer.Ask(t.Context(), []byte(id), credential(id)); err != nil || a.Event != "Sittning å" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestEventsOfEveryForm(t *testing.T) {
	for _, form := range []fakebittan.Form{fakebittan.Today, fakebittan.March2025, fakebittan.Bare2024} { // prices in words, no tickets_left
		h := newHouse(t, form)
		kind := h.AddTicketType(fakebittan.TicketType{Title: "Standardbiljett", Price: 200})
		h.AddEvent(fakebittan.Event{Title: "Sittning", At: tonight().Add(48 * time.Hour), Types: []int{kind}})
		events, err := h.drawer.Events(t.Context())
		if err != nil || len(events) != 2 || len(events[1].Products) != 1 {
			t.Errorf("form %d: %+v, %v", form, events, err)
		}
	}
}

func TestAnUnchangedListIsNotSentAgain(t *testing.T) {
	h := newHouse(t, fakebittan.Today)
	h.SetConditional(true)
	for range 2 {
		if events, err := h.drawer.Events(t.Context()); err != nil || len(events) != 1 {
			t.Errorf("%+v, %v", events, err)
		}
	}
	if r := h.Requests(); len(r) != 2 || r[1].Status != http.StatusNotModified {
		t.Errorf("%+v", r)
	}
}

// The server lists events by their time; nobody promises that it will.
func TestTheEarliestStartCountsInAnyOrder(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"chapter_events":[{"title":"x","event_at":"2026-11-28T20:00:00+01:00","ticket_types":[]},
			{"title":"x","event_at":"2026-11-21T20:00:00+01:00","ticket_types":[]}],"ticket_types":[]}`)
	}))
	t.Cleanup(server.Close)
	events, err := newDrawer(t, server.URL).Events(t.Context())
	if err != nil || len(events) != 1 || !events[0].Start.Equal(time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v, %v", events, err)
	}
}

func TestListsAreReadStrictly(t *testing.T) {
	const good = `{"title":"x","event_at":"2026-11-21T19:00:00Z","ticket_types":[1]}`
	for body, want := range map[string]platform.Class{
		`{"chapter_events":[` + good + `],"ticket_types":[{"id":1,"title":"t","price":"199.99"}]}`: "",
		`{"chapter_events":[],"ticket_types":[]}`:                                                  "",
		`{"chapter_events":[],"ticket_types":null}`:                                                platform.Protocol,
		`{"ticket_types":[]}`: platform.Protocol,
		`[` + good + `]`:      platform.Protocol,
		`{"chapter_events":[{"title":null,"event_at":"2026-11-21T19:00:00Z","ticket_types":[]}],"ticket_types":[]}`:      platform.Protocol,
		`{"chapter_events":[{"title":" \u0000","event_at":"2026-11-21T19:00:00Z","ticket_types":[]}],"ticket_types":[]}`: platform.Protocol,
		`{"chapter_events":[{"title":"x","ticket_types":[]}],"ticket_types":[]}`:                                         platform.Protocol,
		`{"chapter_events":[{"title":"x","event_at":"tonight","ticket_types":[]}],"ticket_types":[]}`:                    platform.Protocol,
		`{"chapter_events":[{"title":"x","event_at":"2026-11-21T19:00:00Z"}],"ticket_types":[]}`:                         platform.Protocol,
		`{"chapter_events":[` + good + `],"ticket_types":[{"id":1}]}`:                                                    platform.Protocol,
		`{"chapter_events":[` + good + `],"ticket_types":[{"title":"t"}]}`:                                               platform.Protocol,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		}))
		_, err := newDrawer(t, server.URL).Events(t.Context())
		if got := classOf(t, err); got != want {
			t.Errorf("%s: class %q, want %q", body, got, want)
		}
		server.Close()
	}
}
