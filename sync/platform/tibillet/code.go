package tibillet

import (
	"bytes"

	"gatescand/scanner/admission"
)

// The form of a code:
//
//	base64url({"uuid": "<36 characters>"}) ":" base64url(signature)
//
// with padding. The server makes the first part 64 characters long and, with
// an RSA-2048 key, the second 344.
const (
	uuidLen      = 36
	firstMax     = 200 // characters of the first part
	firstBytes   = firstMax / 4 * 3
	signatureMin = 256 // bytes, RSA-2048
	signatureMax = 512 // bytes, RSA-4096
	codeMax      = firstMax + 1 + (signatureMax+2)/3*4
	likeMin      = 12  // characters that show {"uuid" in base64
	likeSecond   = 344 // characters of a signature by an RSA-2048 key
)

// parsed is a code taken apart. Its slices point into the code that was read.
type parsed struct {
	uuid      [uuidLen]byte // lower case; valid when named
	named     bool          // one colon, and the first part is as the server makes it
	first     []byte        // the characters that are signed
	signature [signatureMax]byte
	size      int // bytes of the signature, 0 when it is not as the server makes it
}

// wellFormed tells whether the whole code has the platform's form.
func (p *parsed) wellFormed() bool { return p.named && p.size > 0 }

// trim takes off what scanners append. What stands before a code is not taken
// off: a reader that sends something first is set up wrong, and that must show
// as an unreadable code and not as a forged one.
func trim(code []byte) []byte {
	return bytes.TrimRight(code, " \t\r\n")
}

// parse takes a code apart, as far as it goes. It allocates nothing.
func parse(code []byte, p *parsed) {
	code = trim(code)
	if len(code) > codeMax {
		return
	}
	colon := bytes.IndexByte(code, ':')
	if colon < 1 || colon > firstMax || bytes.IndexByte(code[colon+1:], ':') >= 0 {
		return
	}
	p.first = code[:colon]
	var text [firstBytes]byte
	n, ok := decodeStrict(text[:], p.first)
	if !ok || !readIdentity(text[:n], &p.uuid) {
		return
	}
	p.named = true
	if n, ok := decodeStrict(p.signature[:], code[colon+1:]); ok && n >= signatureMin {
		p.size = n
	}
}

// recognise judges the form alone. What is not of the platform's form but
// would hardly exist without the platform is Malformed: a first part that
// begins to say {"uuid", in base64 or plain, whatever follows, and base64
// before one colon and 344 characters of base64.
func recognise(code []byte) admission.Recognition {
	var p parsed
	parse(code, &p)
	switch {
	case p.wellFormed():
		return admission.Mine
	case p.named, resembles(trim(code)):
		return admission.Malformed
	}
	return admission.NotMine
}

func resembles(code []byte) bool {
	if beginsIdentity(code) {
		return true // the plain JSON of a prototype that was never deployed
	}
	run := 0
	for run < len(code) && run < firstMax {
		if _, ok := digit(code[run]); !ok {
			break
		}
		run++
	}
	var text [firstBytes]byte
	if whole := run / 4 * 4; whole >= likeMin {
		n := decodeRun(text[:], code[:whole])
		if beginsIdentity(text[:n]) {
			return true
		}
	}
	first, second, found := bytes.Cut(code, []byte(":"))
	if !found || len(second) != likeSecond || len(first) > firstMax {
		return false
	}
	var signature [signatureMax]byte
	n, ok := decodeStrict(text[:], first)
	if !ok || n == 0 {
		return false
	}
	_, ok = decodeStrict(signature[:], second)
	return ok
}

// beginsIdentity tells whether text begins with {"uuid", blanks aside.
func beginsIdentity(text []byte) bool {
	rest, ok := after(text, '{')
	if !ok {
		return false
	}
	return bytes.HasPrefix(skipBlanks(rest), []byte(`"uuid"`))
}

// readIdentity reads a JSON object whose only member is "uuid", a string of
// the form 8-4-4-4-12. Blanks are free, escapes are not: the server writes none.
func readIdentity(text []byte, uuid *[uuidLen]byte) bool {
	const name = `"uuid"`
	rest, ok := after(skipBlanks(text), '{')
	if !ok {
		return false
	}
	rest = skipBlanks(rest)
	if !bytes.HasPrefix(rest, []byte(name)) {
		return false
	}
	if rest, ok = after(skipBlanks(rest[len(name):]), ':'); !ok {
		return false
	}
	if rest, ok = after(skipBlanks(rest), '"'); !ok || len(rest) < uuidLen || !readUUID(rest[:uuidLen], uuid) {
		return false
	}
	if rest, ok = after(rest[uuidLen:], '"'); !ok {
		return false
	}
	rest, ok = after(skipBlanks(rest), '}')
	return ok && len(skipBlanks(rest)) == 0
}

// after gives what follows c at the beginning of text.
func after(text []byte, c byte) ([]byte, bool) {
	if len(text) == 0 || text[0] != c {
		return nil, false
	}
	return text[1:], true
}

// skipBlanks skips the blanks of JSON.
func skipBlanks(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\n') {
		text = text[1:]
	}
	return text
}

// readUUID reads the 36 characters of a uuid, in either case, into lower case.
func readUUID(text []byte, uuid *[uuidLen]byte) bool {
	if len(text) != uuidLen {
		return false
	}
	for i, c := range text {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
		case c >= 'A' && c <= 'F':
			c += 'a' - 'A'
		default:
			return false
		}
		uuid[i] = c
	}
	return true
}

// canonicalUUID gives the lower-case form of a uuid in text form.
func canonicalUUID(text string) (string, bool) {
	var uuid [uuidLen]byte
	if !readUUID([]byte(text), &uuid) {
		return "", false
	}
	return string(uuid[:]), true
}
