package ticketsonic

import (
	"context"
	"net/http"
	"time"

	"gatescand/sync/platform"
)

// The routes of the server that a gate needs.
const (
	routeHealth   = "/v1/health"
	routeEvents   = "/v1/event/list"
	routeTickets  = "/v1/ticket/list"
	routeValidate = "/v1/ticket/validate"
)

const (
	// listLimit is enough for some ten thousand events or kinds of tickets.
	listLimit    = 8 << 20
	listPatience = 60 * time.Second
)

// get asks for something with the account's credentials. An answer has been
// understood where there is no error; it need not be a success.
func (d *Drawer) get(ctx context.Context, op, path string) (answer, error) {
	return d.ask(ctx, platform.Request{Op: op, Method: http.MethodGet, Path: path})
}

// list asks for a list, which the server may say has not changed.
func (d *Drawer) list(ctx context.Context, op, path string) (answer, error) {
	a, err := d.ask(ctx, platform.Request{
		Op: op, Method: http.MethodGet, Path: path, Limit: listLimit, Timeout: listPatience, Revalidate: true,
	})
	if err != nil {
		return a, err
	}
	if !a.well() {
		return a, d.unexpected(op, a.reply)
	}
	return a, nil
}

func (d *Drawer) ask(ctx context.Context, q platform.Request) (answer, error) {
	if d.user == "" || d.key == "" {
		return answer{}, &platform.Error{
			Class: platform.Auth, Op: q.Op, Host: d.client.Host(), Detail: "the account has no user id or no key",
			Remedy: "write user_id, and name a file with the key of the promoter's account page in api_key_file",
		}
	}
	q.Header = map[string]string{"X-Api-UserID": d.user, "X-Api-Key": d.key}
	r, err := d.client.Do(ctx, q)
	if err != nil {
		return answer{}, err
	}
	return d.understand(q.Op, r)
}
