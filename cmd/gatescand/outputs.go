package main

import (
	"slices"
	"strings"

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
	if err != nil {
		return err
	}
	switch a.Kind {
	case signal.Talkback:
		if strings.HasPrefix(a.Phrase, "hex:") { // words are the reader's: see checkTalk
			_, err = talkback.Bytes(a.Phrase)
		}
	case signal.Sound:
		err = sound.Check(a)
	}
	return err
}

// outputs opens the outputs a lane's configuration names. An output that
// cannot be had is reported and left out: a lamp must not keep a gate shut.
func (l *lane) outputs(now signal.Monotonic, failed func(address string, err error)) *signal.Panel {
	all := make(map[signal.Kind][]*signal.Output)
	with := opener{lane: l, now: now, failed: failed, lines: make(map[string]*signal.Line), player: sound.NewPlayer("")}
	for _, of := range []struct {
		kind      signal.Kind
		addresses []string
	}{{signal.Admit, l.cfg.Signal.Admit}, {signal.Refuse, l.cfg.Signal.Refuse}, {signal.Hold, l.cfg.Signal.Hold}} {
		for _, text := range of.addresses {
			out, err := with.output(text, of.kind)
			if err != nil {
				failed(text, err)
				continue
			}
			all[of.kind] = append(all[of.kind], out)
		}
	}
	return signal.NewPanel(all)
}

// opener is what the outputs of one lane are opened with.
type opener struct {
	lane   *lane
	now    signal.Monotonic
	failed func(address string, err error)
	lines  map[string]*signal.Line // one line may show several kinds
	player *sound.Player           // one for the lane: its newest verdict is what is heard
}

func (o opener) output(text string, kind signal.Kind) (*signal.Output, error) {
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
		return signal.NewOutput(a, nil, phrase, o.failed), nil
	case signal.Sound:
		played, err := o.player.Sound(a, kind)
		if err != nil {
			return nil, err
		}
		return signal.NewOutput(a, nil, played, o.failed), nil
	}
	line, ok := o.lines[a.Key()]
	if !ok {
		opened, err := gpio.OpenOutput(devices, a.Wire)
		if err != nil {
			return nil, err
		}
		line = signal.NewLine(opened, o.now)
		o.lane.closer = append(o.lane.closer, line)
		o.lines[a.Key()] = line
	}
	return signal.NewOutput(a, line.Tap(), nil, o.failed), nil
}

// checkPassage tells whether an address can be a contact of this release.
func checkPassage(address string) error {
	_, err := passage.ParseAddress(address)
	return err
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

// wires gives the lines of addresses.
func wires(addresses []signal.Address) []signal.Wire {
	out := make([]signal.Wire, 0, len(addresses))
	for _, a := range addresses {
		out = append(out, a.Wire)
	}
	return out
}
