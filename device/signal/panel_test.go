package signal_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/device/signal"
)

// An output that comes while the panel runs is made safe before it shows.
func TestAnOutputThatComesLateIsOffFirstAndShowsFromThenOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := signal.NewPanel(nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		synctest.Wait()
		p.Show(signal.Refuse, false) // nobody is let in, or refused, later
		l := &line{on: true}
		p.Add(signal.Refuse, signal.NewOutput(address(t, "gpio:gpiochip0/17"), signal.NewLine(l, sinceNow()).Tap(), nil, nil))
		synctest.Wait()
		if on, pulses, _ := l.state(); on || pulses != 0 {
			t.Errorf("on %v, %d pulses, before anything is shown", on, pulses)
		}
		p.Show(signal.Refuse, false)
		time.Sleep(100 * time.Millisecond)
		if p.Held() != 100*time.Millisecond {
			t.Errorf("held for %v during a flash of 200 ms", p.Held())
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("run: %v", err)
		}
		if on, flashes, _ := l.state(); on || flashes != 3 {
			t.Errorf("on %v, %d flashes, want the three of a refusal", on, flashes)
		}
		late := &line{}
		p.Add(signal.Refuse, signal.NewOutput(address(t, "gpio:gpiochip0/18"), late, nil, nil))
		p.Show(signal.Refuse, false)
		synctest.Wait()
		if _, sets := late.history(); sets != 0 {
			t.Error("a panel that has ended uses an output")
		}
	})
}

func TestWhatIsLeftOutIsNeitherSuccessNorFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, h := &voice{err: errLine}, &hearer{}
		o := signal.NewOutput(address(t, "talkback:bad"), nil, v, h.failed)
		stop := run(t, o)
		for _, err := range []error{errLine, signal.ErrLeftOut, signal.ErrLeftOut} {
			v.mu.Lock()
			v.err = err
			v.mu.Unlock()
			o.Fire()
			synctest.Wait()
		}
		stop()
		if told := h.heard(); v.said != 3 || len(told) != 1 || !errors.Is(told[0], errLine) {
			t.Errorf("said %d times, told %v", v.said, told)
		}
	})
}
