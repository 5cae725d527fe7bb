package configs

import (
	"fmt"
	"slices"
	"strings"
)

// outputDevice gives the wire an address drives, "" where that can be shared: a
// reader's beeper says different things, a wire is on or off.
func outputDevice(address string) string {
	device, _, _ := strings.Cut(address, "?")
	if !strings.HasPrefix(device, "gpio:") {
		return ""
	}
	return device
}

// validateSignals sees that no refusal or hold drives the wire that admits,
// and that no wire belongs to two lanes: either would open a gate to somebody
// who was not let in.
func (d *decoder) validateSignals(i int) {
	e, s := d.lanes[i], d.cfg.Lanes[i].Signal
	admits := make(map[string]bool)
	for _, address := range s.Admit {
		admits[outputDevice(address)] = true
	}
	for _, kind := range []struct {
		key       string
		addresses []string
	}{{"refuse", s.Refuse}, {"hold", s.Hold}} {
		for _, address := range kind.addresses {
			if device := outputDevice(address); device != "" && admits[device] {
				d.complain(e.label+".signal."+kind.key, e.table, &complaint{
					fmt.Sprintf("drives %s, which admit drives too", device),
					"give what opens the gate a line of its own",
				})
			}
		}
	}
	for j := range i {
		if device := sharedDevice(s, d.cfg.Lanes[j].Signal); device != "" {
			d.complain(e.label+".signal", e.table, &complaint{
				fmt.Sprintf("drives %s, which the lane in line %d drives already", device, d.lanes[j].table.at.line),
				"give each lane its own lines",
			})
		}
	}
}

// sharedDevice names a wire that both lanes drive.
func sharedDevice(a, b Signal) string {
	wires := make(map[string]bool)
	for _, address := range everySignal(b) {
		wires[outputDevice(address)] = true
	}
	for _, address := range everySignal(a) {
		if device := outputDevice(address); device != "" && wires[device] {
			return device
		}
	}
	return ""
}

func everySignal(s Signal) []string {
	return slices.Concat(s.Admit, s.Refuse, s.Hold)
}
