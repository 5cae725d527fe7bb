package tibillet_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/tibillet"
)

// fuzzAnswer has run judge what a drawer makes of arbitrary JSON answers.
// Seeds are all recorded answers.
func fuzzAnswer(f *testing.F, run func(t *testing.T, d *tibillet.Drawer, base string) error) {
	f.Helper()
	for _, e := range platformtest.LoadTranscript(f, "tibillet").Exchanges {
		f.Add(e.Response.Status, []byte(e.Response.JSON))
	}
	f.Add(200, []byte(`[{"uuid":"5b1d7c1e-0d2f-4c7e-9a43-0a6a3b1f9e01","name":"n","publicKeyPem":"p","startDate":null,"childrens":[]}]`))
	var body atomic.Pointer[[]byte]
	var status atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(int(status.Load()))
		_, _ = w.Write(*body.Load())
	}))
	f.Cleanup(server.Close)
	d := newDrawer(f, server.URL)
	f.Fuzz(func(t *testing.T, code int, raw []byte) {
		if code < 200 || code > 599 || code == 204 || code == 304 {
			code = 200
		}
		status.Store(int32(code))
		body.Store(&raw)
		if err := run(t, d, server.URL); err != nil {
			classOf(t, err)
			if err.Error() == "" {
				t.Error("an error without a text")
			}
		}
	})
}

func FuzzCheckAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *tibillet.Drawer, _ string) error {
		t.Helper()
		a, err := d.Ask(t.Context(), formed(ticketValid), admission.Credential{})
		if err == nil && a.Found && a.Status == "" {
			t.Errorf("found without a status: %+v", a)
		}
		return err
	})
}

func FuzzUseAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *tibillet.Drawer, _ string) error {
		t.Helper()
		out, err := d.Deliver(t.Context(), delivery(ticketValid, recordedEvent), nil)
		if (err == nil) != (out.Kind != "") {
			t.Errorf("outcome %+v with error %v", out, err)
		}
		return err
	})
}

func FuzzSearchAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *tibillet.Drawer, _ string) error {
		t.Helper()
		del := delivery(ticketValid, recordedEvent)
		del.Code = nil
		_, err := d.Deliver(t.Context(), del, nil)
		return err
	})
}

func FuzzListAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *tibillet.Drawer, _ string) error {
		t.Helper()
		p, err := d.Tickets(t.Context(), recordedEvent, "", 3)
		for _, x := range p.Tickets {
			if len(x.ID) != 36 || x.Status == "" || x.Account != account {
				t.Errorf("ticket %+v", x)
			}
		}
		return err
	})
}

func FuzzChangesAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *tibillet.Drawer, _ string) error {
		t.Helper()
		_, _, err := d.Changes(t.Context(), recordedEvent, "")
		return err
	})
}

func FuzzEventsAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *tibillet.Drawer, _ string) error {
		t.Helper()
		events, err := d.Events(t.Context())
		for _, e := range events {
			if len(e.ID) != 36 || len(e.Keys) != 1 {
				t.Errorf("event %+v", e)
			}
		}
		return err
	})
}

func FuzzProbeAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *tibillet.Drawer, _ string) error {
		t.Helper()
		return d.Probe(t.Context())
	})
}

func FuzzPairAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, _ *tibillet.Drawer, base string) error {
		t.Helper()
		p, err := pairer().ReadPairing(base + "/scan/" + someToken + "/pair")
		must(t, err)
		c, err := pairer().Pair(t.Context(), p)
		if (err == nil) != (c.APIKey != "") {
			t.Errorf("credentials %v with error %v", c.APIKey != "", err)
		}
		return err
	})
}

// FuzzDecodeJSON holds the bounds on JSON itself.
func FuzzDecodeJSON(f *testing.F) {
	f.Add([]byte(`{"a": [1, {"b": null}], "A": 1}`))
	f.Add([]byte("[[[[[[[["))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v any
		if err := platform.DecodeJSON(raw, &v); err != nil && err.Error() == "" {
			t.Error("an error without a text")
		}
	})
}

var _ io.Closer = (*tibillet.Drawer)(nil)
