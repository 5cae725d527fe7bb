package bittan

import (
	"gatescand/scanner/admission"
)

// Bounds of a code. The server draws six letters; its test data and what people
// type into its pages are shorter and longer.
const (
	codeMin   = 4
	codeMax   = 12
	codeUsual = 6
)

// keyring recognises codes. What it answers depends on the code alone.
type keyring struct{ account string }

// Recognise looks at the form of a code only. Any short word of letters and
// digits could be a ticket here, so that nothing is ever malformed.
func (k keyring) Recognise(code []byte) admission.Recognition {
	if !wellFormed(trim(code)) {
		return admission.NotMine
	}
	return admission.Mine
}

// Verify names the ticket of a code by the code in capitals. The code proves
// nothing.
func (k keyring) Verify(code []byte) admission.Credential {
	c := admission.Credential{Platform: admission.BitTan, Proof: admission.ProofBad}
	c.Account = k.account
	if id, ok := canonical(code); ok {
		c.ID, c.Proof, c.Unusual = id, admission.ProofNone, !isUsual(id)
	}
	return c
}

// isUsual tells whether an identity has the form that BitTan draws: six
// letters. Others are asked for all the same, and never believed on their form.
func isUsual(id string) bool {
	for i := range len(id) {
		if id[i] < 'A' || id[i] > 'Z' {
			return false
		}
	}
	return len(id) == codeUsual
}

// canonical gives the code as the server keeps it: without what readers append,
// in capitals.
func canonical[T ~string | ~[]byte](code T) (string, bool) {
	word := trim(code)
	if !wellFormed(word) {
		return "", false
	}
	var id [codeMax]byte
	for i := range len(word) {
		c := word[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		id[i] = c
	}
	return string(id[:len(word)]), true
}

func wellFormed[T ~string | ~[]byte](word T) bool {
	if len(word) < codeMin || len(word) > codeMax {
		return false
	}
	for i := range len(word) {
		c := word[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// trim takes off blanks and line ends at either side.
func trim[T ~string | ~[]byte](code T) T {
	for len(code) > 0 && isBlank(code[0]) {
		code = code[1:]
	}
	for len(code) > 0 && isBlank(code[len(code)-1]) {
		code = code[:len(code)-1]
	}
	return code
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
