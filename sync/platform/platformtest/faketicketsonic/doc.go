// Package faketicketsonic is a whole TicketSonic server in one process: promoters with their keys, events, kinds of tickets, tickets sold
// at a box office as blocks that only the promoter's key can make, and the interface that a gate calls.
//
// It promises to answer as the published document says and, where shops' plugins are known to have met something else, in whichever
// manner it is told: JSON with a message, the document's texts with status 400, or the bare texts with status 200 of 2020. No recording
// of the real server exists; README.md of the drawer says what is known from where. What nobody knows, whether asking about a ticket
// uses it up, can be had both ways.
//
// Given one seed and one clock it gives the same keys, numbers and answers. It is for tests and the demo and must never face people: its
// keys are made to be thrown away.
package faketicketsonic
