// Package tibillet is the drawer of TiBillet, whose server is called Lespass:
// the form and the signature of its codes, and its scan interface.
//
// It promises that recognition and verification are pure, take bytes of any
// kind, and name a ticket only by the lower-case uuid the code carries, so that
// no rewriting of a code makes a second ticket of one. It promises that a code
// counts as good only when a key of the account signed it exactly as the server
// signs, and that nothing the server answers is read for more than it says:
// what is not documented is an error of package platform, never a ticket.
//
// It will never call the use route for a ticket whose state it has not just
// read, because the server lets canceled and unpaid tickets through and
// overwrites their state. It never follows a redirect, never retries, never
// asks for e-mail addresses or answers of forms, and never puts a key, a token,
// a code or a name into an error. README.md says how the server behaves and
// where that is known from.
package tibillet
