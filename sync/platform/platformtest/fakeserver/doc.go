// Package fakeserver is the front that every fake platform server stands behind: it takes requests in, puts them into the mood of the
// moment, hands them to the fake, and sends the answer or what the mood makes of it. A fake supplies a [Site] and holds a [Front].
//
// It promises that a fault spoils the answer in the way its name says and in no other, that a request whose answer is lost has had its
// effect exactly once (or twice, where the mood says so), and that everything that reached the server is in the ledger. Waiting is done
// on timers only, so that a fake runs in a testing/synctest bubble as it does on a socket. Large answers are streamed.
//
// It imports nothing but the standard library, knows no platform, and must never face people: it says and forgets what it is told to.
package fakeserver
