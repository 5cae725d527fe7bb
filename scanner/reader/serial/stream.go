package serial

import (
	"time"

	"gatescand/scanner/reader"
)

// stream makes codes of the bytes of one opening of one reader. Like [reader.Framer] it is pure, keeps a bounded amount of memory whatever
// comes, and takes silence only from Tick.
type stream interface {
	// Push takes bytes that came at the moment at.
	Push(at time.Duration, b []byte, out outlet)
	// Tick says that the line has been silent since the last Push until now.
	Tick(now time.Duration, out outlet)
	// Desync forgets what is unfinished and throws away what still comes of it.
	Desync()
}

// outlet is where a stream puts what it finds. None of its functions keeps its argument's bytes but frame.
type outlet struct {
	frame  func(reader.Frame)
	reply  func([]byte) // to be written to the reader soon
	notice func(reader.Notice)
}

// nowhere is the outlet for what came before the port was up.
func nowhere() outlet {
	return outlet{frame: func(reader.Frame) {}, reply: func([]byte) {}, notice: func(reader.Notice) {}}
}

// newStream gives the stream of a profile.
func newStream(profile string, framing reader.Framing) stream {
	s := &lines{framer: reader.NewFramer(framing)}
	switch profile {
	case profileZebraSSI:
		return newSSI(framing.Gap)
	case profileGM65:
		s.sieve = newSieve(gm65Reply, framing)
	case profileNewland:
		s.sieve = newSieve(newlandReply, framing)
	case profileHoneywell, profileHoneywellACK:
		s.clean = cutReplies
	}
	return s
}

// lines is a stream of codes with ends, as [reader.Framer] finds them. Replies in between are taken out of the bytes by a sieve, or out of the
// frames by clean.
type lines struct {
	framer *reader.Framer
	sieve  *sieve                                  // nil: all bytes are of codes
	clean  func(reader.Frame) (reader.Frame, bool) // nil: all frames are codes
}

// Push takes bytes.
func (l *lines) Push(at time.Duration, b []byte, out outlet) {
	emit := l.emit(out)
	if l.sieve == nil {
		l.framer.Push(at, b, emit)
		return
	}
	l.sieve.push(at, b, func(b []byte) { l.framer.Push(at, b, emit) })
}

// Tick takes silence. What the sieve held back, since it looked like the beginning of a reply, belongs to a code after all.
func (l *lines) Tick(now time.Duration, out outlet) {
	emit := l.emit(out)
	if l.sieve != nil {
		l.sieve.tick(now, func(at time.Duration, b []byte) { l.framer.Push(at, b, emit) })
	}
	l.framer.Tick(now, emit)
}

// Desync forgets the unfinished code.
func (l *lines) Desync() { l.framer.Desync() }

func (l *lines) emit(out outlet) func(reader.Frame) {
	if l.clean == nil {
		return out.frame
	}
	return func(f reader.Frame) {
		if f, code := l.clean(f); code {
			out.frame(f)
		}
	}
}
