package faketibillet

import (
	"context"
	"net/http"
	"strings"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// query is one request on its way through the server.
type query struct {
	*fakeserver.Query
	to       destination
	language string
	device   *scanApp // set once the key has been found good
}

// site is the server as its front sees it.
type site struct{ *Server }

// Find tells where a request leads, without the pairing token in its path.
func (s site) Find(r *http.Request, _ []byte) fakeserver.Place {
	return fakeserver.Place{Route: find(r.URL.Path).route, Logged: loggedPath(r.URL.Path)}
}

// Work answers one request.
func (s site) Work(ctx context.Context, q *fakeserver.Query) fakeserver.Answer {
	return s.work(ctx, s.understand(q))
}

// Refuse is the framework's own answer: a page, or JSON where it knows that it speaks to a program.
func (s site) Refuse(q *fakeserver.Query, status int) fakeserver.Answer {
	language := s.understand(q).language
	switch status {
	case http.StatusNotFound:
		return sayNotFound(language)
	case http.StatusMethodNotAllowed:
		return sayDetail(status, language, textMethodNotAllowed(language, q.Request.Method))
	case http.StatusTooManyRequests:
		return sayDetail(status, language, "Request was throttled. Expected available in 30 seconds.")
	default:
		return sayServerError(language)
	}
}

// understand reads off a request where it leads and in what language it is answered.
func (s *Server) understand(q *fakeserver.Query) *query {
	language := q.Mood.Language
	if language == "" {
		language = chooseLanguage(q.Request.Header.Get("Accept-Language"), s.language)
	}
	return &query{Query: q, to: find(q.Request.URL.Path), language: language}
}

func loggedPath(path string) string {
	switch {
	case find(path).route == RoutePair:
		return "/scan/…/pair/"
	case strings.HasSuffix(path, "/pair"):
		return "/scan/…/pair"
	default:
		return path
	}
}

// work does what a request asks for. The order is the framework's: route, key, method.
func (s *Server) work(ctx context.Context, q *query) fakeserver.Answer {
	if q.to.route == RouteNone {
		if lacksSlash(q.Request.URL.Path) {
			return inLanguage(q.language, fakeserver.Redirect(http.StatusMovedPermanently, withSlash(q.Request)))
		}
		return sayNotFound(q.language)
	}
	if q.to.needsKey() {
		if refusal, ok := s.admitKey(q); !ok {
			return refusal
		}
	}
	if !q.to.answers(q.Request.Method) {
		return s.refuseMethod(q)
	}
	switch q.to.route {
	case RouteProbe:
		return s.viewProbe(q)
	case RoutePair:
		return s.viewPair(q)
	case RouteCheckKey:
		return sayJSON(http.StatusOK, q.language, map[string]string{"scan_app": q.device.Name})
	case RouteCheckTicket:
		return s.viewCheckTicket(q)
	case RouteUse:
		return s.viewUse(ctx, q)
	case RouteList:
		return s.viewList(ctx, q)
	case RouteSearch:
		return s.viewSearch(ctx, q)
	case RouteEvents:
		return s.viewEvents(q)
	case RouteEvent:
		return s.viewEvent(q)
	case RouteMembersOnly:
		return sayServerError(q.language) // a scan app's key is good for nothing here and nobody catches that
	default:
		return sayNotFound(q.language)
	}
}

func withSlash(r *http.Request) string {
	location := r.URL.EscapedPath() + "/"
	if r.URL.RawQuery != "" {
		location += "?" + r.URL.RawQuery
	}
	return location
}

func (s *Server) refuseMethod(q *query) fakeserver.Answer {
	if q.to.route == RouteEvents || q.to.route == RouteEvent { // writing needs a login
		return sayDetail(http.StatusForbidden, q.language, textNoCredentials(q.language))
	}
	allowed := q.to.method()
	if allowed == http.MethodGet {
		allowed += ", HEAD"
	}
	return site{s}.Refuse(q.Query, http.StatusMethodNotAllowed).With("Allow", allowed+", OPTIONS")
}

// admitKey checks the device's key. What is merely missing or malformed is refused properly; a key the server does not know makes it
// fail with an HTML page.
func (s *Server) admitKey(q *query) (fakeserver.Answer, bool) {
	const nobody = "No app associated with this key." // never translated
	keyword, key, _ := strings.Cut(q.Request.Header.Get("Authorization"), " ")
	if !strings.EqualFold(keyword, "Api-Key") || key == "" {
		return sayDetail(http.StatusForbidden, q.language, nobody), false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	app := s.appByKey(key)
	switch {
	case app == nil:
		return sayServerError(q.language), false
	case app.deleted:
		return sayDetail(http.StatusForbidden, q.language, nobody), false
	case app.Archived:
		return sayDetail(http.StatusForbidden, q.language, "App is archived."), false
	}
	q.device = app
	q.Caller = app.UUID
	return fakeserver.Answer{}, true
}

func (s *Server) word(q *query, status Status) string {
	if word, ok := q.Mood.Words[status.String()]; ok {
		return word
	}
	return status.Word(q.language, s.language)
}
