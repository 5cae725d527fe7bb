package stebby

import (
	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// The form of a code: letters and digits, upper case. The documents show 13
// and 16 of them, a public client expects 12.
const (
	codeMin = 8
	codeMax = 32
	// textMax is the longest text that is looked at, in bytes: a code and what
	// people print between its parts.
	textMax = 128
)

// normalise puts the letters and digits of a code into id, in upper case, and
// says how many there are: 0 when text is no code. Only blanks, tabs, line ends,
// '-', '.' and '_' are left out. Anything else makes it something else: an
// address, a Wi-Fi code, a document. It allocates nothing.
func normalise(text []byte, id *[codeMax]byte) int {
	if len(text) > textMax {
		return 0
	}
	n := 0
	for _, c := range text {
		switch {
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == ' ', c == '\t', c == '\r', c == '\n', c == '-', c == '.', c == '_':
			continue
		default:
			return 0
		}
		if n == codeMax {
			return 0
		}
		id[n] = c
		n++
	}
	if n < codeMin {
		return 0
	}
	return n
}

// canonical gives the identity of the ticket that a text names.
func canonical(text string) (string, bool) {
	if len(text) > textMax {
		return "", false
	}
	var id [codeMax]byte
	n := normalise([]byte(text), &id)
	return string(id[:n]), n > 0
}

// keyring recognises codes. Stebby signs nothing, so there are no keys.
type keyring struct{ account string }

// Keyring prepares recognition. Keys are of no use to it.
func (d *Drawer) Keyring([]admission.Key) (platform.Keyring, []error) {
	return keyring{account: d.account}, nil
}

// Recognise looks at the form of a code only. Nothing is Malformed: a bare code
// that is not of the form is not a forgery of one.
func (k keyring) Recognise(code []byte) admission.Recognition {
	var id [codeMax]byte
	if normalise(code, &id) == 0 {
		return admission.NotMine
	}
	return admission.Mine
}

// Verify names the ticket. It proves nothing.
func (k keyring) Verify(code []byte) admission.Credential {
	c := admission.Credential{Platform: admission.Stebby, Proof: admission.ProofNone}
	c.Account = k.account
	var id [codeMax]byte
	if n := normalise(code, &id); n > 0 {
		c.ID = string(id[:n])
	}
	return c
}
