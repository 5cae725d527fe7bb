package admin

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// policy is the content security policy of every answer: nothing from
// elsewhere, nothing inline, no frames, and no way to write markup from a
// script.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// guard sets the headers every answer has and turns away requests for another
// host and requests that another site's page makes.
func (s *Server) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, &Error{Status: http.StatusForbidden, Code: "cross_origin", Message: "The request came from another site's page.", Hint: "Use the station's own page, or a client that is not a browser."})
	}))
	next = cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if !s.knownHost(r.Host) {
			s.fail(w, r, &Error{Status: http.StatusMisdirectedRequest, Code: "unknown_host", Message: "This station does not answer under that name.", Hint: "Use its address, localhost, or the name it is configured with."})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// knownHost tells whether the Host header is one this server answers to: a
// plain address, a loopback name or a configured one. A name that an attacker
// rebound to this station's address is none of these.
func (s *Server) knownHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return slices.Contains(s.hosts, host)
}

// fromLoopback tells whether a request was made on this box itself, and not
// through a proxy on it.
func fromLoopback(r *http.Request) bool {
	if r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
		return false
	}
	return remote(r).IsLoopback()
}

// remote is the address of whoever asks, the zero value where it is unknown.
func remote(r *http.Request) netip.Addr {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap()
}
