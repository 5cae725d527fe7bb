package tibillet

import (
	"context"
	"net/http"
	"strings"
	"time"

	"gatescand/sync/platform"
)

// The routes of the server. The trailing slash is part of them: without it the
// server redirects and a client that follows turns POST into GET.
const (
	routeAllowAny = "/scan/check_allow_any/"
	routeKey      = "/scan/check_api_scan/"
	routeCheck    = "/scan/check_ticket/"
	routeUse      = "/scan/ticket/"
	routeList     = "/scan/list_tickets/"
	routeSearch   = "/scan/search_ticket/"
	routeEvents   = "/api/events/"
)

const (
	// language is asked for always: the server localizes the words of a
	// ticket's status, French where nobody asks.
	language = "en"
	// listLimit is enough for 200 rows of 40 KiB, or a few hundred events with
	// their descriptions.
	listLimit = 8 << 20
	// listPatience is more than the server's own proxy waits.
	listPatience = 90 * time.Second
)

// question is a request of the scan interface.
type question struct {
	op      string
	path    string
	body    any
	limit   int64
	timeout time.Duration
}

// ask posts a question with the key. Replies that mean the same for every
// question come back as errors; those that are left are JSON with status 200,
// 400, 404 or 406, or another below 500.
//
// A page instead of JSON with status 500 is what the server gives for a key it
// does not know, and also for faults of its own. It costs two more requests to
// tell the two apart.
func (d *Drawer) ask(ctx context.Context, q question) (platform.Reply, error) {
	if d.key == "" {
		return platform.Reply{}, d.unpaired(q.op)
	}
	r, err := d.client.Do(ctx, platform.Request{
		Op: q.op, Method: http.MethodPost, Path: q.path, Authorization: "Api-Key " + d.key, Language: language,
		JSON: q.body, Limit: q.limit, Timeout: q.timeout,
	})
	if err != nil {
		return r, err
	}
	switch {
	case refusesKey(r):
		return r, d.keyRefused(q.op, r)
	case r.Status == http.StatusInternalServerError && saysError(r):
		return r, d.client.Fail(platform.Rejected, q.op, r, "the server cannot process this request",
			"the server will not take it however often it is sent")
	case r.Status == http.StatusInternalServerError && !r.IsJSON():
		return r, d.explain500(ctx, q.op, r)
	case r.Status >= 500:
		return r, d.client.Fail(platform.Server, q.op, r, "the server failed", "it will be asked again later")
	case r.Status == http.StatusMethodNotAllowed, r.Status == http.StatusGone, r.Status == http.StatusNotFound && !r.IsJSON():
		return r, d.client.Fail(platform.Unsupported, q.op, r, "the server has no such route",
			"check the account's url; if it is right, the organiser's TiBillet is too old for this")
	case !r.IsJSON():
		return r, d.client.Decode(q.op, r, nil) // says what it is instead
	}
	return r, nil
}

// get asks a public route, without the key.
func (d *Drawer) get(ctx context.Context, op, path string, limit int64, timeout time.Duration) (platform.Reply, error) {
	return d.client.Do(ctx, platform.Request{
		Op: op, Method: http.MethodGet, Path: path, Language: language, Limit: limit, Timeout: timeout,
		Revalidate: strings.HasPrefix(path, routeEvents),
	})
}

// refusesKey tells whether a reply is the server's no to the key. The server
// sends 403; 401 is not known of it but could mean nothing else.
func refusesKey(r platform.Reply) bool {
	return r.IsJSON() && (r.Status == http.StatusForbidden || r.Status == http.StatusUnauthorized)
}

// saysError tells whether a reply is a definite answer of the scan interface
// about the request: JSON with a text as "error". A page of a proxy is none.
func saysError(r platform.Reply) bool {
	var body struct {
		Error *string `json:"error"`
	}
	return r.IsJSON() && platform.DecodeJSON(r.Body, &body) == nil && body.Error != nil
}

func (d *Drawer) unpaired(op string) error {
	return &platform.Error{
		Class: platform.Auth, Op: op, Host: d.client.Host(),
		Detail: "the account is not paired", Remedy: "make a scan app on the organiser's page and pair with its code",
	}
}

func (d *Drawer) keyRefused(op string, r platform.Reply) error {
	return d.client.Fail(platform.Auth, op, r, "the server no longer takes this station's key",
		"the organiser has archived or deleted the scan app: restore it there, or make a new one and pair again")
}

// unexpected is the error for a status no one has documented for a route.
func (d *Drawer) unexpected(op string, r platform.Reply) error {
	return d.client.Fail(platform.Protocol, op, r, "the server answers with a status it does not document",
		"the platform may have changed; look for a newer gatescand")
}

// odd is the error for JSON of the right form that says something impossible.
func (d *Drawer) odd(op string, r platform.Reply, detail string) error {
	return d.client.Fail(platform.Protocol, op, r, detail, "the platform may have changed; look for a newer gatescand")
}
