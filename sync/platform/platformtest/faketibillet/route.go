package faketibillet

import (
	"net/http"
	"strings"
)

// The routes of the server, for moods and counts.
const (
	RoutePair        = "pair"         // GET /scan/<token>/pair/
	RouteProbe       = "probe"        // GET /scan/check_allow_any/
	RouteCheckKey    = "check_key"    // GET /scan/check_api_scan/
	RouteCheckTicket = "check_ticket" // POST /scan/check_ticket/
	RouteUse         = "use"          // POST /scan/ticket/
	RouteList        = "list"         // POST /scan/list_tickets/
	RouteSearch      = "search"       // POST /scan/search_ticket/
	RouteEvents      = "events"       // GET /api/events/
	RouteEvent       = "event"        // GET /api/events/<uuid>/ and /api/eventslug/<slug>/
	RouteMembersOnly = "members_only" // GET /api/events/future/ and /actions/, closed to scan apps
	RouteNone        = "none"         // everything else, the redirect to the trailing slash among it
)

// destination is where a path leads.
type destination struct {
	route string
	arg   string // the token, UUID or slug in the path
	slug  bool   // arg is a slug
	cors  bool   // any origin may read the answer
}

// find tells where a path with trailing slash leads.
func find(path string) destination {
	if rest, ok := strings.CutPrefix(path, "/scan/"); ok {
		return findScan(rest)
	}
	if rest, ok := strings.CutPrefix(path, "/api/events/"); ok {
		return findEvent(rest)
	}
	if rest, ok := strings.CutPrefix(path, "/api/eventslug/"); ok {
		if slug, ok := strings.CutSuffix(rest, "/"); ok && slug != "" && !strings.Contains(slug, "/") {
			return destination{route: RouteEvent, arg: slug, slug: true}
		}
	}
	return destination{route: RouteNone}
}

func findScan(rest string) destination {
	switch rest {
	case "check_allow_any/":
		return destination{route: RouteProbe}
	case "check_allow_any_widlcard/": // spelled so by the real server
		return destination{route: RouteProbe, cors: true}
	case "check_api_scan/":
		return destination{route: RouteCheckKey}
	case "check_ticket/":
		return destination{route: RouteCheckTicket}
	case "ticket/":
		return destination{route: RouteUse}
	case "list_tickets/":
		return destination{route: RouteList}
	case "search_ticket/":
		return destination{route: RouteSearch}
	}
	if token, ok := strings.CutSuffix(rest, "/pair/"); ok && token != "" && !strings.Contains(token, "/") {
		return destination{route: RoutePair, arg: token}
	}
	return destination{route: RouteNone}
}

func findEvent(rest string) destination {
	switch rest {
	case "":
		return destination{route: RouteEvents}
	case "future/", "actions/":
		return destination{route: RouteMembersOnly}
	}
	if uuid, ok := strings.CutSuffix(rest, "/"); ok && uuid != "" && !strings.Contains(uuid, "/") {
		return destination{route: RouteEvent, arg: uuid}
	}
	return destination{route: RouteNone}
}

// lacksSlash tells whether only a trailing slash is missing for a path to lead somewhere.
func lacksSlash(path string) bool {
	return !strings.HasSuffix(path, "/") && find(path+"/").route != RouteNone
}

// method is the one method a route answers; a GET route answers HEAD as well.
func (d destination) method() string {
	switch d.route {
	case RouteCheckTicket, RouteUse, RouteList, RouteSearch:
		return http.MethodPost
	default:
		return http.MethodGet
	}
}

func (d destination) answers(method string) bool {
	return method == d.method() || (method == http.MethodHead && d.method() == http.MethodGet)
}

// needsKey tells whether a route is for paired devices.
func (d destination) needsKey() bool {
	switch d.route {
	case RouteCheckKey, RouteCheckTicket, RouteUse, RouteList, RouteSearch, RouteMembersOnly:
		return true
	default:
		return false
	}
}
