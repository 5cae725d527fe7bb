// Package stebby is the drawer of Stebby, whose clients buy tickets to sports
// clubs and other places ahead of time: the form of its codes and the two
// ticket services of its API, version 4.
//
// It promises that recognition is pure, takes bytes of any kind and names a
// ticket by the letters and digits of its code alone, so that no other spelling
// makes a second ticket of one. Nothing is signed, so it never calls a code
// good. It promises to read the server's errors in every form met so far, and
// to take neither an error nor an answer about other tickets for "no such
// ticket". Where documents, third-party clients and guesses differ, it is
// built for each of them.
//
// It sends at most one use for each attempt at a delivery, only for a ticket
// that the server has just called usable and only after that has been written
// down, on a connection of its own so that nothing below repeats it. It never
// buys, reverts or asks for people by their personal codes, never follows a
// redirect, never retries, and never puts a key, a code or a name into an
// error. README.md says how the server behaves and where that is known from.
package stebby
