package serial

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/reader"
)

func TestWhatIsSaidReachesTheReader(t *testing.T) {
	p := newPTY(t)
	r := startUp(t, newSource(t, p.node, ""))
	beep := []byte("\x16\x07\r")
	if err := r.Talk(beep); err != nil {
		t.Fatal(err)
	}
	copy(beep, "???") // Talk has copied it
	got := make([]byte, 3)
	if err := p.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(p, got); err != nil {
		t.Fatal(err)
	}
	if string(got) != "\x16\x07\r" {
		t.Errorf("the reader got %q", got)
	}
	r.none(t, p)
}

func TestAMessageTooLongIsRefused(t *testing.T) {
	p := newPTY(t)
	r := startUp(t, newSource(t, p.node, ""))
	if err := r.Talk(make([]byte, reader.MaxTalk+1)); !errors.Is(err, reader.ErrTooLong) {
		t.Errorf("Talk gave %v, want ErrTooLong", err)
	}
}

func TestNothingIsSaidToAReaderThatIsNotOpen(t *testing.T) {
	p := newPTY(t)
	s := newSource(t, p.node, "")
	if err := s.Talk([]byte("x")); !errors.Is(err, reader.ErrAbsent) {
		t.Errorf("before Run, Talk gave %v, want ErrAbsent", err)
	}
	r := startUp(t, s)
	p.unplug(t)
	if err := r.end(t); !errors.Is(err, reader.ErrGone) {
		t.Fatal(err)
	}
	if err := s.Talk([]byte("x")); !errors.Is(err, reader.ErrAbsent) {
		t.Errorf("after the unplug, Talk gave %v, want ErrAbsent", err)
	}
}

func TestAReaderThatTakesNothingIsDeclaredDeadAndLetGo(t *testing.T) {
	p := newPTY(t)
	s := newSource(t, p.node, "")
	r := startUp(t, s)
	message := []byte(strings.Repeat("b", reader.MaxTalk))
	busy := false
	for deadline := time.Now().Add(patience); ; {
		err := r.Talk(message) // nobody reads at the other end
		busy = busy || errors.Is(err, reader.ErrBusy)
		if errors.Is(err, reader.ErrAbsent) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the port is never declared dead")
		}
	}
	if err := r.end(t); !errors.Is(err, reader.ErrFault) || !strings.Contains(err.Error(), "flow control") {
		t.Errorf("Run returned %v, want ErrFault with a remedy", err)
	}
	if !busy {
		t.Error("Talk never said that an earlier message waits")
	}
	// The blocked write was freed, so the same port opens again at once.
	startUp(t, s).none(t, p)
}
