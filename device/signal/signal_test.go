package signal_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/device/signal"
)

// line is a relay that remembers when it was on.
type line struct {
	mu      sync.Mutex
	on      bool
	since   time.Time
	longest time.Duration
	pulses  int
	failing int // Set(false) fails so many times
}

var errLine = errors.New("the line does not answer")

func (l *line) Set(on bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !on && l.failing > 0 {
		l.failing--
		return errLine
	}
	if on && !l.on {
		l.since = time.Now()
		l.pulses++
	}
	if !on && l.on {
		l.longest = max(l.longest, time.Since(l.since))
	}
	l.on = on
	return nil
}

func (l *line) Close() error { return l.Set(false) }

func (l *line) state() (on bool, pulses int, longest time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.on, l.pulses, l.longest
}

func address(t *testing.T, text string) signal.Address {
	t.Helper()
	a, err := signal.ParseAddress(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAPulseEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=300ms"), l, nil, nil)
		p := signal.NewPanel(map[signal.Kind][]*signal.Output{signal.Admit: {o}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		p.Show(signal.Admit, false)
		p.Show(signal.Refuse, false)
		time.Sleep(100 * time.Millisecond)
		if on, _, _ := l.state(); !on {
			t.Error("off during its pulse")
		}
		time.Sleep(time.Second)
		if on, pulses, longest := l.state(); on || pulses != 1 || longest != 300*time.Millisecond {
			t.Errorf("on %v, %d pulses, longest %v", on, pulses, longest)
		}
		p.Show(signal.Admit, true) // a ticket held too long opens nothing again
		time.Sleep(time.Second)
		if _, pulses, _ := l.state(); pulses != 1 {
			t.Errorf("a repeated answer moved the relay: %d pulses", pulses)
		}
		cancel()
		<-done
	})
}

func TestStoppingMidPulseSwitchesOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=2s"), l, nil, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- o.Run(ctx) }()
		o.Fire()
		time.Sleep(100 * time.Millisecond)
		cancel()
		<-done
		if on, _, longest := l.state(); on || longest > 150*time.Millisecond {
			t.Errorf("on %v, longest %v", on, longest)
		}
	})
}

func TestAStuckLineIsSwitchedOffUntilItObeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		var failures int
		o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=100ms"), l, nil, func(_ string, err error) {
			if err != nil {
				failures++
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- o.Run(ctx) }()
		synctest.Wait()
		l.mu.Lock()
		l.failing = 5
		l.mu.Unlock()
		o.Fire()
		time.Sleep(time.Second)
		if on, _, _ := l.state(); on {
			t.Error("still on")
		}
		cancel()
		<-done
		if failures != 5 {
			t.Errorf("%d failures reported, want 5", failures)
		}
	})
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a chip and a line", "gpio:gpiochip0/17", ""},
		{"a label", "gpio:pinctrl-rp1/17?pulse=800ms&active=low", ""},
		{"a phrase", "talkback:ok", ""},
		{"raw bytes", "talkback:hex:16070d", ""},
		{"no kind", "17", "write gpio:CHIP/LINE"},
		{"an unknown kind", "lamp:17", "is no kind of output"},
		{"no line", "gpio:gpiochip0", "write the chip and the line"},
		{"a line that is no number", "gpio:gpiochip0/x", "is no line of a chip"},
		{"a path", "gpio:/dev/gpiochip0/17", "not a path"},
		{"a pulse that never ends", "gpio:gpiochip0/17?pulse=1h", "from 10ms to 2s"},
		{"an unknown option", "gpio:gpiochip0/17?puls=1s", "is unknown here"},
		{"an unknown phrase", "talkback:hello", "is no phrase"},
		{"half a byte", "talkback:hex:123", "pairs of hexadecimal digits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := signal.ParseAddress(c.text)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, signal.ErrAddress)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("gpio:gpiochip0/17?pulse=300ms")
	f.Add("talkback:hex:16070d")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := signal.ParseAddress(text)
		if err == nil && a.Kind == signal.GPIO && (a.Pulse <= 0 || a.Pulse > signal.MaxPulse) {
			t.Fatalf("%q pulses for %v", text, a.Pulse)
		}
	})
}
