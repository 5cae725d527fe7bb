package faketibillet_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/faketibillet"
)

func doors() time.Time { return time.Date(2026, 11, 21, 19, 30, 15, 123_456_000, time.UTC) }

// house is a fake with one event of known key, a paired gate, and a client.
type house struct {
	*faketibillet.Server
	tb     testing.TB
	base   string
	event  string
	app    faketibillet.ScanApp
	key    string
	client *http.Client
}

func newHouse(tb testing.TB, change ...func(*faketibillet.Options)) *house {
	tb.Helper()
	o := faketibillet.Options{Clock: doors, Source: rand.NewPCG(1, 2)}
	for _, c := range change {
		c(&o)
	}
	fake, err := faketibillet.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	h := &house{Server: fake, tb: tb}
	h.base = platformtest.StartTibillet(tb, fake)
	transport := &http.Transport{}
	tb.Cleanup(transport.CloseIdleConnections)
	h.client = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	h.event = h.addEvent(faketibillet.Event{Name: "Bal", Start: doors()}, 0)
	h.app, h.key, err = fake.PairedApp("Porte nord")
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// addEvent adds an event with the n-th key of the vectors, which spares making one.
func (h *house) addEvent(e faketibillet.Event, n int) string {
	h.tb.Helper()
	e.KeyPEM = platformtest.LoadTibilletVectors(h.tb).Keys[n].PrivatePEM
	uuid, err := h.AddEvent(e)
	if err != nil {
		h.tb.Fatal(err)
	}
	return uuid
}

func (h *house) addTicket(status faketibillet.Status) string {
	h.tb.Helper()
	uuid, err := h.AddTicket(faketibillet.Ticket{
		Event: h.event, Status: status, FirstName: "Jo", LastName: "Do", Email: "a@example.org", Price: "Plein tarif", Product: "Billet",
	})
	if err != nil {
		h.tb.Fatal(err)
	}
	return uuid
}

func (h *house) print(ticket string) string {
	h.tb.Helper()
	text, err := h.PrintQR(ticket)
	if err != nil {
		h.tb.Fatal(err)
	}
	return text
}

func (h *house) status(ticket string) faketibillet.Status {
	h.tb.Helper()
	t, err := h.Ticket(ticket)
	if err != nil {
		h.tb.Fatal(err)
	}
	return t.Status
}

// reply is an answer read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error // of sending or reading
}

func (r reply) json(tb testing.TB) map[string]any {
	tb.Helper()
	var object map[string]any
	if err := json.Unmarshal(r.body, &object); err != nil {
		tb.Fatalf("%v in %q", err, r.body)
	}
	return object
}

// send asks in English as the paired gate, unless the headers, given in pairs, say otherwise. An empty value removes a header.
func (h *house) send(method, path, body string, headers ...string) reply {
	h.tb.Helper()
	r, err := http.NewRequestWithContext(h.tb.Context(), method, h.base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		h.tb.Fatal(err)
	}
	r.Header.Set("Authorization", "Api-Key "+h.key)
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	response, err := h.client.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return reply{response.StatusCode, response.Header, raw, err}
}

func (h *house) post(path string, fields map[string]any, headers ...string) reply {
	h.tb.Helper()
	raw, err := json.Marshal(fields)
	if err != nil {
		h.tb.Fatal(err)
	}
	return h.send(http.MethodPost, path, string(raw), headers...)
}

func (h *house) use(ticket string) reply {
	h.tb.Helper()
	return h.post("/scan/ticket/", map[string]any{"event_uuid": h.event, "qrcode_data": h.print(ticket)})
}
