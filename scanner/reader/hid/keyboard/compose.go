package keyboard

import (
	"strings"
	"unicode/utf8"
)

// lacking stands in a code for a key that the layout has no character for. A key that was left out instead could make one code of another.
const lacking = utf8.RuneError

// composer turns strokes into characters by one layout. It remembers a dead key until the next stroke.
type composer struct {
	layout *layout
	// caps reads the letters as if Caps Lock were the other way round.
	caps   bool
	accent rune // of a dead key, 0 if none
}

// add appends the characters that s completes, in UTF-8.
func (c *composer) add(b []byte, s Stroke) []byte {
	if s.Key == 0 {
		return c.put(b, glyph{char: s.Char})
	}
	g := c.layout.glyph(s, c.caps)
	switch {
	case s.Ctrl:
		control, found := c.control(s, g)
		if !found {
			control = lacking
		}
		g = glyph{char: control}
	case s.Alt || g.char == 0:
		g = glyph{char: lacking}
	}
	return c.put(b, g)
}

// put appends one character, and what it makes of the dead key before it.
func (c *composer) put(b []byte, g glyph) []byte {
	accent := c.accent
	c.accent = 0
	if accent == 0 {
		if g.dead {
			c.accent = g.char
			return b
		}
		return utf8.AppendRune(b, g.char)
	}
	if g.char == ' ' {
		return utf8.AppendRune(b, accent)
	}
	if composed, found := compose(accent, g.char); found {
		return utf8.AppendRune(b, composed)
	}
	// They do not go together: both stand for themselves.
	return utf8.AppendRune(utf8.AppendRune(b, accent), g.char)
}

// end appends a dead key that nothing came after.
func (c *composer) end(b []byte) []byte {
	if c.accent != 0 {
		b = utf8.AppendRune(b, c.accent)
		c.accent = 0
	}
	return b
}

// control gives the control character of Ctrl and a key. Boards that have no [ \ ] without AltGr give ESC, FS and GS at the places where these
// lie on the US board.
func (c *composer) control(s Stroke, g glyph) (rune, bool) {
	switch char := g.char; {
	case 'a' <= char && char <= 'z' || '@' <= char && char <= '_':
		return char & 0x1f, true
	case char == '?':
		return 0x7f, true
	case char == ' ':
		return 0, true
	}
	switch s.Key {
	case KeyLeftBrace:
		return 0x1b, true
	case KeyBackslash, Key102nd:
		return 0x1c, true
	case KeyRightBrace:
		return 0x1d, true
	default:
		return 0, false
	}
}

// compose puts an accent on a letter.
func compose(accent, letter rune) (rune, bool) {
	from, to := accented(accent)
	i := strings.IndexRune(from, letter)
	if i < 0 {
		return 0, false
	}
	return []rune(to)[utf8.RuneCountInString(from[:i])], true
}

// accented gives the letters that an accent goes with, and what becomes of each.
func accented(accent rune) (from, to string) {
	switch accent {
	case '^':
		return "aeiouAEIOU", "âêîôûÂÊÎÔÛ"
	case '´':
		return "aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ"
	case '`':
		return "aeiouAEIOU", "àèìòùÀÈÌÒÙ"
	case '¨':
		return "aeiouyAEIOU", "äëïöüÿÄËÏÖÜ"
	case '~':
		return "anoANO", "ãñõÃÑÕ"
	default:
		return "", ""
	}
}
