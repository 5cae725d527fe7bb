package admin

import (
	"fmt"
	"strings"
	"unicode"
)

// plainText makes text of strangers fit to be looked at: characters that would
// move, hide or turn round what stands beside them are shown by their number,
// ‹U+202E›. Emoji and every script stay as they are.
func plainText(s string) string {
	if strings.IndexFunc(s, unruly) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unruly(r) {
			fmt.Fprintf(&b, "‹U+%04X›", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unruly tells whether a character acts on text instead of being some: controls
// (but not line breaks and tabs), direction marks, embeddings, overrides and
// isolates, invisible fillers and operators, the notes' and shorthand's marks of
// format, tags. The joiners that emoji and some scripts need are none. plain in
// assets/common.js knows the same.
func unruly(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\u200c' || r == '\u200d':
		return false
	case unicode.IsControl(r), r == unicode.ReplacementChar:
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u206f', r == '\u200e', r == '\u200f', r == '\u061c':
		return true
	case r == '\u2028' || r == '\u2029' || r == '\u200b' || r == '\ufeff' || r == '\u00ad', r >= '\u2060' && r <= '\u2064':
		return true
	case r == '\u034f' || r == '\u180e' || r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' || r == '\u17b4' || r == '\u17b5':
		return true
	case r >= '\ufff9' && r <= '\ufffb', r >= 0x1bca0 && r <= 0x1bca3, r >= 0x1d173 && r <= 0x1d17a:
		return true
	}
	return r >= 0xe0000 && r <= 0xe0fff
}
