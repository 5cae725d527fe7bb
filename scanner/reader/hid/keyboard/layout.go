package keyboard

import (
	"strings"
	"unicode"
)

// glyph is what one key gives at one level: a character, and whether it is a dead key's, which waits for the next.
type glyph struct {
	char rune // 0: nothing
	dead bool
}

// The levels of a key.
const (
	levelPlain = iota
	levelShift
	levelAltGr
	levelShiftAltGr
	levels
)

// layout is what the keys of one country's board mean.
type layout struct {
	name string
	keys [keyCount][levels]glyph
}

// sheet is a layout as it is written down: one string for each of the rows, in it one word for each key from left to right, in that up to
// four characters: plain, with Shift, with AltGr, with both.
type sheet struct {
	name string
	rows [4]string
	// dead lists the characters that are dead keys plain and with Shift, deadAltGr those with AltGr.
	dead, deadAltGr string
	// decimal is what the keypad's decimal key gives.
	decimal rune
}

// build makes the table of a sheet.
func (s sheet) build() *layout {
	l := &layout{name: s.name}
	for i, keys := range rows() {
		for j, word := range strings.Fields(s.rows[i]) {
			if j >= len(keys) {
				break
			}
			level := 0
			for _, char := range word {
				if level == levels {
					break
				}
				dead := s.dead
				if level >= levelAltGr {
					dead = s.deadAltGr
				}
				l.keys[keys[j]][level] = glyph{char, strings.ContainsRune(dead, char)}
				level++
			}
		}
	}
	l.fill(KeySpace, ' ')
	for digit := range 10 {
		l.fill(keypadKey(digit), '0'+rune(digit))
	}
	for key, char := range map[uint16]rune{
		KeyKPAsterisk: '*', KeyKPMinus: '-', KeyKPPlus: '+', KeyKPSlash: '/', KeyKPEqual: '=', KeyKPComma: ',', KeyKPDot: s.decimal,
	} {
		l.fill(key, char)
	}
	return l
}

// fill gives a key one character at all levels.
func (l *layout) fill(key uint16, char rune) {
	for level := range levels {
		l.keys[key][level].char = char
	}
}

// glyph gives what a stroke means. caps says that Caps Lock counts as the other way round for this reading.
func (l *layout) glyph(s Stroke, caps bool) glyph {
	if s.Key >= keyCount {
		return glyph{}
	}
	shift := s.Shift
	if s.Caps != caps && !s.AltGr && l.cased(s.Key) {
		shift = !shift
	}
	level := levelPlain
	if s.AltGr {
		level = levelAltGr
	}
	if shift {
		level++
	}
	return l.keys[s.Key][level]
}

// cased tells whether Caps Lock works on a key: its two characters are one letter, small and capital.
func (l *layout) cased(key uint16) bool {
	small, capital := l.keys[key][levelPlain].char, l.keys[key][levelShift].char
	return small != capital && unicode.IsLower(small) && unicode.ToUpper(small) == capital
}
