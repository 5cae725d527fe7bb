package bittan_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/bittan"
	"gatescand/sync/platform/platformtest"
)

func FuzzCode(f *testing.F) {
	for _, c := range codeCases() {
		f.Add([]byte(c.Code))
	}
	ring, _ := newDrawer(f, "https://bittan.example").Keyring(nil)
	f.Fuzz(func(t *testing.T, code []byte) {
		form, cred := ring.Recognise(code), ring.Verify(code)
		switch {
		case form == admission.Malformed:
			t.Error("malformed")
		case (form == admission.Mine) != (cred.Proof == admission.ProofNone), (cred.ID == "") != (form == admission.NotMine):
			t.Errorf("recognised as %d, verified as %+v", form, cred)
		case form == admission.Mine && (ring.Verify([]byte(cred.ID)) != cred || strings.ToUpper(cred.ID) != cred.ID || len(cred.ID) > 12):
			t.Errorf("verified as %+v", cred)
		case form == admission.Mine && !cred.Unusual && len(cred.ID) != 6:
			t.Errorf("usual, but %+v", cred)
		}
	})
}

// fuzzAnswer has run judge what a drawer makes of arbitrary answers of a server
// of today's form. Seeds are all recorded answers.
func fuzzAnswer(f *testing.F, run func(t *testing.T, d *bittan.Drawer) error) {
	f.Helper()
	for _, e := range platformtest.LoadTranscript(f, "bittan").Exchanges {
		f.Add(e.Response.Status, []byte(e.Response.JSON))
	}
	f.Add(200, []byte(`{"times_used":-1,"status":"Ticket does not exist"}`))
	f.Add(200, []byte(`{"times_used":0,"status":"PAID"}`))
	var body atomic.Pointer[[]byte]
	var status atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		switch string(raw) { // a server of today's form
		case `{"external_id":"------"}`, `{"external_id":"------","password":"p"}`:
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `"InvalidRequestData"`)
			return
		case `{"external_id":"------","password":"p","use_ticket":false}`:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"times_used":-1,"status":"Ticket does not exist"}`)
			return
		}
		w.WriteHeader(int(status.Load()))
		_, _ = w.Write(*body.Load())
	}))
	f.Cleanup(server.Close)
	d := newDrawer(f, server.URL, func(s *bittan.Settings) { s.Password = "p" })
	f.Fuzz(func(t *testing.T, code int, raw []byte) {
		if code < 200 || code > 599 || code == 204 || code == 304 {
			code = 200
		}
		status.Store(int32(code))
		body.Store(&raw)
		if err := run(t, d); err != nil {
			classOf(t, err)
			if err.Error() == "" || strings.Contains(err.Error(), "BBBBBB") {
				t.Errorf("the error says %q", err)
			}
		}
	})
}

func FuzzAskAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *bittan.Drawer) error {
		t.Helper()
		a, err := d.Ask(t.Context(), []byte("BBBBBB"), admission.Credential{})
		if err == nil && a.Found != (a.Status != "") {
			t.Errorf("%+v", a)
		}
		return err
	})
}

func FuzzDeliverAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *bittan.Drawer) error {
		t.Helper()
		o := (&house{}).delivery("BBBBBB")
		out, err := o.deliver(t.Context(), d)
		if (err == nil) != (out.Kind != "") || strings.ContainsFunc(out.Theirs+out.Remedy, func(r rune) bool { return r < ' ' }) {
			t.Errorf("outcome %+v with error %v", out, err)
		}
		return err
	})
}

func FuzzEventsAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *bittan.Drawer) error {
		t.Helper()
		events, err := d.Events(t.Context())
		seen := map[string]bool{}
		for _, e := range events {
			if e.ID == "" || seen[e.ID] || e.ID != e.Name || strings.ContainsFunc(e.ID, func(r rune) bool { return r < ' ' }) {
				t.Errorf("event %+v", e)
			}
			seen[e.ID] = true
		}
		return err
	})
}

// FuzzProbeAnswer has every question about the form answered alike.
func FuzzProbeAnswer(f *testing.F) {
	for _, e := range platformtest.LoadTranscript(f, "bittan").Exchanges {
		f.Add(e.Response.Status, []byte(e.Response.JSON))
	}
	f.Add(200, []byte(`{"times_used":-1,"status":"Ticket does not exist"}`))
	f.Fuzz(func(t *testing.T, code int, raw []byte) {
		if code < 200 || code > 599 || code == 204 || code == 304 {
			code = 200
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_, _ = w.Write(raw)
		}))
		defer server.Close()
		d := newDrawer(t, server.URL)
		if err := d.Probe(t.Context()); err != nil {
			classOf(t, err)
		}
	})
}

// FuzzMemo reads what earlier versions and damaged files may hold.
func FuzzMemo(f *testing.F) {
	for _, memo := range []string{"", "n0=0 sent=1795289400", "sent=1795289400", "n0=-1 sent=0", "n0=99999999999999999999 sent=1", "sent=x", "n0=1"} {
		f.Add(memo)
	}
	server := httptest.NewServer(http.NotFoundHandler())
	f.Cleanup(server.Close)
	d := newDrawer(f, server.URL)
	f.Fuzz(func(t *testing.T, memo string) {
		o := (&house{}).delivery("BBBBBB")
		o.Memo = memo
		out, err := o.deliver(t.Context(), d)
		counted := strings.HasPrefix(memo, "n0=")
		if (err == nil) != (out.Kind != "") || (err != nil && memo != "" && !counted) || o.Memo != memo {
			t.Errorf("%+v, %v, memo %q", out, err, o.Memo)
		}
	})
}
