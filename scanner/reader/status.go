package reader

import (
	"errors"
	"time"
)

// State is what a reader is doing, as shown on the page and in the API.
type State string

// The states of a reader. "opening" is only seen at start; later attempts keep the state that made them necessary until they succeed.
const (
	StateOpening      State = "opening"
	StateUp           State = "up"
	StateAbsent       State = "absent"
	StateNoPermission State = "no_permission"
	StateBusy         State = "busy"
	StateFault        State = "fault"
	StateStopped      State = "stopped"
)

// Status says how a reader is and, when it is not well, what to do about it.
type Status struct {
	State State
	// Address is the reader's address as it stands in the configuration.
	Address string
	// Detail is for the operator: when up, the hardware that was found, if known; otherwise what is wrong and what to try.
	Detail string
	// Since is when this state and detail began.
	Since time.Duration
	// Ups counts how often the reader has come up since the start: 1 is normal, a growing number is a loose cable.
	Ups int
}

// stateOf gives the state that stands for an error of a Source.
func stateOf(err error) State {
	switch {
	case errors.Is(err, ErrAbsent), errors.Is(err, ErrGone):
		return StateAbsent
	case errors.Is(err, ErrPermission):
		return StateNoPermission
	case errors.Is(err, ErrBusy):
		return StateBusy
	default:
		return StateFault
	}
}
