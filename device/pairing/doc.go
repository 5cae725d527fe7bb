// Package pairing makes an account usable and keeps what that yields.
//
// It promises that a pairing token leaves this box once, towards a host that
// was checked first, and only after the intent to send it is on disk; that
// credentials are on disk, readable by the service alone, before a pairing is
// called done; that a pairing whose answer was lost is recognised and explained;
// and that a code held before a reader is taken only while the desk is armed, and
// only for a host that is known or that a person has agreed to. It never shows a
// token or a key in an error, and it never follows anything a code says without
// having been asked to.
package pairing
