package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	"pgregory.net/rapid"
)

const (
	adminWord = "tall ships sail"
	staffWord = "gate staff 2026"
)

// access gives passwords in a folder of their own.
func access(t *testing.T, admin, staff string) *Access {
	t.Helper()
	a := OpenAccess(t.TempDir())
	a.cost = bcrypt.MinCost // what a hash costs has a test of its own
	for _, set := range []struct {
		role Role
		word string
	}{{RoleAdmin, admin}, {RoleStaff, staff}} {
		if set.word == "" {
			continue
		}
		if err := a.Set(t.Context(), set.role, set.word); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// guarded serves a station with passwords.
func guarded(t *testing.T, a *Access) *httptest.Server {
	t.Helper()
	opt := newStation().options()
	opt.Access = a
	return open(t, opt)
}

// logIn logs in with a secret and gives what a browser then sends.
func logIn(t *testing.T, srv *httptest.Server, secret string) (with func(*http.Request), first reply) {
	t.Helper()
	resp, raw := ask(t, srv, http.MethodPost, "/login", loginBody(secret), stranger, asForm)
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("login: %d %s", resp.StatusCode, raw)
	}
	c := sessionOf(t, resp)
	return func(r *http.Request) { stranger(r); r.AddCookie(c) }, resp
}

func TestThePasswordDecidesTheRole(t *testing.T) {
	t.Parallel()
	srv := guarded(t, access(t, adminWord, staffWord))
	for secret, want := range map[string]string{adminWord: "admin", staffWord: "staff", testToken: "admin"} {
		with, _ := logIn(t, srv, secret)
		resp, raw := ask(t, srv, http.MethodGet, "/api/v1/session", "", with)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", resp.StatusCode, raw)
		}
		got := decode[sessionAnswer](t, raw)
		if string(got.Role) != want || got.By != byPage || got.PasswordFirst || !got.AdminPassword || !got.StaffPassword {
			t.Errorf("%+v, want %s", got, want)
		}
		// Staff close a lane, and do not exercise its outputs.
		if resp, raw := ask(t, srv, http.MethodPost, "/api/v1/lanes/north/close", "", with); resp.StatusCode != http.StatusOK {
			t.Errorf("%s closes a lane: %d %s", want, resp.StatusCode, raw)
		}
		resp, raw = ask(t, srv, http.MethodPost, "/api/v1/lanes/north/test", "", with)
		if want == "admin" && resp.StatusCode != http.StatusOK {
			t.Errorf("admin: %d %s", resp.StatusCode, raw)
		}
		if want == "staff" {
			wantFault(t, resp, raw, http.StatusForbidden, "admin_only")
		}
	}
	for _, wrong := range []string{"", "x", adminWord + " ", strings.ToUpper(adminWord), strings.Repeat("y", 4000)} {
		if resp, raw := ask(t, guarded(t, access(t, adminWord, "")), http.MethodPost, "/login", loginBody(wrong), stranger, asForm); resp.StatusCode < 400 || len(resp.Cookies()) > 0 {
			t.Errorf("%.20q: %d %s", wrong, resp.StatusCode, raw)
		}
	}
}

func TestAStationThatLocksSaysForHowLong(t *testing.T) {
	t.Parallel()
	srv := guarded(t, access(t, adminWord, ""))
	for range attemptsFree {
		ask(t, srv, http.MethodPost, "/login", loginBody("wrong"), stranger, asForm)
	}
	resp, raw := ask(t, srv, http.MethodPost, "/login", loginBody(adminWord), stranger, asForm, func(r *http.Request) { r.Header.Set("Accept-Language", "en") })
	if resp.StatusCode != http.StatusTooManyRequests || (resp.Header.Get("Retry-After") != "2" && resp.Header.Get("Retry-After") != "1") {
		t.Errorf("%d after %s s", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	if want := "Wait " + resp.Header.Get("Retry-After") + " second"; !strings.Contains(raw, want) {
		t.Errorf("no %q in %s", want, raw)
	}
}

func TestSessionsOfARoleEndWithItsPassword(t *testing.T) {
	t.Parallel()
	a := access(t, adminWord, staffWord)
	srv := guarded(t, a)
	boss, _ := logIn(t, srv, adminWord)
	other, _ := logIn(t, srv, adminWord)
	token, _ := logIn(t, srv, testToken)
	staff, _ := logIn(t, srv, staffWord)
	status := func(with func(*http.Request)) int {
		resp, _ := ask(t, srv, http.MethodGet, "/api/v1/status", "", with)
		return resp.StatusCode
	}
	set := func(with func(*http.Request), body string) (reply, string) {
		return ask(t, srv, http.MethodPost, "/api/v1/passwords", body, with)
	}
	if resp, raw := set(boss, `{"role":"admin","password":"quite another","current":"`+adminWord+`"}`); resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, raw)
	}
	if got := []int{status(boss), status(other), status(token), status(staff)}; got[0] != 200 || got[1] != 401 || got[2] != 401 || got[3] != 200 {
		t.Errorf("boss, other, by token, staff: %v", got)
	}
	// Another process, as gatescand admin password is one, counts at once.
	if err := OpenAccess(a.dir).Set(t.Context(), RoleStaff, "a new staff word"); err != nil {
		t.Fatal(err)
	}
	if got := []int{status(boss), status(staff)}; got[0] != 200 || got[1] != 401 {
		t.Errorf("boss, staff: %v", got)
	}
	logIn(t, srv, "a new staff word")
}

func TestSettingAPasswordWantsTheAdministrators(t *testing.T) {
	t.Parallel()
	srv := guarded(t, access(t, adminWord, staffWord))
	boss, _ := logIn(t, srv, adminWord)
	staff, _ := logIn(t, srv, staffWord)
	for name, tc := range map[string]struct {
		with   func(*http.Request)
		body   string
		status int
		code   string
	}{
		"by staff":                          {staff, `{"role":"staff","password":"something new","current":"` + staffWord + `"}`, 403, "admin_only"},
		"without the present one":           {boss, `{"role":"staff","password":"something new"}`, 403, "wrong_password"},
		"with the staff's as present":       {boss, `{"role":"staff","password":"something new","current":"` + staffWord + `"}`, 403, "wrong_password"},
		"with the token, which is not it":   {func(*http.Request) {}, `{"role":"admin","password":"something new","current":"` + testToken + `"}`, 403, "wrong_password"},
		"for a role that is none":           {boss, `{"role":"owner","password":"something new","current":"` + adminWord + `"}`, 400, "bad_body"},
		"for nobody":                        {boss, `{}`, 400, "bad_body"},
		"too short":                         {boss, `{"role":"staff","password":"seven77","current":"` + adminWord + `"}`, 422, "password_too_short"},
		"short in characters, not in bytes": {boss, `{"role":"staff","password":"ééééééé","current":"` + adminWord + `"}`, 422, "password_too_short"},
		"longer than the hash reads":        {boss, `{"role":"staff","password":"` + strings.Repeat("ab", 37) + `","current":"` + adminWord + `"}`, 422, "password_too_long"},
		"with a line break":                 {boss, `{"role":"staff","password":"line\nbreak!","current":"` + adminWord + `"}`, 422, "password_not_text"},
		"the other role's":                  {boss, `{"role":"staff","password":"` + adminWord + `","current":"` + adminWord + `"}`, 422, "password_taken"},
		"with a field nobody knows":         {boss, `{"role":"staff","password":"something new","current":"x","colour":"red"}`, 400, "bad_body"},
	} {
		resp, raw := ask(t, srv, http.MethodPost, "/api/v1/passwords", tc.body, tc.with)
		if t.Run(name, func(t *testing.T) { wantFault(t, resp, raw, tc.status, tc.code) }); tc.code == "wrong_password" {
			logIn(t, srv, adminWord) // so that the next row need not wait
		}
	}
	logIn(t, srv, staffWord) // nothing changed
}

func TestThePresentPasswordCannotBeGuessed(t *testing.T) {
	t.Parallel()
	srv := guarded(t, access(t, adminWord, ""))
	boss, _ := logIn(t, srv, adminWord)
	var last reply
	var raw string
	for range attemptsFree + 1 {
		last, raw = ask(t, srv, http.MethodPost, "/api/v1/passwords", `{"role":"admin","password":"something new","current":"guessed"}`, boss)
	}
	wantFault(t, last, raw, http.StatusTooManyRequests, "too_many_attempts")
	if last.Header.Get("Retry-After") == "" {
		t.Error("not said for how long")
	}
}

func TestFirstRunWithTheSetUpCode(t *testing.T) {
	t.Parallel()
	a := access(t, "", "")
	srv := guarded(t, a)
	code, err := a.SetupCode()
	if err != nil || code == "" {
		t.Fatalf("%q %v", code, err)
	}
	if again, _ := OpenAccess(a.dir).SetupCode(); again != code {
		t.Error("the code does not survive a restart")
	}
	if info, err := os.Stat(filepath.Join(a.dir, setupCodeName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	_, raw := ask(t, srv, http.MethodGet, "/login", "", stranger, func(r *http.Request) { r.Header.Set("Accept-Language", "en") })
	if !strings.Contains(raw, "Set-up code") || strings.Contains(raw, code) || strings.Contains(raw, bareCode(code)) {
		t.Errorf("the login asks for something else, or tells it: %s", raw)
	}
	with, resp := logIn(t, srv, strings.ToLower(strings.ReplaceAll(code, "-", " "))+" ")
	if to := resp.Header.Get("Location"); to != "/setup" {
		t.Errorf("leads to %s", to)
	}
	// Nothing else is open before there is a password.
	if resp, _ := ask(t, srv, http.MethodGet, "/tickets", "", with); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/setup" {
		t.Errorf("/tickets: %d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	resp, raw = ask(t, srv, http.MethodPost, "/api/v1/lanes/north/close", "", with)
	wantFault(t, resp, raw, http.StatusForbidden, "password_first")
	resp, raw = ask(t, srv, http.MethodPost, "/api/v1/passwords", `{"role":"staff","password":"`+staffWord+`"}`, with)
	wantFault(t, resp, raw, http.StatusConflict, "password_first")
	if _, raw := ask(t, srv, http.MethodGet, "/api/v1/session", "", with); !decode[sessionAnswer](t, raw).PasswordFirst {
		t.Errorf("session %s", raw)
	}
	if resp, raw := ask(t, srv, http.MethodPost, "/api/v1/passwords", `{"role":"admin","password":"`+adminWord+`"}`, with); resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, raw)
	}
	if resp, raw := ask(t, srv, http.MethodPost, "/api/v1/lanes/north/close", "", with); resp.StatusCode != http.StatusOK {
		t.Errorf("the session went with the code: %d %s", resp.StatusCode, raw)
	}
	// The code is worth nothing any more, and there is no other.
	if resp, _ := ask(t, srv, http.MethodPost, "/login", loginBody(code), stranger, asForm); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("the code again: %d", resp.StatusCode)
	}
	if left, err := a.SetupCode(); left != "" || err != nil {
		t.Errorf("code %q, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(a.dir, setupCodeName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its file is there: %v", err)
	}
}

func TestASetUpSessionEndsWhenSomebodyElseSetsThePassword(t *testing.T) {
	t.Parallel()
	a := access(t, "", "")
	srv := guarded(t, a)
	code, err := a.SetupCode()
	if err != nil {
		t.Fatal(err)
	}
	with, _ := logIn(t, srv, code)
	if err := OpenAccess(a.dir).Set(t.Context(), RoleAdmin, adminWord); err != nil {
		t.Fatal(err)
	}
	if resp, _ := ask(t, srv, http.MethodPost, "/api/v1/passwords", `{"role":"admin","password":"mine instead"}`, with); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("%d", resp.StatusCode)
	}
}

func TestTheSetUpCodeIsShownToThisBoxAlone(t *testing.T) {
	t.Parallel()
	a := access(t, "", "")
	opt := newStation().options()
	opt.Access = a
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	code, err := a.SetupCode()
	if err != nil {
		t.Fatal(err)
	}
	from := func(addr string, header ...string) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/display/north", nil)
		r.RemoteAddr = addr
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return r
	}
	for addr, want := range map[string]string{"127.0.0.1:9": code, "[::1]:9": code, "[::ffff:127.0.0.1]:9": code, "192.168.1.9:9": "", "[fe80::1]:9": "", "": "", "@": ""} {
		if got := s.setupCodeFor(from(addr)); got != want {
			t.Errorf("%q: %q", addr, got)
		}
	}
	if got := s.setupCodeFor(from("127.0.0.1:9", "X-Forwarded-For", "192.0.2.1")); got != "" {
		t.Error("shown through a proxy")
	}
	if err := a.Set(t.Context(), RoleAdmin, adminWord); err != nil {
		t.Fatal(err)
	}
	if got := s.setupCodeFor(from("127.0.0.1:9")); got != "" {
		t.Error("shown although there is a password")
	}
}

func TestWrongTriesWearTheCodeOut(t *testing.T) {
	t.Parallel()
	a := access(t, "", "")
	code, err := a.SetupCode()
	if err != nil {
		t.Fatal(err)
	}
	for range codeTries {
		if ok, err := a.tryCode("22222-22222"); ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if ok, _ := a.tryCode(code); ok {
		t.Error("the old code still opens")
	}
	fresh, err := a.SetupCode()
	if err != nil || fresh == code {
		t.Fatalf("%q %v", fresh, err)
	}
	if ok, err := a.tryCode(fresh); !ok || err != nil {
		t.Error("the new code does not open", err)
	}
}

func TestACodeIsEasyToReadAndHardToGuess(t *testing.T) {
	t.Parallel()
	seen, letters := map[string]bool{}, map[rune]bool{}
	for range 2000 {
		code := newSetupCode()
		if seen[code] || len(code) != 2*codeGroup+1 || code[codeGroup] != '-' || strings.ContainsAny(code, "0O1IL") {
			t.Fatalf("%q", code)
		}
		seen[code] = true
		for _, r := range bareCode(code) {
			letters[r] = true
		}
	}
	if len(letters) != len(codeLetters) {
		t.Errorf("%d letters are drawn", len(letters))
	}
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.String().Draw(t, "typed")
		if bareCode(bareCode(typed)) != bareCode(typed) {
			t.Errorf("%q", typed)
		}
	})
}

func TestACodeFileThatOthersMayReadOrThatIsDamagedIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"readable by others": func(path string) error { return os.Chmod(path, 0o644) },
		"empty":              func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"short":              func(path string) error { return os.WriteFile(path, []byte("ABC\n"), 0o600) },
		"long":               func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("A", 100)), 0o600) },
		"of other letters":   func(path string) error { return os.WriteFile(path, []byte("00000-OOOOO\n"), 0o600) },
	} {
		a := access(t, "", "")
		code, err := a.SetupCode()
		if err != nil {
			t.Fatal(err)
		}
		if err := spoil(filepath.Join(a.dir, setupCodeName)); err != nil {
			t.Fatal(err)
		}
		if got, err := a.SetupCode(); err != nil || got == code || len(got) != len(code) {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

func TestDamagedPasswordsLeaveTheTokenAlone(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"empty": "", "no JSON": "{", "another form": `["x"]`, "more behind": `{"admin":"x"}{}`, "a field nobody wrote": `{"admin":"","root":"x"}`,
		"a hash that is none": `{"admin":"secret"}`, "no administrator": `{}`,
	} {
		a := access(t, adminWord, "")
		if err := os.WriteFile(a.PasswordsFile(), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		srv := guarded(t, a)
		if err := a.Fault(); err == nil || !strings.Contains(err.Error(), a.PasswordsFile()) || (content != "" && strings.Contains(err.Error(), content)) {
			t.Errorf("%s: %v", name, err)
		}
		if code, err := a.SetupCode(); code != "" || err != nil {
			t.Errorf("%s: a code is given instead: %q %v", name, code, err)
		}
		if resp, _ := ask(t, srv, http.MethodPost, "/login", loginBody(adminWord), stranger, asForm); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: the password: %d", name, resp.StatusCode)
		}
		logIn(t, srv, testToken)
		if err := a.Set(t.Context(), RoleAdmin, adminWord); err != nil || a.Fault() != nil {
			t.Errorf("%s: set anew: %v, %v", name, err, a.Fault())
		}
		logIn(t, srv, adminWord)
	}
}

func TestPasswordsAreKeptAsHashesForTheOwnerAlone(t *testing.T) {
	t.Parallel()
	a := access(t, adminWord, staffWord)
	raw, err := os.ReadFile(a.PasswordsFile())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), adminWord) || strings.Contains(string(raw), staffWord) {
		t.Error("a password stands in the file")
	}
	if info, err := os.Stat(a.PasswordsFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	left, err := os.ReadDir(a.dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left over: %v %v", left, err)
	}
	var kept passwords
	if err := json.Unmarshal(raw, &kept); err != nil || kept.Admin == kept.Staff {
		t.Errorf("%v", err)
	}
	again := access(t, adminWord, "")
	if again.kept.Admin == kept.Admin {
		t.Error("one password has one hash")
	}
	// Where the folder cannot be written to, the old password stays.
	if err := os.RemoveAll(a.dir); err != nil {
		t.Fatal(err)
	}
	if err := a.Set(t.Context(), RoleAdmin, "another word"); err == nil || !strings.Contains(err.Error(), a.dir) {
		t.Errorf("set without a folder: %v", err)
	}
}

func TestAFloodOfPasswordsWaitsInAShortQueue(t *testing.T) {
	t.Parallel()
	a := access(t, adminWord, "")
	a.turn <- struct{}{} // somebody's is being looked at
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var busy, waited int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range hashQueue + 5 {
		all.Go(func() {
			_, err := a.roleOf(ctx, adminWord)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, errBusy):
				if busy++; busy == 5 {
					cancel()
				}
			case errors.Is(err, context.Canceled):
				waited++
			}
		})
	}
	all.Wait()
	if busy != 5 || waited != hashQueue {
		t.Errorf("%d turned away, %d waited", busy, waited)
	}
	<-a.turn
	if role, err := a.roleOf(t.Context(), adminWord); role != RoleAdmin || err != nil {
		t.Errorf("afterwards %q %v", role, err)
	}
}

func TestALoginLeadsOnlyToPathsOfThisStation(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"":                                "/",
		"/":                               "/",
		"/tickets?q=a%20b&page=2":         "/tickets?q=a%20b&page=2",
		"/tickets/lespass/t1":             "/tickets/lespass/t1",
		"//evil.example":                  "/",
		"/\\evil.example":                 "/",
		"\\\\evil.example":                "/",
		"/\t/evil.example":                "/",
		"/\n/evil.example":                "/",
		"\x00/tickets":                    "/",
		"https://evil.example/":           "/",
		"javascript:alert(1)":             "/",
		"http:/evil.example":              "/",
		"///evil.example":                 "/",
		"/%2f/evil.example":               "/",
		"/%zz":                            "/",
		"tickets":                         "/",
		"/login?next=/login":              "/",
		"/api/v1/checkins/export":         "/",
		"/" + strings.Repeat("a", 10<<10): "/" + strings.Repeat("a", 10<<10),
	} {
		if got := ownPath(next); got != want {
			t.Errorf("%.40q leads to %.40q, want %.40q", next, got, want)
		}
	}
	srv := guarded(t, access(t, adminWord, ""))
	resp, _ := ask(t, srv, http.MethodGet, "/tickets?q=x", "", stranger)
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || to.Path != "/login" || to.Query().Get("next") != "/tickets?q=x" {
		t.Errorf("to %v: %v", to, err)
	}
	resp, _ = ask(t, srv, http.MethodPost, "/login", url.Values{"password": {adminWord}, "next": {"/tickets?q=x"}}.Encode(), stranger, asForm)
	if resp.Header.Get("Location") != "/tickets?q=x" {
		t.Errorf("to %s", resp.Header.Get("Location"))
	}
}

func FuzzOwnPath(f *testing.F) {
	for _, s := range []string{"/tickets", "//e", "/\\e", "/\t/e", "https://e", "/%2fe", "/..//e"} {
		f.Add(s)
	}
	base := &url.URL{Scheme: "http", Host: "gate.local"}
	f.Fuzz(func(t *testing.T, next string) {
		got, err := base.Parse(ownPath(next))
		if err != nil || got.Host != "gate.local" || got.Scheme != "http" {
			t.Errorf("%q leads to %v: %v", next, got, err)
		}
	})
}

func FuzzPasswordsFile(f *testing.F) {
	f.Add([]byte(`{"admin":"x"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := parsePasswords(raw); err != nil && p != (passwords{}) {
			t.Error("a damaged file has passwords")
		}
	})
}

func TestTheCookieOfTLSIsBoundToTheHost(t *testing.T) {
	t.Parallel()
	opt := newStation().options()
	opt.Access = access(t, adminWord, "")
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewTLSServer(s.Handler())
	t.Cleanup(srv.Close)
	resp, _ := ask(t, srv, http.MethodPost, "/login", loginBody(adminWord), stranger, asForm)
	if len(resp.Cookies()) != 1 || resp.Cookies()[0].Name != "__Host-gatescand_session" || !resp.Cookies()[0].Secure || resp.Cookies()[0].Path != "/" || resp.Cookies()[0].Domain != "" {
		t.Fatalf("cookie %v", resp.Cookies())
	}
	// The certificate may be the station's own: a browser must stay free to go on.
	if resp.Header.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS is sent")
	}
	c := resp.Cookies()[0]
	if resp, raw := ask(t, srv, http.MethodGet, "/api/v1/status", "", func(r *http.Request) { stranger(r); r.AddCookie(c) }); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, raw)
	}
	c.Name = cookieName // as a neighbour's page on plain http could set it
	if resp, _ := ask(t, srv, http.MethodGet, "/api/v1/status", "", func(r *http.Request) { stranger(r); r.AddCookie(c) }); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("with the plain name: %d", resp.StatusCode)
	}
}

func TestOneHashTakesAFractionOfASecond(t *testing.T) {
	t.Parallel()
	hash, err := hashPassword(adminWord, hashCost)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if !passwordFits(hash, adminWord) || passwordFits(hash, staffWord) {
		t.Error("the hash fits another password")
	}
	// This only sees a cost that is absurd: how long it takes on the slowest box
	// stands with hashCost.
	if took := time.Since(begun) / 2; took < 5*time.Millisecond {
		t.Errorf("a hash takes %v: cheap to guess", took)
	}
	if OpenAccess(t.TempDir()).cost != hashCost {
		t.Error("passwords are kept at another cost")
	}
}
