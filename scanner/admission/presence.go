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
	case Check, Undo:
	}
	return p
}

// Undone gives the presence after the last entry has been taken back. before is
// the entry before that one, zero where there is none. An exit stays: somebody
// did walk out.
func (p Presence) Undone(before Passage) Presence {
	p.Entries = max(p.Entries-1, 0)
	p.LastEntry = before
	p.Inside = !before.IsZero() && (p.LastExit.IsZero() || p.LastExit.Seq < before.Seq)
	return p
}

// Standing is a use of a ticket that a person undid here after the platform had
// been told of it, or may have been. No platform takes a use back, so it goes
// on saying that the ticket is used, and means ours.
type Standing struct {
	Uses int // how many of our uses the platform has, 0 where none is undone
	// Until is when the platform had taken it, the zero time while it may still
	// be on its way, or where nobody knows.
	Until time.Time
}

// isOneMore is how much later than ours a use must be dated to be another one:
// the clocks of a platform and of this box differ.
const isOneMore = 5 * time.Minute

// explains tells whether the use that the platform speaks of is the one we undid:
// unless it names somebody else than self, counts more uses than ours, or dates
// the use after ours.
func (s Standing) explains(v *view, self string) bool {
	switch {
	case s.Uses == 0, v.usedTimes > s.Uses:
		return false
	case v.usedBy != "" && self != "" && v.usedBy != self:
		return false
	}
	return v.usedAt.IsZero() || s.Until.IsZero() || !v.usedAt.After(s.Until.Add(isOneMore))
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
