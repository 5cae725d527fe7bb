// Package passage tells whether somebody who was let in has gone through: a
// turnstile or a door has a contact that moves when a person passes.
//
// It promises that every authorisation it has taken ends in exactly one answer:
// passed, not passed, or unknown where nobody watched the contact to the end;
// that people are taken in the order in which they were let in; and that a
// movement nobody was authorised for is told and never ascribed to somebody. It
// decides nothing and moves nothing: an admission stands whatever it says.
//
// A contact counts when it becomes active, and only after it has been inactive
// again and the debounce time is over. Which way people went it cannot see:
// turnstiles have an output for each direction, and the one of this lane's
// direction is wired. Where one contact moves for both, direction=both says so,
// and movements without an authorisation are people leaving.
package passage
