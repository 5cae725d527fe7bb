package talkback_test

import (
	"bytes"
	"errors"
	"testing"

	"gatescand/device/signal/talkback"
)

type ear struct{ heard []byte }

func (e *ear) Talk(b []byte) error {
	e.heard = append(e.heard, b...)
	return nil
}

func TestSendSaysTheBytes(t *testing.T) {
	e := &ear{}
	p, err := talkback.New(e, "hex:16070d")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Send(); err != nil || !bytes.Equal(e.heard, []byte{0x16, 0x07, 0x0d}) {
		t.Errorf("heard % x, %v", e.heard, err)
	}
}

func TestUnknownPhrasesAndDeafReadersAreErrors(t *testing.T) {
	if _, err := talkback.New(&ear{}, "ok"); !errors.Is(err, talkback.ErrNoPhrase) {
		t.Errorf("got %v", err)
	}
	if _, err := talkback.New(nil, "hex:16"); err == nil {
		t.Error("a reader that cannot be talked to was accepted")
	}
}
