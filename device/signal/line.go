package signal

import (
	"sync/atomic"
	"time"
)

// Line lets several outputs share one switch, as when one lamp shows both a
// refusal and a hold. The switch is on while any of them wants it on, and one
// that has finished does not cut another short; but however they follow one
// another, it is not on for longer than [MaxPulse] at a stretch. A pause shorter
// than [Rest] parts no contacts: within it only the output that was on goes on,
// and the stretch with it; another one waits until the pause is long enough. The
// switch is used from one goroutine at a time.
type Line struct {
	now Monotonic
	// held is when the stretch began that the switch is on in, plus one; zero
	// while it is off. It is read without waiting for hardware.
	held atomic.Int64

	// turn holds one token for whoever uses what follows. Who waits for it
	// waits for hardware.
	turn   chan struct{}
	under  Switch
	wanted map[*tap]bool
	limit  *time.Timer   // runs while the switch may be on
	since  uint64        // counts the stretches, so that a late limit knows its own
	began  time.Duration // when the stretch began
	ended  time.Duration // when the switch was last switched off
	last   *tap          // who was on last, nil before anybody was
}

// NewLine makes a line of a switch, which belongs to it from then on.
func NewLine(s Switch, now Monotonic) *Line {
	return &Line{now: now, turn: make(chan struct{}, 1), under: s, wanted: make(map[*tap]bool)}
}

// Tap gives one output its own switch on the line. Closing it switches it off
// and leaves the line to the others.
func (l *Line) Tap() Switch { return &tap{line: l} }

// Held tells how long the line has been on at a stretch, zero while it is off.
// It never waits. More than a little over [MaxPulse] means that the switch
// hangs or does not obey.
func (l *Line) Held() time.Duration {
	began := l.held.Load()
	if began == 0 {
		return 0
	}
	return l.now() - time.Duration(began-1)
}

// Close switches the line off and lets go of it.
func (l *Line) Close() error {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	clear(l.wanted)
	l.disarm()
	l.held.Store(0)
	return caught(l.under.Close)
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

// Held is that of the line.
func (t *tap) Held() time.Duration { return t.line.Held() }

func (l *Line) want(t *tap) error {
	if len(l.wanted) > 0 {
		l.wanted[t] = true
		l.last = t
		return nil
	}
	// The limit counts from before: a switch that says it failed may be on.
	if l.limit == nil {
		l.begin(t)
	}
	l.last = t
	if err := l.set(true); err != nil {
		return err
	}
	l.wanted[t] = true
	return nil
}

// begin begins a stretch, or goes on with one whose pause was too short, and
// starts the limit.
func (l *Line) begin(t *tap) {
	l.since++
	stretch := l.since
	now := l.now()
	if l.last == nil || now-l.ended >= Rest {
		l.began = now
	} else if l.last != t || now-l.began >= MaxPulse {
		rest := time.NewTimer(Rest - (now - l.ended))
		<-rest.C
		l.began = l.now()
	}
	l.held.Store(int64(l.began) + 1)
	l.limit = time.AfterFunc(MaxPulse-max(0, now-l.began), func() { l.enough(stretch) })
}

// off switches off. As long as that fails the limit goes on.
func (l *Line) off() error {
	if err := l.set(false); err != nil {
		return err
	}
	if l.limit != nil {
		l.ended = l.now()
	}
	l.held.Store(0)
	l.disarm()
	return nil
}

// set switches. The limit has no one above it who could catch a panic.
func (l *Line) set(on bool) error { return caught(func() error { return l.under.Set(on) }) }

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
