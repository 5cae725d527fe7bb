package scanner

import (
	"bytes"
	"time"

	"gatescand/scanner/admission"
)

// heldCodes is how many codes a lane remembers for the hold-off. Two people
// holding tickets side by side make a reader alternate between them.
const heldCodes = 4

// holdOff remembers the last answers, so that a code held before the reader
// gets its first answer again instead of a second opinion. Each re-read
// renews the hold-off: what counts is when the code was last seen.
type holdOff struct {
	span time.Duration
	held [heldCodes]held
}

type held struct {
	code   []byte
	seen   time.Duration // since boot
	answer admission.CheckIn
}

func newHoldOff(span time.Duration) *holdOff { return &holdOff{span: span} }

// again gives the earlier answer when code is still being held.
func (h *holdOff) again(code []byte, now time.Duration) (admission.CheckIn, bool) {
	for i := range h.held {
		e := &h.held[i]
		if e.code != nil && now-e.seen <= h.span && bytes.Equal(e.code, code) {
			e.seen = max(e.seen, now) // a frame may have waited longer than the answer is old
			return e.answer, true
		}
	}
	return admission.CheckIn{}, false
}

// answered remembers an answer in the place of the one seen longest ago.
func (h *holdOff) answered(code []byte, now time.Duration, c admission.CheckIn) {
	if h.span <= 0 {
		return
	}
	oldest := &h.held[0]
	for i := range h.held {
		e := &h.held[i]
		if e.code == nil || bytes.Equal(e.code, code) {
			oldest = e
			break
		}
		if e.seen < oldest.seen {
			oldest = e
		}
	}
	*oldest = held{code: bytes.Clone(code), seen: now, answer: c}
}
