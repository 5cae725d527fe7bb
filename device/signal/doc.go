// Package signal is what people and the gate perceive of a verdict: the relay
// that opens, the lamp, the reader's own beeper.
//
// It promises that showing a verdict never blocks the lane, that an output is
// never held on longer than [MaxPulse] by this process, that it is off before
// anything is shown and after Run has returned, and that an output that fails
// is a condition and never undoes a decision. It decides nothing: it is told
// which of three kinds to show, after the journal has it.
package signal
