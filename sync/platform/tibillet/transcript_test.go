package tibillet_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/tibillet"
)

// recording answers each path with one recorded answer, whatever is asked.
type recording struct {
	tb        testing.TB
	exchanges map[string]platformtest.Exchange // by name
	base      string
	answers   map[string]string // path, or "pair" → name of the exchange
	asked     []string
}

func newRecording(tb testing.TB) *recording {
	tb.Helper()
	r := &recording{tb: tb, exchanges: make(map[string]platformtest.Exchange)}
	for _, e := range platformtest.LoadTranscript(tb, "tibillet").Exchanges {
		r.exchanges[e.Name] = e
	}
	server := httptest.NewServer(r)
	tb.Cleanup(server.Close)
	r.base = server.URL
	return r
}

func (r *recording) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.asked = append(r.asked, q.Method+" "+q.URL.Path)
	name, ok := r.answers[q.URL.Path]
	if !ok && strings.HasSuffix(q.URL.Path, "/pair/") {
		name, ok = r.answers["pair"]
	}
	if !ok {
		http.NotFound(w, q)
		return
	}
	a := r.exchanges[name].Response
	for header, value := range map[string]*string{"Content-Type": a.ContentType, "Content-Language": a.ContentLanguage, "Location": a.Location} {
		if value != nil {
			w.Header().Set(header, *value)
		}
	}
	w.WriteHeader(a.Status)
	body := string(a.JSON)
	if a.Text != nil {
		body = *a.Text
	}
	_, _ = io.WriteString(w, body)
}

const (
	recordedApp   = "139d5cd5-df7b-4318-97b5-7f1b847c2a07"
	recordedEvent = "b1ab464f-5c6a-4e15-bc81-1533a868881c"
	recordedOrder = "8eae50a2-a837-47a2-ae05-68c9ef40dbe7"
	ticketValid   = "3f1df89c-8e60-4009-9ab0-dea2e15b06a2"
	ticketScanned = "c5d44c98-0af7-43ac-846d-fb7aa636c16d"
	ticketCreated = "02b0bedd-7a67-4f4c-96f2-32cf3a4e57bf"
	ticketUnpaid  = "0465bf06-683d-4a1d-828a-a9116532fcb4"
	ticketCancel  = "b70ef1a6-cf00-4cbe-aa14-91f2b78db6d0"
)

// formed gives a code of the right form whose signature is of nobody.
func formed(id string) []byte {
	return []byte(encode(`{"uuid": "`+id+`"}`) + ":" + strings.Repeat("A", 342) + "==")
}

func classOf(t *testing.T, err error) platform.Class {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*platform.Error](err)
	if !ok {
		t.Fatalf("error %v of type %T", err, err)
	}
	return e.Class
}

func TestRecordedProbes(t *testing.T) {
	for _, c := range []struct {
		name string // of the exchange with the key
		want platform.Class
	}{
		{"auth_ok", ""},
		{"auth_none", platform.Auth},
		{"auth_unknown_key", platform.Auth},
		{"auth_archived_device", platform.Auth},
		{"test_api_gone", platform.Unsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRecording(t)
			r.answers = map[string]string{"/scan/check_allow_any/": "allow_any", "/scan/check_api_scan/": c.name}
			if got := classOf(t, newDrawer(t, r.base).Probe(t.Context())); got != c.want {
				t.Errorf("class %q, want %q", got, c.want)
			}
			if len(r.asked) != 2 {
				t.Errorf("%d requests, want 2", len(r.asked))
			}
		})
	}
}

func TestOnlyTheExactAnswerOfAProbeIsBelieved(t *testing.T) {
	for _, body := range []string{`{"allow_any": false}`, `{"allow_any": "true"}`, `{"allow_any": true, "x": 1}`, `{}`, `[]`, `true`, `{"allow_any": true}}`} {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			w.Header().Set("Content-Type", "application/json")
			if r.URL.Path == "/scan/check_api_scan/" {
				body = `{"scan_app": "gate0"}`
			}
			_, _ = io.WriteString(w, body)
		}))
		err := newDrawer(t, server.URL).Probe(t.Context())
		server.Close()
		if got := classOf(t, err); got != platform.Captive || asked != 1 {
			t.Errorf("%s: class %q after %d requests", body, got, asked)
		}
	}
}

func TestANoOfSomethingElseIsNoAnswerAboutTheTicket(t *testing.T) {
	for _, c := range []struct {
		status      int
		media, body string
		want        platform.Class
	}{
		{http.StatusNotFound, "application/json", `{"detail": "Not found."}`, platform.Protocol},
		{http.StatusNotFound, "application/json", `{"error": null}`, platform.Protocol},
		{http.StatusNotFound, "text/html", `Not Found`, platform.Unsupported},
		{http.StatusBadRequest, "application/json", `{"detail": "Bad request"}`, platform.Protocol},
		{http.StatusBadRequest, "text/html", `<h1>Bad Request (400)</h1>`, platform.Captive}, // a host the instance does not know
		{http.StatusInternalServerError, "application/json", `{"detail": "x"}`, platform.Server},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.media)
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		d := newDrawer(t, server.URL)
		_, err := d.Ask(t.Context(), formed(ticketValid), admission.Credential{})
		if got := classOf(t, err); got != c.want {
			t.Errorf("ask, %d %s: class %q, want %q", c.status, c.body, got, c.want)
		}
		out, err := d.Deliver(t.Context(), delivery(ticketValid, recordedEvent), nil)
		if got := classOf(t, err); got != c.want {
			t.Errorf("deliver, %d %s: class %q, want %q: %+v", c.status, c.body, got, c.want, out)
		}
		server.Close()
	}
}

func TestACodeWithoutTheFormIsNeverSent(t *testing.T) {
	r := newRecording(t)
	for _, code := range []string{"", "hello", string(formed(ticketValid))[:300], "4006381333931"} {
		_, err := newDrawer(t, r.base).Ask(t.Context(), []byte(code), admission.Credential{})
		if got := classOf(t, err); got != platform.Rejected || len(r.asked) > 0 {
			t.Errorf("class %q after %v", got, r.asked)
		}
	}
}

func TestRecordedPairings(t *testing.T) {
	for _, c := range []struct {
		name  string
		class platform.Class
		want  platform.Credentials
	}{
		{name: "pair_ok", want: platform.Credentials{
			StationID: recordedApp, Name: "gate0", Tenant: "Harness Org", APIKey: "hriYIUcl.MD4Dp8sj1BbOsOGqQte81OtndhMrXmun",
		}},
		{name: "pair_ok_second_device", class: platform.Protocol}, // the answer to another token
		{name: "pair_again", class: platform.Rejected},
		{name: "pair_garbage", class: platform.Rejected},
		{name: "pair_without_slash", class: platform.Redirected},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRecording(t)
			r.answers = map[string]string{"pair": c.name}
			pairer := tibillet.NewPairer(tibillet.PairerConfig{Now: tonight})
			p, err := pairer.ReadPairing(r.base + "/scan/" + someToken + "/pair")
			if err != nil {
				t.Fatal(err)
			}
			got, err := pairer.Pair(t.Context(), p)
			if class := classOf(t, err); class != c.class {
				t.Errorf("class %q, want %q: %v", class, c.class, err)
			}
			if c.class == "" {
				c.want.BaseURL = r.base
			}
			if got != c.want {
				t.Errorf("got %+v", got)
			}
			if len(r.asked) != 1 || !strings.HasPrefix(r.asked[0], "GET ") {
				t.Errorf("requests %v, want one GET", r.asked)
			}
		})
	}
}

func TestRecordedChecks(t *testing.T) {
	jo := func(a admission.Answer) admission.Answer {
		a.Found, a.Product, a.Price, a.Holder = true, "Billet", "Plein tarif", "Jo Do"
		return a
	}
	for _, c := range []struct {
		name   string
		ticket string
		want   admission.Answer
		class  platform.Class
	}{
		{name: "check_not_scanned", ticket: ticketValid, want: jo(admission.Answer{Status: admission.StatusValid})},
		{name: "check_fr", ticket: ticketValid, want: jo(admission.Answer{Status: admission.StatusValid})},
		{name: "check_scanned", ticket: ticketScanned, want: jo(admission.Answer{Status: admission.StatusValid, Used: true})},
		{name: "check_created", ticket: ticketCreated, want: jo(admission.Answer{Status: admission.StatusUnpaid})},
		{name: "check_inactive", ticket: ticketUnpaid, want: jo(admission.Answer{Status: admission.StatusUnpaid})},
		{name: "check_canceled", ticket: ticketCancel, want: jo(admission.Answer{Status: admission.StatusCanceled})},
		{name: "check_unknown", ticket: ticketValid, want: admission.Answer{}},
		{name: "check_bad_signature", ticket: ticketValid, want: admission.Answer{Found: true, Forged: true, Status: admission.StatusUnclear}},
		{name: "check_bad_format", ticket: ticketValid, want: admission.Answer{Found: true, Forged: true, Status: admission.StatusUnclear}},
		{name: "check_no_qr", ticket: ticketValid, class: platform.Protocol},
		{name: "check_bad_padding", ticket: ticketValid, class: platform.Rejected},
		{name: "check_bad_json_body", ticket: ticketValid, class: platform.Rejected},
		{name: "check_not_scanned", ticket: ticketCancel, class: platform.Protocol}, // the answer about another ticket
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRecording(t)
			r.answers = map[string]string{"/scan/check_ticket/": c.name}
			got, err := newDrawer(t, r.base).Ask(t.Context(), formed(c.ticket), admission.Credential{})
			if class := classOf(t, err); class != c.class {
				t.Errorf("class %q, want %q: %v", class, c.class, err)
			}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestRecordedUses(t *testing.T) {
	used := admission.Outcome{Kind: admission.OutcomeConflict, Conflict: admission.UsedElsewhere}
	for _, c := range []struct {
		name    string // of the use
		ticket  string
		attempt int
		want    admission.Outcome
	}{
		{"scan_ok", ticketValid, 1, admission.Outcome{Kind: admission.OutcomeDelivered}},
		{"scan_replay_same_device", ticketValid, 2, admission.Outcome{Kind: admission.OutcomeOurs}},
		{"scan_replay_same_device", ticketValid, 1, used},
		{"scan_wrong_event", ticketValid, 1, admission.Outcome{Kind: admission.OutcomeRejected}},
		{"scan_no_event", ticketValid, 1, admission.Outcome{Kind: admission.OutcomeRejected}},
		{"scan_no_qr", ticketValid, 1, admission.Outcome{Kind: admission.OutcomeRejected}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRecording(t)
			r.answers = map[string]string{"/scan/check_ticket/": "check_not_scanned", "/scan/ticket/": c.name}
			d := newDrawer(t, r.base, func(s *tibillet.Settings) { s.StationID = recordedApp })
			del := delivery(c.ticket, recordedEvent)
			del.Attempt = c.attempt
			got, err := d.Deliver(t.Context(), del, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got.Kind != c.want.Kind || got.Conflict != c.want.Conflict {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	t.Run("scan_other_device", func(t *testing.T) {
		r := newRecording(t)
		r.answers = map[string]string{"/scan/check_ticket/": "check_not_scanned", "/scan/ticket/": "scan_other_device"}
		d := newDrawer(t, r.base, func(s *tibillet.Settings) { s.StationID = "359e6579-a174-4aa5-8262-015d5990a904" })
		got, err := d.Deliver(t.Context(), delivery(ticketValid, recordedEvent), nil)
		if err != nil || got.Conflict != admission.UsedElsewhere || got.Theirs != "scanned by app "+recordedApp {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("scan_by_admin_before", func(t *testing.T) {
		r := newRecording(t)
		r.answers = map[string]string{"/scan/check_ticket/": "check_scanned", "/scan/ticket/": "scan_by_admin_before"}
		got, err := newDrawer(t, r.base).Deliver(t.Context(), delivery(ticketScanned, recordedEvent), nil)
		if err != nil || got.Conflict != admission.UsedElsewhere || got.Theirs != "scanned on the organiser's page" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("scan_canceled_is_accepted by the server and never asked for", func(t *testing.T) {
		r := newRecording(t)
		r.answers = map[string]string{"/scan/check_ticket/": "check_canceled", "/scan/ticket/": "scan_canceled_is_accepted"}
		got, err := newDrawer(t, r.base).Deliver(t.Context(), delivery(ticketCancel, recordedEvent), nil)
		if err != nil || got.Conflict != admission.AdmittedCanceled {
			t.Errorf("got %+v, %v", got, err)
		}
		if len(r.asked) != 1 {
			t.Errorf("requests %v, want the check alone", r.asked)
		}
	})
}

func TestRecordedLists(t *testing.T) {
	t.Run("list_page1", func(t *testing.T) {
		r := newRecording(t)
		r.answers = map[string]string{"/scan/list_tickets/": "list_page1"}
		got, err := newDrawer(t, r.base).Tickets(t.Context(), recordedEvent, "", 3)
		if err != nil {
			t.Fatal(err)
		}
		want := admission.Ticket{
			TicketKey: admission.TicketKey{Account: account, ID: ticketValid}, Event: recordedEvent, Product: "Billet", Price: "Plein tarif",
			Status: admission.StatusValid, Used: true, Holder: "Jo Do", Order: recordedOrder,
		}
		if len(got.Tickets) != 3 || got.Tickets[2] != want || got.Total != 6 || got.Next == "" {
			t.Errorf("got %+v", got)
		}
		if got.Tickets[0].Status != admission.StatusUnpaid || got.Tickets[1].Status != admission.StatusUnpaid {
			t.Errorf("got %+v", got.Tickets)
		}
	})
	for name, class := range map[string]platform.Class{
		"list_page_past_end": platform.Protocol, // the answer to another question
		"list_no_event":      platform.Rejected,
		"list_page_size_201": platform.Rejected,
		"test_api_gone":      platform.Unsupported,
		"auth_none":          platform.Auth,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecording(t)
			r.answers = map[string]string{"/scan/list_tickets/": name}
			_, err := newDrawer(t, r.base).Tickets(t.Context(), recordedEvent, "", 50)
			if got := classOf(t, err); got != class {
				t.Errorf("class %q, want %q: %v", got, class, err)
			}
		})
	}
}

func TestRecordedSearches(t *testing.T) {
	t.Run("search_name gives a code for a ticket admitted by hand", func(t *testing.T) {
		r := newRecording(t)
		r.answers = map[string]string{
			"/scan/search_ticket/": "search_name", "/scan/check_ticket/": "check_not_scanned", "/scan/ticket/": "scan_ok",
		}
		del := delivery(ticketValid, recordedEvent)
		del.Code = nil
		d := newDrawer(t, r.base, func(s *tibillet.Settings) { s.StationID = recordedApp })
		got, err := d.Deliver(t.Context(), del, nil)
		if err != nil || got.Kind != admission.OutcomeDelivered || len(r.asked) != 3 {
			t.Errorf("got %+v, %v after %v", got, err, r.asked)
		}
	})
	t.Run("search_empty", func(t *testing.T) {
		r := newRecording(t)
		r.answers = map[string]string{"/scan/search_ticket/": "search_empty"}
		del := delivery(ticketValid, recordedEvent)
		del.Code = nil
		got, err := newDrawer(t, r.base).Deliver(t.Context(), del, nil)
		if err != nil || got.Kind != admission.OutcomeRejected {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

// delivery is a check-in of this very moment.
func delivery(ticket, event string) admission.Delivery {
	return admission.Delivery{
		Seq: 1, ID: "01JD0000000000000000000000", Ticket: admission.TicketKey{Account: account, ID: ticket}, Event: event,
		At: admission.Stamp{Wall: tonight(), Trusted: true}, Code: formed(ticket), Attempt: 1,
	}
}
