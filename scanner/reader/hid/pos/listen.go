package pos

import (
	"fmt"
	"time"

	"gatescand/scanner/reader"
)

const (
	// settle is how long everything is thrown away after opening: what comes then may be the rest of a code that began before.
	settle = 50 * time.Millisecond
	// grace is how long reports may still turn up when silence seems to have lasted too long: this process may have been held up, and what came
	// in the meantime is only now being read.
	grace = 20 * time.Millisecond
	// noticeGap is the least time between two notices of one opening: damage comes in floods.
	noticeGap = 5 * time.Second
)

// listening is what one Run makes of the reports of its session. It belongs to Run's goroutine.
type listening struct {
	ses    *session
	now    reader.Monotonic
	up     func()
	emit   func(reader.Frame)
	notify func(reader.Notice)

	assembler *assembler
	timer     *time.Timer
	opened    time.Duration
	isUp      bool
	doubted   bool // the silence has been given its grace
	noticed   bool
	noticedAt time.Duration
}

// begin starts to listen: the device is open.
func (l *listening) begin() {
	l.assembler = newAssembler(l.ses.is)
	l.opened = l.now()
	l.schedule()
}

// take handles one report.
func (l *listening) take(a arrival) {
	if a.at-l.opened >= settle {
		l.rise()
	}
	l.doubted = false
	if a.missed {
		l.tell(l.assembler.missed(a.missedAt), a.at)
		l.tell(l.assembler.tick(a.at), a.at) // what comes long after is a code of its own
	}
	l.tell(l.assembler.push(a.at, a.report), a.at)
	l.schedule()
}

// wake handles the timer.
func (l *listening) wake() {
	now := l.now()
	due, pending := l.assembler.deadline()
	switch {
	case !l.isUp:
		l.rise()
	case !pending || now < due || len(l.ses.reports) > 0:
	case !l.doubted:
		l.doubted = true
		l.timer.Reset(grace)
		return
	default:
		l.tell(l.assembler.tick(now), now)
	}
	l.schedule()
}

// rise says once that the reader is up.
func (l *listening) rise() {
	if l.isUp {
		return
	}
	l.isUp = true
	l.assembler.desync()
	l.up()
}

// schedule sets the timer to when something will have to be done.
func (l *listening) schedule() {
	due, pending := l.assembler.deadline()
	if !l.isUp {
		due, pending = l.opened+settle, true
	}
	if !pending {
		l.timer.Stop()
		return
	}
	l.timer.Reset(max(due-l.now(), time.Millisecond))
}

// tell passes on what came of a report.
func (l *listening) tell(o outcome, at time.Duration) {
	if !l.isUp {
		return
	}
	if o.whole {
		l.emit(o.frame)
	}
	if o.drop == dropNothing || l.notify == nil || l.noticed && at-l.noticedAt < noticeGap {
		return
	}
	l.noticed, l.noticedAt = true, at
	l.notify(reader.Notice{Kind: reader.NoticeDropped, Detail: l.ses.detail(o.drop)})
}

// detail says to the operator what was dropped, and what to try.
func (s *session) detail(why drop) string {
	const again = "hold the code before it again"
	switch why {
	case dropDamaged:
		return fmt.Sprintf("%s sent a report that contradicts itself, and a code was dropped: %s; if it goes on, write the reader's make as profile= "+
			"into its address, or use its serial mode", s.node, again)
	case dropUnended:
		return fmt.Sprintf("%s began a code and never ended it, and it was dropped: %s; if codes of 56 or 112 characters never work, the reader "+
			"counts wrongly: use its serial mode", s.node, again)
	case dropMixed:
		return fmt.Sprintf("%s sent parts of two codes as one, and both were dropped: %s, one code at a time", s.node, again)
	case dropMissed:
		return fmt.Sprintf("%s sent faster than codes can be decided, and some were dropped: %s; if it goes on, set the reader to presentation mode "+
			"with a pause between two codes", s.node, again)
	case dropNothing:
	}
	return ""
}

// drain handles the reports that came before the end: codes that were read whole exist nowhere else. Half a code is dropped with the device.
func (l *listening) drain() {
	if !l.isUp {
		return
	}
	for range len(l.ses.reports) {
		l.take(<-l.ses.reports)
	}
}
