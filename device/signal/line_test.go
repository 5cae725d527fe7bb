package signal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"gatescand/device/signal"
)

// shared makes outputs with the given pulses on one line.
func shared(t *testing.T, l *line, pulses ...string) (*signal.Line, []*signal.Output) {
	t.Helper()
	common := signal.NewLine(l, sinceNow())
	var outputs []*signal.Output
	for _, p := range pulses {
		outputs = append(outputs, signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse="+p), common.Tap(), nil, nil))
	}
	return common, outputs
}

func TestOutputsOfOneLineDoNotCutEachOtherShort(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	for _, c := range []struct {
		name   string
		pulses []string
		fire   []time.Duration // one for each output
		edges  []time.Duration
	}{
		{"a long one within which a short one ends", []string{"800ms", "300ms"}, []time.Duration{0, ms(100)}, []time.Duration{0, ms(800)}},
		{"a short one that a longer one outlasts", []string{"300ms", "800ms"}, []time.Duration{0, ms(200)}, []time.Duration{0, ms(1000)}},
		{"one after the other", []string{"300ms", "300ms"}, []time.Duration{0, ms(500)}, []time.Duration{0, ms(300), ms(500), ms(800)}},
		{"both at once", []string{"300ms", "300ms"}, []time.Duration{0, 0}, []time.Duration{0, ms(300)}},
		{"together longer than the limit", []string{"2s", "2s"}, []time.Duration{0, ms(1900)}, []time.Duration{0, ms(2000)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &line{}
				_, outputs := shared(t, l, c.pulses...)
				run(t, outputs...)
				began := time.Now()
				for i, o := range outputs {
					time.Sleep(c.fire[i] - time.Since(began))
					o.Fire()
				}
				time.Sleep(10 * time.Second)
				if edges, _ := l.history(); !slices.Equal(edges, c.edges) {
					t.Errorf("edges %v, want %v", edges, c.edges)
				}
			})
		})
	}
}

func TestAnOutputThatStartsOrStopsLeavesTheOthersPulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		_, outputs := shared(t, l, "1s", "1s")
		run(t, outputs[0])
		outputs[0].Fire()
		time.Sleep(100 * time.Millisecond)
		stop := run(t, outputs[1]) // begins with switching off
		time.Sleep(100 * time.Millisecond)
		stop()
		if on, _, _ := l.state(); !on {
			t.Error("one output's beginning or end cut the other's pulse")
		}
		time.Sleep(time.Second)
		if on, pulses, longest := l.state(); on || pulses != 1 || longest != time.Second {
			t.Errorf("on %v, %d pulses, longest %v", on, pulses, longest)
		}
	})
}

func TestAStuckSharedLineIsSwitchedOffUntilItObeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		_, outputs := shared(t, l, "2s", "2s")
		run(t, outputs...)
		l.change(func() { l.failing = 7 })
		outputs[0].Fire()
		time.Sleep(1900 * time.Millisecond)
		outputs[1].Fire()
		time.Sleep(10 * time.Second)
		if on, _, longest := l.state(); on || longest > signal.MaxPulse+500*time.Millisecond {
			t.Errorf("on %v, longest %v", on, longest)
		}
	})
}

// An output that hangs switches nothing off; the line does.
func TestTheLimitOfALineNeedsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		common := signal.NewLine(l, sinceNow())
		hung, other := common.Tap(), common.Tap()
		if err := hung.Set(true); err != nil {
			t.Fatal(err)
		}
		l.change(func() { l.failing = 3 })
		time.Sleep(10 * time.Second)
		if on, _, longest := l.state(); on || longest != signal.MaxPulse+150*time.Millisecond {
			t.Errorf("on %v, longest %v", on, longest)
		}
		// The others can still show.
		if err := other.Set(true); err != nil {
			t.Fatal(err)
		}
		if on, _, _ := l.state(); !on {
			t.Error("one that hangs keeps the line from the others")
		}
		time.Sleep(10 * time.Second)
	})
}

// The limit of one stretch comes just as the line has been switched off and on
// again; it must leave the new stretch alone.
func TestALateLimitLeavesTheNextPulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{sluggish: 100 * time.Millisecond}
		common := signal.NewLine(l, sinceNow())
		first, second := common.Tap(), common.Tap()
		set := func(s signal.Switch, on bool) {
			if err := s.Set(on); err != nil {
				t.Error(err)
			}
		}
		set(first, true)
		time.Sleep(signal.MaxPulse - 50*time.Millisecond)
		go set(first, false) // for 100 ms
		synctest.Wait()
		time.Sleep(10 * time.Millisecond)
		go set(second, true) // waits for that, and the limit after it
		time.Sleep(time.Second)
		if on, pulses, _ := l.state(); !on || pulses != 2 {
			t.Errorf("on %v after %d pulses", on, pulses)
		}
		set(second, false)
	})
}

func TestClosingASharedLineSwitchesItOffForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		common := signal.NewLine(l, sinceNow())
		tap := common.Tap()
		if err := tap.Set(true); err != nil {
			t.Fatal(err)
		}
		if err := common.Close(); err != nil {
			t.Fatal(err)
		}
		_, sets := l.history()
		time.Sleep(time.Minute)
		on, _, _ := l.state()
		if _, now := l.history(); on || now != sets {
			t.Error("touched after it was closed")
		}
	})
}

// Whatever is fired when, and however the line stalls, it is used from one
// goroutine at a time, never on for longer than the limit and what the stall
// adds, and off in the end.
func TestASharedLineKeepsTheLimit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		pulses := rapid.SliceOfN(rapid.IntRange(10, 2000), 1, 4).Draw(rt, "pulses")
		type firing struct{ output, after int }
		firings := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) firing {
			return firing{rapid.IntRange(0, len(pulses)-1).Draw(t, "output"), rapid.IntRange(0, 700).Draw(t, "after")}
		}), 1, 30).Draw(rt, "firings")
		slow := time.Duration(rapid.IntRange(0, 300).Draw(rt, "slow")) * time.Millisecond
		synctest.Test(t, func(t *testing.T) {
			l := &line{slow: slow}
			common := signal.NewLine(l, sinceNow())
			var outputs []*signal.Output
			for _, p := range pulses {
				outputs = append(outputs, signal.NewOutput(address(t, fmt.Sprintf("gpio:gpiochip0/17?pulse=%dms", p)), common.Tap(), nil, nil))
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			p := signal.NewPanel(map[signal.Kind][]*signal.Output{signal.Hold: outputs})
			go func() { done <- p.Run(ctx) }()
			for _, f := range firings {
				time.Sleep(time.Duration(f.after) * time.Millisecond)
				outputs[f.output].Fire()
			}
			time.Sleep(time.Minute)
			on, fired, longest := l.state()
			overlap := false
			l.change(func() { overlap = l.overlap })
			if on || fired == 0 || overlap || longest > signal.MaxPulse+slow {
				t.Errorf("on %v, %d pulses, two at once %v, longest %v", on, fired, overlap, longest)
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("run: %v", err)
			}
		})
	})
}
