package signal_test

import (
	"context"
	"errors"
	"slices"
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
	failing int           // Set(false) fails so many times
	slow    time.Duration // Set(true) takes so long, and the line is on from its beginning
	refused bool          // Set(true) fails

	sluggish time.Duration // Set(false) takes so long, and the line is off at its end
	sets     int           // calls

	overlap bool // two calls at once
	busy    bool
	edges   []time.Duration // when it went on and off, since the first time
	first   time.Time
}

var errLine = errors.New("the line does not answer")

func (l *line) Set(on bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy {
		l.overlap = true
	}
	l.sets++
	if !on && l.sluggish > 0 {
		l.busy = true
		l.mu.Unlock()
		time.Sleep(l.sluggish)
		l.mu.Lock()
		l.busy = false
	}
	if !on && l.failing > 0 {
		l.failing--
		return errLine
	}
	if on && l.refused {
		return errLine
	}
	if on != l.on {
		if l.first.IsZero() {
			l.first = time.Now()
		}
		l.edges = append(l.edges, time.Since(l.first))
	}
	if on && !l.on {
		l.since = time.Now()
		l.pulses++
	}
	if !on && l.on {
		l.longest = max(l.longest, time.Since(l.since))
	}
	l.on = on
	if on && l.slow > 0 {
		l.busy = true
		l.mu.Unlock()
		time.Sleep(l.slow)
		l.mu.Lock()
		l.busy = false
	}
	return nil
}

// history gives the edges and the number of calls.
func (l *line) history() (edges []time.Duration, sets int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.edges), l.sets
}

// change changes the line's ways.
func (l *line) change(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// run runs outputs until the test ends, or until the returned function is
// called.
func run(t *testing.T, outputs ...*signal.Output) (stop func()) {
	t.Helper()
	kinds := make(map[signal.Kind][]*signal.Output)
	kinds[signal.Admit] = outputs
	p := signal.NewPanel(kinds)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	synctest.Wait()
	return stop
}

func (l *line) Close() error { return l.Set(false) }

func (l *line) state() (on bool, pulses int, longest time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.on, l.pulses, l.longest
}

// sinceNow is a clock that begins now.
func sinceNow() signal.Monotonic {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
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
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("run: %v", err)
		}
	})
}

func TestAStuckLineIsSwitchedOffUntilItObeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		h := &hearer{}
		o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=100ms"), l, nil, h.failed)
		stop := run(t, o)
		l.change(func() { l.failing = 50 }) // two and a half seconds
		o.Fire()
		time.Sleep(10 * time.Second)
		if on, _, _ := l.state(); on {
			t.Error("still on")
		}
		stop()
		told := h.heard()
		if len(told) < 2 || !errors.Is(told[0], errLine) || slices.ContainsFunc(told[1:], func(err error) bool { return err != nil }) {
			t.Errorf("told %v, want the failure once and then that it works", told)
		}
	})
}

// hearer is told of failures.
type hearer struct {
	mu   sync.Mutex
	told []error
}

func (h *hearer) failed(_ string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, err)
}

func (h *hearer) heard() []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.told)
}

func TestALineThatIsStuckAtTheStartIsToldAndForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{on: true, failing: 3}
		h := &hearer{}
		o := signal.NewOutput(address(t, "gpio:gpiochip0/17"), l, nil, h.failed)
		run(t, o)
		time.Sleep(time.Second)
		if on, _, _ := l.state(); on {
			t.Error("left on from before")
		}
		if told := h.heard(); len(told) != 2 || told[0] == nil || told[1] != nil {
			t.Errorf("told %v", told)
		}
	})
}

func TestALineThatNeverObeysDoesNotKeepTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		o := signal.NewOutput(address(t, "gpio:gpiochip0/17"), l, nil, nil)
		stop := run(t, o)
		l.change(func() { l.failing = 1 << 30 })
		o.Fire()
		time.Sleep(time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("stopping took %v", took)
		}
	})
}

func TestALineThatIsSlowToGoOnIsNotOnForLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{slow: 1900 * time.Millisecond}
		o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=1s"), l, nil, nil)
		run(t, o)
		o.Fire()
		time.Sleep(5 * time.Second)
		if _, _, longest := l.state(); longest != signal.MaxPulse {
			t.Errorf("on for %v", longest)
		}
	})
}

func TestALineThatFailsToGoOnIsSwitchedOffAndTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{refused: true}
		h := &hearer{}
		o := signal.NewOutput(address(t, "gpio:gpiochip0/17"), l, nil, h.failed)
		run(t, o)
		l.change(func() { l.on = true }) // it says it failed, and is on
		o.Fire()
		time.Sleep(time.Second)
		told := h.heard()
		if on, _, _ := l.state(); on || len(told) != 1 || !errors.Is(told[0], errLine) {
			t.Errorf("on %v, told %v", on, told)
		}
		l.change(func() { l.refused = false })
		o.Fire()
		time.Sleep(time.Second)
		if told := h.heard(); len(told) != 2 || told[1] != nil {
			t.Errorf("told %v", told)
		}
	})
}

// The second of two people gets a pulse of their own, and the relay has let go
// in between. A third who comes meanwhile is not counted.
func TestFiringDuringAPulseGivesOneMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=300ms"), l, nil, nil)
		run(t, o)
		for range 3 {
			o.Fire()
			time.Sleep(50 * time.Millisecond)
		}
		time.Sleep(5 * time.Second)
		want := []time.Duration{0, 300 * time.Millisecond, 300*time.Millisecond + signal.Rest, 600*time.Millisecond + signal.Rest}
		if edges, _ := l.history(); !slices.Equal(edges, want) {
			t.Errorf("edges %v, want %v", edges, want)
		}
	})
}

// voice is a reader's beeper.
type voice struct {
	mu   sync.Mutex
	said int
	err  error
}

func (v *voice) Send() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.said++
	return v.err
}

func TestAMessageThatFailsIsToldAndTheNextIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &voice{err: errLine}
		h := &hearer{}
		o := signal.NewOutput(address(t, "talkback:ok"), nil, v, func(a string, err error) {
			if a != "talkback:ok" {
				t.Errorf("told of %q", a)
			}
			h.failed(a, err)
		})
		stop := run(t, o)
		o.Fire()
		synctest.Wait()
		v.mu.Lock()
		v.err = nil
		v.mu.Unlock()
		o.Fire()
		synctest.Wait()
		stop()
		if told := h.heard(); v.said != 2 || len(told) != 2 || told[0] == nil || told[1] != nil {
			t.Errorf("said %d times, told %v", v.said, told)
		}
	})
}

// However many show at once, nobody waits and no pulse is longer than it may be.
func TestShowingNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, lamp := &line{slow: time.Second}, &line{}
		relay := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=2s"), l, nil, nil)
		shown := signal.NewOutput(address(t, "gpio:gpiochip0/18?pulse=100ms&repeat=true"), lamp, nil, nil)
		p := signal.NewPanel(map[signal.Kind][]*signal.Output{signal.Admit: {relay, shown}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		var showing sync.WaitGroup
		began := time.Now()
		for n := range 200 {
			showing.Go(func() { p.Show(signal.Admit, n%2 == 0) })
		}
		showing.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("showing took %v", took)
		}
		time.Sleep(time.Minute)
		on, pulses, longest := l.state()
		if on || pulses == 0 || pulses > 2 || longest > signal.MaxPulse {
			t.Errorf("on %v, %d pulses, longest %v", on, pulses, longest)
		}
		p.Show(signal.Admit, true)
		time.Sleep(time.Minute)
		if _, again, _ := l.state(); again != pulses {
			t.Error("a repeated answer moved the relay")
		}
		if _, lit, _ := lamp.state(); lit < 2 {
			t.Errorf("the lamp showed %d times", lit)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("run: %v", err)
		}
	})
}
