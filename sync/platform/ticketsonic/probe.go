package ticketsonic

import (
	"context"

	"gatescand/sync/platform"
)

// Probe makes at most two requests: one for the server's health, which tells
// network, log-in pages and server apart, and one for the list of events, which
// needs the key. A server of before November 2022 does not know of its health.
func (d *Drawer) Probe(ctx context.Context) error {
	const op = "probe"
	a, err := d.get(ctx, op, routeHealth)
	switch {
	case platform.ClassOf(err) == platform.Unsupported:
	case err != nil:
		return err
	case !a.well():
		return d.unexpected(op, a.reply)
	}
	a, err = d.list(ctx, op, routeEvents)
	if err != nil {
		return err
	}
	_, err = d.readEvents(op, a)
	return err
}
