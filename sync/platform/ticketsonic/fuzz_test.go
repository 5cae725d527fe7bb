package ticketsonic_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/ticketsonic"
)

// fuzzAnswer has run judge what a drawer makes of arbitrary answers. Seeds are the server's answers and texts.
func fuzzAnswer(f *testing.F, run func(t *testing.T, d *ticketsonic.Drawer) error) {
	f.Helper()
	for _, body := range []string{
		`{"status":"success","user_public_key":"K","events":[{"event_id":"4067610","primary_text_pl":"A","start_time":1598989999,"end_time":null}]}`,
		`{"status":"success","user_public_key":"K","tickets":[{"sku":"815-46527","price":"250.00","event_id":"4067610"}]}`,
		`{"status":"success","message":{"event_id":2144799,"price":150}}`, `{"status":"failure","message":"failure"}`,
		`{"message":"unknown key"}`, `"unknown user"`, "Unknown promoter", "invalid sensitive", "failure", "error fetching data", "",
	} {
		f.Add(200, "text/html", []byte(body))
		f.Add(400, "application/json", []byte(body))
	}
	type said struct {
		status int
		media  string
		body   []byte
	}
	var answer atomic.Pointer[said]
	d := newDrawer(f, serve(f, func(w http.ResponseWriter, _ *http.Request) {
		a := answer.Load()
		w.Header().Set("Content-Type", a.media)
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	}))
	f.Fuzz(func(t *testing.T, status int, media string, body []byte) {
		if status < 200 || status > 599 || status == 204 || status == 304 {
			status = 200
		}
		if strings.ContainsFunc(media, func(r rune) bool { return r < ' ' || r > '~' }) {
			media = "text/plain"
		}
		answer.Store(&said{status, media, body})
		if err := run(t, d); err != nil {
			classOf(t, err)
			if text := err.Error(); text == "" || strings.Contains(text, apiKey) {
				t.Errorf("error %q", text)
			}
		}
	})
}

func FuzzEventsAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *ticketsonic.Drawer) error {
		t.Helper()
		events, err := d.Events(t.Context())
		for _, e := range events {
			if e.ID == "" || e.Name == "" || len(e.Keys) == 0 || strings.ContainsFunc(e.Name, func(r rune) bool { return r < ' ' }) {
				t.Errorf("event %+v", e)
			}
		}
		return err
	})
}

func FuzzValidateAnswer(f *testing.F) {
	code := []byte(strings.Repeat("A", 86) + "==")
	fuzzAnswer(f, func(t *testing.T, d *ticketsonic.Drawer) error {
		t.Helper()
		var book notebook
		out, err := d.Deliver(t.Context(), admission.Delivery{Event: "2144799", Code: code, Attempt: 1}, book.jot)
		if (err == nil) != (out.Kind != "") {
			t.Errorf("outcome %+v with error %v", out, err)
		}
		if (book.memo != "") != (platform.ClassOf(err) == platform.NotYet) {
			t.Errorf("memo %q with error %v", book.memo, err)
		}
		return err
	})
}

func FuzzProbeAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *ticketsonic.Drawer) error {
		t.Helper()
		return d.Probe(t.Context())
	})
}

var (
	_ io.Closer            = (*ticketsonic.Drawer)(nil)
	_ platform.Prober      = (*ticketsonic.Drawer)(nil)
	_ platform.EventLister = (*ticketsonic.Drawer)(nil)
	_ platform.Deliverer   = (*ticketsonic.Drawer)(nil)
)
