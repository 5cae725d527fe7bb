package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const cookieName = "gatescand_session"

// Who a request comes from, as the journal names it when staff admit by hand.
const (
	byPage = "page"
	byAPI  = "api"
)

// accessRoutes is the way in and out.
func (s *Server) accessRoutes(on registrar) {
	on.public("GET /login", s.loginForm)
	on.public("POST /login", s.login)
	on.public("POST /logout", s.logout)
}

// identify tells who makes a request, nobody for a stranger. A bearer token that
// is wrong is not made good by a cookie.
func (s *Server) identify(r *http.Request) principal {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if strings.EqualFold(scheme, "Bearer") && s.isToken(strings.TrimSpace(token)) {
			return principal{byAPI, RoleAdmin}
		}
		return principal{}
	}
	c, err := r.Cookie(cookieName)
	if err != nil || !s.sessions.known(c.Value, s.opt.Now()) {
		return principal{}
	}
	return principal{byPage, RoleAdmin}
}

// isToken compares in constant time, whatever the length of what was sent.
func (s *Server) isToken(got string) bool {
	sum := sha256.Sum256([]byte(got))
	return subtle.ConstantTimeCompare(sum[:], s.tokenSum[:]) == 1
}

// login opens a session for whoever sends the token in a form.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	lang := s.language(r)
	if ok, wait := s.attempts.allow(remote(r), s.opt.Now()); !ok {
		w.Header().Set("Retry-After", "5")
		s.loginPage(w, r, http.StatusTooManyRequests, lang.T("login_wait"))
		s.log.Warn("login attempts slowed down", slog.Duration("wait", wait))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxLogin)
	if err := r.ParseForm(); err != nil {
		s.loginPage(w, r, http.StatusBadRequest, lang.T("login_wrong"))
		return
	}
	if !s.isToken(strings.TrimSpace(r.PostForm.Get("token"))) {
		s.log.Warn("login refused", slog.String("remote", remote(r).String()))
		s.loginPage(w, r, http.StatusUnauthorized, lang.T("login_wrong"))
		return
	}
	http.SetCookie(w, s.cookie(r, s.sessions.begin(s.opt.Now()), int(sessionLife/time.Second)))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// logout ends the session of the request.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(cookieName); err == nil {
		s.sessions.end(c.Value)
	}
	http.SetCookie(w, s.cookie(r, "", -1))
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

func (s *Server) cookie(r *http.Request, id string, age int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: id, Path: "/", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	}
}

const (
	maxLogin      = 4 << 10
	loginBurst    = 5
	loginEvery    = 2 * time.Second
	loginsWatched = 1024
)

// attempts slows down guessing, for each address by itself so that a stranger
// cannot keep staff out.
type attempts struct {
	mu sync.Mutex
	by map[netip.Addr]*rate.Limiter
}

func newAttempts() *attempts {
	return &attempts{by: make(map[netip.Addr]*rate.Limiter)}
}

// allow takes one attempt of an address, or says how long it must wait.
func (a *attempts) allow(from netip.Addr, now time.Time) (ok bool, wait time.Duration) {
	if from.Is6() {
		// A host can take any address of its network.
		if p, err := from.Prefix(64); err == nil {
			from = p.Addr()
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.by[from]
	if l == nil {
		a.prune(now)
		l = rate.NewLimiter(rate.Every(loginEvery), loginBurst)
		a.by[from] = l
	}
	if l.AllowN(now, 1) {
		return true, 0
	}
	return false, loginEvery
}

// prune forgets addresses that have been quiet; when too many have not, all.
func (a *attempts) prune(now time.Time) {
	if len(a.by) < loginsWatched {
		return
	}
	for from, l := range a.by {
		if l.TokensAt(now) >= loginBurst {
			delete(a.by, from)
		}
	}
	if len(a.by) >= loginsWatched {
		clear(a.by)
	}
}
