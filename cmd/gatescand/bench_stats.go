package main

import (
	"math"
	"slices"
	"time"
)

// spread holds how long something took, each time.
type spread []time.Duration

// at gives the duration that share of all did not exceed, by nearest rank.
func (s spread) at(share float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	rank := int(math.Ceil(share * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

func (s spread) p50() time.Duration { return s.at(0.50) }
func (s spread) p99() time.Duration { return s.at(0.99) }
func (s spread) max() time.Duration { return s.at(1) }
