package admin

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatescand/device/admin/words"
	"gatescand/device/health"
)

// Every condition there can be is said in the languages that are complete, and
// says what is particular to it wherever English does.
func TestEveryConditionIsSaidInFrenchAndGerman(t *testing.T) {
	t.Parallel()
	book, err := words.Open()
	if err != nil {
		t.Fatal(err)
	}
	registry := health.NewRegistry(scanTime)
	for _, code := range health.Codes() {
		registry.Raise(code, "\u2603subject", "\u2603detail")
	}
	for _, c := range registry.List() {
		for _, lang := range []string{"fr", "de"} {
			id := "condition_" + string(c.Code)
			if !book.Says(lang, id) || !book.Says(lang, id+"_remedy") {
				t.Errorf("%s: %s or its remedy is not said", lang, id)
				continue
			}
			text := book.In(lang).T(id, "Subject", "\u2603subject", "Detail", "\u2603detail.")
			for _, part := range []string{"\u2603subject", "\u2603detail."} {
				if strings.Contains(text, part) != strings.Contains(c.Text, part) {
					t.Errorf("%s: %s and English do not both say %s", lang, id, part)
				}
			}
			if remedy := book.In(lang).T(id + "_remedy"); !strings.HasSuffix(remedy, ".") || remedy == c.Remedy {
				t.Errorf("%s: %q is no sentence of its own", lang, remedy)
			}
		}
	}
}

func TestConditionsAreToldInTheLanguageOfTheReader(t *testing.T) {
	t.Parallel()
	st := newStation()
	st.conditions = []Condition{
		{Code: "reader_absent", Subject: "north", Severity: "critical", Text: "Lane north: its reader is not plugged in.", Remedy: "Plug it in."},
		{Code: "never_heard_of", Subject: "x", Severity: "critical", Text: "Unknown condition.", Remedy: "Report this."},
		{Code: "disk_low", Subject: "{{.Detail}}", Detail: "{{.Subject}} <b>", Severity: "warning", Text: "English", Remedy: "English"},
	}
	srv := open(t, st.options())
	for name, tc := range map[string]struct {
		accept string
		want   []string
	}{
		"in French":                            {"fr", []string{"Voie north : son lecteur n'est pas branché.", "Unknown condition.", "Il reste peu de place sur le disque de {{.Detail}}. {{.Subject}} <b>."}},
		"in German":                            {"de-AT", []string{"Spur north: Der Leser ist nicht angeschlossen.", "Unknown condition.", "Auf der Festplatte von {{.Detail}} ist wenig Platz. {{.Subject}} <b>."}},
		"in English, as they come":             {"en", []string{"Lane north: its reader is not plugged in.", "Unknown condition.", "English"}},
		"where nobody asks, the station's own": {"", []string{"Voie north : son lecteur n'est pas branché.", "Unknown condition.", "Il reste peu de place sur le disque de {{.Detail}}. {{.Subject}} <b>."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, raw := ask(t, srv, "GET", "/api/v1/status", "", func(r *http.Request) { r.Header.Set("Accept-Language", tc.accept) })
			var status Status
			if err := json.Unmarshal([]byte(raw), &status); err != nil {
				t.Fatal(err)
			}
			if len(status.Conditions) != len(tc.want) {
				t.Fatalf("%d conditions", len(status.Conditions))
			}
			for i, c := range status.Conditions {
				if c.Text != tc.want[i] {
					t.Errorf("%q, want %q", c.Text, tc.want[i])
				}
			}
		})
	}
}

func TestTheEventStreamTellsConditionsInTheLanguageOfTheReader(t *testing.T) {
	t.Parallel()
	st := newStation()
	s, err := New(st.options())
	if err != nil {
		t.Fatal(err)
	}
	told := s.eventIn(speaker(t, "de"), ConditionEvent{Condition: Condition{Code: "second_daemon", Subject: "/data", Text: "Another", Since: time.Time{}}, Raised: true})
	e, ok := told.(ConditionEvent)
	if !ok || !e.Raised || e.Text != "Ein anderes gatescand benutzt /data." {
		t.Errorf("%+v", told)
	}
	if other := s.eventIn(speaker(t, "de"), SyncEvent{Account: "a"}); other != (SyncEvent{Account: "a"}) {
		t.Errorf("%+v", other)
	}
}
