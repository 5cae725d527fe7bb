package mirror

import (
	"fmt"
	"time"

	"gatescand/scanner/admission"
)

// doubtFrom is how many tickets a list must have had before the loss of most of
// them is doubted. A list that was not empty and now is, is doubted whatever its
// length.
const doubtFrom = 20

// doubt is what a sweep said that would take most of a list away.
type doubt struct {
	seen  int
	since time.Duration // when that sweep had ended, since boot
	looks int           // sweeps at a stretch that did not agree with the one before
}

// isShrunk tells whether s, complete, would take so much off the list that it
// is not believed at once: all of it, or more than half of at least twenty.
//
// A list of usable tickets melts away by nature, and to be empty is its end.
// What a lost answer would do there is less too: its tickets count as used and
// not as revoked, and the platform can be asked. Only the loss of a whole list
// of some length between two sweeps is doubted.
func isShrunk(s admission.Sweep, usableOnly bool) bool {
	switch {
	case usableOnly:
		return s.Seen == 0 && s.Listed >= doubtFrom
	case s.Seen == 0:
		return s.Listed > 0
	}
	return s.Listed >= doubtFrom && 2*s.Seen < s.Listed
}

// believes tells whether a sweep that has seen everything there is may take
// away what it has not seen. Where that is most of the list, another sweep,
// begun after this one and as long as this one, must say so first. Until then
// the list keeps what it had. The doubt is not stored: a list that still has
// what is to be taken away is doubted anew after a restart.
func (r *run) believes(t *task) bool {
	s := *t.sweep
	now := r.now()
	if t.usable && s.First && s.Seen == 0 {
		// A server that gives nobody its list of usable tickets may do so by
		// giving an empty one. As long as it has never shown a ticket it has no
		// list, and what was heard of single tickets stays.
		t.after, t.list.dueAt, r.noList = beginOver, now+r.cfg.SweepEvery, true
		return false
	}
	agrees := t.doubt != nil && t.doubt.seen == s.Seen
	if !isShrunk(s, t.usable) || (agrees && now-t.doubt.since >= r.cfg.DoubtFor) {
		return true
	}
	t.after = beginOver
	t.list.dueAt = now
	switch {
	case t.doubt == nil:
		t.doubt = &doubt{seen: s.Seen, since: now}
	case agrees:
		t.list.dueAt = t.doubt.since + r.cfg.DoubtFor
	default:
		t.doubt.seen, t.doubt.since = s.Seen, now
		if t.doubt.looks++; t.doubt.looks%sweepTries == 0 {
			t.list.dueAt = now + min(r.cfg.UnstableEvery, r.cfg.SweepEvery)
		}
	}
	r.cfg.Conditions.Raise(CodeShrunk, r.subject(t), fmt.Sprintf(
		"it now has %d tickets where it had %d; nothing is taken off it until another look says the same", s.Seen, s.Listed))
	return false
}

// undoubted ends the doubt about a list.
func (r *run) undoubted(t *task) {
	if t.doubt != nil {
		t.doubt = nil
		r.cfg.Conditions.Clear(CodeShrunk, r.subject(t))
	}
}
