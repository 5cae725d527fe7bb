package pos

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

func TestPhrasesReachTheReader(t *testing.T) {
	p := newPlug(t, &facts{raw: long(trigger(0x86), commands()), vendor: 0x0c2e})
	r := startUp(t, newSource(t, p.open, ""))
	if err := r.Say(reader.PhraseOK); err != nil {
		t.Fatal(err)
	}
	p.hears(t, "\xfd\x03\x16\x07\r"+nuls(59))
	if err := r.Say(reader.PhraseBad); err != nil {
		t.Fatal(err)
	}
	p.hears(t, "\x04\x20")
	if err := r.Say("fanfare"); !errors.Is(err, reader.ErrNoPhrase) {
		t.Errorf("an unknown phrase gave %v", err)
	}
	p.scan(t, "ABC")
	r.wants(t, "ABC")
}

func TestABadPhraseIsThreeBeepsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newScript(&facts{raw: long(commands()), vendor: 0x0c2e})
		r := startUp(t, newSource(t, dev.open, ""))
		began := time.Now()
		if err := r.Say(reader.PhraseBad); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			<-dev.writes
			if took := time.Since(began); took != time.Duration(i)*beepPause {
				t.Errorf("beep %d after %v", i, took)
			}
		}
		if err := r.Say(reader.PhraseBad); err != nil {
			t.Fatal(err)
		}
		<-dev.writes
		dev.stop(t, r)
		if len(dev.writes) > 0 {
			t.Error("it beeps on after the end")
		}
	})
}

func TestWhatIsSaidIsCopiedAndFilledUp(t *testing.T) {
	p := newPlug(t, &facts{raw: long(commands())})
	r := startUp(t, newSource(t, p.open, ""))
	b := []byte("\xfd\x03\x16\x54\r")
	if err := r.Talk(b); err != nil {
		t.Fatal(err)
	}
	copy(b, "?????")
	p.hears(t, "\xfd\x03\x16\x54\r"+nuls(59))
	if err := r.Talk(nil); err != nil {
		t.Errorf("nothing to say gave %v", err)
	}
	if err := r.Talk(make([]byte, reader.MaxTalk+1)); !errors.Is(err, reader.ErrTooLong) {
		t.Errorf("a message too long gave %v", err)
	}
}

func TestWhetherAReaderSpeaksIsKnownOnceItWasOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newScript(&facts{raw: conforming()})
		s := newSource(t, dev.open, "")
		if !s.Speaks(reader.PhraseOK) || !s.Speaks(reader.PhraseBad) || s.Speaks("fanfare") {
			t.Error("before the opening every phrase that any reader knows is possible")
		}
		if err := s.Say(reader.PhraseOK); !errors.Is(err, reader.ErrAbsent) {
			t.Errorf("before Run, Say gave %v", err)
		}
		r := startUp(t, s)
		if err := s.Say(reader.PhraseOK); !errors.Is(err, reader.ErrNoPhrase) || s.Speaks(reader.PhraseOK) {
			t.Errorf("a reader without words: Say gave %v", err)
		}
		dev.fails <- unix.EIO
		if err := r.end(t); !errors.Is(err, reader.ErrGone) {
			t.Fatal(err)
		}
		if err := s.Say(reader.PhraseOK); !errors.Is(err, reader.ErrAbsent) || s.Speaks(reader.PhraseOK) {
			t.Errorf("after the unplug, Say gave %v", err)
		}
	})
}

func TestAReaderThatTakesNothingIsDeclaredDeadAndLetGo(t *testing.T) {
	p := newPlug(t, &facts{raw: long(commands())})
	s := newSource(t, p.open, "")
	r := startUp(t, s)
	busy := false
	for deadline := time.Now().Add(patience); ; {
		err := r.Talk([]byte("\xfdx")) // nobody reads at the other end
		busy = busy || errors.Is(err, reader.ErrBusy)
		if errors.Is(err, reader.ErrAbsent) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the reader is never declared dead")
		}
	}
	if err := r.end(t); !errors.Is(err, reader.ErrFault) || !strings.Contains(err.Error(), "did not take") {
		t.Errorf("Run returned %v, want ErrFault", err)
	}
	if !busy {
		t.Error("Talk never said that an earlier message waits")
	}
}
