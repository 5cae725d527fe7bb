package serial

import (
	"time"

	"gatescand/scanner/reader"
)

// What a form says of bytes that are no whole reply.
const (
	more = 0  // they may become one
	none = -1 // they never will
)

// form recognises one kind of reply at the beginning of b, which is not empty. It gives the length of the reply, or more, or none. It never asks
// for more than heldMax bytes.
type form func(b []byte) int

// heldMax is the longest beginning of a reply that a sieve keeps back.
const heldMax = 512

// sieve takes the replies of a reader out of its bytes. What looks like the beginning of a reply is held back until it is one, or cannot be one
// any more, or the line has been silent for so long that its rest will not come; then it goes on its way as it was.
//
// An ETX may be both the end of a code and the beginning of a reply. Where it ends codes it is let through at once, so that no code waits for
// silence; behind a code that has ended an ETX is nothing.
type sieve struct {
	form    form
	bound   time.Duration // the silence after which what is held back is given back
	etxEnds bool
	held    []byte
	ahead   bool          // held[0] has been let through already
	heard   time.Duration // when the latest byte came
}

func newSieve(f form, framing reader.Framing) *sieve {
	s := &sieve{form: f, bound: framing.Gap, held: make([]byte, 0, heldMax)}
	if s.bound <= 0 {
		s.bound = reader.DefaultGap
	}
	s.etxEnds = framing.Mode == reader.ModeAuto || framing.Mode == reader.ModeETX || framing.Mode == ""
	return s
}

// push takes bytes and gives those that are of no reply to pass, which must not keep them.
func (s *sieve) push(at time.Duration, b []byte, pass func([]byte)) {
	s.heard = at
	for _, c := range b {
		s.held = append(s.held, c)
		s.settle(pass)
	}
}

// tick takes silence: what is held is no reply, unless one is in it further on. What is given back is given with the time of its last byte.
func (s *sieve) tick(now time.Duration, pass func(at time.Duration, b []byte)) {
	if now-s.heard < s.bound {
		return
	}
	give := func(b []byte) { pass(s.heard, b) }
	for len(s.held) > 0 {
		s.shift(none, give)
		s.settle(give)
	}
}

// settle looks at what is held until nothing is or more is needed.
func (s *sieve) settle(pass func([]byte)) {
	for len(s.held) > 0 {
		if s.etxEnds && !s.ahead && s.held[0] == etx {
			pass(s.held[:1])
			s.ahead = true
		}
		n := s.form(s.held)
		if n == more && len(s.held) < heldMax {
			return
		}
		s.shift(n, pass)
	}
}

// shift takes a reply of n bytes away, or passes on one byte when there is none.
func (s *sieve) shift(n int, pass func([]byte)) {
	if n <= 0 {
		n = 1
		if !s.ahead {
			pass(s.held[:1])
		}
	}
	s.ahead = false
	s.held = s.held[:copy(s.held, s.held[n:])]
}
