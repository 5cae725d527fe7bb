package ticketsonic

// Base64 as the server prints it, RFC 4648 section 4 with padding. The other
// alphabet (section 5) and a text that has lost all its padding are read too:
// both decode to the same block, and the block names the ticket. Everything
// else that decoders like to forgive is refused: line breaks, the alphabets
// mixed, part of the padding, bits that carry nothing.

// alphabets seen in a text.
const (
	eitherAlphabet = 0
	standard       = 1 << 0
	urlSafe        = 1 << 1
)

// digit gives the value of one character, and which alphabet it is of.
func digit(c byte) (value uint32, alphabet uint8, ok bool) {
	switch {
	case c >= 'A' && c <= 'Z':
		return uint32(c - 'A'), eitherAlphabet, true
	case c >= 'a' && c <= 'z':
		return uint32(c-'a') + 26, eitherAlphabet, true
	case c >= '0' && c <= '9':
		return uint32(c-'0') + 52, eitherAlphabet, true
	case c == '+':
		return 62, standard, true
	case c == '/':
		return 63, standard, true
	case c == '-':
		return 62, urlSafe, true
	case c == '_':
		return 63, urlSafe, true
	}
	return 0, eitherAlphabet, false
}

// paddedLen gives how many characters n bytes are as printed.
func paddedLen(n int) int { return (n + 2) / 3 * 4 }

// bareLen gives how many characters n bytes are without padding.
func bareLen(n int) int { return (n*4 + 2) / 3 }

// flaws are what keeps a text of digits from being as the server prints it.
type flaws struct {
	mixed bool // both alphabets
	bits  bool // bits set that carry nothing
}

// decode reads text as exactly size bytes into dst, which has room for them. ok
// is false where the length, the padding or a character is wrong; what else is
// wrong is told as flaws.
func decode(dst, text []byte, size int) (f flaws, ok bool) {
	digits := bareLen(size)
	switch len(text) {
	case paddedLen(size):
		for _, c := range text[digits:] {
			if c != '=' {
				return f, false
			}
		}
	case digits:
	default:
		return f, false
	}
	var group uint32
	var held, at int
	var seen uint8
	for _, c := range text[:digits] {
		v, alphabet, ok := digit(c)
		if !ok {
			return f, false
		}
		seen |= alphabet
		group = group<<6 | v
		if held += 6; held >= 8 {
			held -= 8
			dst[at] = byte(group >> held)
			at++
		}
	}
	f.mixed = seen == standard|urlSafe
	f.bits = group&(1<<held-1) != 0
	return f, true
}
