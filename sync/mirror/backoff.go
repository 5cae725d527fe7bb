package mirror

import (
	"time"

	"github.com/cenkalti/backoff/v5"
)

// jitter is how far a pause may stray to either side, so that stations that
// lost the network together do not come back together.
const jitter = 0.25

// newBackoff gives pauses that begin near first, double, and never exceed most.
func newBackoff(first, most time.Duration) *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     first,
		RandomizationFactor: jitter,
		Multiplier:          2,
		MaxInterval:         time.Duration(float64(most) / (1 + jitter)),
	}
}
