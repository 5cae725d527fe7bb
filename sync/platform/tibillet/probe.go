package tibillet

import (
	"context"
	"net/http"

	"gatescand/sync/platform"
)

// Probe makes at most two requests: one anybody may make, which tells network,
// log-in pages and server apart, and one with the key.
func (d *Drawer) Probe(ctx context.Context) error {
	const op = "probe"
	if err := d.reach(ctx, op); err != nil {
		return err
	}
	return d.checkKey(ctx, op)
}

// reach tells whether the organisation's server answers at this address. It
// insists on the exact answer: a log-in page of the network answers anything.
func (d *Drawer) reach(ctx context.Context, op string) error {
	r, err := d.get(ctx, op, routeAllowAny, 0, 0)
	if err != nil {
		return err
	}
	if r.Status >= 500 {
		return d.client.Fail(platform.Server, op, r, "the server failed", "it will be asked again later")
	}
	var answer map[string]any
	if r.Status == http.StatusOK && r.IsJSON() && platform.DecodeJSON(r.Body, &answer) == nil &&
		len(answer) == 1 && answer["allow_any"] == true {
		return nil
	}
	return d.client.Fail(platform.Captive, op, r, "what answers there is not a TiBillet organisation",
		"if the network has a log-in page, give the station one without; else check the account's url")
}

// checkKey tells whether the server takes the key. The caller knows that the
// server answers: a page with status 500 then means that it does not know the
// key, because the server does not catch that case.
func (d *Drawer) checkKey(ctx context.Context, op string) error {
	if d.key == "" {
		return d.unpaired(op)
	}
	r, err := d.client.Do(ctx, platform.Request{
		Op: op, Method: http.MethodGet, Path: routeKey, Authorization: "Api-Key " + d.key, Language: language,
	})
	if err != nil {
		return err
	}
	switch {
	case refusesKey(r):
		return d.keyRefused(op, r)
	case r.Status == http.StatusInternalServerError && !r.IsJSON():
		return d.client.Fail(platform.Auth, op, r, "the server does not know this station's key",
			"check the account's url: a key is good for one organisation only; if it is right, make a new scan app and pair again")
	case r.Status >= 500:
		return d.client.Fail(platform.Server, op, r, "the server failed", "it will be asked again later")
	case r.Status == http.StatusNotFound:
		return d.client.Fail(platform.Unsupported, op, r, "the server has no such route",
			"the organiser's TiBillet is older than July 2025 and cannot take scans; it must be updated")
	case r.Status != http.StatusOK && r.IsJSON():
		return d.unexpected(op, r)
	}
	var answer struct {
		Name *string `json:"scan_app"`
	}
	if err := d.client.Decode(op, r, &answer); err != nil {
		return err
	}
	if answer.Name == nil {
		return d.odd(op, r, "the server does not say which scan app the key belongs to")
	}
	return nil
}

// explain500 finds out what a page with status 500 meant: that the key is not
// known, or that the server has failed.
func (d *Drawer) explain500(ctx context.Context, op string, r platform.Reply) error {
	failed := d.client.Fail(platform.Server, op, r, "the server failed", "it will be asked again later")
	if d.reach(ctx, op) != nil {
		return failed
	}
	if err := d.checkKey(ctx, op); platform.ClassOf(err) == platform.Auth {
		return err
	}
	return failed
}
