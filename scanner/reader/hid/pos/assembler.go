package pos

import (
	"bytes"
	"slices"
	"time"

	"gatescand/scanner/reader"
)

// silence is how long a code may wait for its next report. Reports of one code follow each other within the polling interval of the endpoint,
// 1 to 10 ms and at most 255 ms (USB 2.0, table 9-13), so that after half a second nothing more comes.
const silence = 500 * time.Millisecond

// drop is why something that may have been a code was thrown away.
type drop byte

// The reasons.
const (
	dropNothing drop = iota
	// dropDamaged: a report contradicts itself.
	dropDamaged
	// dropUnended: a code announced more and nothing came.
	dropUnended
	// dropMixed: a report is none of the code before it, whose end is therefore lost.
	dropMixed
	// dropMissed: reports came faster than they were taken.
	dropMissed
)

// outcome is what came of a report or of silence: a code, a loss, or neither.
type outcome struct {
	frame reader.Frame
	whole bool // frame is a code
	drop  drop
}

// assembler joins the reports of one opening of a reader into codes. It is pure: it has no clock, no goroutine and no I/O, and keeps at most
// [reader.MaxCode] bytes whatever comes. It is not safe for concurrent use.
//
// Rules: the bytes of a code are kept as they are, but for CR, LF, TAB and ETX at its end; an empty code is no code; what the reader answers to
// commands is no code; more than MaxCode bytes give one frame marked Overlong. After a loss, everything is thrown away up to the next end of a
// code or silence, so that the rest of a torn code is not taken for a code of its own.
type assembler struct {
	form    form
	replies [][]byte

	buf       [reader.MaxCode]byte
	n         int
	open      bool // reports of this code came and more must come
	skip      bool // throwing away up to the next end
	aim       string
	symbology byte
	last      time.Duration
}

func newAssembler(r recognised) *assembler {
	return &assembler{form: r.form, replies: r.replies}
}

// push takes one report that came at the moment at. It keeps no reference to it.
func (a *assembler) push(at time.Duration, report []byte) outcome {
	p, finding := a.form.read(report)
	if finding == foreign {
		return outcome{}
	}
	a.last = at
	if finding == damaged {
		return a.lose(dropDamaged, p.more)
	}
	switch {
	case a.skip:
		a.skip = p.more
		return outcome{}
	case !a.open && len(p.data) == 0:
		return outcome{}
	case a.open && !a.continues(p):
		return a.lose(dropMixed, p.more)
	case !a.open:
		a.n, a.aim, a.symbology = 0, "", 0
	}
	if a.aim == "" {
		a.aim = p.aim
	}
	if a.symbology == 0 {
		a.symbology = p.symbology
	}
	taken := copy(a.buf[a.n:], p.data)
	a.n += taken
	if taken < len(p.data) {
		a.open, a.skip = false, p.more
		return a.finish(at, true)
	}
	a.open = p.more
	if a.open {
		return outcome{}
	}
	return a.finish(at, false)
}

// continues tells whether a report can belong to the code before it. A report that does not say of what kind it is may.
func (a *assembler) continues(p piece) bool {
	return (p.aim == "" || a.aim == "" || p.aim == a.aim) &&
		(p.symbology == 0 || a.symbology == 0 || p.symbology == a.symbology)
}

// finish makes a frame of what was gathered.
func (a *assembler) finish(at time.Duration, overlong bool) outcome {
	code := a.buf[:a.n]
	if a.isReply(code) {
		return outcome{}
	}
	if !overlong {
		code = bytes.TrimRight(code, "\r\n\t\x03")
	}
	if len(code) == 0 {
		return outcome{}
	}
	frame := reader.Frame{Code: bytes.Clone(code), At: at, AIM: a.aim}
	if a.aim == "" {
		frame = reader.NewFrame(code, at) // the reader may be set to put the identifier in front of the data
	}
	frame.Overlong = overlong
	if !overlong {
		frame.End = reader.EndReport
	}
	return outcome{frame: frame, whole: true}
}

// isReply tells whether a code is the reader's answer to a command: "]X0" is text, "]Z6" says what became of a command
// (github.com/HenkVanAsselt/python_hon_usbhid).
func (a *assembler) isReply(code []byte) bool {
	return a.aim == "]X0" || a.aim == "]Z6" ||
		slices.ContainsFunc(a.replies, func(reply []byte) bool { return bytes.HasPrefix(code, reply) })
}

// lose throws away what was gathered, and what is still to come of it.
func (a *assembler) lose(why drop, skip bool) outcome {
	a.open, a.skip = false, skip
	return outcome{drop: why}
}

// missed says that reports were lost before the next one, the last of them at the moment at.
func (a *assembler) missed(at time.Duration) outcome {
	a.last = at
	return a.lose(dropMissed, true)
}

// desync forgets what was gathered and throws away what still comes of it. It is for the first moments after opening, when the middle of a code
// may be on its way.
func (a *assembler) desync() {
	if a.open {
		a.open, a.skip = false, true
	}
}

// deadline is the moment at which tick will give up what is unfinished; false when nothing is.
func (a *assembler) deadline() (time.Duration, bool) {
	return a.last + silence, a.open || a.skip
}

// tick says that no report came since the last push until now.
func (a *assembler) tick(now time.Duration) outcome {
	due, pending := a.deadline()
	if !pending || now < due {
		return outcome{}
	}
	if a.open {
		return a.lose(dropUnended, false)
	}
	a.skip = false
	return outcome{}
}
