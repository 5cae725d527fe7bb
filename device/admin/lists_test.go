package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
)

const evilText = "<script>alert(1)</script>=1+1\u202egnp.exe\x1b[31m 👩‍🚒 " + "<img src=x onerror=alert(2)>"

// evilShown is the part of evilText that every page must show as text.
const evilShown = "&lt;script&gt;alert(1)&lt;/script&gt;=1&#43;1‹U&#43;202E›gnp.exe‹U&#43;001B›[31m 👩‍🚒 &lt;img src=x onerror=alert(2)&gt;"

// disputed has conflicts and deliveries of every kind.
func disputed() *station {
	st := newStation()
	at := admission.Stamp{Wall: scanTime().Add(-time.Hour), Trusted: true}
	st.conflicts = []admission.Conflict{
		{ID: 7, Kind: admission.UsedElsewhere, Ticket: admission.TicketKey{Account: "lespass", ID: "a/b c"}, OpenedAt: at, Seq: 12, OurAt: at, OurLane: "north", Theirs: "Used at the bar.", TheirAt: scanTime().Add(-2 * time.Hour), Remedy: "Ask both."},
		{ID: 6, Kind: "new_kind", OpenedAt: at, Theirs: "Who knows."},
		{ID: 5, Kind: admission.AdmittedUnpaid, Ticket: admission.TicketKey{Account: "lespass", ID: "t5"}, OpenedAt: at, Seq: 3, OurAt: at, Resolved: true, ResolvedAt: at, Note: "Ann: paid at the desk"},
	}
	st.waiting = []admission.Delivery{
		{Seq: 3, Ticket: admission.TicketKey{Account: "lespass", ID: "t3"}, Event: "evening", At: at, Lane: "north", State: admission.DeliveryPending, Attempt: 4, NextAt: scanTime().Add(time.Minute), Cause: "No answer.", Remedy: "Check the cable."},
		{Seq: 4, Ticket: admission.TicketKey{Account: "lespass", ID: "t4"}, At: at, Lane: "north", State: admission.DeliveryBuried, Attempt: 1, Cause: "Wrong event.", Remedy: "Choose the event."},
	}
	st.accounts[0].Pending, st.accounts[0].Buried = 1, 1
	return st
}

func wantAll(t *testing.T, raw string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(raw, p) {
			t.Errorf("no %q", p)
		}
	}
}

func wantNone(t *testing.T, raw string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(raw, p) {
			t.Errorf("there is %q", p)
		}
	}
}

func TestConflictsShowBothSides(t *testing.T) {
	t.Parallel()
	srv := open(t, disputed().options())
	resp, raw := ask(t, srv, http.MethodGet, "/conflicts", "", english)
	if resp.StatusCode != http.StatusOK {
		t.Fatal(resp.StatusCode)
	}
	wantAll(t, raw, "Admitted here, used elsewhere too", "Admitted at 18:02:11, lane north.", "Used at the bar.", "17:02:11", "Ask both.",
		`href="/tickets/lespass/a%2Fb%20c"`, `href="/journal?before=13#seq-12"`, `data-api="/api/v1/conflicts/7/resolve"`, "new_kind", "No check-in of ours is involved.")
	wantNone(t, raw, "paid at the desk")
	if strings.Index(raw, "conflict-7") > strings.Index(raw, "conflict-6") {
		t.Error("the newest is not first")
	}
	_, raw = ask(t, srv, http.MethodGet, "/conflicts?all=1", "", english)
	wantAll(t, raw, "paid at the desk", "Admitted here, not paid there", "Used at the bar.")
	if strings.Index(raw, "conflict-5") < strings.Index(raw, "conflict-6") {
		t.Error("a resolved one stands before an open one")
	}
	if n := strings.Count(raw, `id="conflict-7"`); n != 1 {
		t.Errorf("an open one stands there %d times", n)
	}
	if strings.Contains(raw, "/api/v1/conflicts/5/resolve") {
		t.Error("what is resolved can be resolved again")
	}
}

func TestTheOutboxShowsWhatWaitsAndApartWhatWasRejected(t *testing.T) {
	t.Parallel()
	srv := open(t, disputed().options())
	resp, raw := ask(t, srv, http.MethodGet, "/outbox", "", english)
	if resp.StatusCode != http.StatusOK {
		t.Fatal(resp.StatusCode)
	}
	wantAll(t, raw, "Nuit du jazz", "No answer.", "Check the cable.", "Tried 4 times", "19:03:11", "Wrong event.", "Choose the event.", "Tried 1 time<",
		`href="/tickets/lespass/t4"`, `href="/journal?before=5#seq-4"`, "lespass")
	buried, waiting := strings.Index(raw, "h-buried"), strings.Index(raw, "h-waiting")
	if b := strings.Index(raw, "Wrong event."); b < buried || b > waiting {
		t.Error("the rejected one does not stand apart")
	}
	if strings.Count(raw, `data-api="/api/v1/outbox/retry"`) != 3 {
		t.Error("not every delivery can be tried again")
	}
}

// rejected is an outbox that finds what is buried.
type rejected struct{ *station }

func (r rejected) BuriedDeliveries(_ context.Context, limit int) ([]admission.Delivery, error) {
	out := make([]admission.Delivery, 0, limit)
	for i := range limit {
		out = append(out, admission.Delivery{Seq: int64(i + 1), Ticket: admission.TicketKey{Account: "lespass", ID: fmt.Sprint("b", i)}, State: admission.DeliveryBuried})
	}
	return out, nil
}

func TestTheOutboxIsBounded(t *testing.T) {
	t.Parallel()
	st := disputed()
	for i := range 1500 {
		st.waiting = append(st.waiting, admission.Delivery{Seq: int64(i + 10), Ticket: admission.TicketKey{Account: "lespass", ID: fmt.Sprint("w", i)}, State: admission.DeliveryPending})
	}
	opt := st.options()
	opt.Outbox = rejected{st}
	_, raw := ask(t, open(t, opt), http.MethodGet, "/outbox", "", english)
	if n := strings.Count(raw, `name="seq"`); n != 2*outboxShown {
		t.Errorf("%d deliveries", n)
	}
	if strings.Count(raw, "There are more; the oldest are shown.") != 2 {
		t.Error("it does not say that there are more")
	}
}

func TestEveryPageOpensWhateverIsMissing(t *testing.T) {
	t.Parallel()
	failing := disputed()
	failing.fail = errors.New("the disk is gone")
	whole, broken := open(t, Options{Token: testToken, Now: time.Now, Hub: NewHub()}), open(t, failing.options())
	for path, words := range map[string][2]string{
		"/journal":   {"This station cannot search its journal.", "The journal cannot be read now."},
		"/conflicts": {"This station keeps no list of conflicts.", "The conflicts cannot be read now."},
		"/outbox":    {"This station delivers nothing to any platform.", "What is still to be delivered cannot be read now."},
		"/":          {"Last scans", "Last scans"},
	} {
		resp, raw := ask(t, whole, http.MethodGet, path, "", english)
		if want := http.StatusNotImplemented; path != "/" && resp.StatusCode != want {
			t.Errorf("%s without its part: %d", path, resp.StatusCode)
		}
		wantAll(t, raw, words[0], "</html>")
		resp, raw = ask(t, broken, http.MethodGet, path, "", english)
		if want := http.StatusServiceUnavailable; path != "/" && resp.StatusCode != want {
			t.Errorf("%s that cannot be read: %d", path, resp.StatusCode)
		}
		wantAll(t, raw, words[1], "</html>")
		wantNone(t, raw, "the disk is gone")
	}
	empty := open(t, newStation().options())
	for path, want := range map[string]string{
		"/journal": "Nothing has been scanned yet.", "/journal?lane=west": "No check-in fits these filters.",
		"/conflicts": "No conflicts.", "/conflicts?all=1": "None has been resolved yet.", "/outbox": "The platforms know everything.",
	} {
		if resp, raw := ask(t, empty, http.MethodGet, path, "", english); resp.StatusCode != http.StatusOK || !strings.Contains(raw, want) {
			t.Errorf("%s: %d, no %q", path, resp.StatusCode, want)
		}
	}
}

func TestTextOfStrangersIsText(t *testing.T) {
	t.Parallel()
	st := disputed()
	st.conflicts[0].Theirs, st.conflicts[0].Remedy, st.conflicts[0].OurLane, st.conflicts[0].Ticket.ID = evilText, evilText, evilText, evilText
	st.conflicts[1].Kind = evilText
	st.conflicts[2].Note = evilText
	st.waiting[0].Cause, st.waiting[0].Remedy, st.waiting[0].Ticket.ID, st.waiting[0].Event, st.waiting[0].Lane = evilText, evilText, evilText, evilText, evilText
	st.waiting[1].Cause, st.waiting[1].Remedy = evilText, evilText
	st.accounts[0].Name = evilText
	c := wild()
	c.Seq, c.Lane, c.By, c.Note, c.Product, c.Holder, c.Ticket.ID = 1, evilText, evilText, evilText, evilText, evilText, evilText
	c.Event = evilText
	st.rows = append(st.rows, c)
	srv := open(t, st.options())
	for _, tc := range []struct {
		path  string
		times int
	}{{"/journal", 6}, {"/journal?lane=" + "%3Cscript%3Ealert(1)%3C/script%3E", 0}, {"/conflicts?all=1", 6}, {"/outbox", 8}} {
		_, raw := ask(t, srv, http.MethodGet, tc.path, "", english)
		// What a form sends back is sent back unchanged, and nobody sees it.
		raw = regexp.MustCompile(` value="[^"]*"`).ReplaceAllString(raw, "")
		wantNone(t, raw, "<script>alert", "<img src=x", "\u202e", "\x1b")
		if n := strings.Count(raw, evilShown); n < tc.times {
			t.Errorf("%s shows it %d times as text, want %d", tc.path, n, tc.times)
		}
		if strings.Count(raw, "<script") != strings.Count(raw, "</script>") {
			t.Errorf("%s: scripts do not match", tc.path)
		}
	}
	_, raw := ask(t, srv, http.MethodGet, "/api/v1/checkins/export", "")
	wantNone(t, raw, "\u202e", "\x1b", ",=1", "\n=")
	wantAll(t, raw, "‹U+202E›gnp.exe‹U+001B›[31m 👩‍🚒")
}
