package faketibillet_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/faketibillet"
)

func (h *house) events() []map[string]any {
	h.tb.Helper()
	r := h.send(http.MethodGet, "/api/events/", "", "Authorization", "")
	var events []map[string]any
	if err := json.Unmarshal(r.body, &events); err != nil || r.status != http.StatusOK {
		h.tb.Fatalf("%d %s %v", r.status, r.body, err)
	}
	if r.header.Get("Deprecation") != "true" || r.header.Get("Link") != `</api/v2/>; rel="successor-version"` || r.header.Get("Warning")[:3] != "299" {
		h.tb.Errorf("headers %v", r.header)
	}
	return events
}

func TestEventsAreListedWithKeysAndWithoutLogin(t *testing.T) {
	zone := time.FixedZone("winter", 3600)
	h := newHouse(t, func(o *faketibillet.Options) { o.Zone = zone })
	parent := h.addEvent(faketibillet.Event{Name: "Veille", Slug: "veille", Start: doors().Add(-time.Hour), End: doors()}, 1)
	child := h.addEvent(faketibillet.Event{Name: "Atelier", Start: doors().Truncate(time.Second), Parent: parent}, 1)
	h.addEvent(faketibillet.Event{Name: "Brouillon", Start: doors(), Hidden: true}, 1)
	events := h.events()
	if len(events) != 2 || events[0]["name"] != "Veille" || events[1]["name"] != "Bal" {
		t.Fatalf("events %v", events)
	}
	first := events[0]
	for field, want := range map[string]any{
		"@context": "https://schema.org", "@type": "Event", "uuid": parent, "slug": "veille", "url": h.base + "/event/veille/",
		"startDate": "2026-11-21T19:30:15.123456+01:00", "endDate": "2026-11-21T20:30:15.123456+01:00",
		"eventStatus":  "https://schema.org/EventScheduled",
		"publicKeyPem": platformtest.LoadTibilletVectors(t).Keys[1].PublicPEM,
		"childrens": []any{map[string]any{
			"uuid": child, "name": "Atelier", "slug": child, "startDate": "2026-11-21T19:30:15+00:00", "endDate": nil,
			"url": h.base + "/event/" + child + "/",
		}},
	} {
		if fmt.Sprint(first[field]) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", field, first[field], want)
		}
	}
	if end, present := events[1]["endDate"]; !present || end != nil {
		t.Errorf("no end: %v", end)
	}
}

func TestAnyEventIsAnsweredByUUID(t *testing.T) {
	h := newHouse(t)
	hidden := h.addEvent(faketibillet.Event{Name: "Brouillon", Slug: "brouillon", Start: doors(), Hidden: true}, 1)
	get := func(path string) reply { return h.send(http.MethodGet, path, "", "Authorization", "") }
	r := get("/api/events/" + hidden + "/")
	if body := r.json(t); r.status != 200 || body["eventStatus"] != "https://schema.org/EventCancelled" || body["startDate"] != "2026-11-21T19:30:15.123456Z" {
		t.Errorf("hidden by uuid: %d %s", r.status, r.body)
	}
	if r := get("/api/eventslug/brouillon/"); r.status != 404 {
		t.Errorf("hidden by slug: %d", r.status)
	}
	if err := h.SetHidden(hidden, false); err != nil {
		t.Fatal(err)
	}
	if r := get("/api/eventslug/brouillon/"); r.status != 200 {
		t.Errorf("published by slug: %d", r.status)
	}
	if len(h.events()) != 2 {
		t.Error("published but not listed")
	}
	if r := get("/api/events/?filter=brOUIL"); r.status != 200 || string(r.body[:2]) != "[{" {
		t.Errorf("filter: %s", r.body)
	}
}

func TestOnlyFuturCrashesOnTheFirstOfTheMonth(t *testing.T) {
	h := newHouse(t, func(o *faketibillet.Options) {
		o.Clock = platformtest.FixedClock(time.Date(2026, 12, 1, 20, 0, 0, 0, time.UTC))
	})
	if r := h.send(http.MethodGet, "/api/events/?only_futur=1", ""); r.status != 500 {
		t.Errorf("%d", r.status)
	}
}

func TestAnEventWithoutKeyMakesOneAndKeepsIt(t *testing.T) {
	h := newHouse(t)
	uuid, err := h.AddEvent(faketibillet.Event{Name: "Neuf", Start: doors()})
	if err != nil {
		t.Fatal(err)
	}
	published := h.events()[1]["publicKeyPem"]
	again, err := h.PublicKey(uuid)
	if err != nil || published != again || len(again) != 451 {
		t.Errorf("%v %v %d", published, again, len(again))
	}
}

func TestEventsCanBeRevalidatedWhereTheServerDoesThat(t *testing.T) {
	h := newHouse(t)
	paths := []string{"/api/events/", "/api/events/" + h.event + "/"}
	for _, path := range paths {
		if r := h.send(http.MethodGet, path, "", "If-None-Match", "*"); r.status != http.StatusOK || r.header.Get("ETag") != "" {
			t.Errorf("%s: %d %v", path, r.status, r.header)
		}
	}
	h.SetConditional(true)
	for _, path := range paths {
		tag := h.send(http.MethodGet, path, "").header.Get("ETag")
		if r := h.send(http.MethodGet, path, "", "If-None-Match", tag); r.status != http.StatusNotModified || len(r.body) > 0 {
			t.Errorf("%s: %d %v", path, r.status, r.header)
		}
	}
	if err := h.SetHidden(h.event, true); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if r := h.send(http.MethodGet, path, "", "If-None-Match", `"old"`); r.status != http.StatusOK {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}
