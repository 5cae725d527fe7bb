package fakestebby_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakestebby"
)

func doors() time.Time { return time.Date(2026, 11, 21, 19, 30, 15, 0, time.UTC) }

// club is a fake with a desk, and a client.
type club struct {
	*fakestebby.Server
	tb     testing.TB
	base   string
	key    string
	client *http.Client
	clock  atomic.Int64 // seconds after the doors opened
}

func newClub(tb testing.TB, m fakestebby.Manners) *club {
	tb.Helper()
	c := &club{tb: tb}
	fake, err := fakestebby.New(fakestebby.Options{
		Clock:  func() time.Time { return doors().Add(time.Duration(c.clock.Load()) * time.Second) },
		Source: rand.NewPCG(1, 2), Manners: m,
	})
	if err != nil {
		tb.Fatal(err)
	}
	c.Server = fake
	c.base = platformtest.StartStebby(tb, fake)
	c.key = fake.AddDesk("gate")
	transport := &http.Transport{}
	tb.Cleanup(transport.CloseIdleConnections)
	c.client = &http.Client{Transport: transport}
	return c
}

func (c *club) sell(t fakestebby.Ticket) string {
	c.tb.Helper()
	code, err := c.AddTicket(t)
	must(c.tb, err)
	return code
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

type reply struct {
	status int
	header http.Header
	body   string
}

// codes reads the codes of the tickets in an answer.
func (r reply) codes(tb testing.TB) []string {
	tb.Helper()
	var answer struct {
		Tickets *[]struct{ Code string } `json:"tickets"`
	}
	if err := json.Unmarshal([]byte(r.body), &answer); err != nil || answer.Tickets == nil {
		tb.Fatalf("%q: %v", r.body, err)
	}
	codes := []string{}
	for _, t := range *answer.Tickets {
		codes = append(codes, t.Code)
	}
	return codes
}

func (c *club) post(path, key, body string) reply {
	c.tb.Helper()
	return c.do(http.MethodPost, path, key, body)
}

func (c *club) do(method, path, key, body string) reply {
	c.tb.Helper()
	r, err := http.NewRequestWithContext(c.tb.Context(), method, c.base+path, strings.NewReader(body))
	must(c.tb, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if key != "" {
		r.Header.Set("Api-Key", key)
	}
	response, err := c.client.Do(r)
	must(c.tb, err)
	raw, err := io.ReadAll(response.Body)
	must(c.tb, err)
	must(c.tb, response.Body.Close())
	return reply{response.StatusCode, response.Header, string(bytes.TrimSpace(raw))}
}

func (c *club) lookup(body string) reply {
	c.tb.Helper()
	return c.post("/api/v4/tickets", c.key, body)
}

func (c *club) use(code string) reply {
	c.tb.Helper()
	return c.post("/api/v4/tickets/use/"+code, c.key, "")
}
