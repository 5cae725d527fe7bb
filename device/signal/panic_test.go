package signal_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/device/signal"
)

// erring is a switch whose calls may panic.
type erring struct {
	line

	on, off int // so many calls panic
}

func (e *erring) Set(on bool) error {
	left := &e.off
	if on {
		left = &e.on
	}
	panics := false
	e.change(func() {
		if panics = *left > 0; panics {
			*left--
			e.line.on = e.line.on || on // it may well be on
		}
	})
	if panics {
		panic("a code nobody should read")
	}
	return e.line.Set(on)
}

// crier is a message that panics until it is mended.
type crier struct {
	voice

	mended atomic.Bool
}

func (c *crier) Send() error {
	if !c.mended.Load() {
		panic(errLine)
	}
	return c.voice.Send()
}

// siren is a sound that panics until it is mended.
type siren struct{ crier }

func (s *siren) Play(context.Context) error { return s.Send() }

func TestAPanicOfASwitchIsToldAndTheOutputGoesOn(t *testing.T) {
	for _, c := range []struct {
		name    string
		on, off int
		shared  bool
	}{
		{"while it goes on", 1, 0, false},
		{"while it goes on, on a line that others use", 1, 0, true},
		{"while it goes off", 0, 3, false},
		{"while it goes off, on a line that others use", 0, 3, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, h := &erring{}, &hearer{}
				var s signal.Switch = e
				if c.shared {
					s = signal.NewLine(e, sinceNow()).Tap()
				}
				o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=300ms"), s, nil, h.failed)
				run(t, o)
				e.change(func() { e.on, e.off = c.on, c.off })
				o.Fire()
				time.Sleep(5 * time.Second)
				var defect *signal.PanicError
				told := h.heard()
				if on, _, _ := e.state(); on || len(told) == 0 || !errors.As(told[0], &defect) || defect.Kind != "string" || len(defect.Stack) == 0 {
					t.Fatalf("on %v, told %v", on, told)
				}
				o.Fire()
				time.Sleep(5 * time.Second)
				told = h.heard()
				if on, pulses, _ := e.state(); on || pulses == 0 || told[len(told)-1] != nil {
					t.Errorf("on %v, %d pulses, told %v", on, pulses, told)
				}
			})
		})
	}
}

// The limit of a line runs by itself, with nobody above it.
func TestAPanicAtTheLimitIsCaught(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &erring{}
		l := signal.NewLine(e, sinceNow())
		if err := l.Tap().Set(true); err != nil {
			t.Fatal(err)
		}
		e.change(func() { e.off = 2 })
		time.Sleep(signal.MaxPulse + time.Second)
		if on, _, _ := e.state(); on {
			t.Error("still on")
		}
		e.change(func() { e.off = 1 })
		var defect *signal.PanicError
		if err := l.Close(); !errors.As(err, &defect) {
			t.Errorf("closing gave %v", err)
		}
	})
}

// Close panics as Set does.
func (e *erring) Close() error { return e.Set(false) }

func TestAPanicOfAMessageIsToldAndTheNextIsSaid(t *testing.T) {
	type mendable interface {
		signal.Message
		mend()
	}
	for name, m := range map[string]mendable{"talkback:ok": &crier{}, "sound:tone": &siren{}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &hearer{}
				o := signal.NewOutput(address(t, name), nil, m, h.failed)
				stop := run(t, o)
				o.Fire()
				time.Sleep(time.Second)
				m.mend()
				o.Fire()
				time.Sleep(time.Second)
				stop()
				var defect *signal.PanicError
				if told := h.heard(); len(told) != 2 || !errors.As(told[0], &defect) || told[1] != nil {
					t.Errorf("told %v", told)
				}
			})
		})
	}
}

func (c *crier) mend() { c.mended.Store(true) }

// Whoever listens may panic, too: the next report is told all the same.
func TestAListenerThatPanicsEndsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, told := &voice{err: errLine}, 0
		o := signal.NewOutput(address(t, "talkback:ok"), nil, v, func(string, error) {
			told++
			panic("deaf")
		})
		stop := run(t, o)
		for range 3 {
			o.Fire()
			synctest.Wait()
		}
		stop()
		if told != 3 || v.said != 3 {
			t.Errorf("said %d times, told %d", v.said, told)
		}
	})
}
