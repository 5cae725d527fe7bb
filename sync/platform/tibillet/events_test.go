package tibillet_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
	"gatescand/sync/platform/tibillet"
)

func TestEventsComeWithTheirPartsAndKeys(t *testing.T) {
	h := newHouse(t)
	part := h.addEvent(faketibillet.Event{Name: "Vestiaire\x07", Parent: h.event, Start: tonight(), End: tonight().Add(5 * time.Hour)}, 1)
	events, err := h.drawer.Events(t.Context())
	must(t, err)
	if len(events) != 2 {
		t.Fatalf("%d events, want 2", len(events))
	}
	bal, coats := events[0], events[1]
	if bal.ID != h.event || bal.Account != account || bal.Name != "Bal" || !bal.Start.Equal(tonight()) || !bal.End.IsZero() || bal.Parent != "" {
		t.Errorf("got %+v", bal)
	}
	if coats.ID != part || coats.Parent != h.event || coats.Name != "Vestiaire" || !coats.End.Equal(tonight().Add(5*time.Hour)) {
		t.Errorf("got %+v", coats)
	}
	for i, e := range events {
		id := h.addTickets(1, faketibillet.Ticket{Event: e.ID})[0]
		text, err := h.PrintQR(id)
		must(t, err)
		got := newRing(t, append(bal.Keys, coats.Keys...)...).Verify([]byte(text))
		if got.Proof != admission.ProofGood || got.Event != e.ID || got.ID != id {
			t.Errorf("a ticket of event %d: %+v", i, got)
		}
	}
	if h.Count(faketibillet.RouteEvents) != 1 || h.Count(faketibillet.RouteEvent) != 1 {
		t.Errorf("requests %v", h.Counts())
	}
}

func TestEventsThatHaveNotChangedAreNotSentAgain(t *testing.T) {
	h := newHouse(t)
	h.SetConditional(true)
	first, err := h.drawer.Events(t.Context())
	must(t, err)
	again, err := h.drawer.Events(t.Context())
	must(t, err)
	last := h.Requests()[len(h.Requests())-1]
	if last.Status != http.StatusNotModified || !reflect.DeepEqual(first, again) {
		t.Errorf("status %d, %+v, want %+v", last.Status, again, first)
	}
	h.addEvent(faketibillet.Event{Name: "Finale", Start: tonight().Add(24 * time.Hour)}, 1)
	more, err := h.drawer.Events(t.Context())
	must(t, err)
	if len(more) != len(first)+1 {
		t.Errorf("%d events after one was added, want %d", len(more), len(first)+1)
	}
}

func TestEventsBroughtByHandStandInWhereTheListIsGone(t *testing.T) {
	imported := []admission.Event{{ID: recordedEvent, Name: "Bal", Keys: vectorKeys(t)[:1]}}
	with := func(h *house, events []admission.Event) *tibillet.Drawer {
		return newDrawer(t, h.base, func(s *tibillet.Settings) { s.Imported = events })
	}
	h := newHouse(t)
	got, err := with(h, imported).Events(t.Context())
	if err != nil || len(got) != 2 || got[1].ID != recordedEvent || got[1].Account != account {
		t.Errorf("beside the list: %+v, %v", got, err)
	}
	h.SetMood(faketibillet.RouteEvents, fakeserver.Mood{Fault: fakeserver.NotFound})
	got, err = with(h, imported).Events(t.Context())
	if err != nil || len(got) != 1 || got[0].ID != recordedEvent {
		t.Errorf("in its place: %+v, %v", got, err)
	}
	_, err = with(h, nil).Events(t.Context())
	if class := classOf(t, err); class != platform.Unsupported {
		t.Errorf("with none brought: class %q", class)
	}
	h.SetMood(faketibillet.RouteProbe, fakeserver.Mood{Fault: fakeserver.CaptivePage})
	_, err = with(h, imported).Events(t.Context())
	if class := classOf(t, err); class != platform.Captive {
		t.Errorf("behind a log-in page: class %q", class)
	}
}

func TestEventsThatCannotBeReadSpoilTheList(t *testing.T) {
	const good = `{"uuid": "5b1d7c1e-0d2f-4c7e-9a43-0a6a3b1f9e01", "name": "n", "publicKeyPem": "p", "startDate": "2026-11-21T20:00:00+01:00", "endDate": null, "childrens": []}`
	for _, c := range []struct{ name, body string }{
		{"no list", `{}`},
		{"null", `null`},
		{"twice the same", `[` + good + `,` + good + `]`},
		{"no key", strings.Replace(`[`+good+`]`, `"p"`, `""`, 1)},
		{"key of another type", strings.Replace(`[`+good+`]`, `"p"`, `7`, 1)},
		{"no uuid", strings.Replace(`[`+good+`]`, `"uuid"`, `"id"`, 1)},
		{"a uuid that is none", strings.Replace(`[`+good+`]`, `5b1d7c1e-`, `5b1d7c1e`, 1)},
		{"a time that is none", strings.Replace(`[`+good+`]`, `2026-11-21T`, `21.11.2026 `, 1)},
		{"a part that is none", strings.Replace(`[`+good+`]`, `[]`, `[{"uuid": "x"}]`, 1)},
		{"a member twice", strings.Replace(`[`+good+`]`, `"name": "n"`, `"name": "n", "Name": "m"`, 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, c.body)
			}))
			t.Cleanup(server.Close)
			events, err := newDrawer(t, server.URL).Events(t.Context())
			if class := classOf(t, err); class != platform.Protocol {
				t.Errorf("class %q, %+v", class, events)
			}
		})
	}
}

func TestAPartTakenBackMeanwhileIsLeftOut(t *testing.T) {
	h := newHouse(t)
	h.addEvent(faketibillet.Event{Name: "Bar", Parent: h.event, Start: tonight()}, 1)
	h.SetMood(faketibillet.RouteEvent, fakeserver.Mood{Fault: fakeserver.BadGateway})
	if _, err := h.drawer.Events(t.Context()); err == nil {
		t.Error("a part that cannot be read was left out")
	}
	// A server that says in its own words that there is no such event.
	list := platformtest.LoadTibilletVectors(t).Keys[0]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/api/events/" {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"detail": "Not found."}`)
			return
		}
		_, _ = io.WriteString(w, `[{"uuid": "`+list.EventUUID+`", "name": "n", "publicKeyPem": "p", "startDate": null, "endDate": null,
			"childrens": [{"uuid": "`+recordedEvent+`"}]}]`)
	}))
	t.Cleanup(server.Close)
	if events, err := newDrawer(t, server.URL).Events(t.Context()); err != nil || len(events) != 1 {
		t.Errorf("got %+v, %v", events, err)
	}
}
