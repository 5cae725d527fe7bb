package talkback_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatescand/device/signal"
	"gatescand/device/signal/talkback"
)

var _ signal.Message = (*talkback.Phrase)(nil)

// word is the reader's own type of phrases.
type word string

var errGone = errors.New("gone")

// ear takes bytes.
type ear struct{ heard []byte }

func (e *ear) Talk(b []byte) error {
	e.heard = append(e.heard, b...)
	return nil
}

// mouth has words for "ok" as well.
type mouth struct {
	ear
	said []word
	err  error
}

func (m *mouth) Say(p word) error {
	m.said = append(m.said, p)
	return m.err
}

func (m *mouth) Speaks(p word) bool { return p == "ok" }

func TestSendSaysTheBytes(t *testing.T) {
	e := &ear{}
	for _, prepare := range []func() (*talkback.Phrase, error){
		func() (*talkback.Phrase, error) { return talkback.New(e, "hex:16070d") },
		func() (*talkback.Phrase, error) { return talkback.For[word](e, "hex:16070d") },
	} {
		e.heard = nil
		p, err := prepare()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Send(); err != nil || !bytes.Equal(e.heard, []byte{0x16, 0x07, 0x0d}) {
			t.Errorf("heard % x, %v", e.heard, err)
		}
	}
}

func TestSendHasTheReaderSayAPhraseInItsWords(t *testing.T) {
	m := &mouth{err: errGone}
	p, err := talkback.For[word](m, "ok")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Send(); !errors.Is(err, errGone) || len(m.said) != 1 || m.said[0] != "ok" || len(m.heard) > 0 {
		t.Errorf("said %v, heard % x, %v", m.said, m.heard, err)
	}
}

// Only that the reader is busy is nothing to tell anybody.
func TestAPhraseForABusyReaderIsLeftOut(t *testing.T) {
	busy := errors.New("busy")
	for _, row := range []struct {
		name   string
		reader error
		busy   error
		want   error
	}{
		{"busy", fmt.Errorf("%w: with the message before", busy), busy, signal.ErrLeftOut},
		{"gone", errGone, busy, errGone},
		{"free", nil, busy, nil},
		{"busy, where that is a failure", busy, nil, busy},
		{"free, where being busy is a failure", nil, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := talkback.For[word](&mouth{err: row.reader}, "ok")
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Sparing(row.busy).Send(); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
		})
	}
}

func TestWhatCannotBeSaidIsAnErrorThatSaysWhatToWrite(t *testing.T) {
	for _, row := range []struct {
		name   string
		reader any
		phrase string
		class  error
		want   string
	}{
		{"a reader without words", &ear{}, "ok", talkback.ErrNoPhrase, "profile=honeywell"},
		{"a reader without words for this", &mouth{}, "bad", talkback.ErrNoPhrase, "lamp"},
		{"bytes for a reader without a way back", struct{}{}, "hex:16", talkback.ErrDeaf, "serial and tcp"},
		{"a phrase for a reader without a way back", struct{}{}, "ok", talkback.ErrDeaf, "lamp"},
		{"no reader", nil, "hex:16", talkback.ErrDeaf, "lamp"},
		{"no bytes", &ear{}, "hex:", talkback.ErrNoPhrase, "hexadecimal"},
		{"half a byte", &ear{}, "hex:1", talkback.ErrNoPhrase, "hexadecimal"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := talkback.For[word](row.reader, row.phrase)
			if !errors.Is(err, row.class) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %v with %q", err, row.class, row.want)
			}
		})
	}
	if _, err := talkback.New(nil, "hex:16"); !errors.Is(err, talkback.ErrDeaf) {
		t.Errorf("New gave %v", err)
	}
	if _, err := talkback.New(&ear{}, "ok"); !errors.Is(err, talkback.ErrNoPhrase) {
		t.Errorf("New gave %v", err)
	}
}

func TestCheckJudgesAheadAsForDoes(t *testing.T) {
	for _, row := range []struct {
		phrase        string
		talks, speaks bool
		want          error
	}{
		{"ok", true, true, nil},
		{"ok", true, false, talkback.ErrNoPhrase},
		{"ok", false, false, talkback.ErrDeaf},
		{"hex:16", true, false, nil},
		{"hex:16", false, false, talkback.ErrDeaf},
		{"hex:1", true, true, talkback.ErrNoPhrase},
	} {
		if err := talkback.Check(row.phrase, row.talks, row.speaks); !errors.Is(err, row.want) {
			t.Errorf("%+v gave %v", row, err)
		}
	}
}
