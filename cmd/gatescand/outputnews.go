package main

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"gatescand/device/signal"
)

const (
	// outputSteady is how long after its last failure an output that works counts
	// as well again. One that fails at every other scan is not well in between.
	outputSteady = 5 * time.Second
	// outputLogged is how often it is logged at most that an output has failed.
	outputLogged = time.Minute
)

// outputNews is what the station was told of its outputs.
type outputNews struct {
	mu sync.Mutex
	of map[string]*outputState
}

// outputState is what is known of one output.
type outputState struct {
	failing bool      // as the page says it
	works   bool      // since its last failure
	failed  time.Time // when it last did
	logged  seldom
}

// about gives what is known of an output. Its caller holds mu.
func (n *outputNews) about(address string) *outputState {
	if n.of == nil {
		n.of = make(map[string]*outputState)
	}
	if n.of[address] == nil {
		n.of[address] = &outputState{}
	}
	return n.of[address]
}

// signalFailed is told of every failure of an output, and with nil that it works.
// The page hears when it changes, and the log when it begins to fail.
func (s *station) signalFailed(address string, err error) {
	s.news.mu.Lock()
	defer s.news.mu.Unlock()
	o := s.news.about(address)
	if err == nil {
		if o.failing && !o.works {
			o.works = true
			s.calm.after("output "+address, outputSteady-time.Since(o.failed), func() { s.signalWell(address) })
		}
		return
	}
	begins := !o.failing
	o.failing, o.works, o.failed = true, false, time.Now()
	s.d.health.Raise("signal_failed", address, err.Error())
	if !begins {
		return
	}
	if times := o.logged.another(outputLogged); times > 0 {
		attrs := []any{slog.Any("address", address), slog.Any("error", err), slog.Any("times", times)}
		if defect := (*signal.PanicError)(nil); errors.As(err, &defect) {
			attrs = append(attrs, slog.Any("stack", string(defect.Stack)))
		}
		s.d.log.Warn("an output failed", attrs...)
	}
}

// signalWell ends what the page says of an output, unless it has failed again.
func (s *station) signalWell(address string) {
	s.news.mu.Lock()
	defer s.news.mu.Unlock()
	if o := s.news.about(address); o.works {
		o.failing = false
		s.d.health.Clear("signal_failed", address)
	}
}
