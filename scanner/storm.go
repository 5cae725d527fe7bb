package scanner

import (
	"log/slog"
	"time"

	"gatescand/scanner/admission"
)

// A lane writes this many frames that cannot be tickets at once, and then so
// many a second. A person with the wrong ticket shows it a few times; only
// noise is faster.
const (
	stormBurst = 20
	stormRate  = 4 // a second
)

// storm tells a flood of noise from people with wrong tickets.
type storm struct {
	tokens  float64
	last    time.Duration // since boot
	started bool
	drowned int  // frames of this flood that were not written
	calm    bool // known that no flood stands; an earlier lane of the name may have left one
}

// drowns tells whether one more frame of noise is part of a flood.
func (s *storm) drowns(now time.Duration) bool {
	if !s.started {
		s.started, s.tokens, s.last = true, stormBurst, now
	}
	s.tokens = min(stormBurst, s.tokens+stormRate*(now-s.last).Seconds())
	s.last = now
	if s.tokens < 1 {
		return true
	}
	s.tokens--
	return false
}

// isNoise tells that no account has any use for a code: none recognises it, or
// all that do say that it is none of theirs. Such codes cost whoever makes
// them nothing, so that their number says nothing either.
func isNoise(p *admission.Presentation) bool {
	if p.Scan.Override != nil {
		return false // a person's word is never noise
	}
	for i := range p.Claims {
		cred := &p.Claims[i].Credential
		if cred.Proof == admission.ProofUnchecked || (cred.Proof != admission.ProofBad && cred.ID != "") {
			return false
		}
	}
	return true
}

// drowned answers one of a flood of noise: a reader gone mad, or somebody's
// toy. It is refused for the same reason as outside a flood, but not written,
// so that noise cannot fill the disk. How many there were is in the log.
func (l *Lane) drowned(p admission.Presentation, at admission.Stamp) Result {
	if l.storm.drowned == 0 {
		l.deps.Log.Warn("a flood of frames that are no tickets: they are refused and not all recorded", slog.Any("lane", l.cfg.Name))
	}
	l.storm.drowned++
	l.storm.calm = false
	l.deps.Conditions.Raise(ConditionGarbage, l.cfg.Name, "")
	c := l.checkIn(p, admission.Decide(admission.Facts{Closed: p.Closed, Claims: p.Claims}, p.Scan))
	l.deps.Signals.Show(c.Verdict, true)
	return Result{CheckIn: c, Took: l.since(at)}
}

// calm ends the flood: the reader yields tickets again.
func (l *Lane) calm() {
	if l.storm.calm {
		return
	}
	if l.storm.drowned > 0 {
		l.deps.Log.Warn("the flood has ended", slog.Any("lane", l.cfg.Name), slog.Any("not_recorded", l.storm.drowned))
	}
	l.storm.drowned, l.storm.calm = 0, true
	l.deps.Conditions.Clear(ConditionGarbage, l.cfg.Name)
}
