package passage

import (
	"slices"
	"time"
)

// Rules say what counts as a passage.
type Rules struct {
	// Window is how long after an authorisation somebody may go through.
	Window time.Duration
	// Debounce is how soon after one passage no other is possible.
	Debounce time.Duration
	// Both says that the contact moves for people who leave as well.
	Both bool
}

// lateness is how much later than a window's end it is closed: changes of the
// contact that happened within the window may still be on their way.
const lateness = 200 * time.Millisecond

// maxWaiting is how many may be authorised and not yet through. More is no
// queue at a gate.
const maxWaiting = 64

// Outcome is what became of an authorisation, or of a movement without one.
type Outcome string

// The outcomes.
const (
	Passed       Outcome = "passed"       // went through
	NotPassed    Outcome = "not_passed"   // the window ended, and nobody had moved the contact
	Unknown      Outcome = "unknown"      // nobody watched the contact to the end of the window
	Unauthorised Outcome = "unauthorised" // the contact moved for nobody who was let in
)

// answer is one outcome.
type answer struct {
	outcome Outcome
	seq     int64 // of the authorisation, 0 when Unauthorised
	at      time.Duration
}

// gate is the state of one contact. It looks at no clock: every time is given to
// it, on one clock. Times that lie a little back are no harm.
type gate struct {
	rules   Rules
	waiting []authorisation // the first let in is first
	moved   bool            // the contact is active, as far as is known
	last    time.Duration   // when it last counted
	counted bool            // it has ever counted
}

type authorisation struct {
	seq int64
	at  time.Duration
}

// authorise lets somebody in. It tells whether there is room.
func (g *gate) authorise(seq int64, at time.Duration) bool {
	if len(g.waiting) >= maxWaiting {
		return false
	}
	g.waiting = append(g.waiting, authorisation{seq, at})
	return true
}

// change takes a change of the contact. missed tells that others before it were
// lost.
func (g *gate) change(active, missed bool, at time.Duration) []answer {
	answers := g.expire(at)
	again := g.moved && !missed // it was active already
	g.moved = active
	if !active || again || g.counted && at-g.last < g.rules.Debounce {
		return answers
	}
	g.last, g.counted = at, true
	// Who was let in only after that has not gone through.
	if len(g.waiting) > 0 && g.waiting[0].at <= at {
		passed := answer{Passed, g.waiting[0].seq, at}
		g.waiting = slices.Delete(g.waiting, 0, 1)
		return append(answers, passed)
	}
	if g.rules.Both {
		return answers
	}
	return append(answers, answer{outcome: Unauthorised, at: at})
}

// expire closes the windows that ended before now.
func (g *gate) expire(now time.Duration) []answer {
	var answers []answer
	for len(g.waiting) > 0 && now-g.waiting[0].at > g.rules.Window {
		answers = append(answers, answer{NotPassed, g.waiting[0].seq, g.waiting[0].at + g.rules.Window})
		g.waiting = slices.Delete(g.waiting, 0, 1)
	}
	return answers
}

// next tells how long after now the next window is to be closed.
func (g *gate) next(now time.Duration) (time.Duration, bool) {
	if len(g.waiting) == 0 {
		return 0, false
	}
	return max(0, g.waiting[0].at+g.rules.Window+lateness-now) + time.Millisecond, true
}

// stop gives up watching.
func (g *gate) stop(now time.Duration) []answer {
	answers := g.expire(now - lateness)
	for _, w := range g.waiting {
		answers = append(answers, answer{Unknown, w.seq, now})
	}
	g.waiting = nil
	return answers
}
