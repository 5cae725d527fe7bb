package admin

import "net/http"

// registrar takes in what the parts of the page and the API answer to, and
// remembers it.
type registrar struct {
	s   *Server
	mux *http.ServeMux
}

// The kinds of routes.
const (
	routePage   = "page"
	routeAPI    = "api"
	routeStream = "stream"
	routePublic = "public"
)

// route is one path with who may go there.
type route struct {
	pattern string
	kind    string
	role    Role // RoleNone for anybody
}

func (on registrar) add(kind, pattern string, role Role, h http.HandlerFunc) {
	on.s.table = append(on.s.table, route{pattern: pattern, kind: kind, role: role})
	on.mux.HandleFunc(pattern, h)
}

// page adds a page of staff, for those whose role reaches far enough.
func (on registrar) page(pattern string, role Role, h http.HandlerFunc) {
	on.add(routePage, pattern, role, on.s.page(role, h))
}

// api adds a call, for those whose role reaches far enough. Its answer is
// bounded in time.
func (on registrar) api(pattern string, role Role, h http.HandlerFunc) {
	on.add(routeAPI, pattern, role, on.s.private(role, on.s.timely(h)))
}

// stream adds a call whose answer has no end.
func (on registrar) stream(pattern string, role Role, h http.HandlerFunc) {
	on.add(routeStream, pattern, role, on.s.private(role, h))
}

// public adds what needs no login.
func (on registrar) public(pattern string, h http.HandlerFunc) {
	on.add(routePublic, pattern, RoleNone, h)
}

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
	on.mux.HandleFunc("/", s.notFoundPage)
	on.mux.HandleFunc("/api/", s.private(RoleStaff, s.noSuchCall))
	return on.mux
}
