package keyboard

import (
	"testing"
	"time"

	"gatescand/scanner/reader"
)

// ms is a moment on the test's clock.
func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// desk is an assembler, and what it has handed over.
type desk struct {
	*assembler
	now    time.Duration
	frames []reader.Frame
}

func newDesk(layout string) *desk {
	d := &desk{}
	d.assembler = newAssembler(layout, DefaultGap, func(f reader.Frame) { d.frames = append(d.frames, f) })
	return d
}

// play has the events come, each at its time after the ones before.
func (d *desk) play(events ...Event) {
	began := d.now
	for _, e := range events {
		d.now = began + e.Time
		d.take(d.now, e)
	}
}

// rest has nothing come for so long.
func (d *desk) rest(pause time.Duration) {
	d.now += pause
	if due, begun := d.deadline(); begun && d.now >= due {
		d.silence()
	}
}

// codes are the codes handed over.
func (d *desk) codes() []string {
	codes := []string{}
	for _, f := range d.frames {
		code := string(f.Code)
		if f.AIM != "" {
			code = "<" + f.AIM + ">" + code
		}
		if f.Overlong {
			code = "overlong"
		}
		codes = append(codes, code)
	}
	return codes
}

// typed gives the events of a text.
func typed(tb testing.TB, text, layout string, style Style) []Event {
	tb.Helper()
	strokes, err := Type(text, layout)
	if err != nil {
		tb.Fatal(err)
	}
	return Events(strokes, style, ms(1))
}

// keys gives events: "+A" presses the key that is A on a US board, "-A" releases it, "A" does both; modifiers and others by their names.
func keys(tb testing.TB, names ...string) []Event {
	tb.Helper()
	codes := map[string]uint16{
		"shift": KeyLeftShift, "rshift": KeyRightShift, "ctrl": KeyLeftCtrl, "rctrl": KeyRightCtrl, "alt": KeyLeftAlt, "altgr": KeyRightAlt,
		"caps": KeyCapsLock, "enter": KeyEnter, "kpenter": KeyKPEnter, "tab": KeyTab, "space": KeySpace, "f1": KeyF1, "esc": 1, "backspace": 14,
		"numlock": 69, "102nd": Key102nd, "kp.": KeyKPDot, "kp/": KeyKPSlash, "kp*": KeyKPAsterisk, "kp-": KeyKPMinus, "kp+": KeyKPPlus,
		"minus": KeyMinus, "vendor": 0x2f0,
	}
	for digit := range 10 {
		codes["kp"+string(rune('0'+digit))] = keypadKey(digit)
	}
	us := unitedStates().build()
	var events []Event
	at := time.Duration(0)
	for _, name := range names {
		down, up := true, true
		if len(name) > 1 && (name[0] == '+' || name[0] == '-') {
			down, up = name[0] == '+', name[0] == '-'
			name = name[1:]
		}
		code, found := codes[name]
		if !found {
			s, _ := us.find([]rune(name)[0])
			code = s.Key
		}
		if code == 0 {
			tb.Fatalf("there is no key %q", name)
		}
		if down {
			at += ms(1)
			events = append(events, Event{at, typeKey, code, Pressed})
		}
		if up {
			at += ms(1)
			events = append(events, Event{at, typeKey, code, Released})
		}
	}
	return events
}
