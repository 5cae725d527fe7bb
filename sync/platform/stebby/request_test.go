package stebby_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gatescand/scanner/admission"
)

// The code goes into the path of the use as the server spells it, escaped.
func TestTheUsesPath(t *testing.T) {
	found := line{200, `{"tickets":[{"code":"vv ka-hd.kl_as"}],"pagination":{"total":1}}`}
	s := newScript(t, found, line{200, "{}"})
	d := newDrawer(t, s.URL)
	out, err := d.Deliver(t.Context(), admission.Delivery{Ticket: admission.TicketKey{ID: "VVKAHDKLAS"}, Attempt: 1}, new(pad).jot)
	must(t, err)
	if want := "/api/v4/tickets/use/vv%20ka-hd.kl_as"; out.Kind != admission.OutcomeDelivered || len(s.asked) != 2 || s.asked[1] != want {
		t.Errorf("asked for %q, want %q; %+v", s.asked, want, out)
	}
}

func TestRequestsAreAsDocumented(t *testing.T) {
	type asked struct{ method, path, key, media, accept, body string }
	var got []asked
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, asked{r.Method, r.RequestURI, r.Header.Get("Api-Key"), r.Header.Get("Content-Type"), r.Header.Get("Accept"), string(body)})
		if r.Header.Get("Authorization") != "" || r.UserAgent() != "gatescand/1.2.3" {
			t.Errorf("headers %v", r.Header)
		}
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(r.URL.Path, "/use/") {
			if !r.Close {
				t.Error("a use on a connection that is kept")
			}
			_, _ = w.Write([]byte("{}"))
			return
		}
		_, _ = w.Write([]byte(`{"tickets":[{"code":"` + someCode + `"}],"pagination":{"total":1}}`))
	}))
	t.Cleanup(server.Close)
	d := newDrawer(t, server.URL)
	must(t, d.Probe(t.Context()))
	_, err := d.Tickets(t.Context(), "", "", 100)
	must(t, err)
	_, err = d.Deliver(t.Context(), admission.Delivery{Ticket: admission.TicketKey{ID: someCode}, Attempt: 1}, new(pad).jot)
	must(t, err)
	const media = "application/json"
	want := []asked{
		{"POST", "/api/v4/tickets", someKey, media, media, `{"pagination":{"limit":15,"page":1},"ticketCode":"GATESCANDPROBE0"}`},
		{"POST", "/api/v4/tickets", someKey, media, media, `{"pagination":{"limit":100,"page":1}}`},
		{"POST", "/api/v4/tickets", someKey, media, media, `{"pagination":{"limit":15,"page":1},"ticketCode":"` + someCode + `"}`},
		{"POST", "/api/v4/tickets/use/" + someCode, someKey, media, media, ""},
	}
	if !slices.Equal(got, want) {
		t.Errorf("asked\n%q, want\n%q", got, want)
	}
}
