// Package reconcile compares what a platform's list says with the journal.
//
// It promises that a disagreement is opened for people exactly once, with both
// sides in it, and that a ticket which the organiser has reset may enter
// again. It promises that it takes nothing for a disagreement that a delivery
// on its way explains, and nothing for a reset that was listed before our own
// use had reached the platform. An opened gate is never taken back: it changes
// no check-in and no delivery.
package reconcile
