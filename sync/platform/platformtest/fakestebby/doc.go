// Package fakestebby is the ticket side of Stebby's API, version 4, in one process: one Point of Sale with its usable tickets, the desks
// that hold its API key, and the two routes a gate talks to. It is used by the tests of everything that speaks to Stebby and by the demo
// command, where it stands in for the real platform.
//
// It promises to answer as Stebby's public document says, and where the document is silent or contradicts itself, as public clients of
// Stebby expect or as a Laravel server would. No answer of the real server has been recorded. What nobody outside knows can therefore be
// chosen, each possibility by itself: see [Manners]. The numbers of errors other than 2108 are inventions of this package; a client that
// knows them knows too much.
//
// It can also misbehave on demand, see [fakeserver.Mood], and it has a box office: the methods of [Server] that sell, use, refund and
// reset tickets as people at desks and in Stebby's office do.
//
// Codes come from the random source given in [Options] and all times from its clock, so two servers made alike are alike.
//
// It imports the standard library and fakeserver and nothing else, and it must never be used to sell tickets.
package fakestebby
