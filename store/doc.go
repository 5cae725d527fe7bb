// Package store keeps everything the station must not forget in one SQLite
// file: the journal of every scan, who has used which ticket, what still has
// to be told to the platforms, and the tickets, events and keys as the
// platforms last told them.
//
// It promises that a check-in which [DB.Record] returned without an error is
// on disk (WAL with synchronous=FULL, read back and refused when it is
// anything else), that two lanes can never admit one ticket twice, because
// facts, decision and record are one transaction of one writer, that a lane
// never waits behind more than one small piece of a mirror's work, and that
// any edit, gap or cut in the journal is found by [DB.VerifyJournal].
//
// It will never decide anything itself (that is admission.Decide), never ask
// a network, never delete what has not been delivered, and never repair a
// damaged file by forgetting part of it.
//
// The schema stands in migrations/, each table with its meaning.
package store
