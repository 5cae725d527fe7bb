package bittan

import "context"

// Probe finds out the form of the server anew: up to three requests for a
// ticket that cannot exist. That tells network, log-in pages, server and
// password apart. A server of 2024 wants no password; a wrong one is not found
// out there and does no harm.
func (d *Drawer) Probe(ctx context.Context) error {
	const op = "probe"
	_, err := d.determine(ctx, op)
	return err
}
