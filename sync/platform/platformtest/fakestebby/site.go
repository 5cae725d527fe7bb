package fakestebby

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// The routes of the server, for moods and counts.
const (
	RouteLookup = "lookup" // POST /api/v4/tickets with a ticket code or a client
	RouteList   = "list"   // POST /api/v4/tickets with neither
	RouteUse    = "use"    // POST /api/v4/tickets/use/{code}
	RouteNone   = "none"   // everything else
)

const (
	pathTickets = "/api/v4/tickets"
	pathUse     = pathTickets + "/use/"
)

// site is the server as its front sees it.
type site struct{ *Server }

// Find tells where a request leads, without the ticket code in its path.
func (s site) Find(r *http.Request, body []byte) fakeserver.Place {
	switch path := r.URL.Path; {
	case path == pathTickets:
		if ask, ok := readAsk(body); ok && !ask.given("ticketCode") && !ask.given("client") {
			return fakeserver.Place{Route: RouteList}
		}
		return fakeserver.Place{Route: RouteLookup}
	case codeIn(r.URL) != "":
		return fakeserver.Place{Route: RouteUse, Logged: pathUse + "…"}
	}
	return fakeserver.Place{Route: RouteNone}
}

// codeIn gives the code in the path of a use. A slash is none, also when it is escaped: Laravel's router looks at the path unescaped.
func codeIn(u *url.URL) string {
	code, ok := strings.CutPrefix(u.Path, pathUse)
	if !ok || strings.Contains(code, "/") {
		return ""
	}
	return code
}

// Work answers one request: route, method, key and question, in the framework's order.
func (s site) Work(ctx context.Context, q *fakeserver.Query) fakeserver.Answer {
	if q.Route == RouteNone {
		return s.Refuse(q, http.StatusNotFound)
	}
	if q.Request.Method != http.MethodPost {
		return s.Refuse(q, http.StatusMethodNotAllowed).With("Allow", http.MethodPost)
	}
	if refusal, ok := s.admitKey(q); !ok {
		return refusal
	}
	if q.Route == RouteUse {
		return s.viewUse(ctx, q, codeIn(q.Request.URL))
	}
	return s.viewTickets(q)
}

// Refuse is the framework's own answer to a client that accepts JSON.
func (s site) Refuse(q *fakeserver.Query, status int) fakeserver.Answer {
	message := "Server Error"
	switch status {
	case http.StatusNotFound:
		message = "The route " + strings.TrimPrefix(q.Request.URL.Path, "/") + " could not be found."
	case http.StatusMethodNotAllowed:
		message = "The " + q.Request.Method + " method is not supported for this route. Supported methods: POST."
	case http.StatusTooManyRequests:
		message = "Too Many Attempts."
	}
	return fakeserver.JSON(status, map[string]string{"message": message})
}

// admitKey checks the API key.
func (s site) admitKey(q *fakeserver.Query) (fakeserver.Answer, bool) {
	key := q.Request.Header.Get("Api-Key")
	if key == "" {
		return s.refuse(faultNoKey()), false
	}
	s.mu.Lock()
	name, ok := s.desks[key]
	s.mu.Unlock()
	if !ok {
		return s.refuse(faultWrongKey()), false
	}
	q.Caller = name
	return fakeserver.Answer{}, true
}

// ask is a question about tickets, member by member.
type ask map[string]json.RawMessage

// readAsk reads a body; an empty one asks nothing.
func readAsk(body []byte) (ask, bool) {
	if len(bytes.TrimSpace(body)) == 0 {
		return ask{}, true
	}
	var a ask
	err := json.Unmarshal(body, &a)
	return a, err == nil && a != nil
}

// given tells whether a member says anything. Laravel makes null of an empty text.
func (a ask) given(member string) bool {
	raw := bytes.TrimSpace(a[member])
	return len(raw) > 0 && !bytes.Equal(raw, []byte("null")) && !bytes.Equal(raw, []byte(`""`))
}
