package keyboard

import (
	"fmt"
	"slices"
	"time"
)

// Style is how a reader types what is not plain. Readers differ in it, some can be set.
type Style int

// The styles.
const (
	// ShiftEach presses Shift, AltGr and Ctrl anew for each character.
	ShiftEach Style = iota
	// ShiftRuns keeps them down while the next character needs the same.
	ShiftRuns
	// Rollover releases each key only after the next has gone down, except where the same comes twice or a modifier changes.
	Rollover
)

// Type gives the strokes by which a reader set to a layout types a text: the way back of what this package does, for tests and for the demo. A
// character the layout has no key for is entered as an ALT code. CR and LF are Enter. It fails for a layout that there is not, and for a
// character that cannot be typed at all.
func Type(text, layout string) ([]Stroke, error) {
	name, found := LayoutOf(layout)
	if !found {
		return nil, fmt.Errorf("there is no keyboard layout %q", layout)
	}
	l := tables(name)[0]
	var strokes []Stroke
	for _, char := range text {
		typed, ok := l.strokes(char)
		if !ok {
			code, ok := AltCode(char)
			if !ok {
				return nil, fmt.Errorf("the character %U cannot be typed", char)
			}
			typed = []Stroke{code}
		}
		strokes = append(strokes, typed...)
	}
	return strokes, nil
}

// AltCode gives the stroke that enters a character as an ALT code, if it has one.
func AltCode(char rune) (Stroke, bool) {
	if char < 128 || char >= 160 && char <= 255 || slices.Contains([]rune(windows1252), char) {
		return Stroke{Char: char}, char >= 0
	}
	return Stroke{}, false
}

// CapsAround changes strokes to what a reader types that presses Caps Lock before and after capital letters, instead of Shift.
func CapsAround(strokes []Stroke, layout string) []Stroke {
	return recase(strokes, layout, func(s *Stroke) { s.Caps, s.Shift = s.Shift, false })
}

// CapsInverted changes strokes to what a reader types that believes the Caps Lock of its host to be on: small letters with Shift and capitals
// without.
func CapsInverted(strokes []Stroke, layout string) []Stroke {
	return recase(strokes, layout, func(s *Stroke) { s.Shift = !s.Shift })
}

// recase gives the strokes with those on the letters of a layout changed.
func recase(strokes []Stroke, layout string, change func(*Stroke)) []Stroke {
	name, _ := LayoutOf(layout)
	l := tables(name)[0]
	changed := slices.Clone(strokes)
	for i := range changed {
		if s := &changed[i]; s.Key != 0 && !s.AltGr && !s.Ctrl && l.cased(s.Key) {
			change(s)
		}
	}
	return changed
}

// strokes gives the strokes of one character on the keys of a layout.
func (l *layout) strokes(char rune) ([]Stroke, bool) {
	switch char {
	case '\r', '\n':
		return []Stroke{{Key: KeyEnter}}, true
	case '\t':
		return []Stroke{{Key: KeyTab}}, true
	}
	if s, g := l.find(char); s.Key != 0 {
		if g.dead {
			return []Stroke{s, {Key: KeySpace}}, true
		}
		return []Stroke{s}, true
	}
	for _, accent := range "^´`¨~" {
		from, to := accented(accent)
		i := slices.Index([]rune(to), char)
		if i < 0 {
			continue
		}
		if dead, g := l.find(accent); g.dead {
			letter, _ := l.find([]rune(from)[i])
			return []Stroke{dead, letter}, true
		}
	}
	if char > 0 && char < ' ' {
		if s, _ := l.find('`' + char); s.Key != 0 && char <= 26 {
			return []Stroke{{Key: s.Key, Ctrl: true}}, true
		}
	}
	return nil, false
}

// find looks for the key of a character, and for one that is not dead before one that is.
func (l *layout) find(char rune) (Stroke, glyph) {
	var dead Stroke
	for level := range levels {
		for key := range uint16(keyCount) {
			if _, keypad := keypadDigit(key); keypad || l.keys[key][level].char != char {
				continue
			}
			s := Stroke{Key: key, Shift: level == levelShift || level == levelShiftAltGr, AltGr: level >= levelAltGr}
			if !l.keys[key][level].dead {
				return s, glyph{char: char}
			}
			if dead.Key == 0 {
				dead = s
			}
		}
	}
	return dead, glyph{char: char, dead: dead.Key != 0}
}

// Events gives the events by which a keyboard types strokes, each report at a time of its own, so much after the one before it. The stamps
// begin at pace.
func Events(strokes []Stroke, style Style, pace time.Duration) []Event {
	t := typist{style: style, pace: pace}
	for _, s := range strokes {
		t.stroke(s)
	}
	t.release()
	t.modify(Stroke{})
	t.caps(false)
	return t.events
}

// typist writes events.
type typist struct {
	style  Style
	pace   time.Duration
	now    time.Duration
	events []Event
	held   Stroke // the modifiers that are down
	key    uint16 // the key that is down, 0 if none
	locked bool
}

func (t *typist) stroke(s Stroke) {
	if s.Key == 0 {
		t.altCode(s.Char)
		return
	}
	mods := Stroke{Shift: s.Shift, AltGr: s.AltGr, Ctrl: s.Ctrl, Alt: s.Alt}
	if t.style != Rollover || mods != t.held || s.Caps != t.locked || t.key == s.Key {
		t.release()
	}
	if t.style == ShiftEach {
		t.modify(Stroke{})
	}
	t.caps(s.Caps)
	t.modify(mods)
	old := t.key
	t.press(s.Key)
	if old != 0 {
		t.put(old, Released)
	}
	if t.style != Rollover {
		t.release()
	}
}

// altCode types a character by its number on the keypad.
func (t *typist) altCode(char rune) {
	t.release()
	t.caps(false)
	t.modify(Stroke{Alt: true})
	for _, digit := range altDigits(char) {
		t.press(keypadKey(digit))
		t.release()
	}
	t.modify(Stroke{})
}

// altDigits gives the digits of an ALT code: with a leading zero above ASCII, without one below.
func altDigits(char rune) []int {
	n := int(char)
	if i := slices.Index([]rune(windows1252), char); i >= 0 {
		n = 128 + i
	}
	digits := []int{n / 100 % 10, n / 10 % 10, n % 10}
	if n >= 128 {
		return append([]int{0}, digits...)
	}
	for len(digits) > 1 && digits[0] == 0 {
		digits = digits[1:]
	}
	return digits
}

// modify brings the modifiers to what is wanted.
func (t *typist) modify(want Stroke) {
	for _, m := range [4]struct {
		key        uint16
		held, want *bool
	}{
		{KeyLeftShift, &t.held.Shift, &want.Shift},
		{KeyRightAlt, &t.held.AltGr, &want.AltGr},
		{KeyLeftCtrl, &t.held.Ctrl, &want.Ctrl},
		{KeyLeftAlt, &t.held.Alt, &want.Alt},
	} {
		if *m.held == *m.want {
			continue
		}
		*m.held = *m.want
		value := Released
		if *m.want {
			value = Pressed
		}
		t.put(m.key, value)
	}
}

// caps switches Caps Lock on or off.
func (t *typist) caps(on bool) {
	if t.locked == on {
		return
	}
	t.locked = on
	t.put(KeyCapsLock, Pressed)
	t.put(KeyCapsLock, Released)
}

func (t *typist) press(key uint16) {
	t.key = key
	t.put(key, Pressed)
}

func (t *typist) release() {
	if t.key != 0 {
		t.put(t.key, Released)
		t.key = 0
	}
}

// put writes one report as a USB keyboard's driver does: the scan code, the key, the end of the report.
func (t *typist) put(key uint16, value int32) {
	const miscScan = 4
	t.now += t.pace
	t.events = append(
		t.events,
		Event{t.now, typeMisc, miscScan, 0x70000 + int32(key)},
		Event{t.now, typeKey, key, value},
		Event{t.now, typeSync, syncReport, 0},
	)
}
