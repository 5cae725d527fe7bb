// Package platformtest is what the tests of platform drawers share: the conformance suite that every drawer runs, recorded exchanges of real
// servers and the means to replay them against any address, signed codes with throw-away keys, and honest fake servers started for the length of a test.
//
// It promises that a fake handed out here answers what the real server was recorded to answer: the recordings are replayed against it
// by its own tests. It is for tests only; production code may use the fakes' own packages but never this one.
package platformtest
