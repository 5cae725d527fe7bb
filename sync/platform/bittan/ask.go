package bittan

import (
	"context"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// Ask looks a ticket up without using it: one request, and up to three before
// it while the form of the server is not known. A code without the form of
// BitTan's is Rejected without a request. Servers of 2024 and of March 2025
// count every question as a use: for them the error is Unsupported, and the
// ticket's code is not sent.
func (d *Drawer) Ask(ctx context.Context, code []byte, cred admission.Credential) (admission.Answer, error) {
	const op = "look up ticket"
	id, ok := canonical(code)
	if len(code) == 0 {
		id, ok = canonical(cred.ID)
	}
	if !ok {
		return admission.Answer{}, &platform.Error{
			Class: platform.Rejected, Op: op, Host: d.client().Host(),
			Detail: "the code has not the form of a BitTan ticket; nothing was sent",
		}
	}
	f, err := d.form(ctx, op, false)
	if err != nil {
		return admission.Answer{}, err
	}
	if f.consumes() {
		return admission.Answer{}, &platform.Error{
			Class: platform.Unsupported, Op: op, Host: d.client().Host(), Err: platform.ErrConsumes,
			Detail: "this server uses up a ticket with every question; nothing was asked",
			Remedy: "have the organiser update BitTan to a version of April 2025 or later, or set ask to never",
		}
	}
	a, err := d.peek(ctx, op, id)
	if err != nil {
		d.doubt(err)
		return admission.Answer{}, err
	}
	if !a.found {
		return admission.Answer{}, nil
	}
	return admission.Answer{Found: true, Status: a.status, Used: a.uses > 0, UsedTimes: int(a.uses), Event: a.event}, nil
}
