// Package configs reads the one file a station is described in.
//
// It promises that a faulty file never starts a daemon and never costs a second
// round: [Load] and [Parse] report every fault they can find at once, each with
// file, line, key, what is wrong and what to write instead, and they report a
// fault once, not again for what follows from it. It promises that what it
// returns is complete: every default is filled in, every named file has been
// opened and read, every reference between sections holds.
//
// It never panics on what stands in a file, never reads more than a fixed
// amount, and never shows a secret: secrets are held as [Secret], and no fault
// repeats a value that could be one. It opens no device and no connection;
// whether an address of a reader or a signal is well formed is asked of the
// functions in [Env].
package configs
