package card

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
)

// Action is what a card does.
type Action string

// The actions.
const (
	Close Action = "close" // the lane refuses everybody
	Open  Action = "open"  // it decides again; it does not open the gate
	Check Action = "check" // it checks only, or no longer
)

// Actions lists them in the order in which they are printed.
func Actions() []Action { return []Action{Close, Open, Check} }

// letter of an action on its card, "" for one there is not.
func (a Action) letter() string {
	switch a {
	case Close:
		return "C"
	case Open:
		return "P"
	case Check:
		return "K"
	}
	return ""
}

const (
	mark    = "GSCND"
	version = "B"
	digits  = "BCDFGHJKLNPRSTVX" // to base 16

	generationLen = 4
	macLen        = 25 // letters of four bits each
	length        = len(mark) + len(version) + 1 + generationLen + macLen
)

// Verdict is what a code is worth as a card.
type Verdict string

// The verdicts.
const (
	None    Verdict = "none"    // it is no card
	Valid   Verdict = "valid"   // it is one of this lane's
	Foreign Verdict = "foreign" // of another lane of this station
	Old     Verdict = "old"     // of an earlier key, or of another station
	Forged  Verdict = "forged"  // it looks like a card, and the station did not make it
)

// Text gives what the card of a lane says.
func (k *Key) Text(lane string, action Action) string {
	return mark + version + action.letter() + spell(k.Generation) + k.seal(lane, action)
}

// seal is the part of a card that only the station can make.
func (k *Key) seal(lane string, action Action) string {
	h := hmac.New(sha256.New, k.Secret)
	_, _ = fmt.Fprintf(h, "gatescand card 1 %s %d %s", action, k.Generation, lane) // a hash takes everything
	sum := h.Sum(nil)
	var b strings.Builder
	for i := range macLen {
		b.WriteByte(digits[sum[i/2]>>(4*(1-i%2))&15])
	}
	return b.String()
}

// spell writes a generation in digits to base 16, the last sixteen bits of it.
func spell(generation uint32) string {
	var b [generationLen]byte
	for i := range b {
		b[i] = digits[generation>>(4*(generationLen-1-i))&15]
	}
	return string(b[:])
}

// Looks tells whether a code means to be a control card, of whatever station: it
// begins like one and is not much shorter or longer. Such a code is never a
// ticket.
func Looks(code []byte) bool {
	code = trimmed(code)
	return len(code) >= length/2 && len(code) <= 2*length && bytes.EqualFold(code[:len(mark)], []byte(mark))
}

// Judge tells what a code is worth as a card at a lane, and what it does where it
// is [Valid]. lanes are all lanes of the station. How long it takes does not
// depend on how much of a forged card is right.
func (k *Key) Judge(code []byte, lane string, lanes []string) (Action, Verdict) {
	if !Looks(code) {
		return "", None
	}
	text := bytes.ToUpper(trimmed(code))
	if len(text) != length {
		return "", Forged
	}
	is := func(lane string, action Action) bool { return hmac.Equal(text, []byte(k.Text(lane, action))) }
	var found Action
	for _, action := range Actions() {
		if is(lane, action) {
			found = action
		}
	}
	if found != "" {
		return found, Valid
	}
	verdict := Forged
	if at := len(mark) + len(version) + 1; string(text[at:at+generationLen]) != spell(k.Generation) {
		verdict = Old
	}
	for _, other := range lanes {
		for _, action := range Actions() {
			if other != lane && is(other, action) {
				verdict = Foreign
			}
		}
	}
	return "", verdict
}

// trimmed takes off what readers put around a code.
func trimmed(code []byte) []byte { return bytes.Trim(code, " \t\r\n") }
