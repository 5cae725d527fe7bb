// Package bittan is the drawer of BitTan, the ticket shop of the physics
// chapter at KTH: bare codes of a few letters, one route that tells of a ticket
// and uses it up, and a public list of the events on sale.
//
// It promises that recognition is pure, takes bytes of any kind and names a
// ticket only by its code in capitals. It promises that a ticket's code is sent
// only to a server whose form is known, that a question is never put to a form
// of the server that counts questions as uses, and that one check-in makes the
// server count at most one use, whatever answers are lost and whenever the
// station is killed.
//
// It never follows a redirect, never retries by itself, and never puts a
// password or a code into an error. README.md says how the server behaves and
// where that is known from.
package bittan
