package stebby

import (
	"context"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// Ask looks a ticket up without using it: one request, or two where the code was
// scanned in another spelling than the server's and is not found at first. A
// code that has not the platform's form is Rejected without a request. Not
// found means used, expired or never sold: the server makes no difference.
func (d *Drawer) Ask(ctx context.Context, code []byte, cred admission.Credential) (admission.Answer, error) {
	const op = "look up ticket"
	var raw [codeMax]byte
	id := string(raw[:normalise(code, &raw)])
	if len(code) == 0 {
		id, _ = canonical(cred.ID)
	}
	if id == "" {
		return admission.Answer{}, d.plain(platform.Rejected, op, "the code has not the form of a Stebby ticket; nothing was sent", "")
	}
	found, err := d.find(ctx, op, id, code)
	if err != nil || found == nil {
		return admission.Answer{}, err
	}
	t := found.ticket
	return admission.Answer{
		Found: true, Status: t.Status, Product: t.Product, Price: t.Price, Holder: t.Holder, Window: t.Window,
	}, nil
}
