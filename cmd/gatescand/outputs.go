package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"gatescand/configs"
	"gatescand/device/signal"
	"gatescand/device/signal/gpio"
	"gatescand/device/signal/passage"
	"gatescand/device/signal/sound"
	"gatescand/device/signal/talkback"
	"gatescand/scanner/reader"
)

// devices is where the chips of this box are.
const devices = "/dev"

// checkSignal tells whether an address can be an output of this release.
func checkSignal(address string) error {
	a, err := signal.ParseAddress(address)
	if err == nil && a.Kind == signal.Talkback && strings.HasPrefix(a.Phrase, "hex:") { // words are the reader's: see checkTalk
		_, err = talkback.Bytes(a.Phrase)
	}
	return outputFault(err) // a sound's file is not looked at: a missing one must not keep a gate shut
}

const (
	// An output that cannot be had is tried again after this time, and with
	// pauses that grow to the longest.
	outputPause, longestOutputPause = 2 * time.Second, 30 * time.Second
)

// outputs opens the outputs a lane's configuration names. An output that
// cannot be had is reported and awaited: a lamp must not keep a gate shut.
func (l *lane) outputs(ctx context.Context, now signal.Monotonic, failed func(address string, err error)) *opener {
	o := &opener{
		lane: l, now: now, failed: failed, panel: signal.NewPanel(nil),
		lines: make(map[string]*signal.Line), player: sound.NewPlayer(""),
	}
	for _, of := range []struct {
		kind      signal.Kind
		addresses []string
	}{{signal.Admit, l.cfg.Signal.Admit}, {signal.Refuse, l.cfg.Signal.Refuse}, {signal.Hold, l.cfg.Signal.Hold}} {
		for _, text := range of.addresses {
			o.missing = append(o.missing, missingOutput{text, of.kind})
		}
	}
	o.open(ctx)
	return o
}

// missingOutput is an output that the configuration names and that is not open.
type missingOutput struct {
	address string
	kind    signal.Kind
}

// opener opens the outputs of one lane. It is used from one goroutine at a time.
type opener struct {
	panel   *signal.Panel // of those that are open
	missing []missingOutput

	lane   *lane
	now    signal.Monotonic
	failed func(address string, err error)
	lines  map[string]*signal.Line // one line may show several kinds
	player *sound.Player           // one for the lane: its newest verdict is what is heard
}

// open opens what is missing, as far as that can be had now.
func (o *opener) open(ctx context.Context) {
	var still []missingOutput
	for _, m := range o.missing {
		var out *signal.Output
		err := guarded(ctx, func(context.Context) (err error) {
			out, err = o.output(m.address, m.kind)
			return err
		})
		o.failed(m.address, err)
		if err != nil {
			still = append(still, m)
			continue
		}
		o.panel.Add(m.kind, out)
	}
	o.missing = still
}

// await opens what is missing as soon as it can be had, such as a relay that is
// plugged in late, until nothing is missing or ctx ends.
func (o *opener) await(ctx context.Context) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval, pause.RandomizationFactor = outputPause, longestOutputPause, 0
	for len(o.missing) > 0 {
		timer := time.NewTimer(pause.NextBackOff())
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			o.open(ctx)
		}
	}
}

// output opens one output.
func (o *opener) output(text string, kind signal.Kind) (*signal.Output, error) {
	a, err := signal.ParseAddress(text)
	if err != nil {
		return nil, err
	}
	switch a.Kind {
	case signal.Talkback:
		phrase, err := talkback.For[reader.Phrase](o.lane.source, a.Phrase)
		if err != nil {
			return nil, err
		}
		return signal.NewOutput(a, nil, phrase.Sparing(reader.ErrBusy), o.failed), nil
	case signal.Sound:
		played, err := o.player.Sound(a, kind)
		if err != nil {
			return nil, err
		}
		return signal.NewOutput(a, nil, played, o.failed), nil
	}
	if err := o.lane.guard.allow(o.lane.cfg.Name, kind == signal.Admit, a.Wire); err != nil {
		return nil, err
	}
	line, ok := o.lines[a.Key()]
	if !ok {
		opened, err := o.lane.openLine(a.Wire)
		if err != nil {
			return nil, err
		}
		line = signal.NewLine(opened, o.now)
		o.lane.closer = append(o.lane.closer, line)
		o.lines[a.Key()] = line
	}
	return signal.NewOutput(a, line.Tap(), nil, o.failed), nil
}

// openLine takes the line of an output, which is off then.
func (l *lane) openLine(w signal.Wire) (signal.Switch, error) {
	if l.lines != nil {
		return l.lines(w)
	}
	return gpio.OpenOutput(devices, w)
}

// checkPassage tells whether an address can be a contact of this release.
func checkPassage(address string) error {
	_, err := passage.ParseAddress(address)
	return outputFault(err)
}

// addressError is what is wrong with an address: its text says what to write
// instead, so that the remedy only says where to look.
type addressError struct {
	error

	remedy string
}

// Remedy says where to look.
func (f addressError) Remedy() string { return f.remedy }

// Unwrap gives the fault.
func (f addressError) Unwrap() error { return f.error }

// outputFault makes a fault of an error about an output or a contact.
func outputFault(err error) error {
	if err == nil {
		return nil
	}
	return addressError{err, "the sample shows what can stand here"}
}

// checkOutputs says which lines the signals of a lane use in two ways that
// exclude each other.
func checkOutputs(addresses []string) []string {
	var parsed []signal.Address
	for _, text := range addresses {
		if a, err := signal.ParseAddress(text); err == nil {
			parsed = append(parsed, a)
		}
	}
	return signal.Contradictions(parsed)
}

// signalSwitches gives every GPIO address of a configuration once.
func signalSwitches(cfg *configs.Config) []signal.Address {
	var found []signal.Address
	for _, l := range cfg.Lanes {
		for _, text := range slices.Concat(l.Signal.Admit, l.Signal.Refuse, l.Signal.Hold) {
			a, err := signal.ParseAddress(text)
			known := func(o signal.Address) bool { return o.Key() == a.Key() }
			if err == nil && a.Kind == signal.GPIO && !slices.ContainsFunc(found, known) {
				found = append(found, a)
			}
		}
	}
	return found
}
