package stebby

import (
	"context"
	"net/http"
	"time"

	"gatescand/sync/platform"
)

// The routes of the API. The code of a ticket follows the second.
const (
	routeTickets = "/api/v4/tickets"
	routeUse     = "/api/v4/tickets/use/"
)

const (
	// listLimit is enough for 100 rows of 80 KiB.
	listLimit = 8 << 20
	// listPatience is as long as proxies commonly wait for a server.
	listPatience = 60 * time.Second
)

const (
	remedyLater = "it will be asked again later"
	remedyNewer = "the platform may have changed; look for a newer gatescand"
)

// question is one request of the API.
type question struct {
	op      string
	path    string
	body    any    // nil for a use
	ticket  string // the ticket it is about, "" for lists
	limit   int64
	timeout time.Duration
}

// refusal is a no of the application, in its own form.
type refusal struct {
	status int
	code   string // "" where it has none
}

// named puts the error's code into words, for support.
func (n *refusal) named() string {
	if n.code == "" {
		return ""
	}
	return " with error " + n.code
}

// ask posts a question with the key. What means the same for every question
// comes back as an error. A refusal is the application's no; without one the
// answer is of the 2xx and JSON, or, to a use, empty.
func (d *Drawer) ask(ctx context.Context, q question) (platform.Reply, *refusal, error) {
	client, header := d.client, map[string]string{"Api-Key": d.key}
	if q.body == nil {
		client = d.once
		header["Content-Type"] = "application/json" // as documented, though there is no body
	}
	r, err := client.Do(ctx, platform.Request{
		Op: q.op, Method: http.MethodPost, Path: q.path, Header: header, JSON: q.body, Limit: q.limit, Timeout: q.timeout,
	})
	if err != nil {
		return r, nil, err
	}
	no, err := d.judge(q, r)
	return r, no, err
}

func (d *Drawer) judge(q question, r platform.Reply) (*refusal, error) {
	isSuccess := r.Status >= 200 && r.Status < 300
	var said envelope
	if r.IsJSON() {
		said = readEnvelope(r.Body, q.ticket)
	}
	refused := said.refuses(r.Status)
	switch {
	case refused && said.key, r.IsJSON() && (r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden):
		return nil, d.keyRefused(q.op, r, said.code)
	case r.Status >= 500, r.Status == http.StatusRequestTimeout, r.Status == http.StatusTooEarly:
		return nil, d.client.Fail(platform.Server, q.op, r, "the server failed"+(&refusal{code: said.code}).named(), remedyLater)
	case isSuccess && q.body == nil && len(r.Body) == 0 && (r.Media == "" || r.IsJSON()):
		return nil, nil
	case !r.IsJSON() && isNoRoute(r.Status):
		return nil, d.noRoute(q.op, r)
	case !r.IsJSON():
		return nil, d.client.Decode(q.op, r, nil) // says what it is instead
	case isNoRoute(r.Status) && said.code == "" && !said.errors && q.body != nil:
		return nil, d.noRoute(q.op, r)
	case refused:
		return &refusal{status: r.Status, code: said.code}, nil
	case isSuccess:
		return nil, nil
	}
	return nil, d.unexpected(q.op, r)
}

// isNoRoute tells whether a status is how a server says that it does not know a
// route.
func isNoRoute(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone
}

func (d *Drawer) noRoute(op string, r platform.Reply) error {
	return d.client.Fail(platform.Unsupported, op, r, "the server has no such route",
		"check the account's url; if it is right, Stebby has changed its API: look for a newer gatescand")
}

func (d *Drawer) keyRefused(op string, r platform.Reply, code string) error {
	detail := "the server does not take the API key"
	if code != "" {
		detail += ", error " + code
	}
	return d.client.Fail(platform.Auth, op, r, detail,
		"look at the file that api_key_file names: it must hold the key of this Point of Sale, for the environment that url names")
}

// unexpected is the error for a status no one has documented for a route.
func (d *Drawer) unexpected(op string, r platform.Reply) error {
	return d.client.Fail(platform.Protocol, op, r, "the server answers with a status it does not document", remedyNewer)
}

// odd is the error for JSON of the right form that says something impossible.
func (d *Drawer) odd(op string, r platform.Reply, detail string) error {
	return d.client.Fail(platform.Protocol, op, r, detail, remedyNewer)
}

// plain is an error without an answer to blame.
func (d *Drawer) plain(class platform.Class, op, detail, remedy string) *platform.Error {
	return &platform.Error{Class: class, Op: op, Host: d.client.Host(), Detail: detail, Remedy: remedy}
}
