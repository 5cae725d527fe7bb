package camera

import (
	"sync"
	"time"
)

// slow is the time within which the search of one picture should end. Longer ones are counted; a person notices twice as much.
const slow = 250 * time.Millisecond

// Stats counts what a camera has done since it was made.
type Stats struct {
	// Pictures came from the camera or appeared in the folder.
	Pictures uint64
	// Stale were dropped because a newer one came while another was being searched. Many of them are normal on a small box.
	Stale uint64
	// Broken could not be made into luminance: cut short or damaged on the way.
	Broken uint64
	// Searched were looked through, Found had at least one code, Crowded were given up as hostile.
	Searched, Found, Crowded uint64
	// Slow searches took longer than a quarter of a second, Longest is the longest of all. A box with many slow ones needs a smaller picture.
	Slow    uint64
	Longest time.Duration
	// Busy is the time spent searching.
	Busy time.Duration
}

// counters is Stats in the making.
type counters struct {
	mu sync.Mutex
	Stats
}

func (c *counters) count(f func(*Stats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.Stats)
}

func (c *counters) get() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Stats
}

// searched counts one search that took so long.
func (c *counters) searched(took time.Duration, found, crowded bool) {
	c.count(func(s *Stats) {
		s.Searched++
		s.Busy += took
		s.Longest = max(s.Longest, took)
		if took > slow {
			s.Slow++
		}
		if found {
			s.Found++
		}
		if crowded {
			s.Crowded++
		}
	})
}
