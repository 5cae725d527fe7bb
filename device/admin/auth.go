package admin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// The session's cookie. Over TLS its name binds it to this very host.
const (
	cookieName       = "gatescand_session"
	cookieNameSecure = "__Host-" + cookieName
)

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
	on.api("GET /api/v1/session", RoleStaff, s.getSession)
	on.api("POST /api/v1/passwords", RoleAdmin, s.postPasswords)
	on.api("GET /api/v1/openapi.json", RoleStaff, s.getOpenAPI)
}

// identify tells who makes a request, nobody for a stranger. A bearer token that
// is wrong is not made good by a cookie.
func (s *Server) identify(r *http.Request) principal { return s.whose(r, s.sessions.known) }

// identifyAgain tells who made a request whose answer goes on, nobody when that
// session is over by now.
func (s *Server) identifyAgain(r *http.Request) principal { return s.whose(r, s.sessions.still) }

func (s *Server) whose(r *http.Request, session func(string, time.Time, func(Role) mark) (grant, bool)) principal {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if strings.EqualFold(scheme, "Bearer") && s.isToken(strings.TrimSpace(token)) {
			return principal{by: byAPI, role: RoleAdmin}
		}
		return principal{}
	}
	g, ok := session(sessionID(r), s.opt.Now(), s.opt.Access.mark)
	if !ok {
		return principal{}
	}
	return principal{by: byPage, role: g.role, first: g.first}
}

// isToken compares in constant time, whatever the length of what was sent.
func (s *Server) isToken(got string) bool {
	sum := sha256.Sum256([]byte(got))
	return subtle.ConstantTimeCompare(sum[:], s.tokenSum[:]) == 1
}

// granted tells what a secret opens, whichever it is: the token, a password, or
// the set-up code while there is no password. A role of none is a wrong secret.
func (s *Server) granted(ctx context.Context, secret string) (grant, error) {
	var g grant
	var err error
	switch access := s.opt.Access; {
	case s.isToken(strings.TrimSpace(secret)):
		g.role, g.token = RoleAdmin, s.tokenSum
	case access == nil:
	case access.fresh():
		if ok, e := access.tryCode(secret); e != nil {
			err = e
		} else if ok {
			g.role, g.first = RoleAdmin, true
		}
	default:
		g.role, err = access.roleOf(ctx, secret)
	}
	g.mark = s.opt.Access.mark(g.role)
	return g, err
}

// sessionID is what the request's cookie says.
func sessionID(r *http.Request) string {
	c, err := r.Cookie(cookieOf(r))
	if err != nil {
		return ""
	}
	return c.Value
}

func cookieOf(r *http.Request) string {
	if r.TLS != nil {
		return cookieNameSecure
	}
	return cookieName
}

func (s *Server) cookie(r *http.Request, id string, age int) *http.Cookie {
	return &http.Cookie{
		Name: cookieOf(r), Value: id, Path: "/", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	}
}

// enter opens a session for whoever has shown a secret in the attempt that began
// at a moment.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, g grant, began time.Time) {
	from := remote(r)
	if g.role == RoleAdmin {
		s.attempts.succeeded(from)
	} else {
		s.attempts.takeBack(from, began)
	}
	s.sessions.end(sessionID(r)) // one browser, one session
	http.SetCookie(w, s.cookie(r, s.sessions.begin(g, s.opt.Now()), int(sessionLife/time.Second)))
	s.log.Info("logged in", slog.String("role", string(g.role)), slog.String("remote", from.String()), slog.Bool("set_up", g.first))
}

// logout ends the session of the request.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	s.sessions.end(sessionID(r))
	http.SetCookie(w, s.cookie(r, "", -1))
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
