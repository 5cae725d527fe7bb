package ticketsonic

import (
	"bytes"
	"encoding/base64"
)

// The form of a code: base64 of one RSA block, as long as the modulus of the
// promoter's key. Every key seen so far has 512 bits, which makes 88 characters
// that end in "==".
const (
	usualBlock = 64  // bytes
	blockMax   = 512 // bytes, RSA-4096
	// textMax leaves room for the line ends of a code that was broken up.
	textMax = 2 * (blockMax + 2) / 3 * 4
)

// trim takes off what scanners append. What stands before a code is not taken
// off: a reader that sends something first is set up wrong, and that must show
// as an unreadable code and not as a forged one.
func trim(code []byte) []byte {
	return bytes.TrimRight(code, " \t\r\n")
}

// form is a code taken apart.
type form uint8

const (
	foreign   form = iota // not a block of that size
	spoiled               // meant to be one, but not as the server prints it
	asPrinted             // one block
)

// readBlock reads code as a block of size bytes into block. Spoiled is a text
// with its padding that some decoder would read and the server never prints:
// broken into lines, of both alphabets, with bits in the padding.
func readBlock(block *[blockMax]byte, code []byte, size int) form {
	text := trim(code)
	f, ok := decode(block[:], text, size)
	if ok && f == (flaws{}) {
		return asPrinted
	}
	if ok && len(text) == paddedLen(size) {
		return spoiled
	}
	if len(text) <= paddedLen(size) || len(text) > textMax {
		return foreign
	}
	var joined [textMax]byte
	n := 0
	for _, c := range text {
		if c != '\r' && c != '\n' {
			joined[n] = c
			n++
		}
	}
	if n < len(text) && n == paddedLen(size) {
		if _, ok := decode(block[:], joined[:n], size); ok {
			return spoiled
		}
	}
	return foreign
}

// sendable gives the text of a code as the server prints it: the standard
// alphabet with its padding, whatever was scanned. The size of the promoter's
// key need not be known: a text is as long as one size of block only.
func sendable(code []byte) (string, bool) {
	text := trim(code)
	bare := bytes.TrimRight(text, "=")
	size := len(bare) * 3 / 4
	if size < usualBlock || size > blockMax {
		return "", false
	}
	var block [blockMax]byte
	if readBlock(&block, text, size) != asPrinted {
		return "", false
	}
	return base64.StdEncoding.EncodeToString(block[:size]), true
}
