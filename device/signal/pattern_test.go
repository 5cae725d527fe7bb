package signal_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"gatescand/device/signal"
)

// patterns draws patterns such as an address may have.
func patterns() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		n := rapid.IntRange(0, 6).Draw(t, "pauses")*2 + 1
		var p signal.Pattern
		for range n {
			p = append(p, time.Duration(rapid.IntRange(20, 1200).Draw(t, "step"))*time.Millisecond)
		}
		return p.String()
	}).Filter(func(text string) bool {
		_, err := signal.ParsePattern(text)
		return err == nil
	})
}

func TestAPatternIsShownAsItIsWritten(t *testing.T) {
	for pattern, times := range map[string][]int{
		"200/50/100/300/400":                    {0, 200, 250, 350, 650, 1050},
		"2000/100/2000":                         {0, 2000, 2100, 4100},
		signal.DefaultRhythm("hold").String():   {0, 600, 900, 1500},
		signal.DefaultRhythm("refuse").String(): {0, 200, 350, 550, 700, 900},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &line{}
			common := signal.NewLine(l, sinceNow())
			o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pattern="+pattern), common.Tap(), nil, nil)
			run(t, o)
			o.Fire()
			time.Sleep(10 * time.Second)
			var want []time.Duration
			for _, at := range times {
				want = append(want, time.Duration(at)*time.Millisecond)
			}
			if edges, _ := l.history(); !slices.Equal(edges, want) {
				t.Errorf("%s: edges %v, want %v", pattern, edges, want)
			}
		})
	}
}

// Lamps that say no rhythm show the one of their verdict on a panel.
func TestAPanelGivesEachVerdictItsRhythm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := map[signal.Kind]*line{signal.Admit: {}, signal.Refuse: {}, signal.Hold: {}}
		outputs := make(map[signal.Kind][]*signal.Output)
		for k, l := range lines {
			outputs[k] = []*signal.Output{signal.NewOutput(address(t, "gpio:gpiochip0/17"), l, nil, nil)}
		}
		p := signal.NewPanel(outputs)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		for k := range lines {
			p.Show(k, false)
		}
		time.Sleep(5 * time.Second)
		for k, want := range map[signal.Kind]int{signal.Admit: 1, signal.Refuse: 3, signal.Hold: 2} {
			if _, flashes, _ := lines[k].state(); flashes != want {
				t.Errorf("%s flashes %d times, want %d", k, flashes, want)
			}
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("run: %v", err)
		}
	})
}

func TestAPatternOnALineThatFailsEndsAndIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{refused: true}
		h := &hearer{}
		o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pattern=100/100/100/100/100"), l, nil, h.failed)
		run(t, o)
		o.Fire()
		time.Sleep(time.Second)
		if told := h.heard(); len(told) != 1 || !errors.Is(told[0], errLine) {
			t.Errorf("told %v", told)
		}
	})
}

// A line that is slow to go on stretches a pattern whose pauses part nothing.
func TestASlowLineDoesNotStretchAPatternBeyondTheLimit(t *testing.T) {
	for _, shared := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := &line{slow: 900 * time.Millisecond}
			var s signal.Switch = l
			if shared {
				s = signal.NewLine(l, sinceNow()).Tap()
			}
			o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pattern=200/20/200/20/200/20/200"), s, nil, nil)
			run(t, o)
			o.Fire()
			time.Sleep(time.Minute)
			edges, _ := l.history()
			if stretch := longestStretch(edges); stretch > signal.MaxPulse+l.slow {
				t.Errorf("shared %v: %v at a stretch, edges %v", shared, stretch, edges)
			}
		})
	}
}

// longestStretch is the longest time a line was on when pauses shorter than
// [signal.Rest] do not count.
func longestStretch(edges []time.Duration) time.Duration {
	var longest, began time.Duration
	for i := 0; i+1 < len(edges); i += 2 {
		if i == 0 || edges[i]-edges[i-1] >= signal.Rest {
			began = edges[i]
		}
		longest = max(longest, edges[i+1]-began)
	}
	return longest
}

// Whatever patterns share a line and whenever they are fired, the line is not on
// for longer than the limit without a pause that parts contacts.
func TestPatternsOnOneLineKeepTheLimit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		texts := rapid.SliceOfN(patterns(), 1, 4).Draw(rt, "patterns")
		type firing struct{ output, after int }
		firings := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) firing {
			return firing{rapid.IntRange(0, len(texts)-1).Draw(t, "output"), rapid.IntRange(0, 900).Draw(t, "after")}
		}), 1, 30).Draw(rt, "firings")
		synctest.Test(t, func(t *testing.T) {
			l := &line{}
			common := signal.NewLine(l, sinceNow())
			var outputs []*signal.Output
			for _, p := range texts {
				outputs = append(outputs, signal.NewOutput(address(t, "gpio:gpiochip0/17?pattern="+p), common.Tap(), nil, nil))
			}
			p := signal.NewPanel(map[signal.Kind][]*signal.Output{signal.Refuse: outputs})
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- p.Run(ctx) }()
			for _, f := range firings {
				time.Sleep(time.Duration(f.after) * time.Millisecond)
				outputs[f.output].Fire()
				if held := p.Held(); held > signal.MaxPulse {
					t.Errorf("said to be held for %v", held)
				}
			}
			time.Sleep(time.Minute)
			edges, _ := l.history()
			if on, _, _ := l.state(); on || len(edges) == 0 || longestStretch(edges) > signal.MaxPulse || p.Held() != 0 {
				t.Errorf("on %v, held %v, %v at a stretch, edges %v", on, p.Held(), longestStretch(edges), edges)
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("run: %v", err)
			}
		})
	})
}

func FuzzParsePattern(f *testing.F) {
	f.Add("200/150/200")
	f.Add("2000/100/2000")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := signal.ParsePattern(text)
		if err != nil {
			return
		}
		var edges []time.Duration
		var at time.Duration
		edges = append(edges, 0)
		for _, step := range p {
			if step < signal.MinStep {
				t.Fatalf("%q has a step of %v", text, step)
			}
			at += step
			edges = append(edges, at)
		}
		if len(edges)%2 != 0 || at > signal.MaxPattern || longestStretch(edges) > signal.MaxPulse {
			t.Fatalf("%q is %v, %v at a stretch", text, p, longestStretch(edges))
		}
		if strings.TrimLeft(text, "0") == text && !strings.Contains(text, "/0") && p.String() != text {
			t.Fatalf("%q is written as %q", text, p)
		}
	})
}
