package sound

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatescand/device/signal"
)

func address(t *testing.T, text string) signal.Address {
	t.Helper()
	a, err := signal.ParseAddress(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func prepared(t *testing.T, p *Player, text string, k signal.Kind) *Sound {
	t.Helper()
	s, err := p.Sound(address(t, text), k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// play plays in the background and gives what became of it.
func play(ctx context.Context, s *Sound) <-chan error {
	done := make(chan error, 1)
	go func() { done <- s.Play(ctx) }()
	return done
}

func TestASoundIsGivenToThePlayerWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bell.wav")
	bell := wav(make([]byte, rate*frameSize))
	if err := os.WriteFile(file, bell, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text, arguments string
		size                  int
	}{
		{"a tone", "sound:tone", "-q -", len(Tone(signal.Refuse))},
		{"a tone on a device", "sound:tone?device=plughw:CARD=Device,DEV=0", "-q -D plughw:CARD=Device,DEV=0 -", len(Tone(signal.Refuse))},
		{"a file", "sound:" + file, "-q -", len(bell)},
	} {
		t.Run(c.name, func(t *testing.T) {
			stage, p := newStage(t, "play")
			done := play(t.Context(), prepared(t, p, c.text, signal.Refuse))
			if got, want := stage.next().said, fmt.Sprintf("%d %s", c.size, c.arguments); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestANewerSoundStopsTheOneThatPlays(t *testing.T) {
	stage, p := newStage(t, "hang")
	old := play(t.Context(), prepared(t, p, "sound:tone", signal.Admit))
	first := stage.next()
	stage.way("play")
	if err := prepared(t, p, "sound:tone", signal.Refuse).Play(t.Context()); err != nil {
		t.Error(err)
	}
	first.gone(t)
	if err := <-old; err != nil {
		t.Errorf("to make place is no failure: %v", err)
	}
}

func TestOfManySoundsAtOnceTheNewestIsHeardAndNoneIsLeft(t *testing.T) {
	stage, p := newStage(t, "play")
	go func() {
		for {
			conn, err := stage.listener.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	var all []<-chan error
	for range 10 {
		for _, k := range []signal.Kind{signal.Admit, signal.Refuse, signal.Hold} {
			all = append(all, play(t.Context(), prepared(t, p, "sound:tone", k)))
		}
	}
	for _, done := range all {
		if err := <-done; err != nil && !errors.Is(err, ErrFailed) { // a fake whose connection is closed fails
			t.Error(err)
		}
	}
	if len(p.turn) != 0 {
		t.Error("somebody still plays")
	}
}

func TestASoundWaitsUntilTheOneBeforeIsGone(t *testing.T) {
	stage, p := newStage(t, "play")
	p.turn <- struct{}{} // one that is still on its way out
	done := play(t.Context(), prepared(t, p, "sound:tone", signal.Admit))
	if conn, err := stage.early(200 * time.Millisecond); err == nil {
		_ = conn.Close()
		t.Error("two play at once")
	}
	<-p.turn
	stage.next()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestStoppingEndsTheChildAndItsChildren(t *testing.T) {
	stage, p := newStage(t, "family")
	ctx, cancel := context.WithCancel(t.Context())
	done := play(ctx, prepared(t, p, "sound:tone", signal.Hold))
	parent := stage.next()
	child := stage.next()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("to be stopped is no failure: %v", err)
	}
	parent.gone(t)
	child.gone(t)
}

func TestASoundThatDoesNotEndIsEnded(t *testing.T) {
	stage, p := newStage(t, "hang")
	p.patience = 50 * time.Millisecond
	s := prepared(t, p, "sound:tone", signal.Admit)
	s.length = 0
	done := play(t.Context(), s)
	err := <-done
	if !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
	_ = stage
}

func TestAPlayerThatFailsIsQuotedWithoutItsEscapes(t *testing.T) {
	stage, p := newStage(t, "fail")
	done := play(t.Context(), prepared(t, p, "sound:tone", signal.Admit))
	stage.next()
	err := <-done
	if !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "No such file or directory") ||
		strings.ContainsAny(err.Error(), "\x1b\n") || len(err.Error()) > 500 {
		t.Errorf("got %q", err)
	}
}

func TestAMissingPlayerSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	p := NewPlayer("")
	for _, err := range []error{p.Check(), prepared(t, p, "sound:tone", signal.Admit).Send()} {
		if !errors.Is(err, ErrNoPlayer) || !strings.Contains(err.Error(), "apt install alsa-utils") {
			t.Errorf("got %v", err)
		}
	}
	if _, here := newStage(t, "play"); here.Check() != nil {
		t.Error("a program that is there is not found")
	}
}

func TestOnlySoundsAreSounds(t *testing.T) {
	if _, err := NewPlayer("").Sound(address(t, "talkback:ok"), signal.Admit); err == nil {
		t.Error("a phrase was taken for a sound")
	}
}

// A sound on a panel: the verdict that comes next is heard at once.
func TestAPanelPlaysTheNewestVerdict(t *testing.T) {
	stage, p := newStage(t, "hang")
	outputs := make(map[signal.Kind][]*signal.Output)
	for _, k := range []signal.Kind{signal.Admit, signal.Refuse} {
		a := address(t, "sound:tone")
		outputs[k] = []*signal.Output{signal.NewOutput(a, nil, prepared(t, p, "sound:tone", k), func(_ string, err error) {
			if err != nil {
				t.Errorf("%s: %v", k, err)
			}
		})}
	}
	panel := signal.NewPanel(outputs)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- panel.Run(ctx) }()
	panel.Show(signal.Admit, false)
	first := stage.next()
	panel.Show(signal.Refuse, false)
	second := stage.next()
	first.gone(t)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	second.gone(t)
}
