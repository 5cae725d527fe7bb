// Package talkback tells a reader what was decided, so that its own beeper and
// lamp can say it.
//
// It promises to queue a few bytes for the reader and return; a reader that is
// not there, or that does not listen, is an error and nothing else.
package talkback

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// ErrNoPhrase is returned for phrases no reader profile is known for.
var ErrNoPhrase = errors.New("the reader's words for this are not known")

// Talker takes bytes for a reader; readers with a way back implement it.
type Talker interface {
	Talk(b []byte) error
}

// Phrase says one thing to one reader.
type Phrase struct {
	talker Talker
	bytes  []byte
}

// New prepares a phrase of a signal address: "hex:" and bytes.
func New(t Talker, phrase string) (*Phrase, error) {
	b, err := Bytes(phrase)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, errors.New("this lane's reader cannot be talked to; only a serial reader can")
	}
	return &Phrase{talker: t, bytes: b}, nil
}

// Bytes gives what a phrase sends. Phrases other than raw bytes need to know
// the make of the reader, which this release does not.
func Bytes(phrase string) ([]byte, error) {
	raw, ok := strings.CutPrefix(phrase, "hex:")
	if !ok {
		return nil, fmt.Errorf("%w: %q; write the bytes from the reader's manual, as in talkback:hex:16070d", ErrNoPhrase, phrase)
	}
	b, err := hex.DecodeString(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %q is not hexadecimal", ErrNoPhrase, raw)
	}
	return b, nil
}

// Send queues the phrase.
func (p *Phrase) Send() error { return p.talker.Talk(p.bytes) }
