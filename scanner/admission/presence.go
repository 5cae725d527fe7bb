package admission

import "time"

// Passage is one use of a ticket as it changes who is inside.
type Passage struct {
	Seq       int64 // order in the journal; order is never taken from a clock
	At        Stamp
	Direction Direction
	Station   string
	Lane      string
	By        Party
}

// IsZero tells whether there is no passage.
func (p Passage) IsZero() bool { return p.Direction == "" }

// Presence is the used-state of one ticket: its passages folded in the order
// of the journal since it was last reset.
type Presence struct {
	Entries   int
	Inside    bool
	LastEntry Passage
	LastExit  Passage
}

// Fold gives the presence after one more passage. Check lanes change nothing.
func (p Presence) Fold(x Passage) Presence {
	switch x.Direction {
	case Entry:
		p.Entries++
		p.Inside = true
		p.LastEntry = x
	case Exit:
		p.Inside = false
		p.LastExit = x
	case Check:
	}
	return p
}

// ReentryKind names a re-entry rule.
type ReentryKind string

// The re-entry rules of a lane.
const (
	ReentryNever     ReentryKind = "never"
	ReentryAfterExit ReentryKind = "after-exit"
	ReentryAfter     ReentryKind = "after" // a while after the last entry
	ReentryUnlimited ReentryKind = "unlimited"
)

// Reentry says when a used ticket may enter again. The zero value is never.
type Reentry struct {
	Kind  ReentryKind
	After time.Duration // for ReentryAfter
}

// allows tells whether a ticket used up by own entries may enter once more.
func (r Reentry) allows(p Presence, now Stamp) bool {
	switch r.Kind {
	case ReentryUnlimited:
		return true
	case ReentryAfterExit:
		return !p.Inside && !p.LastExit.IsZero() && p.LastExit.Seq > p.LastEntry.Seq
	case ReentryAfter:
		d, known := now.Since(p.LastEntry.At)
		return known && d >= r.After
	case ReentryNever:
	}
	return false
}

// allowsForeign is allows for a use that only the platform knows of.
func (r Reentry) allowsForeign(usedAt time.Time, now Stamp) bool {
	switch r.Kind {
	case ReentryUnlimited:
		return true
	case ReentryAfter:
		return !usedAt.IsZero() && now.Trusted && now.Wall.Sub(usedAt) >= r.After
	case ReentryNever, ReentryAfterExit:
	}
	return false
}
