package admission

import "time"

// Stamp is one moment as this station knew it: by the wall clock, and by the
// time since boot, which no one can set and which stays true when the wall
// clock does not.
type Stamp struct {
	Wall      time.Time     // wall clock, UTC
	Trusted   bool          // whether the wall clock could be relied on then
	Boot      string        // boot id of the kernel
	SinceBoot time.Duration // time since that boot, suspends included
}

// IsZero tells whether s says nothing at all.
func (s Stamp) IsZero() bool {
	return s.Wall.IsZero() && s.Boot == ""
}

// Since gives the time from earlier to s. Within one boot it is exact,
// whatever the wall clock did. Across boots it needs two trusted wall clocks;
// known is false without them, or when the clocks contradict the order.
func (s Stamp) Since(earlier Stamp) (d time.Duration, known bool) {
	if s.Boot != "" && s.Boot == earlier.Boot {
		d = s.SinceBoot - earlier.SinceBoot
		return d, d >= 0
	}
	if s.Wall.IsZero() || earlier.Wall.IsZero() || !s.Trusted || !earlier.Trusted {
		return 0, false
	}
	d = s.Wall.Sub(earlier.Wall)
	return d, d >= 0
}
