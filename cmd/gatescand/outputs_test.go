package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/health"
	"gatescand/device/signal"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
)

// relay is a line in a test's hand. It remembers when it was on.
type relay struct {
	mu     sync.Mutex
	on     bool
	since  time.Time
	pulses []time.Duration
	sets   int
	closed bool
}

func (r *relay) Set(on bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sets++
	if on && !r.on {
		r.since = time.Now()
	}
	if !on && r.on {
		r.pulses = append(r.pulses, time.Since(r.since))
	}
	r.on = on
	return nil
}

// Close switches it off.
func (r *relay) Close() error {
	err := r.Set(false)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return err
}

func (r *relay) history() (on bool, pulses []time.Duration, sets int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.on, slices.Clone(r.pulses), r.sets
}

// The scan in hand when the station stops still opens the gate.
func TestWhoIsLetInAtAStopIsLetThrough(t *testing.T) {
	r := newRig(t)
	r.lanes += "signal.admit = [\"gpio:chip/3?pulse=200ms\"]\n"
	gate := &relay{}
	r.lines = func(signal.Wire) (signal.Switch, error) { return gate, nil }
	tickets := r.valid(1)
	r.start()
	r.expect(r.print(tickets[0]), admission.Admit, admission.ReasonAdmitted)
	r.stop()
	on, pulses, _ := gate.history()
	if on || !gate.closed || len(pulses) != 1 || pulses[0] < 200*time.Millisecond {
		t.Errorf("on %v, closed %v, pulses %v, want one of 200 ms", on, gate.closed, pulses)
	}
}

// newsDesk is a station that is only told of its outputs, with its log.
func newsDesk() (*station, *bytes.Buffer) {
	var log bytes.Buffer
	d := &daemon{
		log: slog.New(slog.NewTextHandler(&log, nil)), hub: admin.NewHub(),
	}
	d.health = newConditions(d.hub, health.NewRegistry(time.Now))
	return &station{d: d}, &log
}

func (s *station) failing(address string) bool { return s.stands("signal_failed", address) }

// A relay whose chip comes late, as one on USB does, opens the gate from then on.
func TestAnOutputThatCannotBeHadIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newsDesk()
		const late, there = "gpio:late/3?pulse=300ms", "gpio:there/4"
		began := time.Now()
		var mu sync.Mutex
		var tries []time.Duration
		wires := map[string]*relay{"late": {on: true}, "there": {}}
		plugged := make(chan struct{})
		l := &lane{cfg: configs.Lane{Signal: configs.Signal{Admit: []string{late}, Refuse: []string{there, late}}}}
		l.lines = func(w signal.Wire) (signal.Switch, error) {
			if w.Chip != "late" {
				return wires[w.Chip], nil
			}
			mu.Lock()
			defer mu.Unlock()
			tries = append(tries, time.Since(began))
			if len(tries) == 3 {
				panic("a chip that is half there")
			}
			select {
			case <-plugged:
				return wires["late"], nil
			default:
				return nil, errors.New("no such chip")
			}
		}
		o := l.outputs(t.Context(), func() time.Duration { return time.Since(began) }, s.signalFailed)
		l.panel.Store(o.panel)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = o.panel.Run(ctx) })
		running.Go(func() { o.await(ctx) })
		l.show(signal.Refuse, false)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if !s.failing(late) || s.failing(there) {
			t.Error("the page does not say which output is missing")
		}
		if _, flashes, _ := wires["there"].history(); len(flashes) != 3 {
			t.Errorf("the output that is there flashed %d times", len(flashes))
		}
		mu.Lock()
		last := tries[len(tries)-1] - tries[len(tries)-3] // two outputs, one line
		if tries[2] != outputPause || last != longestOutputPause {
			t.Errorf("tried after %v, and in the end every %v", tries[2], last)
		}
		mu.Unlock()
		close(plugged)
		time.Sleep(longestOutputPause + outputSteady)
		if on, pulses, sets := wires["late"].history(); on || len(pulses) != 1 || sets == 0 || s.failing(late) {
			t.Errorf("on %v, pulses %v, failing %v: want it off before anything is shown", on, pulses, s.failing(late))
		}
		l.show(signal.Admit, false)
		time.Sleep(time.Second)
		if _, pulses, _ := wires["late"].history(); len(pulses) != 2 || pulses[1] != 300*time.Millisecond {
			t.Errorf("pulses %v, want one of 300 ms after it was switched off", pulses)
		}
		cancel()
		running.Wait()
		if len(l.closer) != 2 {
			t.Errorf("%d lines to close", len(l.closer))
		}
	})
}

func TestAStopDoesNotWaitForAnOutputThatIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newsDesk()
		l := &lane{cfg: configs.Lane{Signal: configs.Signal{Admit: []string{"gpio:late/3"}}}}
		l.lines = func(signal.Wire) (signal.Switch, error) { return nil, errors.New("no such chip") }
		o := l.outputs(t.Context(), func() time.Duration { return 0 }, s.signalFailed)
		ctx, cancel := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		waiting.Go(func() { o.await(ctx) })
		time.Sleep(time.Minute)
		began := time.Now()
		cancel()
		waiting.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("stopping took %v", took)
		}
	})
}

// An output that works now and then is one that fails, and the log is not full of it.
func TestAnOutputThatFailsNowAndThenIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := newsDesk()
		const address = "gpio:chip/3"
		changes := 0
		stop := s.d.health.registry.Watch(func(health.Change) { changes++ })
		defer stop()
		for range 500 { // five a second
			s.signalFailed(address, errors.New("no answer"))
			time.Sleep(100 * time.Millisecond)
			s.signalFailed(address, nil)
			time.Sleep(100 * time.Millisecond)
		}
		if lines := strings.Count(log.String(), "an output failed"); changes != 1 || lines != 1 || !s.failing(address) {
			t.Errorf("%d changes, %d lines, failing %v", changes, lines, s.failing(address))
		}
		time.Sleep(outputSteady)
		synctest.Wait()
		if s.failing(address) {
			t.Error("it fails still, for seconds after its last failure")
		}
		// Failures far enough apart to be told one by one are not all logged.
		log.Reset()
		for range 60 {
			s.signalFailed(address, errors.New("no answer"))
			s.signalFailed(address, nil)
			time.Sleep(outputSteady + time.Second)
		}
		if lines := strings.Count(log.String(), "an output failed"); lines > 7 || !strings.Contains(log.String(), "times=10") {
			t.Errorf("%d lines in six minutes:\n%s", lines, log)
		}
		s.signalFailed(address, errors.New("no answer"))
		s.signalFailed(address, nil)
		time.Sleep(time.Second)
		s.signalFailed(address, errors.New("no answer"))
		time.Sleep(time.Hour)
		if !s.failing(address) {
			t.Error("it is well without having worked")
		}
		s.signalFailed(address, nil)
		synctest.Wait()
		if time.Sleep(time.Nanosecond); s.failing(address) {
			t.Error("it works for the first time in an hour, and fails still")
		}
	})
}

func TestTheLogSaysWhereAnOutputsProgramFailed(t *testing.T) {
	s, log := newsDesk()
	s.signalFailed("gpio:chip/3", fmt.Errorf("first: %w", &signal.PanicError{Kind: "string", Stack: []byte("relay.go:7")}))
	if !strings.Contains(log.String(), "relay.go:7") {
		t.Error(log.String())
	}
}

// hurried is a reader that takes no word while it says one.
type hurried struct{ busy atomic.Bool }

func (h *hurried) Run(context.Context, func(), func(reader.Frame)) error { return nil }
func (h *hurried) Talk([]byte) error                                     { return h.Say("") }
func (h *hurried) Speaks(reader.Phrase) bool                             { return true }

func (h *hurried) Say(reader.Phrase) error {
	if h.busy.Load() {
		return fmt.Errorf("%w: the message before", reader.ErrBusy)
	}
	return reader.ErrAbsent
}

func TestAReaderThatIsStillTalkingIsNoFailure(t *testing.T) {
	for _, phrase := range []string{"talkback:bad", "talkback:hex:16"} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := newsDesk()
			h := &hurried{}
			h.busy.Store(true)
			l := &lane{source: h, cfg: configs.Lane{Signal: configs.Signal{Refuse: []string{phrase}}}}
			o := l.outputs(t.Context(), func() time.Duration { return 0 }, s.signalFailed)
			l.panel.Store(o.panel)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- o.panel.Run(ctx) }()
			for range 25 {
				l.show(signal.Refuse, false)
				time.Sleep(200 * time.Millisecond)
			}
			if s.failing(phrase) {
				t.Errorf("%s: left out, and said to fail", phrase)
			}
			h.busy.Store(false)
			l.show(signal.Refuse, false)
			time.Sleep(time.Second)
			if !s.failing(phrase) {
				t.Errorf("%s: a reader that is not there is not said to fail", phrase)
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("run: %v", err)
			}
		})
	}
}
