// Package faketibillet is a whole TiBillet (Lespass) server in one process: one organisation with its events, keys, reservations,
// tickets and scan apps, behind the HTTP routes a gate talks to. It is used by the tests of everything that speaks to TiBillet and by
// the demo command, where it stands in for the real platform.
//
// It promises to answer as the real scan views answer, also where these differ from the platform's public document: the same status
// codes, content types, bodies, localized status words and orders of checks, including their faults (a canceled ticket is scanned with
// success, an unknown key gives an HTML page with status 500, a HEAD request consumes a pairing token). The recorded exchanges of the
// real views are replayed against it by its conformance test, so it cannot drift from them unnoticed.
//
// It can also misbehave on demand: see package fakeserver, whose Front it embeds. And it has a box office: the methods of [Server] that
// change tickets, events and scan apps as the organiser's admin pages would.
//
// Identifiers, names and API keys come from the random source given in [Options] and all times from its clock, so two servers made
// alike are alike. RSA keys and signatures are the exception: they always come from the system's random source.
//
// It will never import anything beyond the standard library, and it must never be used to sell tickets: it keeps everything in memory
// and its secrets are guessable on purpose.
package faketibillet
