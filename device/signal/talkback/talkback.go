// Package talkback tells a reader what was decided, so that its own beeper and
// lamp can say it.
//
// It promises to queue a few bytes for the reader and return; a reader that is
// not there, or that does not listen, is an error and nothing else. It knows
// the words of no reader: "ok" and "bad" are put into words by the reader
// itself, and raw bytes are the operator's.
package talkback

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"gatescand/device/signal"
)

// The errors of phrases that cannot be said.
var (
	// ErrNoPhrase is returned for phrases that the reader has no words for.
	ErrNoPhrase = errors.New("the reader's words for this are not known")
	// ErrDeaf is returned for readers that cannot be told anything.
	ErrDeaf = errors.New("this lane's reader cannot be talked to")
)

// rawPrefix begins a phrase that is bytes.
const rawPrefix = "hex:"

// Talker takes bytes for a reader; readers with a way back implement it.
type Talker interface {
	Talk(b []byte) error
}

// Speaker is a reader that has words of its own for phrases, which are a type
// of the reader's.
type Speaker[P ~string] interface {
	Say(phrase P) error
	// Speaks tells ahead whether the reader has words for a phrase.
	Speaks(phrase P) bool
}

// Phrase says one thing to one reader.
type Phrase struct {
	send func() error
	busy error // what the reader says that has an earlier message to take still, nil where it never does
}

// For prepares a phrase of a signal address for a reader, which may be
// anything: "hex:" and bytes for a [Talker], "ok" or "bad" for a [Speaker]
// with that type of phrases. Its errors are those of [Check].
func For[P ~string](reader any, phrase string) (*Phrase, error) {
	talker, talks := reader.(Talker)
	speaker, speaks := reader.(Speaker[P])
	if err := Check(phrase, talks, speaks && speaker.Speaks(P(phrase))); err != nil {
		return nil, err
	}
	if isRaw(phrase) {
		return New(talker, phrase)
	}
	return &Phrase{send: func() error { return speaker.Say(P(phrase)) }}, nil
}

// New prepares raw bytes, "hex:" and the bytes.
func New(t Talker, phrase string) (*Phrase, error) {
	b, err := Bytes(phrase)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, deaf()
	}
	return &Phrase{send: func() error { return t.Talk(b) }}, nil
}

// Check tells before there is a reader whether it will be able to say a
// phrase: talks is whether readers of its kind take bytes, speaks whether it
// has words for this phrase. The error is of [ErrDeaf] or [ErrNoPhrase] and
// says what to write instead.
func Check(phrase string, talks, speaks bool) error {
	switch {
	case isRaw(phrase):
		_, err := Bytes(phrase)
		if err == nil && !talks {
			err = deaf()
		}
		return err
	case speaks:
		return nil
	case !talks:
		return deaf()
	default:
		return noWords(phrase)
	}
}

// Bytes gives what a phrase of raw bytes sends. Phrases other than raw bytes
// are for the reader to put into words.
func Bytes(phrase string) ([]byte, error) {
	raw, ok := strings.CutPrefix(phrase, rawPrefix)
	if !ok {
		return nil, noWords(phrase)
	}
	b, err := hex.DecodeString(raw)
	if err != nil || len(b) == 0 {
		return nil, fmt.Errorf("%w: %q is not hexadecimal", ErrNoPhrase, raw)
	}
	return b, nil
}

// Sparing gives the phrase as one that is left out while the reader says busy, as
// one does that takes half a second for each and hears five refusals in it: the
// people before it hear the earlier one, and nothing is broken.
func (p *Phrase) Sparing(busy error) *Phrase { return &Phrase{send: p.send, busy: busy} }

// Send queues the phrase. Its error is that of the reader, or
// [signal.ErrLeftOut], see [Phrase.Sparing].
func (p *Phrase) Send() error {
	err := p.send()
	if p.busy != nil && errors.Is(err, p.busy) {
		return signal.ErrLeftOut
	}
	return err
}

func isRaw(phrase string) bool { return strings.HasPrefix(phrase, rawPrefix) }

func noWords(phrase string) error {
	return fmt.Errorf("%w: %q: name the make in the reader's address, as in serial:PATH?profile=honeywell, or write the bytes from "+
		"its manual, as in talkback:hex:16070d; a make without a word for it needs a lamp or a sound instead", ErrNoPhrase, phrase)
}

func deaf() error {
	return fmt.Errorf("%w: only serial and tcp readers can; take the talkback signal out, or use a lamp or a sound", ErrDeaf)
}
