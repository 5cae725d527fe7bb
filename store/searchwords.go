package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestName bounds what is kept of a name for searching, in bytes.
const longestName = 200

// orderKept is how much of an order is kept for searching, in bytes: all of
// nearly every order. The ticket itself has the last word.
const orderKept = 40

// foldWords gives the words of a text as they are searched for: letters and
// digits only, without case, accents and ligatures, a space before each word.
// "Zoë  Élan-Strauß" is " zoe elan strauss".
func foldWords(text string) string {
	if len(text) > 4*longestName {
		text = text[:4*longestName]
	}
	var b strings.Builder
	b.Grow(len(text) + 4)
	inside := false
	put := func(r rune) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r), unicode.IsDigit(r):
			if !inside {
				b.WriteByte(' ')
			}
			inside = true
			b.WriteString(plainLetter(unicode.ToLower(r)))
		default:
			inside = false
		}
	}
	for _, r := range text {
		put(r)
	}
	return shortened(b.String(), longestName)
}

// foldOrder gives the beginning of an order as it is searched for.
func foldOrder(order string) string {
	return shortened(strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1 // a line of its own would put the others out of place
		}
		return unicode.ToLower(r)
	}, shortened(order, 4*orderKept)), orderKept)
}

// shortened gives at most n bytes of s, and no part of a letter.
func shortened(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// wanted is a question of somebody at a desk.
type wanted struct {
	text  string   // as typed, without spaces around it
	words []string // each with the space before it; none where there are no letters
	order string   // how an order begins; '' where the text cannot be one
}

func newWanted(q string) wanted {
	w := wanted{text: strings.TrimSpace(q)}
	for word := range strings.FieldsSeq(foldWords(w.text)) {
		w.words = append(w.words, " "+word)
	}
	w.order = foldOrder(w.text)
	return w
}

// named tells whether every word begins one of the words of a folded text.
func (w wanted) named(folded string) bool {
	for _, word := range w.words {
		if !strings.Contains(folded, word) {
			return false
		}
	}
	return len(w.words) > 0
}

// ordered tells whether an order begins as wanted.
func (w wanted) ordered(order string) bool {
	return w.order != "" && strings.HasPrefix(strings.ToLower(order), strings.ToLower(w.text))
}
