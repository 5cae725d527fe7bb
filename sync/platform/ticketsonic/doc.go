// Package ticketsonic is the drawer of TicketSonic: the form of its codes, the
// recovery of what the promoter's key put into them, and the part of its
// interface that a gate needs.
//
// It promises that recognition and verification are pure, take bytes of any
// kind, and name a ticket only by the number inside a block that opened with a
// key of the account and holds in every part, so that no rewriting of a code
// makes a second ticket of one. It promises that a question to the server is
// never taken for a use: the platform knows no uses at a gate, and two gates
// learn nothing of each other through it.
//
// It will never skip the verification of a certificate, never follow a
// redirect, never retry, never place or change an order, and never put a key, a
// code or a name into an error. The keys are usually RSA-512, which a determined
// person can break; README.md says what that means for a door and what is done
// about it.
package ticketsonic
