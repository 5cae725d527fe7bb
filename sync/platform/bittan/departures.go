package bittan

import (
	"sync"
	"time"
)

// departures remembers when requests for a use left, as long as this process
// lives. Beside the memo, which holds a wall clock, it cannot be misled by a
// clock that is set in between: the moments carry Go's monotonic reading.
type departures struct {
	mu sync.Mutex
	at map[string]time.Time // by code
}

func (d *departures) note(id string, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at == nil {
		d.at = make(map[string]time.Time)
	}
	for other, at := range d.at {
		if now.Sub(at) > 2*settleTime {
			delete(d.at, other)
		}
	}
	d.at[id] = now
}

// since gives how long ago the last request for a code left, where that is
// known and not long ago.
func (d *departures) since(id string, now time.Time) (time.Duration, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, ok := d.at[id]
	return now.Sub(at), ok
}
