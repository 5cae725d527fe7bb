// Package scanner is the way of one scan: from a reader's frame to a decision
// on disk and a signal at the gate.
//
// It promises that nothing is signalled before the journal has the check-in,
// that frames of a lane are answered one at a time and in their order, that
// none is lost between the reader and the answer, and that a code held before
// the reader a second too long gets its first answer again. It touches the
// network only to ask a platform about a ticket, under a hard deadline, and
// only where the organiser's policy says so.
package scanner
