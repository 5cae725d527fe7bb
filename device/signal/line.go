package signal

import "time"

// Line lets several outputs share one switch, as when one lamp shows both a
// refusal and a hold. The switch is on while any of them wants it on, and one
// that has finished does not cut another short; but however they follow one
// another, it is not on for longer than [MaxPulse] at a stretch. The switch is
// used from one goroutine at a time.
type Line struct {
	// turn holds one token for whoever uses what follows. Who waits for it
	// waits for hardware.
	turn   chan struct{}
	under  Switch
	wanted map[*tap]bool
	limit  *time.Timer // runs while the switch may be on
	since  uint64      // counts the stretches, so that a late limit knows its own
}

// NewLine makes a line of a switch, which belongs to it from then on.
func NewLine(s Switch) *Line {
	return &Line{turn: make(chan struct{}, 1), under: s, wanted: make(map[*tap]bool)}
}

// Tap gives one output its own switch on the line. Closing it switches it off
// and leaves the line to the others.
func (l *Line) Tap() Switch { return &tap{line: l} }

// Close switches the line off and lets go of it.
func (l *Line) Close() error {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	clear(l.wanted)
	l.disarm()
	return l.under.Close()
}

// tap is one output's side of a line.
type tap struct{ line *Line }

// Set tells whether this output wants the line on.
func (t *tap) Set(on bool) error {
	t.line.turn <- struct{}{}
	defer func() { <-t.line.turn }()
	if on {
		return t.line.want(t)
	}
	delete(t.line.wanted, t)
	if len(t.line.wanted) > 0 {
		return nil
	}
	return t.line.off()
}

// Close is Set(false).
func (t *tap) Close() error { return t.Set(false) }

func (l *Line) want(t *tap) error {
	if len(l.wanted) > 0 {
		l.wanted[t] = true
		return nil
	}
	// The limit counts from before: a switch that says it failed may be on.
	if l.limit == nil {
		l.since++
		stretch := l.since
		l.limit = time.AfterFunc(MaxPulse, func() { l.enough(stretch) })
	}
	if err := l.under.Set(true); err != nil {
		return err
	}
	l.wanted[t] = true
	return nil
}

// off switches off. As long as that fails the limit goes on.
func (l *Line) off() error {
	if err := l.under.Set(false); err != nil {
		return err
	}
	l.disarm()
	return nil
}

func (l *Line) disarm() {
	if l.limit != nil {
		l.limit.Stop()
		l.limit = nil
	}
}

// enough ends a stretch that has reached the limit, and does not give up. Each
// output switches off once more when its own time is over, and tells of what
// fails then.
func (l *Line) enough(stretch uint64) {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	if l.limit == nil || stretch != l.since {
		return
	}
	clear(l.wanted)
	if l.off() != nil {
		l.limit.Reset(offRetry)
	}
}
