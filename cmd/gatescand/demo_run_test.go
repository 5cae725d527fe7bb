package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// startDemo runs the command as a visitor would and gives the address it
// prints. When the test ends the demo is stopped; it must end well and leave
// nothing behind.
func startDemo(t *testing.T, flags ...string) string {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	out, said := io.Pipe()
	done := make(chan int, 1)
	ctx := t.Context() // ends before the cleanup
	go func() {
		args := append([]string{"demo", "--open-port", "0"}, flags...)
		done <- run(ctx, args, stdio{out: said, err: os.Stderr}, func(string) string { return "" })
		_ = said.Close()
	}()
	t.Cleanup(func() {
		if code := <-done; code != exitDone {
			t.Errorf("the demo ended with %d", code)
		}
		if left, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "gatescand-demo-*")); err != nil || len(left) > 0 {
			t.Errorf("the demo left %v behind, %v", left, err)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(lines.Text()); url != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return url
		}
	}
	t.Fatal("the demo printed no address")
	return ""
}

// guest is somebody who uses the demo without a browser.
type guest struct {
	t   *testing.T
	url string
}

// ask makes a request and reads the answer into v; it gives the status, 0 where
// there was no answer.
func (g guest) ask(method, path, body string, v any) int {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	if v != nil {
		if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
			g.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return resp.StatusCode
}

// until waits for something to come true.
func (g guest) until(what string, cond func() bool) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), 40*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-ctx.Done():
			g.t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}

func (g guest) column(platform string) columnView {
	g.t.Helper()
	var v stageView
	g.ask(http.MethodGet, "/demo/status", "", &v)
	for _, c := range v.Platforms {
		if string(c.Name) == platform {
			return c
		}
	}
	g.t.Fatalf("there is no %s", platform)
	return columnView{}
}

func (g guest) told(platform, id string) string {
	g.t.Helper()
	for _, c := range g.column(platform).Codes {
		if c.ID == id {
			return c.Told
		}
	}
	return ""
}

func (g guest) post(path, body string) {
	g.t.Helper()
	if status := g.ask(http.MethodPost, path, body, nil); status/100 != 2 {
		g.t.Fatalf("%s %s: %d", path, body, status)
	}
}

// TestTheDemoJudgesEveryCodeAsItsColumnSays holds every code of every column
// before the real daemon's reader.
func TestTheDemoJudgesEveryCodeAsItsColumnSays(t *testing.T) {
	g := guest{t, startDemo(t)}
	g.until("the demo is ready", func() bool { return g.ask(http.MethodGet, "/readyz", "", nil) == http.StatusOK })
	for _, row := range []struct{ platform, id, verdict, reason string }{
		{"tibillet", "paid", "admit", "admitted"},
		{"tibillet", "used-gate", "refuse", "already_redeemed"},
		{"tibillet", "canceled", "refuse", "canceled"},
		{"tibillet", "unpaid", "refuse", "unpaid"},
		{"tibillet", "other-event", "refuse", "wrong_event"},
		{"tibillet", "forged", "refuse", "forged"},
		{"ticketsonic", "good", "admit", "unlisted"},
		{"ticketsonic", "expired", "refuse", "expired"},
		{"ticketsonic", "other-event", "refuse", "wrong_event"},
		{"ticketsonic", "tampered", "refuse", "forged"},
		{"ticketsonic", "canceled", "admit", "unlisted"},
		{"ticketsonic", "broken-key", "admit", "unlisted"},
		{"stebby", "good", "admit", "admitted"},
		{"stebby", "good-2", "admit", "admitted"},
		{"stebby", "used", "refuse", "unknown"},
		{"stebby", "expired", "refuse", "unknown"},
		{"stebby", "made-up", "refuse", "unknown"},
		{"stebby", sharedID, "hold", "ambiguous"},
		{"bittan", "good", "admit", "admitted"},
		{"bittan", "used", "refuse", "already_redeemed"},
		{"bittan", "unpaid", "refuse", "unpaid"},
		{"bittan", "other-event", "refuse", "wrong_event"},
		{"bittan", "made-up", "refuse", "unknown"},
		{"bittan", sharedID, "hold", "ambiguous"},
	} {
		var scene heldScene
		g.ask(http.MethodPost, "/demo/hold", `{"platform":"`+row.platform+`","id":"`+row.id+`"}`, &scene)
		if scene.Verdict != row.verdict || scene.Reason != row.reason {
			t.Errorf("%s %s: %s %s, want %s %s", row.platform, row.id, scene.Verdict, scene.Reason, row.verdict, row.reason)
		}
	}
	for platform, id := range map[string]string{"tibillet": "paid", "ticketsonic": "good", "stebby": "good-2", "bittan": "good"} {
		g.until(platform+" is told", func() bool { return g.told(platform, id) == "delivered" })
		if c := g.column(platform); c.Gate.State != "ok" || c.Gate.Delivered == 0 || c.Requests == 0 {
			t.Errorf("%s: %+v", platform, c.Gate)
		}
	}
	g.until("the ticket nobody sold and the canceled one are doubted", func() bool {
		c := g.column("ticketsonic")
		return c.Recorded[1].Value >= 2 && c.Gate.Pending == 2 && c.Gate.WaitingFor != ""
	})
}

// TestTheDemoShowsADisagreement cuts one platform off, lets somebody in here
// and elsewhere, and looks at the conflict.
func TestTheDemoShowsADisagreement(t *testing.T) {
	g := guest{t, startDemo(t)}
	g.until("the demo is ready", func() bool { return g.ask(http.MethodGet, "/readyz", "", nil) == http.StatusOK })
	g.post("/demo/network", `{"platform":"stebby","up":false}`)
	g.post("/demo/hold", `{"platform":"stebby","id":"good"}`)
	g.until("the delivery waits", func() bool { return g.told("stebby", "good") == "pending" })
	g.post("/demo/platforms/stebby/codes/good/scan", "")
	g.post("/demo/network", `{"platform":"stebby","up":true}`)
	g.post("/demo/sweep", `{"platform":"stebby"}`)
	g.until("there is a conflict", func() bool { return g.told("stebby", "good") == "conflict" })
	g.until("it is told in words", func() bool {
		c := g.column("stebby").Gate
		return c.Conflicts == 1 && len(c.Differences) == 1 && c.Pending == 0
	})
}
