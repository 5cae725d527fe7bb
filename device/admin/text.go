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
// isolates, invisible fillers, tags. The joiners that emoji and some scripts
// need are none.
func unruly(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\u200c' || r == '\u200d':
		return false
	case unicode.IsControl(r), r == unicode.ReplacementChar:
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f', r == '\u061c':
		return true
	case r == '\u2028' || r == '\u2029' || r == '\u200b' || r == '\u2060' || r == '\ufeff' || r == '\u00ad':
		return true
	}
	return r >= 0xe0000 && r <= 0xe0fff
}
