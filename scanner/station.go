package scanner

import "time"

// Station is this box with its lanes.
type Station struct {
	lanes []*Lane
}

// NewStation gathers the lanes of a station in the order of the configuration.
func NewStation(lanes ...*Lane) *Station { return &Station{lanes: lanes} }

// Lanes gives the lanes in the order of the configuration.
func (s *Station) Lanes() []*Lane { return s.lanes }

// Lane gives the lane of that name, nil when there is none.
func (s *Station) Lane(name string) *Lane {
	for _, l := range s.lanes {
		if l.Name() == name {
			return l
		}
	}
	return nil
}

// Stuck names the lanes whose loop has not turned within limit of now, both in
// time since boot.
func (s *Station) Stuck(now, limit time.Duration) []string {
	var stuck []string
	for _, l := range s.lanes {
		if now-l.Turned() > limit {
			stuck = append(stuck, l.Name())
		}
	}
	return stuck
}
