package signal

import (
	"context"
	"errors"
	"time"
)

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

// Monotonic tells the time since some fixed moment, such as the boot. It never
// goes back and returns at once.
type Monotonic func() time.Duration

// Switch is an output that is on or off: a relay, a lamp. Its methods are
// called from one goroutine at a time and return within a bounded time.
type Switch interface {
	Set(on bool) error
	// Close switches off, as far as the hardware allows, and lets go.
	Close() error
}

// Message is an output that is told something once, such as a reader's beeper.
type Message interface {
	// Send says it. [ErrLeftOut] is neither a success nor a failure.
	Send() error
}

// ErrLeftOut is returned by a [Message] that was not said because an earlier one
// is still being said. Nobody is told of it.
var ErrLeftOut = errors.New("left out, an earlier message is still being said")

// Player is a [Message] that takes a while, such as a tone. It is stopped when
// the same output is to show again, and when the signals stop.
type Player interface {
	// Play plays to the end. It returns soon after ctx has ended, and to have
	// been stopped is no error.
	Play(ctx context.Context) error
}

// Edge is a change of an input: a contact that closes or opens.
type Edge struct {
	// Active is the state after the change.
	Active bool
	// Ago is how long before it was read the change happened.
	Ago time.Duration
	// Missed tells that changes before this one were lost.
	Missed bool
}
