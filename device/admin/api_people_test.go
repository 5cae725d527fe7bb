package admin

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatescand/scanner/admission"
)

func TestTheStoryOfATicketIsToldWithoutNamesToThoseWhoShallNotSeeThem(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	key := admission.TicketKey{Account: "lespass", ID: "t 1"}
	entry := o.decide("north", "t 1")
	entry.Seq, entry.Recorded = 1, true
	undo := admission.CheckIn{
		Decision: admission.Decision{
			Reason: admission.ReasonUndone, Grounds: admission.GroundsOverride, Ticket: key,
			Previous: &admission.Use{At: entry.At.Wall, Lane: "north", By: admission.Here},
		},
		Seq: 2, Lane: "north", Direction: admission.Undo, At: o.Now(), By: "page admin", Note: "twice", Recorded: true,
	}
	st := Story{
		Listed: true, CheckIns: []admission.CheckIn{entry, undo}, Resets: []Reset{{At: o.Now(), Seq: 1, Why: "twice", By: "page admin"}},
		Conflicts: []admission.Conflict{{ID: 7, Kind: admission.UsedElsewhere, Ticket: key}}, Undoable: 1, UndoTells: "kept",
	}
	st.TicketKey, st.Holder = key, "Ada Lovelace"
	o.stories[key] = st
	for _, shows := range []bool{true, false} {
		opt.ShowNames = shows
		srv := open(t, opt)
		resp, text := ask(t, srv, http.MethodGet, "/api/v1/tickets/lespass/t%201", "", func(r *http.Request) { r.Header.Set("Accept-Language", "en") })
		var got storyAnswer
		if err := json.Unmarshal([]byte(text), &got); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %v: %s", resp.StatusCode, err, text)
		}
		if strings.Contains(text, "Lovelace") != shows {
			t.Errorf("names shown: %v, want %v", !shows, shows)
		}
		if got.Undoable == nil || *got.Undoable != 1 || got.UndoTells != "kept" || len(got.Resets) != 1 || got.Resets[0].By != "page admin" || len(got.Conflicts) != 1 {
			t.Errorf("got %s", text)
		}
		row := got.CheckIns[1]
		if row.Verdict != "" || row.Direction != "undo" || row.Headline != "Admission undone" || row.Message != "" || row.Previous == nil ||
			!strings.Contains(row.Detail, "lane north") || strings.Contains(row.Detail, "by hand") {
			t.Errorf("the undo says %+v", row)
		}
	}
	srv := open(t, opt)
	if resp, text := ask(t, srv, http.MethodGet, "/api/v1/tickets/lespass/none", ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("no such ticket: %d %s", resp.StatusCode, text)
	}
}

func TestAnUndoTellsWhoAndWhy(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	srv := open(t, opt)
	for path, want := range map[string]int{
		"/api/v1/checkins/1/undo": http.StatusOK, "/api/v1/checkins/0/undo": http.StatusNotFound,
		"/api/v1/checkins/-1/undo": http.StatusNotFound, "/api/v1/checkins/x/undo": http.StatusNotFound,
	} {
		if resp, text := ask(t, srv, http.MethodPost, path, `{"note":"pressed twice"}`); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d: %s", path, resp.StatusCode, want, text)
		}
	}
	if resp, _ := ask(t, srv, http.MethodPost, "/api/v1/checkins/1/undo", `{"note":"`+strings.Repeat("x", noteLongest+1)+`"}`); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("an endless note: %d", resp.StatusCode)
	}
	if len(o.undone) != 1 || !strings.HasSuffix(o.undone[0], ": pressed twice") || strings.HasPrefix(o.undone[0], ":") {
		t.Errorf("undone %q", o.undone)
	}
}

func TestALaneIsTurnedToCheckingAndBack(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	srv := open(t, opt)
	for _, row := range []struct {
		action string
		want   bool
	}{{"check", true}, {"uncheck", false}} {
		resp, text := ask(t, srv, http.MethodPost, "/api/v1/lanes/north/"+row.action, "")
		var got checkingAnswer
		if err := json.Unmarshal([]byte(text), &got); err != nil || resp.StatusCode != http.StatusOK || got.Lane != "north" || got.Checking != row.want {
			t.Errorf("%s: %d %s", row.action, resp.StatusCode, text)
		}
		if o.checking["north"] != row.want {
			t.Errorf("%s: checking %v", row.action, o.checking["north"])
		}
	}
}

func TestEventsAreListedAndChosen(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	srv := open(t, opt)
	var got eventList
	resp, text := ask(t, srv, http.MethodGet, "/api/v1/accounts/lespass/events", "")
	if err := json.Unmarshal([]byte(text), &got); err != nil || resp.StatusCode != http.StatusOK || len(got.Events) != 3 || got.Events[0].ID != "evening" || !got.Events[2].Withdrawn {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	resp, text = ask(t, srv, http.MethodPost, "/api/v1/accounts/lespass/events", `{"ids":["later"]}`)
	if err := json.Unmarshal([]byte(text), &got); err != nil || resp.StatusCode != http.StatusOK || !got.Events[1].Chosen || !slices.Equal(o.chosen, []string{"later"}) {
		t.Errorf("%d %s, chosen %q", resp.StatusCode, text, o.chosen)
	}
	for what, body := range map[string]string{
		"an empty id": `{"ids":[""]}`, "an endless id": `{"ids":["` + strings.Repeat("x", longestEventID+1) + `"]}`, "a number": `{"ids":[1]}`,
	} {
		if resp, text := ask(t, srv, http.MethodPost, "/api/v1/accounts/lespass/events", body); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", what, resp.StatusCode, text)
		}
	}
	if !slices.Equal(o.chosen, []string{"later"}) {
		t.Errorf("chosen %q", o.chosen)
	}
}

// An undo stands in the stream of staff and is nothing for a display.
func TestADisplayHearsNothingOfAnUndo(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		direction admission.Direction
		want      bool
	}{{admission.Entry, true}, {admission.Check, true}, {admission.Undo, false}} {
		e := event{kind: KindCheckIn, scan: Scanned{CheckIn: admission.CheckIn{Lane: "north", Direction: row.direction}}}
		if got := concerns(&e, "north"); got != row.want {
			t.Errorf("%s concerns the display: %v", row.direction, got)
		}
	}
}
