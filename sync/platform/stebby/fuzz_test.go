package stebby_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/stebby"
)

// fuzzAnswer has run judge what a drawer makes of arbitrary answers. Seeds are
// the document's samples and the forms of errors.
func fuzzAnswer(f *testing.F, run func(t *testing.T, d *stebby.Drawer, serve func(uses ...[]byte)) error) {
	f.Helper()
	_, transcript := platformtest.DocumentedStebby(f)
	for _, e := range transcript.Exchanges {
		f.Add(e.Response.Status, []byte(e.Response.JSON))
	}
	for _, body := range []string{
		`{"errors":[{"code":2108,"message":"x"}]}`, `{"errors":{"ticketCode":["x"]},"message":"m"}`, `{"message":"m"}`, `[]`, `null`,
		`{"tickets":[{"client":[{"name":"a"}],"code":"VVKAHDKLASKJA898","validUntil":"2022-01-26T22:00:00+0000","purchasables":[{}]}],"pagination":{"total":"1"}}`,
		`{"tickets":[{"code":"AAAA1111"},{"code":"a/1"}],"pagination":{"page":1,"pages":3,"size":1,"total":2}}`,
	} {
		f.Add(200, []byte(body))
		f.Add(422, []byte(body))
	}
	var queue atomic.Pointer[[][]byte]
	var status, asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answers := *queue.Load()
		n := min(int(asked.Add(1)), len(answers)) - 1
		w.Header().Set("Content-Type", "application/json")
		if n == len(answers)-1 {
			w.WriteHeader(int(status.Load()))
		}
		_, _ = w.Write(answers[n])
	}))
	f.Cleanup(server.Close)
	f.Fuzz(func(t *testing.T, code int, raw []byte) {
		if code < 200 || code > 599 || code == 304 {
			code = 200
		}
		status.Store(int32(code))
		serve := func(before ...[]byte) {
			asked.Store(0)
			answers := append(before, raw)
			queue.Store(&answers)
		}
		serve()
		d := newDrawer(t, server.URL)
		err := run(t, d, serve)
		if err == nil {
			return
		}
		classOf(t, err)
		if text := err.Error(); text == "" || strings.Contains(text, someCode) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
			t.Errorf("the error says %q", text)
		}
	})
}

func FuzzLookUpAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *stebby.Drawer, _ func(...[]byte)) error {
		t.Helper()
		a, err := d.Ask(t.Context(), []byte(someCode), verify(d, someCode))
		if a.Found && (a.Used || (a.Status != admission.StatusValid && a.Status != admission.StatusUnclear)) {
			t.Errorf("found %+v", a)
		}
		return err
	})
}

func FuzzListAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *stebby.Drawer, _ func(...[]byte)) error {
		t.Helper()
		p, err := d.Tickets(t.Context(), "", "", 25)
		if err == nil && (p.Total < 0 || !p.UsableOnly) {
			t.Errorf("page %+v", p)
		}
		for _, x := range p.Tickets {
			if x.ID == "" || x.Account != account || x.Status == "" || x.Used {
				t.Errorf("ticket %+v", x)
			}
		}
		if err == nil && p.Next != "" {
			_, err = d.Tickets(t.Context(), "", p.Next, 100)
		}
		return err
	})
}

func FuzzUseAnswer(f *testing.F) {
	usable := []byte(`{"tickets":[{"code":"` + someCode + `","validUntil":null}],"pagination":{"total":1}}`)
	fuzzAnswer(f, func(t *testing.T, d *stebby.Drawer, serve func(...[]byte)) error {
		t.Helper()
		serve(usable)
		var p pad
		out, err := d.Deliver(t.Context(), admission.Delivery{
			Ticket: admission.TicketKey{Account: account, ID: someCode}, Code: []byte(someCode), Attempt: 1,
		}, p.jot)
		if (err == nil) != (out.Kind != "") {
			t.Errorf("outcome %+v with error %v", out, err)
		}
		if strings.Contains(out.Theirs+out.Remedy+p.memo, someCode) {
			t.Errorf("the code comes out: %+v, memo %q", out, p.memo)
		}
		return err
	})
}

func FuzzProbeAnswer(f *testing.F) {
	fuzzAnswer(f, func(t *testing.T, d *stebby.Drawer, _ func(...[]byte)) error {
		t.Helper()
		return d.Probe(t.Context())
	})
}

// What a drawer left behind is read back whatever became of it on disk.
func FuzzMemo(f *testing.F) {
	for _, memo := range []string{"usable 1795289400", "usable -1", "usable 99999999999999999999", "usable", "usable  1", "\x00"} {
		f.Add(memo)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(r.URL.Path, "/api/v4/tickets/use/") {
			_, _ = w.Write([]byte("{}"))
			return
		}
		_, _ = w.Write([]byte(`{"tickets":[{"code":"` + someCode + `"}]}`))
	}))
	f.Cleanup(server.Close)
	d := newDrawer(f, server.URL)
	f.Fuzz(func(t *testing.T, memo string) {
		var p pad
		out, err := d.Deliver(t.Context(), admission.Delivery{
			Ticket: admission.TicketKey{Account: account, ID: someCode}, Memo: memo, Attempt: 2,
		}, p.jot)
		if after := platform.RetryAfterOf(err); err != nil && (platform.ClassOf(err) != platform.NotYet || after <= 0 || after > 30e9) {
			t.Errorf("memo %q: %v after %s", memo, err, after)
		}
		if err == nil && out.Kind != admission.OutcomeDelivered {
			t.Errorf("memo %q: %+v", memo, out)
		}
	})
}
