package tibillet

import (
	"context"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// Ask looks a ticket up without using it: one request, or three where the
// server answers with an error page. A code that has not the platform's form is
// Rejected without a request. The answer names no event: the server tells the
// event's name only, and names are not unique.
func (d *Drawer) Ask(ctx context.Context, code []byte, _ admission.Credential) (admission.Answer, error) {
	const op = "look up ticket"
	text, id, ok := sendable(code)
	if !ok {
		return admission.Answer{}, &platform.Error{
			Class: platform.Rejected, Op: op, Host: d.client.Host(),
			Detail: "the code has not the form of a TiBillet ticket; nothing was sent",
		}
	}
	s, err := d.check(ctx, op, text, id)
	if err != nil {
		return admission.Answer{}, err
	}
	switch s.verdict {
	case unknown:
		return admission.Answer{}, nil
	case badCode:
		// The server looks for the ticket first and at the signature then. The
		// form of the code is right, so the signature is what it refuses.
		return admission.Answer{Found: true, Forged: true, Status: admission.StatusUnclear}, nil
	case accepted, otherEvent:
	}
	a := admission.Answer{
		Found: true, Status: s.status, Used: s.scanned, Product: s.product, Price: s.price, Holder: s.holder,
	}
	if s.scanned {
		a.UsedBy = s.by.app // of a ticket that is not used, a leftover
	}
	return a, nil
}

// sendable gives the text of a code as it is sent, and the ticket it names. The
// text is what was scanned, in whichever alphabet, without what scanners append.
func sendable(code []byte) (text, id string, ok bool) {
	var p parsed
	parse(code, &p)
	if !p.wellFormed() {
		return "", "", false
	}
	return string(trim(code)), string(p.uuid[:]), true
}
