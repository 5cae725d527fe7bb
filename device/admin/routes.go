package admin

import "net/http"

// registrar takes in what the parts of the page and the API answer to.
type registrar struct {
	s   *Server
	mux *http.ServeMux
}

// page adds a page of staff, for those whose role reaches far enough.
func (on registrar) page(pattern string, role Role, h http.HandlerFunc) {
	on.mux.HandleFunc(pattern, on.s.page(role, h))
}

// api adds a call, for those whose role reaches far enough. Its answer is
// bounded in time.
func (on registrar) api(pattern string, role Role, h http.HandlerFunc) {
	on.mux.HandleFunc(pattern, on.s.private(role, on.s.timely(h)))
}

// public adds what needs no login.
func (on registrar) public(pattern string, h http.HandlerFunc) { on.mux.HandleFunc(pattern, h) }

// routes is every path there is. Without a login there are the probes, the
// metrics on loopback, the displays, the way to log in, and the files that pages
// are made of.
func (s *Server) routes() http.Handler {
	on := registrar{s: s, mux: http.NewServeMux()}
	on.public("GET /healthz", s.healthz)
	on.public("GET /readyz", s.readyz)
	on.public("GET /metrics", s.metrics)
	on.public("GET /assets/{file}", s.asset)
	on.public("GET /favicon.ico", s.favicon)

	s.accessRoutes(on)
	s.displayRoutes(on)
	s.nowRoutes(on)
	s.ticketRoutes(on)
	s.journalRoutes(on)
	s.deliveryRoutes(on)
	s.laneRoutes(on)
	s.accountRoutes(on)
	s.pairingRoutes(on)
	s.healthRoutes(on)
	s.setupRoutes(on)
	s.cardRoutes(on)
	on.mux.HandleFunc("/api/", s.private(RoleStaff, s.noSuchCall))
	return on.mux
}
