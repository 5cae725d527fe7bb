package admin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// gossip is what nobody learns without login: of tickets, people, accounts,
// conditions, and the secrets of the station.
func gossip() []string {
	return []string{
		"Ada Lovelace", "t/1", "t%2F1", "01J0", "alpha", "lespass", "Le Tiers-Lustre", "used by gate 2", "the disk is on fire", "serial:/dev",
		"Nuit du jazz", "R-1", testToken, adminWord, staffWord, "CODE-",
	}
}

// busy is a station in the middle of everything.
func busy(t *testing.T) (*office, Options) {
	t.Helper()
	o, opt := wholeStation(t)
	o.conditions = append(o.conditions, Condition{Code: "disk_low", Subject: "lespass", Severity: "critical", Text: "the disk is on fire", Remedy: "Run.", Since: scanTime()})
	if _, err := o.Scan(t.Context(), "north", []byte("alpha")); err != nil {
		t.Fatal(err)
	}
	return o, opt
}

// pathOf fills in the places of a route.
func pathOf(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	path = strings.ReplaceAll(path, "{$}", "")
	for place, what := range map[string]string{
		"{lane}": "north", "{account}": "someone", "{name}": "someone", "{id}": "7", "{file}": "page.css", "{step}": "password", "{seq}": "1",
	} {
		path = strings.ReplaceAll(path, place, what)
	}
	return method, path
}

// Without login there is what has to be, and nothing else; and what there is
// tells nothing.
func TestWithoutLoginThereIsNothingToSee(t *testing.T) {
	t.Parallel()
	open := []string{
		"GET /healthz", "GET /readyz", "GET /metrics", "GET /login", "GET /assets/{file}",
		"GET /display/{$}", "GET /display/{lane}", "GET /display/{lane}/events", "GET /events/display",
	}
	led := []string{"GET /favicon.ico", "POST /logout"} // to an asset, to the login
	for from, addr := range map[string]string{"this box": "127.0.0.1:7", "the network": "192.0.2.9:7"} {
		_, opt := busy(t)
		s, err := New(opt)
		if err != nil {
			t.Fatal(err)
		}
		for _, rt := range s.table {
			method, path := pathOf(rt.pattern)
			if strings.Contains(path, "{") {
				t.Fatalf("%s has a place this test does not know", rt.pattern)
			}
			status, header, raw := visit(t, s, method, path, addr)
			want := slices.Contains(open, rt.pattern) && (rt.pattern != "GET /metrics" || from == "this box")
			switch {
			case want && status != http.StatusOK && status != http.StatusSeeOther && status != http.StatusFound:
				t.Errorf("%s from %s: %d", rt.pattern, from, status)
			case !want && status == http.StatusOK:
				t.Errorf("%s from %s is open: %s", rt.pattern, from, raw)
			case !want && rt.kind == routePage && (status != http.StatusSeeOther || !strings.HasPrefix(header.Get("Location"), "/login")):
				t.Errorf("%s from %s: %d to %s", rt.pattern, from, status, header.Get("Location"))
			case !want && (rt.kind == routeAPI || rt.kind == routeStream) && status != http.StatusUnauthorized:
				t.Errorf("%s from %s: %d", rt.pattern, from, status)
			case !want && rt.kind == routePublic && !slices.Contains(led, rt.pattern) && rt.pattern != "POST /login" && status < 400:
				t.Errorf("%s from %s: %d", rt.pattern, from, status)
			}
			if rt.pattern == "GET /metrics" && from == "this box" {
				continue // figures of each account, for this box alone
			}
			for _, secret := range gossip() {
				if strings.Contains(raw, secret) || strings.Contains(strings.Join(header.Values("Set-Cookie"), ""), secret) {
					t.Errorf("%s from %s tells %q: %s", rt.pattern, from, secret, raw)
				}
			}
		}
		for _, path := range []string{"/api/v1/nothing", "/api/", "/nothing", "/tickets/../api/v1/status", "/%2e%2e/etc/passwd", "/assets/../templates/now.html", "/assets/%2e%2e%2fserver.go", "/debug/pprof/", "/.git/config"} {
			if status, _, raw := visit(t, s, http.MethodGet, path, addr); status == http.StatusOK {
				t.Errorf("%s from %s is open: %.100s", path, from, raw)
			}
		}
	}
}

// visit makes a request without login as it comes from an address. Streams are
// read for what they begin with.
func visit(t *testing.T, s *Server, method, path, from string) (status int, header http.Header, raw string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(""))
	r.Host, r.RemoteAddr = "localhost", from
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w.Code, w.Header(), w.Body.String()
}

// No page of another site can make a browser that is logged in do anything.
func TestNothingIsDoneForAnotherSitesPage(t *testing.T) {
	t.Parallel()
	_, opt := busy(t)
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	id := s.sessions.begin(grant{role: RoleAdmin, mark: opt.Access.mark(RoleAdmin)}, time.Now())
	for _, rt := range s.table {
		method, path := pathOf(rt.pattern)
		if method == http.MethodGet {
			continue
		}
		for name, header := range map[string][2]string{
			"a form there":           {"Origin", "https://evil.example"},
			"a frame without origin": {"Origin", "null"},
			"a script there":         {"Sec-Fetch-Site", "cross-site"},
			"a neighbour's page":     {"Sec-Fetch-Site", "same-site"},
		} {
			r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader("{}"))
			r.Host = "localhost"
			r.Header.Set(header[0], header[1])
			r.AddCookie(&http.Cookie{Name: cookieName, Value: id})
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), `"cross_origin"`) {
				t.Errorf("%s for %s: %d %s", rt.pattern, name, w.Code, w.Body)
			}
		}
	}
	if _, ok := s.sessions.known(id, time.Now(), opt.Access.mark); !ok {
		t.Error("another site's page logged somebody out")
	}
}

// Whoever has not logged in cannot make the station read long bodies. What is
// counted here is what was sent, most of it into the buffers of the kernel.
func TestBodiesOfStrangersAreCutShort(t *testing.T) {
	t.Parallel()
	_, opt := busy(t)
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	for _, rt := range s.table {
		method, path := pathOf(rt.pattern)
		if method == http.MethodGet {
			continue
		}
		endless := &endless{}
		r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, endless)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.Do(r)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode < 300 {
				t.Errorf("%s: %d", rt.pattern, resp.StatusCode)
			}
		}
		if n := endless.sent(); n > 16<<20 {
			t.Errorf("%s took %d bytes", rt.pattern, n)
		}
	}
}

// endless is a body without end.
type endless struct {
	mu sync.Mutex
	n  int
}

func (e *endless) Read(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.n += len(p); e.n > 64<<20 {
		return 0, errors.New("nobody stopped it")
	}
	return copy(p, bytes.Repeat([]byte("a"), len(p))), nil
}

func (e *endless) sent() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.n
}

// piped is a listener whose connections are pipes, for a clock that can be
// turned.
type piped struct {
	next   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPiped() *piped { return &piped{next: make(chan net.Conn), closed: make(chan struct{})} }

func (p *piped) Accept() (net.Conn, error) {
	select {
	case c := <-p.next:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *piped) Close() error { p.once.Do(func() { close(p.closed) }); return nil }

func (p *piped) Addr() net.Addr { return &net.TCPAddr{} }

func (p *piped) dial() net.Conn {
	here, there := net.Pipe()
	p.next <- there
	return here
}

// Whoever says little and slowly is not waited for.
func TestSlowTalkersAreHungUpOn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		says   string
		drip   string
		within time.Duration
	}{
		"says nothing":                        {"", "", headerTimeout},
		"a header without end, byte by byte":  {"GET / HTTP/1.1\r\nHost: localhost\r\n", "X-A: b\r\n", headerTimeout},
		"a body without end, byte by byte":    {"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4000\r\n\r\n", "a", bodyTimeout},
		"asks once and keeps the line busied": {"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "", idleTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opt := newStation().options()
			synctest.Test(t, func(t *testing.T) {
				opt.Now = time.Now
				s, err := New(opt)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				l := newPiped()
				done := make(chan error, 1)
				go func() { done <- s.Run(ctx, l) }()
				c := l.dial()
				begun := time.Now()
				hung := make(chan time.Duration, 1)
				go func() {
					_, _ = io.Copy(io.Discard, c)
					hung <- time.Since(begun)
				}()
				var talking sync.WaitGroup
				talking.Go(func() {
					if _, err := io.WriteString(c, tc.says); err != nil {
						return
					}
					for tc.drip != "" {
						time.Sleep(time.Second)
						if _, err := io.WriteString(c, tc.drip); err != nil {
							return
						}
					}
				})
				// Reading what is left of a request takes half a second more.
				if took := <-hung; took > tc.within+time.Second {
					t.Errorf("hung up after %v, want %v", took, tc.within)
				}
				_ = c.Close()
				talking.Wait()
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// caller is a connection that comes from an address.
type caller struct {
	net.Conn

	from   string
	closed bool
}

func (c *caller) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.from))
}
func (c *caller) Close() error { c.closed = true; return nil }

func TestACrowdAtThePageTakesNothingFromTheGate(t *testing.T) {
	t.Parallel()
	c := newCrowd(nil)
	arrive := func(from string) *caller {
		conn := &caller{from: from}
		c.state(conn, http.StateNew)
		return conn
	}
	var here []*caller
	for i := range crowdAddress + 5 {
		conn := arrive("192.0.2.1:9")
		if conn.closed != (i >= crowdAddress) {
			t.Fatalf("connection %d of one address: closed %v", i, conn.closed)
		}
		here = append(here, conn)
	}
	if arrive("192.0.2.2:9").closed {
		t.Error("another address pays for it")
	}
	for _, conn := range here {
		c.state(conn, http.StateClosed)
	}
	if arrive("192.0.2.1:9").closed {
		t.Error("an address that has hung up is not let in again")
	}
	for range 2 * crowdAddress {
		if arrive("127.0.0.1:9").closed {
			t.Fatal("this box is counted as one stranger")
		}
	}
	for i := range crowdAll {
		conn := arrive(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 9).String())
		if i == crowdAll-1 && !conn.closed {
			t.Error("there may be any number of connections")
		}
	}
	if len(c.by) > 2*crowdAll {
		t.Errorf("%d addresses are kept", len(c.by))
	}
}

// What a stranger sends to the login is in no log.
func TestTheLogOfLoginsHasNoSecrets(t *testing.T) {
	t.Parallel()
	var log lines
	_, opt := busy(t)
	opt.Log = log.logger()
	srv := open(t, opt)
	for _, secret := range []string{adminWord, staffWord, testToken, "a wrong guess"} {
		ask(t, srv, http.MethodPost, "/login?next=%2Ftickets%3Fq%3DAda", loginBody(secret), stranger, asForm)
	}
	boss, _ := logIn(t, srv, adminWord)
	ask(t, srv, http.MethodPost, "/api/v1/passwords", `{"role":"staff","password":"brand new word","current":"`+adminWord+`"}`, boss)
	ask(t, srv, http.MethodPost, "/api/v1/passwords", `{"role":"staff","password":"brand new word","current":"another guess"}`, boss)
	said := log.String()
	for _, event := range []string{"logged in", "role=admin", "role=staff", "login refused", "password set", "password not set"} {
		if !strings.Contains(said, event) {
			t.Errorf("not logged: %s in\n%s", event, said)
		}
	}
	for _, secret := range []string{adminWord, staffWord, testToken, "guess", "brand new", "Ada"} {
		if strings.Contains(said, secret) {
			t.Errorf("logged: %s", secret)
		}
	}
	if m := regexp.MustCompile(`[A-Z2-7]{26,}`).FindString(said); m != "" {
		t.Errorf("a session's id is logged: %s", m)
	}
	if n := strings.Count(said, "\n"); n > 20 {
		t.Errorf("%d lines", n)
	}
}

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }
