package admin

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func asForm(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }

func loginBody(token string) string { return url.Values{"password": {token}}.Encode() }

func sessionOf(t *testing.T, resp reply) *http.Cookie {
	t.Helper()
	for _, c := range resp.Cookies() {
		if c.Name == cookieName {
			return c
		}
	}
	t.Fatalf("no session cookie in %v", resp.Header)
	return nil
}

func TestLoginOpensASession(t *testing.T) {
	t.Parallel()
	srv := open(t, newStation().options())
	resp, _ := ask(t, srv, http.MethodGet, "/", "", stranger)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/login" {
		t.Errorf("a stranger gets %d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	resp, _ = ask(t, srv, http.MethodPost, "/login", loginBody(" "+testToken+"\n"), stranger, asForm)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/" {
		t.Fatalf("login: %d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	c := sessionOf(t, resp)
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure || c.Path != "/" || strings.Contains(c.Value, testToken) {
		t.Errorf("cookie %v", c)
	}
	with := func(r *http.Request) { stranger(r); r.AddCookie(c) }
	for _, path := range []string{"/", "/api/v1/status"} {
		if resp, raw := ask(t, srv, http.MethodGet, path, "", with); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", path, resp.StatusCode, raw)
		}
	}
	// A wrong token is not made good by a session.
	if resp, _ := ask(t, srv, http.MethodGet, "/api/v1/status", "", func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer wrong")
		r.AddCookie(c)
	}); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("wrong token with a session: %d", resp.StatusCode)
	}
	if resp, _ := ask(t, srv, http.MethodPost, "/logout", "", with); resp.StatusCode != http.StatusSeeOther || sessionOf(t, resp).MaxAge >= 0 {
		t.Errorf("logout: %d", resp.StatusCode)
	}
	if resp, _ := ask(t, srv, http.MethodGet, "/api/v1/status", "", with); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("after logout: %d", resp.StatusCode)
	}
}

func TestLoginTurnsAwayWhatIsNotTheToken(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"nothing":           "",
		"an empty token":    loginBody(""),
		"a wrong token":     loginBody("wrong"),
		"a prefix":          loginBody(testToken[:20]),
		"not a form":        "%zz=%zz",
		"a very long token": loginBody(strings.Repeat("x", 1<<20)),
		"the name too":      url.Values{"user": {testToken}}.Encode(),
	} {
		srv := open(t, newStation().options())
		resp, raw := ask(t, srv, http.MethodPost, "/login", body, stranger, asForm)
		if resp.StatusCode < 400 || resp.StatusCode >= 500 || len(resp.Cookies()) != 0 || !strings.Contains(raw, "role=\"alert\"") {
			t.Errorf("%s: %d %v", name, resp.StatusCode, resp.Cookies())
		}
	}
	srv := open(t, newStation().options())
	if resp, _ := ask(t, srv, http.MethodPost, "/login?password="+testToken, "", stranger, asForm); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a token in the URL: %d", resp.StatusCode)
	}
}

func TestLoginIsSlowedDown(t *testing.T) {
	t.Parallel()
	srv := open(t, newStation().options())
	var last reply
	for range attemptsFree + 1 {
		last, _ = ask(t, srv, http.MethodPost, "/login", loginBody("wrong"), stranger, asForm)
	}
	if last.StatusCode != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" {
		t.Errorf("after %d guesses: %d", attemptsFree+1, last.StatusCode)
	}
	// Even the right token waits, or guessing would still be told apart.
	if resp, _ := ask(t, srv, http.MethodPost, "/login", loginBody(testToken), stranger, asForm); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the right token: %d", resp.StatusCode)
	}
}

func TestAttemptsAreCountedForEachAddress(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(nil), scanTime()
	evil, staff := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for i := range attemptsFree {
		if wait := a.begin(evil, now); wait != 0 {
			t.Fatalf("attempt %d waits %v", i, wait)
		}
	}
	if wait := a.begin(evil, now); wait != attemptsFirst {
		t.Errorf("a guesser waits %v", wait)
	}
	if wait := a.begin(staff, now); wait != 0 {
		t.Errorf("staff wait %v for somebody else's guesses", wait)
	}
	// The wait grows with every further wrong attempt, and not without end.
	before := attemptsFirst
	for range 20 {
		now = now.Add(before)
		if wait := a.begin(evil, now); wait != 0 {
			t.Fatalf("having waited %v, waits %v", before, wait)
		}
		wait := a.begin(evil, now)
		if want := min(2*before, attemptsMost); wait != want {
			t.Fatalf("after %v comes %v, want %v", before, wait, want)
		}
		before = wait
	}
	a.succeeded(evil)
	if wait := a.begin(evil, now); wait != 0 {
		t.Errorf("whoever got it right waits %v", wait)
	}
	for range attemptsFree {
		a.begin(evil, now)
	}
	if wait := a.begin(evil, now.Add(attemptsForget+time.Minute)); wait != 0 {
		t.Errorf("half an hour later: %v", wait)
	}
}

func TestAHostOfIPv6IsOneGuesser(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(nil), scanTime()
	for i := range attemptsFree + 1 {
		ip := netip.MustParseAddr("2001:db8::1").As16()
		ip[15] = byte(i)
		if wait := a.begin(netip.AddrFrom16(ip), now); (wait > 0) != (i >= attemptsFree) {
			t.Fatalf("address %d of one network waits %v", i, wait)
		}
	}
}

func TestManyGuessersAreNoFasterThanOneAndNeverLockOutTheBoxItself(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(nil), scanTime()
	let := 0
	for i := range 5000 {
		if a.begin(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), now) == 0 {
			let++
		}
	}
	if let != attemptsWide {
		t.Errorf("%d of many guessers went on", let)
	}
	if len(a.by) > addressesKept {
		t.Errorf("%d addresses are kept", len(a.by))
	}
	for _, here := range []string{"127.0.0.1", "::1"} {
		if wait := a.begin(netip.MustParseAddr(here), now); wait != 0 {
			t.Errorf("%s waits %v", here, wait)
		}
	}
	for i := range 3 * addressesKept {
		a.begin(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), now.Add(time.Duration(i)*attemptsWideEvery))
	}
	if len(a.by) > addressesKept {
		t.Errorf("%d addresses are kept", len(a.by))
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSessions()
		known := func(id string) bool {
			_, ok := s.known(id, time.Now(), func(Role) mark { return mark{} })
			return ok
		}
		id := s.begin(grant{role: RoleStaff}, time.Now())
		for range 13 {
			time.Sleep(sessionIdle - time.Minute)
			if !known(id) {
				t.Fatal("a session in use ended")
			}
		}
		time.Sleep(sessionLife)
		if known(id) {
			t.Error("a session lasts for ever")
		}
		id = s.begin(grant{role: RoleStaff}, time.Now())
		time.Sleep(sessionIdle + time.Minute)
		if known(id) {
			t.Error("a session that nobody uses stays open")
		}
		first := s.begin(grant{role: RoleStaff}, time.Now())
		for range sessionsHeld + 10 {
			time.Sleep(time.Second)
			s.begin(grant{role: RoleStaff}, time.Now())
		}
		if len(s.open) > sessionsHeld || known(first) {
			t.Errorf("%d sessions are kept", len(s.open))
		}
	})
}

func TestGuard(t *testing.T) {
	t.Parallel()
	srv := open(t, newStation().options())
	for name, tc := range map[string]struct {
		edit   func(*http.Request)
		method string
		want   int
	}{
		"the address itself":                     {func(*http.Request) {}, "GET", 200},
		"localhost":                              {func(r *http.Request) { r.Host = "localhost:8640" }, "GET", 200},
		"a name below localhost":                 {func(r *http.Request) { r.Host = "gate.localhost" }, "GET", 200},
		"an address of IPv6":                     {func(r *http.Request) { r.Host = "[::1]:8640" }, "GET", 200},
		"an address on the network":              {func(r *http.Request) { r.Host = "192.168.1.20:8640" }, "GET", 200},
		"the configured name":                    {func(r *http.Request) { r.Host = "Gate.Local.:8640" }, "GET", 200},
		"a name that was rebound":                {func(r *http.Request) { r.Host = "evil.example" }, "GET", 421},
		"a name that only ends alike":            {func(r *http.Request) { r.Host = "localhost.evil.example" }, "GET", 421},
		"a form on another site's page":          {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, "POST", 403},
		"a script on another site's page":        {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, "POST", 403},
		"our own page":                           {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }, "POST", 200},
		"a client that is no browser":            {func(*http.Request) {}, "POST", 200},
		"another site's page that only wants in": {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, "GET", 200},
	} {
		path := "/api/v1/status"
		if tc.method == http.MethodPost {
			path = "/api/v1/lanes/north/open"
		}
		resp, raw := ask(t, srv, tc.method, path, "", tc.edit)
		if resp.StatusCode != tc.want {
			t.Errorf("%s: %d, want %d: %s", name, resp.StatusCode, tc.want, raw)
		}
		for _, header := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"} {
			if resp.Header.Get(header) == "" {
				t.Errorf("%s: no %s", name, header)
			}
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
		t.Errorf("the policy is open: %s", policy)
	}
}

func TestProbesNeedNoLogin(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	if resp, raw := ask(t, srv, http.MethodGet, "/healthz", "", stranger); resp.StatusCode != 200 || raw != "ok\n" {
		t.Errorf("healthz %d %s", resp.StatusCode, raw)
	}
	if resp, raw := ask(t, srv, http.MethodGet, "/readyz", "", stranger); resp.StatusCode != 200 || strings.TrimSpace(raw) != `{"ready":true,"reasons":[]}` {
		t.Errorf("readyz %d %s", resp.StatusCode, raw)
	}
	st.mu.Lock()
	st.notReady = []string{"The journal cannot be written."}
	st.mu.Unlock()
	if resp, raw := ask(t, srv, http.MethodGet, "/readyz", "", stranger); resp.StatusCode != 503 || strings.TrimSpace(raw) != `{"ready":false,"reasons":["The journal cannot be written."]}` {
		t.Errorf("readyz %d %s", resp.StatusCode, raw)
	}
	if resp, _ := ask(t, srv, http.MethodGet, "/healthz", "", stranger); resp.StatusCode != 200 {
		t.Errorf("healthz of a station that is not ready: %d", resp.StatusCode)
	}
}

func TestNewRefusesAnUnusableSetUp(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]Options{
		"no hub":        {Token: testToken, Now: time.Now},
		"no clock":      {Token: testToken, Hub: NewHub()},
		"no token":      {Hub: NewHub(), Now: time.Now},
		"a short token": {Token: "abc", Hub: NewHub(), Now: time.Now},
	} {
		if _, err := New(opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSessionsOutliveTheProgram(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), scanTime()
	token, marks := sha256.Sum256([]byte("token")), func(Role) mark { return mark{1} }
	before := newSessions()
	before.keepIn(dir, token)
	staff := before.begin(grant{role: RoleStaff, mark: mark{1}}, now)
	owner := before.begin(grant{role: RoleAdmin, mark: mark{1}, token: token}, now)
	fresh := before.begin(grant{role: RoleAdmin, mark: mark{1}, first: true}, now)
	gone := before.begin(grant{role: RoleStaff, mark: mark{1}}, now)
	before.end(gone)
	raw, err := os.ReadFile(filepath.Join(dir, sessionsName))
	if err != nil || bytes.Contains(raw, []byte(staff)) {
		t.Fatalf("the file tells the id of a session, or is not there: %v", err)
	}

	open := func(token [sha256.Size]byte) *sessions {
		s := newSessions()
		s.keepIn(dir, token)
		return s
	}
	again := open(token)
	for id, want := range map[string]Role{staff: RoleStaff, owner: RoleAdmin, fresh: RoleNone, gone: RoleNone} {
		if g, _ := again.known(id, now.Add(time.Hour), marks); g.role != want {
			t.Errorf("%q after a restart, want %q", g.role, want)
		}
	}
	if _, ok := open(sha256.Sum256([]byte("another"))).known(owner, now, marks); ok {
		t.Error("a session outlives the token that opened it")
	}
	if _, ok := open(token).known(staff, now, func(Role) mark { return mark{2} }); ok {
		t.Error("a session outlives a password that was changed meanwhile")
	}
	if err := os.Chmod(filepath.Join(dir, sessionsName), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, ok := open(token).known(owner, now, marks); ok {
		t.Error("a file that others can write or read is believed")
	}
	for _, damage := range []string{"", "[", `[{"id":"AA==","role":"admin","mark":"AA=="}]`, `[{"role":"root"}]`} {
		if err := errors.Join(os.Remove(filepath.Join(dir, sessionsName)), os.WriteFile(filepath.Join(dir, sessionsName), []byte(damage), 0o600)); err != nil {
			t.Fatal(err)
		}
		if n := len(open(token).open); n != 0 {
			t.Errorf("%q: %d sessions", damage, n)
		}
	}
}
