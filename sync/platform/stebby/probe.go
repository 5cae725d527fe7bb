package stebby

import (
	"context"

	"gatescand/sync/platform"
)

// probeCode has the form of a ticket's code and is none.
const probeCode = "GATESCANDPROBE0"

// Probe looks up a ticket that does not exist: one request, which changes
// nothing. That the server finds nothing, and just as well that it refuses the
// code in its own words, shows that it is there and takes the key.
func (d *Drawer) Probe(ctx context.Context) error {
	const op = "probe"
	r, no, err := d.ask(ctx, question{op: op, path: routeTickets, ticket: probeCode, body: lookup{
		Pagination: paging{Limit: lookupRows, Page: 1}, Code: probeCode,
	}})
	if err != nil || no != nil {
		return err
	}
	var a answer
	if err := d.client.Decode(op, r, &a); err != nil {
		return err
	}
	if a.Tickets == nil {
		return d.client.Fail(platform.Captive, op, r, "what answers there is not Stebby",
			"if the network has a log-in page, give the station one without; else check the account's url")
	}
	return nil
}
