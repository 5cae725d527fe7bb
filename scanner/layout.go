package scanner

import (
	"fmt"
	"slices"
	"strings"

	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
)

// provenAfter is how many different codes in a row must have proved a layout before it reads codes that prove nothing. One is not enough: anybody
// can reprint a ticket of his own as another layout would type it.
const provenAfter = 3

// layout is what a lane has learned about a reader that types: by which layout its keys made codes that proved themselves, when that was not the
// configured one. It belongs to the lane's goroutine.
type layout struct {
	name     string
	capsLock bool
	proofs   int    // different codes in a row; 0 when nothing was learned
	last     string // digest of the latest of them
}

// is tells whether a reading is by the layout that was seen last.
func (y layout) is(r reader.Reading) bool {
	return y.proofs > 0 && r.Layout == y.name && r.CapsLock == y.capsLock
}

// proven tells whether a reading is by a layout that is relied on.
func (y layout) proven(r reader.Reading) bool { return y.proofs >= provenAfter && y.is(r) }

// read finds out which code the keys of a frame mean, and whose it is.
//
// A reader that types says which keys, and not which characters: set to another layout than the daemon it makes good tickets unreadable, or
// worse, forged. So what does not prove itself is read by the other layouts, and the first reading that carries a good signature counts: that
// no wrong reading can have. A layout that several codes have proved also reads those that prove nothing; otherwise the configured layout
// stands.
func (l *Lane) read(f reader.Frame) ([]byte, []admission.Claim) {
	if len(f.Readings) == 0 {
		return f.Code, l.claims(f.Code)
	}
	readings := make([]reader.Reading, 0, len(f.Readings)+1)
	readings = append(readings, reader.Reading{Layout: f.Layout, Code: f.Code})
	readings = append(readings, f.Readings...)
	if i := slices.IndexFunc(readings, l.typed.proven); i > 0 {
		learned := readings[i]
		readings = slices.Insert(slices.Delete(readings, i, i+1), 0, learned)
	}
	var unproven []admission.Claim
	for i, r := range readings {
		claims := l.claims(r.Code)
		if slices.ContainsFunc(claims, proves) {
			l.learn(r, f.Layout)
			return r.Code, claims
		}
		if i == 0 {
			unproven = claims
		}
	}
	return readings[0].Code, unproven
}

func proves(c admission.Claim) bool { return c.Credential.Proof == admission.ProofGood }

// learn remembers the layout of a reading that proved itself, and says so as long as it is not the configured one.
func (l *Lane) learn(r reader.Reading, configured string) {
	if r.Layout == configured && !r.CapsLock {
		l.typed = layout{}
		l.deps.Conditions.Clear(ConditionLayout, l.cfg.Name)
		return
	}
	code := admission.Digest(r.Code)
	if !l.typed.is(r) {
		l.typed = layout{name: r.Layout, capsLock: r.CapsLock}
		l.deps.Conditions.Raise(ConditionLayout, l.cfg.Name, mismatch(r, configured))
	}
	if l.typed.proofs == 0 || l.typed.last != code {
		l.typed.proofs, l.typed.last = min(l.typed.proofs+1, provenAfter), code
	}
}

// mismatch says in plain words how reader and lane differ, and what to do.
func mismatch(r reader.Reading, configured string) string {
	var words []string
	if r.Layout != configured {
		words = append(words, fmt.Sprintf("The reader is set to %s, the lane says %s: write layout=%s into the reader's address, or set the reader to %s",
			strings.ToUpper(r.Layout), strings.ToUpper(configured), r.Layout, strings.ToUpper(configured)))
	}
	if r.CapsLock {
		words = append(words, "It exchanges capitals and small letters: switch off its caps lock setting")
	}
	return strings.Join(words, ". ")
}
