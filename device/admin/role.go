package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
)

// Role is what somebody who has logged in may do.
type Role string

// The roles. Staff see, search, admit, and close and open lanes; an
// administrator may do everything. Whoever has the station's token is one.
const (
	RoleNone  Role = ""
	RoleStaff Role = "staff"
	RoleAdmin Role = "admin"
)

// May tells whether the role reaches as far as another.
func (r Role) May(what Role) bool {
	return what == RoleNone || r == RoleAdmin || (r == RoleStaff && what == RoleStaff)
}

// principal is who makes a request: through what, and as what.
type principal struct {
	by   string // as the journal names it
	role Role
	// first says that the set-up code opened the page: nothing but the page of
	// the set-up and the setting of a password is open yet.
	first bool
}

type principalKey struct{}

// principalOf tells who made a request that has passed [Server.private] or
// [Server.page].
func principalOf(ctx context.Context) principal {
	who, _ := ctx.Value(principalKey{}).(principal)
	return who
}

func withPrincipal(r *http.Request, who principal) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), principalKey{}, who))
}

// openedByCode are the calls that a station without a password answers to
// whoever has shown the set-up code: setting one, and what every page asks.
func openedByCode() []string {
	return []string{"POST /api/v1/passwords", "GET /api/v1/session", "GET /api/v1/status", "GET /api/v1/events"}
}

// private lets an API call through to those whose role reaches far enough.
func (s *Server) private(role Role, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := s.identify(r)
		switch {
		case who.role == RoleNone:
			w.Header().Set("WWW-Authenticate", `Bearer realm="gatescand"`)
			s.fail(w, r, &Error{Status: http.StatusUnauthorized, Code: "unauthorized", Message: "This call needs the station's token.", Hint: "Send Authorization: Bearer with the content of the file api-token in the data directory, or log in on the page."})
		case !who.role.May(role):
			s.fail(w, r, &Error{Status: http.StatusForbidden, Code: "admin_only", Message: "This needs the administrator's password.", Hint: "Log out and log in again with it."})
		case who.first && !slices.Contains(openedByCode(), r.Pattern):
			s.fail(w, r, &Error{Status: http.StatusForbidden, Code: "password_first", Message: "This station has no password yet.", Hint: "Set the administrator's password first."})
		default:
			next(w, withPrincipal(r, who))
		}
	}
}

// page lets a page through to those whose role reaches far enough, and shows
// everybody else the way to the login.
func (s *Server) page(role Role, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := s.identify(r)
		switch {
		case who.role == RoleNone:
			to := "/login"
			if r.URL.Path != "/" {
				to += "?next=" + url.QueryEscape(r.URL.RequestURI())
			}
			http.Redirect(w, r, to, http.StatusSeeOther)
		case !who.role.May(role):
			s.refusedPage(w, r, who)
		case who.first && r.URL.Path != setupPath:
			http.Redirect(w, r, setupPath, http.StatusSeeOther)
		default:
			s.timely(next)(w, withPrincipal(r, who))
		}
	}
}
