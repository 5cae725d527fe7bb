// Package signal is what people and the gate perceive of a verdict: the relay
// that opens, the lamp, the tone, the reader's own beeper.
//
// It promises that showing a verdict never blocks the lane, that an output is
// never held on longer than [MaxPulse] at a stretch by this process, that it is
// off before anything is shown and after Run has returned, and that an output
// that fails is a condition and never undoes a decision. It decides nothing: it
// is told which of three kinds to show, after the journal has it.
//
// What ends a stretch is a timer of the [Line], started before the line is
// switched on. It waits for no lane, no journal, no network and nobody who
// listens. Where the switch itself hangs no timer helps: [Panel.Held] tells, and
// whoever watches this process must then end it.
//
// Colour is never the only carrier. An address that says no rhythm gets the one
// of its verdict, see [DefaultRhythm], and [Warnings] tells which verdicts of a
// configuration people could only know by which lamp is lit.
package signal
