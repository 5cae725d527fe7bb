package bittan

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"

	"gatescand/sync/platform"
)

// form is which of its three forms the server's one route has.
type form uint32

const (
	formUnknown form = iota
	// formBare takes a code and nothing else: the form of 2024, on the public
	// page of the interface and on the branch release/test.
	formBare
	// formPassword takes a code and a password: 22 to 30 March 2025.
	formPassword
	// formPeek takes a code, a password and whether to use the ticket: since
	// 30 March 2025.
	formPeek
)

// consumes tells whether every request for a ticket counts as a use of it.
func (f form) consumes() bool { return f == formBare || f == formPassword }

// impossible is the code that the server is asked for while its form is not
// known. The server draws letters only, people and test data add digits, and
// recognition lets nothing else pass; a hyphen is a text like any other to the
// server, is not trimmed, and is no letter in another case.
const impossible = "------"

// form gives the form of the server, finding it out where it is not known.
// With sure, a form that counts every request is found out anew each time.
func (d *Drawer) form(ctx context.Context, op string, sure bool) (form, error) {
	settled := func() (form, bool) {
		f := form(d.known.Load())
		return f, f == formPeek || (f.consumes() && !sure)
	}
	if f, ok := settled(); ok {
		return f, nil
	}
	select {
	case d.determining <- struct{}{}:
	case <-ctx.Done():
		return formUnknown, &platform.Error{
			Class: platform.Offline, Op: op, Host: d.asking.Host(), Detail: "no answer in time", Err: ctx.Err(),
		}
	}
	defer func() { <-d.determining }()
	if f, ok := settled(); ok {
		return f, nil // somebody else has found it out meanwhile
	}
	return d.determine(ctx, op)
}

// determine finds the form of the server out and keeps it: one to three
// requests for a ticket that cannot exist, so that none can be used up. A form
// is known only once the server has also taken the password, where it wants
// one.
func (d *Drawer) determine(ctx context.Context, op string) (form, error) {
	f, err := d.findForm(ctx, op)
	if err != nil {
		d.doubt(err)
		return formUnknown, err
	}
	d.known.Store(uint32(f))
	return f, nil
}

func (d *Drawer) findForm(ctx context.Context, op string) (form, error) {
	r, err := d.put(ctx, d.asking, op, bareBody{impossible})
	if err != nil {
		return formUnknown, err
	}
	if !wantsMore(r) {
		return formBare, d.expectNone(op, r, formBare)
	}
	if strings.TrimSpace(d.password) == "" {
		return formUnknown, d.client().Fail(platform.Auth, op, r, "the server wants a password and the account has none",
			"give password_file the organiser's password for validating tickets")
	}
	if r, err = d.put(ctx, d.asking, op, passwordBody{impossible, d.password}); err != nil {
		return formUnknown, err
	}
	if !wantsMore(r) {
		return formPassword, d.expectNone(op, r, formPassword)
	}
	if r, err = d.put(ctx, d.asking, op, peekBody{impossible, d.password, false}); err != nil {
		return formUnknown, err
	}
	if wantsMore(r) {
		return formUnknown, d.odd(op, r, "the server wants more than a code, a password and whether to use the ticket")
	}
	return formPeek, d.expectNone(op, r, formPeek)
}

// expectNone insists that the server has no such ticket.
func (d *Drawer) expectNone(op string, r platform.Reply, f form) error {
	a, err := d.read(op, r, f, impossible)
	if err == nil && a.found {
		return d.odd(op, r, "the server tells of a ticket that cannot exist")
	}
	return err
}

// wantsMore tells whether the server finds a request incomplete. It says so
// before it looks for a password or a ticket.
func wantsMore(r platform.Reply) bool {
	var word string
	return r.Status == http.StatusBadRequest && r.IsJSON() && platform.DecodeJSON(r.Body, &word) == nil && word == "InvalidRequestData"
}

// doubt forgets the form of the server after a failure that does not fit it,
// or that may mean that another version is being put in its place.
func (d *Drawer) doubt(err error) {
	switch platform.ClassOf(err) {
	case platform.Server, platform.Protocol, platform.Unsupported, platform.Auth:
	case platform.Offline:
		if !hungUp(err) {
			return
		}
	default:
		return
	}
	d.known.Store(uint32(formUnknown))
}

// hungUp tells whether it was the server's machine that refused or broke off a
// connection, as it does while the server is started again, and not a network
// that is not there.
func hungUp(err error) bool {
	for _, sign := range []error{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, io.EOF} {
		if errors.Is(err, sign) {
			return true
		}
	}
	return false
}
