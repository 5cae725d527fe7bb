package scanner

import "time"

// A lane writes this many unrecognised frames at once, and then so many a
// second. A person with the wrong ticket shows it a few times; only noise is
// faster.
const (
	stormBurst = 20
	stormRate  = 4 // a second
)

// storm tells a flood of unrecognised frames from people with wrong tickets.
type storm struct {
	tokens  float64
	last    time.Duration // since boot
	started bool
	raised  bool
}

// drowns tells whether one more unrecognised frame is part of a flood.
func (s *storm) drowns(now time.Duration) bool {
	if !s.started {
		s.started, s.tokens, s.last = true, stormBurst, now
	}
	s.tokens = min(stormBurst, s.tokens+stormRate*(now-s.last).Seconds())
	s.last = now
	if s.tokens < 1 {
		s.raised = true
		return true
	}
	s.tokens--
	return false
}

// calm ends the storm: the reader yields codes again.
func (s *storm) calm(c Conditions, lane string) {
	if s.raised {
		s.raised = false
		c.Clear(ConditionGarbage, lane)
	}
}
