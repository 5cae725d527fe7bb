package keyboard

import (
	"time"

	"gatescand/scanner/reader"
)

// maxStrokes is how many strokes of one code are kept for the other readings. A character takes at most two, a dead key and the next.
const maxStrokes = 2 * reader.MaxCode

// assembler makes frames of key events. It is pure: no clock, no goroutine, no I/O. Moments given to it must not go backwards.
type assembler struct {
	emit    func(reader.Frame)
	name    string    // of the layout, as the address has it
	layouts []*layout // all, that of the address first
	gap     time.Duration

	board    board
	composer composer
	framer   *reader.Framer
	scratch  *reader.Framer // for the other readings
	text     []byte         // scratch: what one stroke gives
	whole    []byte         // scratch: what all strokes of a code give in another reading

	strokes []Stroke // of the code being typed, at most maxStrokes
	last    time.Duration
	// begun says that keys moved since the last silence.
	begun bool
	// lost says that what comes is to be thrown away up to the next end.
	lost bool
}

func newAssembler(name string, gap time.Duration, emit func(reader.Frame)) *assembler {
	table, _ := LayoutOf(name)
	framing := reader.Framing{Mode: reader.ModeAuto, Gap: gap}
	a := &assembler{
		emit: emit, name: name, layouts: tables(table), gap: gap,
		framer: reader.NewFramer(framing), scratch: reader.NewFramer(framing),
	}
	a.composer.layout = a.layouts[0]
	return a
}

// take takes one event that came at the moment at.
func (a *assembler) take(at time.Duration, e Event) {
	if e.Type != typeKey || e.Value != Pressed && e.Value != Released {
		return
	}
	if a.begun && at-a.last >= a.gap {
		a.silence()
	}
	a.begun, a.last = true, at
	s, made := a.board.take(e)
	if !made {
		return
	}
	if c, ends := s.ends(); ends {
		a.end(at, c)
		return
	}
	if a.lost {
		return
	}
	a.text = a.composer.add(a.text[:0], s)
	if a.push(at, a.text) {
		return
	}
	if len(a.strokes) <= maxStrokes {
		a.strokes = append(a.strokes, s)
	}
}

// end takes the end of a code.
func (a *assembler) end(at time.Duration, c byte) {
	if a.lost {
		a.lost = false
		a.framer.Drop()
	} else {
		a.finish(at)
		a.push(at, []byte{c})
	}
	a.forget()
}

// silence says that no key has moved for the gap. A code that is not ended by then is ended by it.
func (a *assembler) silence() {
	if a.lost {
		a.lost = false
		a.framer.Drop()
	} else {
		a.finish(a.last)
		a.framer.Tick(a.last+a.gap, a.frame)
	}
	a.forget()
	a.begun = false
}

// deadline is the moment at which silence is due, if no key moves; false when nothing waits for it.
func (a *assembler) deadline() (time.Duration, bool) { return a.last + a.gap, a.begun }

// finish completes what was begun within a code: a dead key, or an ALT code that never ended.
func (a *assembler) finish(at time.Duration) {
	a.text = a.composer.end(a.text[:0])
	if a.board.settle() {
		a.text = append(a.text, string(lacking)...)
	}
	a.push(at, a.text)
}

// push hands the bytes of one stroke to the framer, which complete one code at most, and tells whether they completed a code.
func (a *assembler) push(at time.Duration, b []byte) bool {
	completed := false
	a.framer.Push(at, b, func(f reader.Frame) {
		completed = true
		a.frame(f)
	})
	if completed {
		a.forget()
	}
	return completed
}

// frame hands over a code with its other readings.
func (a *assembler) frame(f reader.Frame) {
	f.Layout = a.name
	if !f.Overlong && len(a.strokes) <= maxStrokes {
		f.Readings = a.readings(f.Code)
	}
	a.emit(f)
}

// forget clears what belongs to one code.
func (a *assembler) forget() {
	a.strokes = a.strokes[:0]
	a.composer.accent = 0
	a.board.settle()
}

// lose throws away the code being typed up to its end, because part of it is missing. at is when that was found. It tells whether this is
// news: nothing was being thrown away before.
func (a *assembler) lose(at time.Duration) bool {
	news := !a.lost
	a.lost, a.begun, a.last = true, true, max(a.last, at)
	a.forget()
	return news
}
