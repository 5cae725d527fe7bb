// Package fakebittan is an honest stand-in for BitTan's backend: the public list of events and the route that tells of a ticket and counts
// its uses, in all three forms that route has had, with a box office behind the counter and a [fakeserver.Front] before it.
//
// It promises to answer what the real backend was recorded to answer, and where nothing was recorded, what its public source says. It
// counts every use it is told to count, of a ticket in any state, and it has no lock: two uses at the same instant see the same count
// and it grows by one. Events leave the list when their sale ends by the server's clock.
//
// What it leaves out of the real backend: selling, pages, sessions, form-encoded bodies, and the wording of most JSON parse errors.
package fakebittan
