package signal_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/device/signal"
)

// wedged is a switch whose calls hang until it is freed.
type wedged struct {
	line

	hangs chan struct{}
	on    bool // hangs at Set(true), otherwise at Set(false)
	armed chan struct{}
}

func (w *wedged) Set(on bool) error {
	err := w.line.Set(on)
	select {
	case <-w.armed:
		if on == w.on {
			<-w.hangs
		}
	default:
	}
	return err
}

func TestASwitchThatHangsIsToldByHeld(t *testing.T) {
	for _, c := range []struct {
		name string
		on   bool
	}{{"while it goes on", true}, {"while it goes off", false}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wedged{hangs: make(chan struct{}), armed: make(chan struct{}), on: c.on}
				common := signal.NewLine(w, sinceNow())
				o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=300ms"), common.Tap(), nil, nil)
				p := signal.NewPanel(map[signal.Kind][]*signal.Output{signal.Admit: {o}})
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- p.Run(ctx) }()
				synctest.Wait()
				close(w.armed)
				began := time.Now()
				p.Show(signal.Admit, false)
				for range 100 {
					time.Sleep(100 * time.Millisecond)
					p.Show(signal.Admit, false) // nobody waits for it
				}
				if took := time.Since(began); took != 10*time.Second || p.Held() != took {
					t.Errorf("held for %v, after %v", p.Held(), took)
				}
				close(w.hangs)
				time.Sleep(10 * time.Second)
				if on, _, _ := w.state(); on || p.Held() != 0 {
					t.Errorf("on %v, held for %v, after it let go", on, p.Held())
				}
				cancel()
				if err := <-done; !errors.Is(err, context.Canceled) {
					t.Errorf("run: %v", err)
				}
			})
		})
	}
}

func TestALineThatDoesNotObeyIsToldByHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		common := signal.NewLine(l, sinceNow())
		o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=300ms"), common.Tap(), nil, nil)
		p := signal.NewPanel(map[signal.Kind][]*signal.Output{signal.Admit: {o}})
		run(t, o)
		if p.Held() != 0 {
			t.Error("held before anything was shown")
		}
		l.change(func() { l.failing = 1 << 30 })
		o.Fire()
		time.Sleep(time.Minute)
		if p.Held() != time.Minute {
			t.Errorf("held for %v, after a minute", p.Held())
		}
		l.change(func() { l.failing = 0 })
		time.Sleep(time.Second)
		if on, _, _ := l.state(); on || p.Held() != 0 {
			t.Errorf("on %v, held for %v, after it obeyed", on, p.Held())
		}
	})
}

func TestHeldCountsThePulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		common := signal.NewLine(&line{}, sinceNow())
		o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=300ms"), common.Tap(), nil, nil)
		p := signal.NewPanel(map[signal.Kind][]*signal.Output{signal.Admit: {o}})
		run(t, o)
		time.Sleep(time.Second)
		o.Fire()
		time.Sleep(200 * time.Millisecond)
		if p.Held() != 200*time.Millisecond {
			t.Errorf("held for %v during the pulse", p.Held())
		}
		time.Sleep(200 * time.Millisecond)
		if p.Held() != 0 {
			t.Errorf("held for %v after the pulse", p.Held())
		}
	})
}

// Who is told of failures may be stuck: nothing waits for it, and the line is
// off in time.
func TestAListenerThatHangsKeepsNothingOn(t *testing.T) {
	for _, pulses := range []int{50, 51} {
		synctest.Test(t, func(t *testing.T) { hang(t, pulses) })
	}
}

func hang(t *testing.T, times int) {
	t.Helper()
	hangs := make(chan struct{})
	var told []error
	var mu sync.Mutex
	l := &line{failing: 1} // something to tell from the beginning
	o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=300ms"), l, nil, func(_ string, err error) {
		<-hangs
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err)
	})
	run(t, o)
	time.Sleep(time.Second)
	for range times {
		l.change(func() { l.failing = 2 })
		o.Fire()
		time.Sleep(time.Second)
	}
	if on, pulses, longest := l.state(); on || pulses != times || longest > 500*time.Millisecond {
		t.Errorf("on %v, %d pulses, longest %v", on, pulses, longest)
	}
	l.change(func() { l.refused = true })
	o.Fire()
	time.Sleep(time.Second)
	close(hangs)
	synctest.Wait()
	mu.Lock()
	defer mu.Unlock()
	if len(told) == 0 || len(told) > 10 || !errors.Is(told[len(told)-1], errLine) {
		t.Errorf("told %v, want the last of it", told)
	}
}

func TestAStormOfFiringsKeepsTheLimitAndTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		common := signal.NewLine(l, sinceNow())
		a := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=300ms"), common.Tap(), nil, nil)
		b := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=2s"), common.Tap(), nil, nil)
		stop := run(t, a, b)
		for range 20000 {
			a.Fire()
			b.Fire()
			time.Sleep(time.Millisecond)
		}
		stop()
		edges, _ := l.history()
		if on, pulses, longest := l.state(); on || pulses < 5 || longest > signal.MaxPulse || longestStretch(edges) > signal.MaxPulse {
			t.Errorf("on %v, %d pulses, longest %v, %v at a stretch", on, pulses, longest, longestStretch(edges))
		}
	})
}

// Even one output gets no more than the limit when it asks again at once.
func TestAfterTheLimitTheContactsPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		tap := signal.NewLine(l, sinceNow()).Tap()
		for range 3 {
			if err := tap.Set(true); err != nil {
				t.Fatal(err)
			}
			time.Sleep(signal.MaxPulse + 10*time.Millisecond)
		}
		if err := tap.Close(); err != nil {
			t.Fatal(err)
		}
		edges, _ := l.history()
		if longestStretch(edges) != signal.MaxPulse || len(edges) != 6 {
			t.Errorf("edges %v", edges)
		}
	})
}

// Switching off what is off already, as every output does when it begins, is no
// new pause.
func TestSwitchingOffAgainDelaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		common := signal.NewLine(l, sinceNow())
		a, b := common.Tap(), common.Tap()
		set := func(s signal.Switch, on bool, after time.Duration) {
			time.Sleep(after)
			if err := s.Set(on); err != nil {
				t.Error(err)
			}
		}
		set(a, true, 0)
		set(a, false, 300*time.Millisecond)
		set(b, false, 90*time.Millisecond)
		set(b, true, 20*time.Millisecond)
		set(b, false, 100*time.Millisecond)
		if edges, _ := l.history(); len(edges) != 4 || edges[2] != 410*time.Millisecond {
			t.Errorf("edges %v", edges)
		}
	})
}

// Two outputs of one line that follow each other closely are two pulses for a
// relay too.
func TestAnotherOutputWaitsUntilTheContactsHaveParted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		_, outputs := shared(t, l, "300ms", "500ms")
		run(t, outputs...)
		outputs[0].Fire()
		time.Sleep(310 * time.Millisecond)
		outputs[1].Fire()
		time.Sleep(5 * time.Second)
		edges, _ := l.history()
		if len(edges) != 4 || edges[2] != 300*time.Millisecond+signal.Rest || edges[3]-edges[2] != 500*time.Millisecond {
			t.Errorf("edges %v", edges)
		}
	})
}
