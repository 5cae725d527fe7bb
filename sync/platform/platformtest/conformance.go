package platformtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// Subject is a drawer to be judged by [Conform].
type Subject struct {
	// New makes the drawer of an account whose server is at base. The drawer
	// holds the Secrets.
	New func(tb testing.TB, base string) platform.Drawer
	// Keys are those of the account, Codes what the drawer must make of codes
	// under them. At least one of them is Mine.
	Keys  []admission.Key
	Codes []CodeCase
	// Event and Delivery are put into requests. Delivery.Code is one of Codes.
	Event    string
	Delivery admission.Delivery
	// Secrets are texts that must never come out: keys, tokens, codes, names.
	Secrets []string
	// Pairer and PairingText, where the platform pairs, give a pairer that
	// takes plain HTTP to this machine, and the text of a pairing code.
	Pairer      platform.Pairer
	PairingText func(base string) string
}

// CodeCase is a code and what becomes of it.
type CodeCase struct {
	Name string
	Code string
	Form admission.Recognition
	// Want is compared where Form is Mine. Account and Platform count too.
	Want admission.Credential
}

// patience is how long anything may take that ought to end by itself.
const patience = 30 * time.Second

// Conform judges a drawer by the contract of package platform: codes of any
// kind, and servers that answer in every wrong way there is.
func Conform(t *testing.T, s Subject) {
	t.Helper()
	t.Run("codes", func(t *testing.T) { conformCodes(t, s) })
	t.Run("tells what it can do", func(t *testing.T) { conformPowers(t, s) })
	for _, bad := range badServers() {
		t.Run(bad.name, func(t *testing.T) { conformBad(t, s, bad) })
	}
	t.Run("a server with a certificate nobody vouches for", func(t *testing.T) {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		t.Cleanup(server.Close)
		judge(t, s, server.URL, patience, func(t *testing.T, err error) {
			t.Helper()
			wantClass(t, err, platform.Untrusted)
		})
	})
	t.Run("a port where nobody listens", func(t *testing.T) {
		server := httptest.NewServer(http.NotFoundHandler())
		base := server.URL
		server.Close()
		judge(t, s, base, patience, func(t *testing.T, err error) {
			t.Helper()
			wantClass(t, err, platform.Offline)
		})
	})
	t.Run("a body without end is not read to its end", func(t *testing.T) { conformEndless(t, s) })
	t.Run("a redirect is never followed", func(t *testing.T) { conformRedirect(t, s) })
	t.Run("a request that gets no answer is not repeated", func(t *testing.T) { conformOnce(t, s) })
}

func conformCodes(t *testing.T, s Subject) {
	t.Helper()
	drawer := s.New(t, "http://127.0.0.1:9")
	ring, faults := drawer.Keyring(s.Keys)
	if len(faults) > 0 {
		t.Fatalf("the subject's keys: %v", faults)
	}
	for _, c := range s.Codes {
		t.Run(c.Name, func(t *testing.T) {
			if got := ring.Recognise([]byte(c.Code)); got != c.Form {
				t.Errorf("recognised as %d, want %d", got, c.Form)
			}
			if got := ring.Verify([]byte(c.Code)); c.Form == admission.Mine && got != c.Want {
				t.Errorf("verified as %+v, want %+v", got, c.Want)
			}
		})
	}
	t.Run("no bytes make it panic or forget whose code it is", func(t *testing.T) {
		for _, code := range nastyCodes(s.Codes) {
			_ = ring.Recognise(code)
			if got := ring.Verify(code); got.Platform != drawer.Platform() {
				t.Fatalf("verification of %d bytes forgot the platform", len(code))
			}
		}
	})
	t.Run("no change to a good code makes another good ticket", func(t *testing.T) { conformMutations(t, ring, s.Codes) })
	t.Run("many lanes at once get the same answers", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for _, c := range s.Codes {
					if got := ring.Verify([]byte(c.Code)); c.Form == admission.Mine && got != c.Want {
						t.Errorf("%s: verified as %+v, want %+v", c.Name, got, c.Want)
					}
				}
			})
		}
		wg.Wait()
	})
	t.Run("without keys nothing is called good", func(t *testing.T) {
		bare, _ := drawer.Keyring(nil)
		for _, c := range s.Codes {
			if got := bare.Verify([]byte(c.Code)); got.Proof == admission.ProofGood {
				t.Errorf("%s is good without a key", c.Name)
			}
		}
	})
	t.Run("a key that cannot be read is reported and the others work", func(t *testing.T) {
		keys := append([]admission.Key{{Event: "broken", PEM: "no key at all"}}, s.Keys...)
		mixed, faults := drawer.Keyring(keys)
		if drawer.Capabilities().SignsCodes && len(faults) != 1 {
			t.Errorf("%d faults, want 1: %v", len(faults), faults)
		}
		for _, c := range s.Codes {
			if c.Form != admission.Mine || c.Want.Proof != admission.ProofGood {
				continue
			}
			if got := mixed.Verify([]byte(c.Code)); got != c.Want {
				t.Errorf("%s: verified as %+v, want %+v", c.Name, got, c.Want)
			}
		}
	})
}

// conformMutations changes good codes in many ways. Whatever is still good must
// be the same ticket.
func conformMutations(t *testing.T, ring platform.Keyring, codes []CodeCase) {
	t.Helper()
	for _, c := range codes {
		if c.Want.Proof != admission.ProofGood {
			continue
		}
		for _, code := range mutations(c.Code) {
			if got := ring.Verify(code); got.Proof == admission.ProofGood && got.TicketKey != c.Want.TicketKey {
				t.Fatalf("%s changed into a good code of another ticket", c.Name)
			}
		}
	}
}

func mutations(code string) [][]byte {
	var out [][]byte
	for i := range len(code) {
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			b := []byte(code)
			b[i] ^= flip
			out = append(out, b)
		}
		out = append(out, []byte(code[:i]), []byte(code[:i]+code[i+1:]), []byte(code[:i]+"\n"+code[i:]))
	}
	return append(out, []byte(code+"="), []byte(code+code), []byte(strings.ToUpper(code)), []byte(strings.ToLower(code)))
}

// nastyCodes are bytes that people and machines hold before readers.
func nastyCodes(codes []CodeCase) [][]byte {
	out := [][]byte{
		nil,
		{},
		{0},
		{0xff, 0xfe},
		[]byte(":"), []byte("::"), []byte(" \r\n"), []byte("\x1b[2J\x1b]0;x\a"),
		[]byte("{}"), []byte("null"), []byte("4006381333931"), []byte("WIFI:T:WPA;S:x;P:y;;"), []byte("https://example.org/"),
		[]byte(strings.Repeat("A", 10<<20)), []byte(strings.Repeat("[", 1<<16)), []byte(strings.Repeat(":", 1<<16)),
		[]byte(strings.Repeat("=", 412)), []byte("\xed\xa0\x80\xc0\xaf"),
	}
	for _, c := range codes {
		out = append(out, []byte(c.Code), []byte(" "+c.Code), []byte("\x00"+c.Code), []byte(c.Code+"\x00"), []byte(strings.Repeat(c.Code, 100)))
		for n := range len(c.Code) {
			out = append(out, []byte(c.Code[:n]), []byte(c.Code[n:]))
		}
	}
	return out
}

func conformPowers(t *testing.T, s Subject) {
	t.Helper()
	drawer := s.New(t, "http://127.0.0.1:9")
	can := drawer.Capabilities()
	lister, lists := drawer.(platform.TicketLister)
	_, asks := drawer.(platform.Asker)
	deliverer, delivers := drawer.(platform.Deliverer)
	if can.ListsTickets != lists || can.AsksOnline != asks || (can.TakesUses || can.Validates) != delivers {
		t.Errorf("says %+v, but lists %v, asks %v, delivers %v", can, lists, asks, delivers)
	}
	if lists {
		if smallest, first, largest := lister.PageLimits(); smallest < 1 || first < smallest || largest < first {
			t.Errorf("page limits %d, %d, %d", smallest, first, largest)
		}
	}
	if delivers && deliverer.Parallel() < 1 {
		t.Error("no delivery can be made at all")
	}
}

// operation is one way of making a drawer ask its server.
type operation struct {
	name string
	run  func(ctx context.Context) (said string, err error)
}

// operations gives what the subject's drawer can ask a server at base.
func operations(tb testing.TB, s Subject, base string) []operation {
	tb.Helper()
	drawer := s.New(tb, base)
	if c, ok := drawer.(io.Closer); ok {
		tb.Cleanup(func() {
			if err := c.Close(); err != nil {
				tb.Errorf("close: %v", err)
			}
		})
	}
	var ops []operation
	add := func(name string, run func(ctx context.Context) (string, error)) {
		ops = append(ops, operation{name, run})
	}
	if d, ok := drawer.(platform.Prober); ok {
		add("probe", func(ctx context.Context) (string, error) { return "", d.Probe(ctx) })
	}
	if d, ok := drawer.(platform.EventLister); ok {
		add("events", func(ctx context.Context) (string, error) {
			_, err := d.Events(ctx)
			return "", err
		})
	}
	if d, ok := drawer.(platform.TicketLister); ok {
		add("tickets", func(ctx context.Context) (string, error) {
			_, err := d.Tickets(ctx, s.Event, "", 50)
			return "", err
		})
	}
	if d, ok := drawer.(platform.ChangeLister); ok {
		add("changes", func(ctx context.Context) (string, error) {
			const watermark = "2026-01-01T00:00:00Z"
			_, next, err := d.Changes(ctx, s.Event, watermark)
			if err != nil && next != watermark {
				err = errors.Join(err, fmt.Errorf("a failed call moved the watermark to %q", next))
				tb.Error(err)
			}
			return "", err
		})
	}
	if d, ok := drawer.(platform.Asker); ok {
		ring, _ := drawer.Keyring(s.Keys)
		add("ask", func(ctx context.Context) (string, error) {
			_, err := d.Ask(ctx, s.Delivery.Code, ring.Verify(s.Delivery.Code))
			return "", err
		})
	}
	if d, ok := drawer.(platform.Deliverer); ok {
		add("deliver", func(ctx context.Context) (string, error) {
			out, err := d.Deliver(ctx, s.Delivery, func(context.Context, string) error { return nil })
			return out.Theirs + out.Remedy, err
		})
	}
	if s.Pairer != nil {
		add("pair", func(ctx context.Context) (string, error) {
			p, err := s.Pairer.ReadPairing(s.PairingText(base))
			if err != nil {
				return "", fmt.Errorf("the subject's pairing code cannot be read: %w", err)
			}
			_, err = s.Pairer.Pair(ctx, p)
			return "", err
		})
	}
	return ops
}

// judge runs every operation against base and gives its error to want. It sees
// to what holds whatever the server does: the call returns, its error is a
// classed one, and nothing secret is said.
func judge(t *testing.T, s Subject, base string, timeout time.Duration, want func(t *testing.T, err error)) {
	t.Helper()
	for _, op := range operations(t, s, base) {
		t.Run(op.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			type result struct {
				said string
				err  error
			}
			done := make(chan result, 1)
			go func() {
				said, err := op.run(ctx)
				done <- result{said, err}
			}()
			watchdog := time.NewTimer(patience + 5*time.Second)
			defer watchdog.Stop()
			select {
			case r := <-done:
				noSecrets(t, s, base, r.said, r.err)
				want(t, r.err)
			case <-watchdog.C:
				t.Fatal("does not return though its context has ended")
			}
		})
	}
}

func noSecrets(t *testing.T, s Subject, base, said string, err error) {
	t.Helper()
	secrets := s.Secrets
	if s.Pairer != nil {
		if p, err := s.Pairer.ReadPairing(s.PairingText(base)); err == nil {
			secrets = append(slices.Clone(secrets), p.Token)
		}
	}
	texts := []string{said}
	for e := err; e != nil; e = errors.Unwrap(e) {
		texts = append(texts, e.Error())
	}
	for _, text := range texts {
		for _, secret := range secrets {
			if secret != "" && strings.Contains(text, secret) {
				t.Errorf("a secret comes out in %q", text)
			}
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("a control character comes out in %q", text)
		}
	}
}

func wantClass(t *testing.T, err error, classes ...platform.Class) {
	t.Helper()
	e, ok := errors.AsType[*platform.Error](err)
	if !ok {
		t.Errorf("error %v of type %T, want a classed one", err, err)
		return
	}
	if !slices.Contains(classes, e.Class) {
		t.Errorf("class %s, want one of %v: %v", e.Class, classes, err)
	}
	if e.Op == "" || e.Host == "" || e.Detail == "" {
		t.Errorf("%q names no operation, host or finding", err)
	}
}

// badServer is a server that answers everything in one wrong way.
type badServer struct {
	name    string
	serve   http.HandlerFunc
	timeout time.Duration // 0 means patience
	classes []platform.Class
	after   time.Duration // the RetryAfter to be told
}

func page(status int, media, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if media != "" {
			w.Header().Set("Content-Type", media)
		}
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // a client that has heard enough hangs up
	}
}

func badServers() []badServer {
	const (
		html  = "text/html; charset=utf-8"
		jason = "application/json"
	)
	captive := []platform.Class{platform.Captive}
	return []badServer{
		{name: "a log-in page with status 200", serve: page(200, html, "<html>welcome to our wifi</html>"), classes: captive},
		{name: "a log-in page that calls itself JSON", serve: page(200, jason, "<html>welcome</html>"), classes: []platform.Class{platform.Captive, platform.Protocol}},
		{name: "a page without a type", serve: page(200, "", ""), classes: captive},
		{name: "a network that wants a log-in", serve: page(511, html, "log in"), classes: captive},
		{name: "a proxy that wants a log-in", serve: page(407, html, "log in"), classes: captive},
		{name: "a firewall that forbids", serve: page(403, html, "no"), classes: []platform.Class{platform.Captive, platform.Unsupported}},
		{name: "an error page with status 500", serve: page(500, html, "<h1>Server Error (500)</h1>"), classes: []platform.Class{platform.Server}},
		{name: "a proxy whose server is down", serve: page(502, html, "bad gateway"), classes: []platform.Class{platform.Server}},
		{
			name: "a server that is being worked on", serve: page(503, html, "back soon", "Retry-After", "7"),
			classes: []platform.Class{platform.Server, platform.Throttled}, after: 7 * time.Second,
		},
		{name: "a server that has been asked too often", serve: page(429, jason, "{}", "Retry-After", "7"), classes: []platform.Class{platform.Throttled}, after: 7 * time.Second},
		{
			name: "a wait of many years", serve: page(429, jason, "{}", "Retry-After", "999999999"),
			classes: []platform.Class{platform.Throttled}, after: time.Hour,
		},
		{name: "JSON that breaks off", serve: page(200, jason, `{"success": tr`), classes: []platform.Class{platform.Server, platform.Captive, platform.Protocol}},
		{name: "JSON about something else", serve: page(200, jason, `{"hello": "world"}`), classes: []platform.Class{platform.Protocol, platform.Captive}},
		{name: "JSON that says nothing", serve: page(200, jason, `null`), classes: []platform.Class{platform.Protocol, platform.Captive}},
		{name: "a hundred thousand nested arrays", serve: page(200, jason, strings.Repeat("[", 100_000)), classes: []platform.Class{platform.Protocol, platform.Captive}},
		{name: "two JSON values", serve: page(200, jason, `{} {}`), classes: []platform.Class{platform.Protocol, platform.Captive}},
		{
			name: "text that is not UTF-8", serve: page(200, jason, "{\"detail\":\"\xff\xfe\"}"),
			classes: []platform.Class{platform.Protocol, platform.Captive},
		},
		{name: "an answer shorter than announced", serve: page(200, jason, `{}`, "Content-Length", "1000"), classes: []platform.Class{platform.Server}},
		{
			name: "a server that never answers", serve: silent, timeout: 300 * time.Millisecond,
			classes: []platform.Class{platform.Offline},
		},
		{
			name: "a body that never comes", serve: stalling, timeout: 300 * time.Millisecond,
			classes: []platform.Class{platform.Offline},
		},
		{name: "a server that hangs up", serve: hangUp, classes: []platform.Class{platform.Server, platform.Offline}},
		{name: "a server that does not speak HTTP", serve: babble, classes: []platform.Class{platform.Server, platform.Captive}},
		{name: "headers without end", serve: bigHeaders, classes: []platform.Class{platform.Server, platform.Protocol}},
		{name: "a page that repeats the request", serve: echo(500, html), classes: []platform.Class{platform.Server}},
		{name: "a server whose error repeats the request", serve: echo(418, jason), classes: []platform.Class{platform.Protocol, platform.Captive}},
	}
}

func conformBad(t *testing.T, s Subject, bad badServer) {
	t.Helper()
	server := httptest.NewUnstartedServer(bad.serve)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	timeout := bad.timeout
	if timeout == 0 {
		timeout = patience
	}
	judge(t, s, server.URL, timeout, func(t *testing.T, err error) {
		t.Helper()
		wantClass(t, err, bad.classes...)
		if got := platform.RetryAfterOf(err); got != bad.after {
			t.Errorf("to be asked again after %s, want %s", got, bad.after)
		}
	})
}

// conformEndless sends a body for as long as somebody listens. What it can get
// rid of beyond what a drawer may read are the buffers of two sockets.
func conformEndless(t *testing.T, s Subject) {
	t.Helper()
	const fair, most = 32 << 20, 128 << 20
	var sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		chunk := []byte(strings.Repeat(`"aaaaaaaa",`, 4096))
		_, _ = io.WriteString(w, "[")
		for sent.Load() < most {
			if _, err := w.Write(chunk); err != nil {
				return
			}
			sent.Add(int64(len(chunk)))
		}
	}))
	t.Cleanup(server.Close)
	judge(t, s, server.URL, patience, func(t *testing.T, err error) {
		t.Helper()
		wantClass(t, err, platform.Protocol)
		if n := sent.Swap(0); n > fair {
			t.Errorf("%d MiB were taken", n>>20)
		}
	})
}

func silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // the server sees a client leave only when it has read the body
	<-r.Context().Done()
}

func stalling(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func babble(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = conn.Write([]byte("220 mail.example ESMTP\r\n\x00\x1b[2J\xff\xfe\r\n"))
	_ = conn.Close()
}

func bigHeaders(w http.ResponseWriter, _ *http.Request) {
	for i := range 512 {
		w.Header().Set(fmt.Sprintf("X-Filler-%d", i), strings.Repeat("x", 1024))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
}

// echo repeats all that was sent, as a page for developers does.
func echo(status int, media string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"detail": %q, "error": %q}`, fmt.Sprint(r.URL, r.Header), body)
	}
}

func conformRedirect(t *testing.T, s Subject) {
	t.Helper()
	var followed atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", other.URL+r.URL.Path+"?secret=1")
				w.WriteHeader(status)
			}))
			t.Cleanup(server.Close)
			judge(t, s, server.URL, patience, func(t *testing.T, err error) {
				t.Helper()
				wantClass(t, err, platform.Redirected)
				if e, ok := errors.AsType[*platform.Error](err); ok && e.Location != other.URL {
					t.Errorf("the redirect is said to lead to %q, want %q", e.Location, other.URL)
				}
			})
		})
	}
	if n := followed.Load(); n > 0 {
		t.Errorf("%d requests followed a redirect", n)
	}
}

func conformOnce(t *testing.T, s Subject) {
	t.Helper()
	var asked atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked.Add(1)
		panic(http.ErrAbortHandler)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	judge(t, s, server.URL, patience, func(t *testing.T, err error) {
		t.Helper()
		if err == nil {
			t.Error("no error though there was no answer")
		}
		if n := asked.Swap(0); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}
