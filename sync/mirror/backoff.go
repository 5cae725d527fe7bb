package mirror

import (
	"time"

	"github.com/cenkalti/backoff/v5"
)

// jitter is how far a pause may stray to either side, so that stations that
// lost the network together do not come back together.
const jitter = 0.25

// backoff gives pauses that begin near the first one, double, and never exceed
// the longest.
func (c Config) backoff() *backoff.ExponentialBackOff {
	stray := jitter
	if c.Steady {
		stray = 0
	}
	return &backoff.ExponentialBackOff{
		InitialInterval:     c.FirstPause,
		RandomizationFactor: stray,
		Multiplier:          2,
		MaxInterval:         time.Duration(float64(c.MaxPause) / (1 + stray)),
	}
}
