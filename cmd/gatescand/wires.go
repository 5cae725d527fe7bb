package main

import (
	"fmt"

	"gatescand/configs"
	"gatescand/device/signal"
	"gatescand/device/signal/gpio"
	"gatescand/device/signal/passage"
)

// wireName gives what tells the line of an address from others, "" for what is
// no line. The configuration compares addresses by it.
func wireName(address string) string {
	if a, err := signal.ParseAddress(address); err == nil {
		if a.Kind == signal.GPIO {
			return signal.GPIO + ":" + a.Key()
		}
		return ""
	}
	if p, err := passage.ParseAddress(address); err == nil {
		return signal.GPIO + ":" + p.Key()
	}
	return ""
}

// wireGuard keeps every line that opens a gate for the lane that admits with it.
// A line can be written in several ways (chip by name or label, line by number or
// name), and only the chip itself tells which of them are the same.
type wireGuard struct {
	gates []gateWire
	// identify names the line of a wire, see [gpio.Identify].
	identify func(signal.Wire) (string, error)
}

// gateWire is a line that admits.
type gateWire struct {
	lane string
	wire signal.Wire
}

// newWireGuard guards what the lanes of a configuration admit with.
func newWireGuard(cfg *configs.Config) *wireGuard {
	g := &wireGuard{identify: func(w signal.Wire) (string, error) { return gpio.Identify(devices, w) }}
	for _, l := range cfg.Lanes {
		for _, a := range addressesOf(l.Signal.Admit) {
			if a.Kind == signal.GPIO {
				g.gates = append(g.gates, gateWire{l.Name, a.Wire})
			}
		}
	}
	return g
}

// allow tells whether a lane may use a line: to admit with it, or for anything
// else. The line of a gate belongs to the first lane that admits with it, and to
// nothing but admitting. A guard that is nil allows everything.
func (g *wireGuard) allow(lane string, admits bool, w signal.Wire) error {
	if g == nil || len(g.gates) == 0 {
		return nil
	}
	own, err := g.identify(w)
	if err != nil {
		return nil //nolint:nilerr // whoever opens it is told why that fails
	}
	for _, gate := range g.gates {
		name, err := g.identify(gate.wire)
		if err != nil || name != own {
			continue
		}
		if admits && gate.lane == lane {
			return nil
		}
		return fmt.Errorf("%s is the line %s, which opens the gate of lane %s: give each its own line", w.Key(), own, gate.lane)
	}
	return nil
}
