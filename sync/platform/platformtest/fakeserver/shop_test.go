package fakeserver_test

import (
	"context"
	"io"
	"iter"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
)

// noon is what the shop's clock shows.
func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// shop is the smallest site there can be: POST /use/<ticket> counts uses, GET /list lists what was used, GET /rows long rows, and
// GET /nothing says nothing.
type shop struct {
	*fakeserver.Front
	rows int // how many GET /rows gives
	mu   sync.Mutex
	used map[string]int
}

func newShop(tb testing.TB, clock func() time.Time) *shop {
	tb.Helper()
	s := &shop{rows: 1000, used: map[string]int{}}
	front, err := fakeserver.New(fakeserver.Options{Name: "shop", Clock: clock, Site: s, UseRoute: "use"})
	if err != nil {
		tb.Fatal(err)
	}
	s.Front = front
	return s
}

func (s *shop) Find(r *http.Request, _ []byte) fakeserver.Place {
	switch ticket, use := strings.CutPrefix(r.URL.Path, "/use/"); {
	case use && ticket != "":
		return fakeserver.Place{Route: "use", Logged: "/use/…"}
	default:
		return fakeserver.Place{Route: strings.TrimPrefix(r.URL.Path, "/")}
	}
}

func (s *shop) Work(ctx context.Context, q *fakeserver.Query) fakeserver.Answer {
	q.Caller = q.Request.Header.Get("X-Caller")
	switch q.Route {
	case "use":
		return s.use(ctx, q, strings.TrimPrefix(q.Request.URL.Path, "/use/"))
	case "list":
		s.mu.Lock()
		defer s.mu.Unlock()
		return fakeserver.JSON(http.StatusOK, s.used).Revalidated()
	case "rows":
		return fakeserver.JSONRows(http.StatusOK, `{"rows":[`, rows(s.rows), `]}`).Revalidated()
	case "nothing":
		return fakeserver.Answer{}
	default:
		return s.Refuse(q, http.StatusNotFound)
	}
}

// use looks, meets whom there is to meet, and counts, with nothing to keep two at the same time from succeeding both.
func (s *shop) use(ctx context.Context, q *fakeserver.Query, ticket string) fakeserver.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.used[ticket]
	s.Meet(ctx, &s.mu)
	good := before == 0 || q.Mood.DoubleSuccess
	if good {
		s.used[ticket]++
	}
	s.RecordUse(q, fakeserver.Use{Ticket: ticket, Status: http.StatusOK, Success: good})
	return fakeserver.JSON(http.StatusOK, map[string]any{"success": good, "ticket": ticket, "note": "<b>&</b>"})
}

func (s *shop) Refuse(_ *fakeserver.Query, status int) fakeserver.Answer {
	return fakeserver.JSON(status, map[string]string{"message": http.StatusText(status)})
}

func (s *shop) uses(ticket string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used[ticket]
}

// rowsSize is the length of GET /rows: rows of 1002 bytes, as many commas but one, and the frame.
func rowsSize(rows int) int64 {
	return int64(rows*1002 + rows - 1 + len(`{"rows":[]}`))
}

func rows(n int) iter.Seq[any] {
	return func(yield func(any) bool) {
		row := strings.Repeat("a", 1000)
		for range n {
			if !yield(row) {
				return
			}
		}
	}
}

// reply is an answer read to its end, or to its first MiB.
type reply struct {
	status int
	header http.Header
	body   string
	err    error // of sending or reading
}

// asker sends requests to one server and follows no redirects.
type asker struct {
	base   string
	client *http.Client
}

func newAsker(tb testing.TB, base string, transport *http.Transport) asker {
	tb.Helper()
	tb.Cleanup(transport.CloseIdleConnections)
	return asker{base: base, client: &http.Client{
		Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// startShop serves a shop on a socket.
func startShop(tb testing.TB) (*shop, asker) {
	tb.Helper()
	s := newShop(tb, noon)
	return s, newAsker(tb, platformtest.Start(tb, s), &http.Transport{})
}

// pipeShop serves a shop in a synctest bubble, by the bubble's clock.
func pipeShop(tb testing.TB) (*shop, asker) {
	tb.Helper()
	s := newShop(tb, time.Now)
	base, dial := platformtest.Pipe(tb, s)
	return s, newAsker(tb, base, &http.Transport{DialContext: dial})
}

// ask sends a request with headers given in pairs.
func (a asker) ask(ctx context.Context, method, path, body string, headers ...string) reply {
	r, err := http.NewRequestWithContext(ctx, method, a.base+path, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	response, err := a.client.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return reply{response.StatusCode, response.Header, string(raw), err}
}

// awaitServed waits until so many requests are over for the server too, which can be after they are for the client.
func awaitServed(tb testing.TB, s *shop, n int) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 20*time.Second)
	defer cancel()
	if err := s.Await(ctx, func() bool { return len(s.Requests()) >= n }); err != nil {
		tb.Fatalf("%d requests served, want %d: %v", len(s.Requests()), n, err)
	}
}
