package fakebittan

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// The routes, for moods and counts. What goes to the route for tickets counts as RouteUse where the server would count a use, and as
// RoutePeek otherwise.
const (
	RouteEvents = "events"
	RoutePeek   = "peek"
	RouteUse    = "use"
	RouteNone   = "none"
)

const (
	pathEvents   = "/get_chapterevents/"
	pathValidate = "/validate_ticket/"
)

// site is the server as its front sees it.
type site struct{ *Server }

// Find tells where a request leads.
func (s site) Find(r *http.Request, body []byte) fakeserver.Place {
	path, inside := strings.CutPrefix(r.URL.Path, s.prefix)
	switch {
	case !inside:
	case path == pathEvents:
		return fakeserver.Place{Route: RouteEvents}
	case path == pathValidate:
		if s.wouldUse(r, body) {
			return fakeserver.Place{Route: RouteUse}
		}
		return fakeserver.Place{Route: RoutePeek}
	}
	return fakeserver.Place{Route: RouteNone}
}

// wouldUse tells whether a request would count as a use of a ticket there is.
func (s site) wouldUse(r *http.Request, body []byte) bool {
	fields, ok := readBody(r, body)
	if r.Method != http.MethodPut || !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, valid := readQuestion(fields, s.form)
	return valid && (s.form == Bare2024 || q.password == s.password) && q.use && s.tickets[q.id] != nil
}

// Work does what a request asks for.
func (s site) Work(ctx context.Context, q *fakeserver.Query) fakeserver.Answer {
	switch q.Route {
	case RouteEvents:
		if q.Request.Method != http.MethodGet && q.Request.Method != http.MethodHead {
			return sayNoMethod(q.Request.Method, "GET, HEAD, OPTIONS")
		}
		return s.viewEvents().Revalidated()
	case RoutePeek, RouteUse:
		if q.Request.Method != http.MethodPut {
			return sayNoMethod(q.Request.Method, "PUT, OPTIONS")
		}
		return s.viewValidate(ctx, q)
	}
	path, inside := strings.CutPrefix(q.Request.URL.Path, s.prefix)
	if inside && slices.Contains([]string{pathEvents, pathValidate}, path+"/") {
		return fakeserver.Redirect(http.StatusMovedPermanently, q.Request.URL.EscapedPath()+"/")
	}
	return s.Refuse(q, http.StatusNotFound)
}

// Refuse is how Django says what no view says.
func (s site) Refuse(_ *fakeserver.Query, status int) fakeserver.Answer {
	switch status {
	case http.StatusNotFound:
		return page(status, "Not Found", "The requested resource was not found on this server.")
	case http.StatusTooManyRequests:
		return sayDetail(status, "Request was throttled.")
	case http.StatusInternalServerError:
		return page(status, "Server Error (500)", "")
	}
	return page(status, http.StatusText(status), "")
}

func page(status int, title, text string) fakeserver.Answer {
	return fakeserver.HTML(status, "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>"+title+"</title>\n</head>\n<body>\n  <h1>"+
		title+"</h1><p>"+text+"</p>\n</body>\n</html>\n")
}

func sayDetail(status int, text string) fakeserver.Answer {
	return fakeserver.JSON(status, map[string]string{"detail": text})
}

func sayNoMethod(method, allowed string) fakeserver.Answer {
	return sayDetail(http.StatusMethodNotAllowed, `Method "`+method+`" not allowed.`).With("Allow", allowed)
}
