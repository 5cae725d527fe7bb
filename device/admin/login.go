package admin

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"gatescand/device/admin/words"
)

const (
	maxLogin  = 4 << 10
	setupPath = "/setup"
)

// The secrets a login may ask for.
const (
	asksToken    = "token"
	asksCode     = "code"
	asksPassword = "password"
)

// alonePage is a page without a frame: the login, and what is shown where there
// is nothing.
type alonePage struct {
	L       words.Speaker
	Lang    string
	Station string
	Problem string
	Next    string
	Asks    string // token, code or password
}

// loginForm asks for what opens the page.
func (s *Server) loginForm(w http.ResponseWriter, r *http.Request) {
	s.loginPage(w, r, http.StatusOK, "", r.URL.Query().Get("next"))
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, status int, problem, next string) {
	lang := s.language(r)
	s.render(w, status, "login", alonePage{
		L: lang, Lang: lang.Lang, Station: s.station(), Problem: problem, Next: ownPath(next), Asks: s.asks(),
	})
}

// asks tells what the login asks for. A station whose passwords cannot be read
// is opened by the token alone.
func (s *Server) asks() string {
	switch a := s.opt.Access; {
	case a == nil || a.Fault() != nil:
		return asksToken
	case a.fresh():
		return asksCode
	}
	return asksPassword
}

// login opens a session for whoever sends a password, the set-up code or the
// token in a form.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	lang, from, began := s.language(r), remote(r), s.opt.Now()
	if wait := s.attempts.begin(from, began); wait > 0 {
		s.loginWait(w, r, wait)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxLogin)
	if err := r.ParseForm(); err != nil {
		s.loginPage(w, r, http.StatusBadRequest, lang.T("login_wrong"), "")
		return
	}
	next := r.PostForm.Get("next")
	asked := s.asks()
	g, err := s.granted(r.Context(), r.PostForm.Get("password"))
	switch {
	case errors.Is(err, errBusy):
		s.attempts.takeBack(from, began) // nobody has looked at it
		w.Header().Set("Retry-After", "2")
		s.loginPage(w, r, http.StatusServiceUnavailable, lang.T("login_busy"), next)
		return
	case err != nil:
		s.log.Error("a login cannot be judged", slog.Any("error", err))
		s.loginPage(w, r, http.StatusInternalServerError, lang.T("login_fault"), next)
		return
	case g.role == RoleNone:
		s.log.Warn("login refused", slog.String("remote", from.String()))
		s.loginPage(w, r, http.StatusUnauthorized, wrongSecret(lang, asked), next)
		return
	}
	s.enter(w, r, g, began)
	to := ownPath(next)
	if g.first {
		to = setupPath
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// loginWait says how long the next attempt has to wait.
func (s *Server) loginWait(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	seconds := wholeSeconds(wait)
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	s.log.Debug("login put off", slog.String("remote", remote(r).String()), slog.Int("seconds", seconds))
	s.loginPage(w, r, http.StatusTooManyRequests, s.language(r).N("login_wait", seconds), "")
}

// wholeSeconds rounds up: whoever waits that long has waited enough.
func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func wrongSecret(lang words.Speaker, asked string) string {
	switch asked {
	case asksCode:
		return lang.T("login_wrong_code")
	case asksToken:
		return lang.T("login_wrong_token")
	}
	return lang.T("login_wrong")
}

// ownPath gives a path of this station that somebody wanted before the login,
// "/" for anything that could lead elsewhere.
func ownPath(next string) string {
	u, err := url.Parse(next)
	switch {
	case err != nil, u.Scheme != "", u.Host != "", u.User != nil, u.Opaque != "",
		!strings.HasPrefix(next, "/"), strings.HasPrefix(next, "//"),
		// Browsers drop some of these, and take a backslash for a slash.
		strings.ContainsRune(next, '\\'), strings.IndexFunc(next, unicode.IsControl) >= 0,
		strings.HasPrefix(u.Path, "//"), u.Path == "/login", u.Path == "/logout", strings.HasPrefix(u.Path, "/api/"):
		return "/"
	}
	return next
}

func (s *Server) notFoundPage(w http.ResponseWriter, r *http.Request) {
	lang := s.language(r)
	s.render(w, http.StatusNotFound, "missing", alonePage{L: lang, Lang: lang.Lang, Station: s.station()})
}
