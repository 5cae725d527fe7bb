package faketibillet

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// bodyLimit is the longest request body the server reads.
const bodyLimit = 4 << 20

// query is one request on its way through the server.
type query struct {
	request  *http.Request
	to       destination
	body     []byte
	language string
	mood     Mood
	device   *scanApp // set once the key has been found good
}

// ServeHTTP answers one request in the mood of the moment.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.NetworkCut() {
		hangUp(w)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		http.Error(w, "Request Entity Too Large", http.StatusRequestEntityTooLarge)
		return
	}
	q := s.receive(r, body)
	entry := Request{At: s.clock(), Route: q.to.route, Method: r.Method, Path: loggedPath(q), Fault: q.mood.Fault}
	defer func() { // also when the connection is aborted
		s.mu.Lock()
		defer s.mu.Unlock()
		if q.device != nil {
			entry.Device = q.device.UUID
		}
		s.ledger.leave(entry)
		s.bump()
	}()
	rest(r.Context(), q.mood.Delay)
	var a answer
	if q.mood.works() {
		a = s.work(r.Context(), q)
	}
	rest(r.Context(), q.mood.Linger)
	if s.NetworkCut() {
		hangUp(w)
		return
	}
	entry.Status = s.deliver(w, q, a)
}

// receive takes a request in: where it goes, in which mood and in what language it is answered.
func (s *Server) receive(r *http.Request, body []byte) *query {
	q := &query{request: r, to: find(r.URL.Path), body: body}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger.enter(q.to.route)
	s.bump()
	q.mood = s.weather.take(q.to.route)
	q.language = q.mood.Language
	if q.language == "" {
		q.language = chooseLanguage(r.Header.Get("Accept-Language"), s.language)
	}
	return q
}

func loggedPath(q *query) string {
	if q.to.route == RoutePair {
		return "/scan/…/pair/"
	}
	if strings.HasSuffix(q.request.URL.Path, "/pair") {
		return "/scan/…/pair"
	}
	return q.request.URL.Path
}

// work does what a request asks for. The order is the framework's: route, key, method.
func (s *Server) work(ctx context.Context, q *query) answer {
	if q.to.route == RouteNone {
		if lacksSlash(q.request.URL.Path) {
			return sayRedirect(http.StatusMovedPermanently, q.language, withSlash(q.request))
		}
		return sayNotFound(q.language)
	}
	if q.to.needsKey() {
		if refusal, ok := s.admitKey(q); !ok {
			return refusal
		}
	}
	if !q.to.answers(q.request.Method) {
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
	case RouteAny, RouteNone:
	}
	return sayNotFound(q.language)
}

func withSlash(r *http.Request) string {
	location := r.URL.EscapedPath() + "/"
	if r.URL.RawQuery != "" {
		location += "?" + r.URL.RawQuery
	}
	return location
}

func (s *Server) refuseMethod(q *query) answer {
	if q.to.route == RouteEvents || q.to.route == RouteEvent { // writing needs a login
		return sayDetail(http.StatusForbidden, q.language, textNoCredentials(q.language))
	}
	a := sayDetail(http.StatusMethodNotAllowed, q.language, textMethodNotAllowed(q.language, q.request.Method))
	allowed := q.to.method()
	if allowed == http.MethodGet {
		allowed += ", HEAD"
	}
	a.header.Set("Allow", allowed+", OPTIONS")
	return a
}

// admitKey checks the device's key. What is merely missing or malformed is refused properly; a key the server does not know makes it
// fail with an HTML page.
func (s *Server) admitKey(q *query) (answer, bool) {
	const nobody = "No app associated with this key." // never translated
	keyword, key, _ := strings.Cut(q.request.Header.Get("Authorization"), " ")
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
	return answer{}, true
}

// now is the server's time in UTC.
func (s *Server) now() time.Time { return s.clock().UTC() }

func (s *Server) word(q *query, status Status) string {
	if word, ok := q.mood.Words[status]; ok {
		return word
	}
	return status.Word(q.language, s.language)
}
