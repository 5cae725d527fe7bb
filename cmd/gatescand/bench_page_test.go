package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// How much the station of these benchmarks has to tell.
const (
	crowdTickets  = 1_000_000
	crowdCheckIns = 200_000
)

// pageRig is a daemon with its page on a database, asked as a browser asks.
type pageRig struct {
	d      *daemon
	client *client
}

// openPage runs a daemon on database name of a bench until the benchmark ends.
func openPage(b *testing.B, r *bench, name string) *pageRig {
	b.Helper()
	cfg, _, err := r.daemonConfig(b.Context(), name)
	if err != nil {
		b.Fatal(err)
	}
	d, err := openDaemon(b.Context(), cfg, newDiscard())
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(b.Context()))
	done := make(chan error, 1)
	go func() { done <- d.run(ctx) }()
	b.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	for d.pageURL.Load() == nil {
		if err := rest(b.Context(), time.Millisecond); err != nil {
			b.Fatal(err)
		}
	}
	c, err := newClient(cfg)
	if err != nil {
		b.Fatal(err)
	}
	return &pageRig{d, c}
}

// open asks for a page or a call, or posts a form, and reads the answer to its end.
func (p *pageRig) open(ctx context.Context, path string, form url.Values) (*http.Response, error) {
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, p.client.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+p.client.token)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return p.client.http.Do(req)
}

func (p *pageRig) read(ctx context.Context, path string, form url.Values) error {
	res, err := p.open(ctx, path, form)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, res.Status)
	}
	return nil
}

// passBy writes check-ins of the last hours, ten a second, into a database nobody has open,
// without going through the door: nobody verifies the chain of these.
func passBy(b *testing.B, r *bench, name string, n int) {
	b.Helper()
	g, err := openBenchGate(b.Context(), r.path(name))
	if err != nil {
		b.Fatal(err)
	}
	_, err = g.admit(b.Context(), r.next())
	if err := g.close(); err != nil {
		b.Fatal(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite3", "file:"+r.path(name))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // of a benchmark
	_, err = db.ExecContext(b.Context(), fmt.Sprintf(`INSERT INTO journal (seq, id, station, lane, direction, wall, trusted, boot, since, verdict,
			reason, grounds, rung, platform, account, ticket, event, product, digest, by, note, list_age, before, told, admitted, refused, held, inside, hash)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		SELECT i + 1, printf('01PASS%%020d', i), station, lane, direction, wall - (%[1]d - i) * 100000, trusted, boot, since, iif(i %% 10, verdict, 'refuse'),
			iif(i %% 10, reason, 'already_redeemed'), grounds, rung, platform, account, ticket, event, product, digest, '', '', 0, 0, 0,
			i + 1, 0, 0, i + 1, hash FROM n CROSS JOIN journal j ON j.seq = 1`, n-1))
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPage times what a browser asks for, on a station with a million
// tickets and 200,000 check-ins: the first screen with all it loads is to be
// there in 300 ms, and a search to be answered in 100 ms.
func BenchmarkPage(b *testing.B) {
	r := &bench{plan: benchPlan{Tickets: crowdTickets}, dir: b.TempDir(), progress: b.Logf}
	var err error
	if r.press, err = newPress(crowdTickets, 1); err != nil {
		b.Fatal(err)
	}
	r.next = r.press.unsignedIDs()
	if err := r.makeList(b.Context(), "list", crowdTickets, benchBigPage); err != nil {
		b.Fatal(err)
	}
	passBy(b, r, "list", crowdCheckIns)
	p := openPage(b, r, "list")
	search := func(q string) func(context.Context) error {
		return func(ctx context.Context) error { return p.read(ctx, "/tickets", url.Values{"q": {q}}) }
	}
	get := func(paths ...string) func(context.Context) error {
		return func(ctx context.Context) error {
			for _, path := range paths {
				if err := p.read(ctx, path, nil); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, row := range []struct {
		name string
		ask  func(context.Context) error
	}{
		{"first screen", get("/", "/api/v1/status", "/api/v1/checkins?last=60", "/api/v1/rates")},
		{"status", get("/api/v1/status")},
		{"journal", get("/journal")},
		{"journal where nothing fits", get("/journal?lane=nowhere")},
		{"search one letter", search("c")},
		{"search a common name", search("camille")},
		{"search one of a million", search("visitor 765432")},
		{"search nobody", search("nobody")},
		{"search an identity", search(ticketID(765432, crowdTickets))},
		{"search an order", search(ticketID(crowdTickets-1-765432, crowdTickets))},
	} {
		b.Run(row.name, func(b *testing.B) {
			for b.Loop() {
				if err := row.ask(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// pagePoll is how often an open page asks for the status.
const pagePoll = 5 * time.Second

// BenchmarkLaneBesidePage gives the time of an admission while one page is
// open, which follows the events and asks for the status, against the same
// lane without it, by turns in one run. One iteration is a round of either.
func BenchmarkLaneBesidePage(b *testing.B) {
	codes := 2 * besideRound * b.N
	r := benchRun(b, max(20_000, 2*codes), codes)
	p := openPage(b, r, "list")
	lane := p.d.current.Load().lanes[0]
	var quiet, watched spread
	var quiet50, watched50 spread
	round := func(codes [][]byte) spread {
		var s spread
		for i, code := range codes {
			if err := rest(b.Context(), besidePause/2+besidePause*time.Duration(i*7%10)/10); err != nil {
				b.Fatal(err)
			}
			start := time.Now()
			result, err := lane.Scan(b.Context(), code, false)
			s = append(s, time.Since(start))
			if err != nil {
				b.Fatal(err)
			}
			if err := admitted(result.CheckIn); err != nil {
				b.Fatal(err)
			}
		}
		return s
	}
	b.ResetTimer()
	for n := range b.N {
		show := r.codes[2*besideRound*n : 2*besideRound*(n+1)]
		one := round(show[:besideRound])
		stop := p.watch(b)
		two := round(show[besideRound:])
		stop()
		quiet, quiet50 = append(quiet, one...), append(quiet50, one.p50())
		watched, watched50 = append(watched, two...), append(watched50, two.p50())
	}
	b.StopTimer()
	b.ReportMetric(millis(quiet50.p50()), "without-p50-ms")
	b.ReportMetric(millis(watched50.p50()), "with-p50-ms")
	b.ReportMetric(float64(watched50.p50())/float64(quiet50.p50()), "p50/without")
	b.ReportMetric(float64(watched.p99())/float64(quiet.p99()), "p99/without")
}

// watch keeps one page open until the returned function is called.
func (p *pageRig) watch(b *testing.B) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	var open sync.WaitGroup
	res, err := p.open(ctx, "/api/v1/events", nil)
	if err != nil {
		b.Fatal(err)
	}
	open.Go(func() {
		defer res.Body.Close()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			continue // as a browser would
		}
	})
	open.Go(func() {
		for {
			if err := p.read(ctx, "/api/v1/status", nil); err != nil {
				return
			}
			if rest(ctx, pagePoll) != nil {
				return
			}
		}
	})
	return func() {
		cancel()
		open.Wait()
	}
}
