package camera

import (
	"bytes"
	"time"
)

const (
	// Repeat is how often a code that stays in view is handed over again. A lane answers a re-read with its first answer for as long as its
	// own hold-off has not run out since the last one, and each re-read renews that: so re-reads must come much more often than the lane's
	// hold-off lasts, and need not come at every frame. A lane with a camera needs a hold-off of at least twice Repeat, since a code may be
	// missed in the frames of one turn; with a shorter one, a ticket held still is decided again and again, and refused as used at its second
	// turn.
	Repeat = 500 * time.Millisecond
	// leave is how long the code being followed must be out of sight before another is taken. A code in motion is missed in some frames.
	leave = 300 * time.Millisecond
	// besides is how many codes are remembered as seen beside the one being followed.
	besides = 4
)

// follower chooses, frame by frame, which of the codes in view is the one being presented.
//
// A person presents one ticket and often has more in view: those of the family on one sheet, another phone in the queue behind. The lane must
// not get them in turn, as chance finds one or the other. So one code is followed: the one nearest to the middle when there was none. While it
// is in view nothing else counts. When it has left, a code that was not there before is taken at once, for it is the next person's; one that
// had been seen beside it waits for the hold-off, for it was probably not meant, and is then taken if it is still there.
type follower struct {
	holdOff time.Duration

	code   []byte // being followed, nil when none
	seen   time.Duration
	told   time.Duration
	beside [besides]aside
}

// aside is a code seen beside the one being followed.
type aside struct {
	code []byte
	seen time.Duration
}

// see takes what one frame shows, at least one symbol, and gives the one to hand over, if there is one.
func (f *follower) see(symbols []symbol, at time.Duration) (symbol, bool) {
	if s, in := named(symbols, f.code); in {
		f.seen = at
		f.remember(symbols, at)
		if at-f.told < Repeat {
			return symbol{}, false
		}
		f.told = at
		return s, true
	}
	if f.code != nil && at-f.seen < leave {
		return symbol{}, false
	}
	free := symbols
	if f.code != nil && at-f.seen < f.holdOff {
		free = f.strangers(symbols)
	}
	if len(free) == 0 {
		return symbol{}, false
	}
	s := central(free)
	f.code, f.seen, f.told = s.code, at, at
	f.remember(symbols, at)
	return s, true
}

// named gives the symbol with a code.
func named(symbols []symbol, code []byte) (symbol, bool) {
	for _, s := range symbols {
		if code != nil && bytes.Equal(s.code, code) {
			return s, true
		}
	}
	return symbol{}, false
}

// strangers gives the symbols that were not seen beside the code being followed.
func (f *follower) strangers(symbols []symbol) []symbol {
	var free []symbol
	for _, s := range symbols {
		if !f.wasBeside(s.code) {
			free = append(free, s)
		}
	}
	return free
}

func (f *follower) wasBeside(code []byte) bool {
	for _, a := range f.beside {
		if a.code != nil && bytes.Equal(a.code, code) {
			return true
		}
	}
	return false
}

// remember notes the codes beside the one being followed, in the place of those seen longest ago, and forgets what is older than the hold-off.
func (f *follower) remember(symbols []symbol, at time.Duration) {
	for i := range f.beside {
		if a := &f.beside[i]; at-a.seen >= f.holdOff || bytes.Equal(a.code, f.code) {
			*a = aside{}
		}
	}
	for _, s := range symbols {
		if bytes.Equal(s.code, f.code) {
			continue
		}
		place := &f.beside[0]
		for i := range f.beside {
			a := &f.beside[i]
			if a.code == nil || bytes.Equal(a.code, s.code) {
				place = a
				break
			}
			if a.seen < place.seen {
				place = a
			}
		}
		*place = aside{code: s.code, seen: at}
	}
}
