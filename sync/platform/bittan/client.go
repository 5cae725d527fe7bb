package bittan

import (
	"context"
	"net/http"
	"time"

	"gatescand/sync/platform"
)

// The routes of the server. The slash at the end is part of them: without it
// the server redirects.
const (
	routeValidate = "/validate_ticket/"
	routeEvents   = "/get_chapterevents/"
)

const (
	// eventsLimit is enough for some hundred events with their descriptions.
	eventsLimit = 4 << 20
	// usePatience bounds the request for a use. It is well below settleTime:
	// when a use is repeated, the lost one has long ended.
	usePatience = 10 * time.Second
)

// What is sent to each form of the server.
type (
	bareBody struct {
		ID string `json:"external_id"`
	}
	passwordBody struct {
		ID       string `json:"external_id"`
		Password string `json:"password"`
	}
	peekBody struct {
		ID       string `json:"external_id"`
		Password string `json:"password"`
		Use      bool   `json:"use_ticket"`
	}
)

// client is the one that errors are made with. It is the same server for both.
func (d *Drawer) client() *platform.Client { return d.asking }

// put sends one request to the route for tickets. Replies that mean the same
// for every form come back as errors; what is left is JSON below 500.
func (d *Drawer) put(ctx context.Context, by *platform.Client, op string, body any) (platform.Reply, error) {
	q := platform.Request{Op: op, Method: http.MethodPut, Path: routeValidate, JSON: body}
	if by == d.using {
		q.Timeout = usePatience
	}
	r, err := by.Do(ctx, q)
	if err == nil {
		err = d.turnedAway(op, r)
	}
	return r, err
}

// turnedAway gives the error of replies that do not come from a view of the
// server.
func (d *Drawer) turnedAway(op string, r platform.Reply) error {
	switch {
	case r.Status >= 500:
		return d.client().Fail(platform.Server, op, r, "the server failed", "it will be asked again later")
	case r.Status == http.StatusMethodNotAllowed, r.Status == http.StatusGone, r.Status == http.StatusNotFound && !r.IsJSON():
		return d.client().Fail(platform.Unsupported, op, r, "the server has no such route",
			"check the account's url: BitTan's backend often has a path prefix, which belongs to it")
	case !r.IsJSON():
		return d.client().Decode(op, r, nil) // says what it is instead
	}
	return nil
}

// passwordRefused is the error for the server's no to the password. Gates and
// the server share one, so that it is wrong for all of them at once.
func (d *Drawer) passwordRefused(op string, r platform.Reply) error {
	return d.client().Fail(platform.Auth, op, r, "the server does not take the password",
		"write the organiser's password for validating tickets into the file that password_file names")
}

// unexpected is the error for a status nobody has seen of the server.
func (d *Drawer) unexpected(op string, r platform.Reply) error {
	return d.odd(op, r, "the server answers with a status it is not known to give")
}

// odd is the error for JSON of the right form that says something impossible.
func (d *Drawer) odd(op string, r platform.Reply, detail string) error {
	return d.client().Fail(platform.Protocol, op, r, detail, "the platform may have changed; look for a newer gatescand")
}
