package admission

import "time"

// Window is the time within which a ticket is valid. Zero bounds are open.
type Window struct {
	From  time.Time
	Until time.Time // inclusive

	// WholeDays stretches the window to the whole local days of its bounds:
	// from the first midnight of From's day to the last moment of Until's.
	WholeDays bool
	// Zone is where days are counted, nil means UTC.
	Zone *time.Location
}

// IsZero tells whether the window is open on both sides.
func (w Window) IsZero() bool {
	return w.From.IsZero() && w.Until.IsZero()
}

// Bounds gives the instants of the window, days resolved in its zone. A day of
// 23 or 25 hours is a whole day.
func (w Window) Bounds() (from, until time.Time) {
	if !w.WholeDays {
		return w.From, w.Until
	}
	zone := w.Zone
	if zone == nil {
		zone = time.UTC
	}
	if !w.From.IsZero() {
		y, m, d := w.From.In(zone).Date()
		from = time.Date(y, m, d, 0, 0, 0, 0, zone)
	}
	if !w.Until.IsZero() {
		y, m, d := w.Until.In(zone).Date()
		until = time.Date(y, m, d+1, 0, 0, 0, 0, zone).Add(-time.Nanosecond)
	}
	return from, until
}

// Before tells whether now lies before the window.
func (w Window) Before(now time.Time) bool {
	from, _ := w.Bounds()
	return !from.IsZero() && now.Before(from)
}

// After tells whether now lies after the window.
func (w Window) After(now time.Time) bool {
	_, until := w.Bounds()
	return !until.IsZero() && now.After(until)
}
