package reader

import "time"

// Mode is how a reader marks the end of a code.
type Mode string

// The modes of framing. In [ModeAuto] any of CR, LF, TAB and ETX ends a code, and so does silence. The named terminators end a code on
// exactly that terminator and on nothing else. In [ModeIdle] only silence does.
const (
	ModeAuto Mode = "auto"
	ModeCR   Mode = "cr"
	ModeLF   Mode = "lf"
	ModeCRLF Mode = "crlf"
	ModeTab  Mode = "tab"
	ModeETX  Mode = "etx"
	ModeIdle Mode = "idle"
)

// DefaultGap is the silence that ends a code in [ModeAuto]. Readers may pause up to 99 ms between two characters of one code.
const DefaultGap = 150 * time.Millisecond

// staleAfter is the silence after which an unfinished code is dropped in the modes that never end a code on silence: what comes later
// belongs to another code.
const staleAfter = 2 * time.Second

const (
	nul = 0x00
	stx = 0x02
	etx = 0x03
	tab = '\t'
	lf  = '\n'
	cr  = '\r'
)

// Framing says how a byte stream is cut into codes.
type Framing struct {
	Mode Mode
	// Gap is the silence that ends a code in [ModeAuto] and [ModeIdle], and that ends the discarding of an overlong code in every mode.
	// Zero means [DefaultGap].
	Gap time.Duration
}

// Framer cuts the bytes of one reader into frames. It is pure: it has no clock, no goroutine and no I/O, and keeps at most [MaxCode] bytes
// whatever comes. It is not safe for concurrent use.
//
// Rules, in every mode: NUL (also what a line break is read as) and STX are never part of a code; an empty code is no code, so that CR LF
// ends one code and not two; left-over CR, LF and ETX before a code are dropped; more than MaxCode bytes give one frame marked Overlong and
// everything up to the next end or silence is thrown away.
type Framer struct {
	framing Framing
	limit   time.Duration // silence after which an unfinished code is settled
	buf     [MaxCode]byte
	n       int
	last    time.Duration // when the latest byte came
	ended   bool          // the byte before this frame was a terminator
	stray   bool          // this frame began right behind a terminator, without a pause
	heldCR  bool          // a CR that is data or half a CR LF, not yet known which
	skip    bool          // throwing away up to the next end
}

// NewFramer gives a framer for one opening of one reader.
func NewFramer(framing Framing) *Framer {
	if framing.Gap <= 0 {
		framing.Gap = DefaultGap
	}
	if framing.Mode == "" {
		framing.Mode = ModeAuto
	}
	f := &Framer{framing: framing, limit: staleAfter}
	if framing.Mode == ModeAuto || framing.Mode == ModeIdle {
		f.limit = framing.Gap
	}
	return f
}

// Push takes bytes that came at the moment at and hands every code they complete to emit. It keeps no reference to b.
//
// Push alone never takes time for silence: bytes that are read late because the process was held up must not tear a code apart. Who knows
// that the line has been silent calls [Framer.Tick] first.
func (f *Framer) Push(at time.Duration, b []byte, emit func(Frame)) {
	for _, c := range b {
		if c == nul || c == stx {
			continue
		}
		f.take(at, c, emit)
		f.last = at
	}
}

// Tick says that the line has been silent since the last Push until now. A code that silence ends is handed to emit, stamped with the
// time of its last byte.
func (f *Framer) Tick(now time.Duration, emit func(Frame)) {
	due, pending := f.Deadline()
	if !pending || now < due {
		return
	}
	if f.skip || f.framing.Mode != ModeAuto && f.framing.Mode != ModeIdle {
		f.Drop()
		return
	}
	f.flush(EndSilence, emit)
}

// Deadline is the moment at which [Framer.Tick] will settle what is unfinished, if the line stays silent; false when nothing is.
func (f *Framer) Deadline() (time.Duration, bool) {
	switch {
	case f.skip:
		return f.last + f.framing.Gap, true
	case f.n > 0 || f.heldCR:
		return f.last + f.limit, true
	default:
		return 0, false
	}
}

// Flush ends an unfinished code as silence would, for sources whose messages have ends of their own.
func (f *Framer) Flush(emit func(Frame)) {
	if f.skip {
		f.Drop()
		return
	}
	f.flush(EndReport, emit)
}

// Drop forgets an unfinished code: the device is gone, the rest will never come.
func (f *Framer) Drop() {
	f.n, f.heldCR, f.skip, f.ended = 0, false, false, false
}

// Desync forgets an unfinished code and throws away what still comes of it, up to the next end or silence. It is for the first moments
// after opening, when the middle of a code may be on the line.
func (f *Framer) Desync() {
	if f.n > 0 || f.heldCR {
		f.n, f.heldCR, f.skip = 0, false, true
	}
}

// take handles one byte.
func (f *Framer) take(at time.Duration, c byte, emit func(Frame)) {
	if f.ends(c) {
		end := endingOf(f.heldCR, c)
		f.heldCR = false
		if f.skip {
			f.skip, f.n = false, 0
		} else {
			f.release(at, end, emit)
		}
		f.ended = true
		return
	}
	if f.n == 0 && !f.skip && (c == cr || c == lf || c == etx) {
		f.ended = true
		return
	}
	if f.heldCR {
		f.heldCR = false
		f.put(at, cr, emit)
	}
	if c == cr && (f.framing.Mode == ModeCRLF || f.framing.Mode == ModeLF) {
		f.heldCR = true
		return
	}
	f.put(at, c, emit)
}

// ends tells whether c ends a code here.
func (f *Framer) ends(c byte) bool {
	switch f.framing.Mode {
	case ModeCR:
		return c == cr
	case ModeLF:
		return c == lf
	case ModeCRLF:
		return c == lf && f.heldCR
	case ModeTab:
		return c == tab
	case ModeETX:
		return c == etx
	case ModeIdle:
		return false
	case ModeAuto:
		return c == cr || c == lf || c == tab || c == etx
	default:
		return c == cr || c == lf || c == tab || c == etx
	}
}

// put adds one byte of data.
func (f *Framer) put(at time.Duration, c byte, emit func(Frame)) {
	if f.skip {
		return
	}
	if f.n == 0 {
		f.stray = f.ended && at-f.last < f.framing.Gap
		f.ended = false
	}
	if f.n < MaxCode {
		f.buf[f.n] = c
		f.n++
		return
	}
	frame := NewFrame(f.buf[:], at)
	frame.Overlong = true
	f.n, f.skip = 0, true
	emit(frame)
}

// release hands over what has been gathered, if anything.
func (f *Framer) release(at time.Duration, end Ending, emit func(Frame)) {
	if f.n == 0 {
		return
	}
	frame := NewFrame(f.buf[:f.n], at)
	frame.End = end
	f.n = 0
	emit(frame)
}

// flush ends a code without a terminator. In [ModeIdle] terminators are no more than its last bytes, and say how it ended all the same.
func (f *Framer) flush(end Ending, emit func(Frame)) {
	if f.framing.Mode == ModeIdle {
		if f.n > 0 && isTerminator(f.buf[f.n-1]) {
			end = endingOf(f.n > 1 && f.buf[f.n-2] == cr, f.buf[f.n-1])
		}
		for f.n > 0 && isTerminator(f.buf[f.n-1]) {
			f.n--
		}
	}
	if f.n == 1 && f.framing.Mode == ModeAuto && (f.stray || isControl(f.buf[0])) {
		// Some readers send a check byte behind the terminator, some acknowledge commands with a lone ACK or NAK. Neither is a ticket, and
		// answering an acknowledgement at the reader's own beeper would call forth the next one.
		f.n = 0
	}
	f.release(f.last, end, emit)
	f.Drop()
}

// endingOf gives the ending that a terminator makes, perhaps with a CR before it.
func endingOf(afterCR bool, terminator byte) Ending {
	switch terminator {
	case cr:
		return EndCR
	case lf:
		if afterCR {
			return EndCRLF
		}
		return EndLF
	case tab:
		return EndTab
	default:
		return EndETX
	}
}

func isTerminator(c byte) bool { return c == cr || c == lf || c == tab || c == etx }

func isControl(c byte) bool { return c < 0x20 || c == 0x7f }

// NewFrame makes a frame of one whole code: it copies code, takes an AIM identifier off its front, and cuts and marks what is longer than
// [MaxCode].
func NewFrame(code []byte, at time.Duration) Frame {
	frame := Frame{At: at}
	if len(code) > MaxCode {
		code, frame.Overlong = code[:MaxCode], true
	}
	if hasAIM(code) {
		frame.AIM = string(code[:aimLength])
		code = code[aimLength:]
	}
	frame.Code = make([]byte, len(code))
	copy(frame.Code, code)
	return frame
}

// aimLength is the length of an AIM symbology identifier: "]", a code character, a modifier character (ISO/IEC 15424).
const aimLength = 3

func hasAIM(b []byte) bool {
	if len(b) < aimLength || b[0] != ']' {
		return false
	}
	letter := 'A' <= b[1] && b[1] <= 'Z' || 'a' <= b[1] && b[1] <= 'z'
	modifier := '0' <= b[2] && b[2] <= '9' || 'A' <= b[2] && b[2] <= 'F'
	return letter && modifier
}
