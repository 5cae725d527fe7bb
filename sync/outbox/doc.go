// Package outbox brings one account's check-ins to its platform.
//
// It promises that every delivery ends exactly once: delivered, recognised as
// ours, in conflict, or rejected for good and buried. Nothing is ever dropped
// because a server, a network or a disk failed. The intent of a request is on
// disk before the request leaves, deliveries of one ticket go out one after
// the other in the order of the journal, and different tickets go out side by
// side, no more at once than the server bears. What became of a request is
// kept until the disk takes it; the request is not repeated for that.
//
// A request that may still be in flight in this process is never joined by a
// second one for its ticket, whoever asks; what a drawer jots down before a
// request leaves is on disk before it leaves, and comes back with the next
// attempt, across a restart too.
//
// After a failure it waits, exponentially and with jitter, and goes on with a
// single request until one succeeds. A delivery that fails alone waits alone.
// What the server, or the drawer that knows it, asked to wait is waited.
// A refused key stops the account until somebody resumes it; without anybody,
// one delivery is tried every ten minutes.
package outbox
