package signal

import "time"

// Kind is which of the three verdicts to show.
type Kind string

// The kinds.
const (
	Admit  Kind = "admit"
	Refuse Kind = "refuse"
	Hold   Kind = "hold"
)

// MaxPulse is the longest time an output stays on for one verdict. A relay
// that is on for longer lets more than one person through.
const MaxPulse = 2 * time.Second

// DefaultPulse is what turnstiles and door strikes take as one opening.
const DefaultPulse = 300 * time.Millisecond

// Switch is an output that is on or off: a relay, a lamp. Its methods are
// called from one goroutine at a time and return within a bounded time.
type Switch interface {
	Set(on bool) error
	// Close switches off, as far as the hardware allows, and lets go.
	Close() error
}

// Message is an output that is told something once, such as a reader's beeper.
type Message interface {
	Send() error
}
