package configs

import (
	"fmt"
	"slices"
	"strings"
)

// wire names the line an address drives or reads, "" where that can be shared: a
// reader's beeper says different things, a line is on or off.
func (d *decoder) wire(address string) string {
	if d.env.Wire != nil {
		return d.env.Wire(address)
	}
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
	d.validateTalk(i)
	d.validatePassage(i)
	e, s := d.lanes[i], d.cfg.Lanes[i].Signal
	admits := make(map[string]bool)
	for _, address := range s.Admit {
		admits[d.wire(address)] = true
	}
	for _, kind := range []struct {
		key       string
		addresses []string
	}{{"refuse", s.Refuse}, {"hold", s.Hold}} {
		for _, address := range kind.addresses {
			if device := d.wire(address); device != "" && admits[device] {
				d.complain(e.label+".signal."+kind.key, e.table, &complaint{
					fmt.Sprintf("drives %s, which admit drives too", device),
					"give what opens the gate a line of its own",
				})
			}
		}
	}
	if d.env.CheckOutputs != nil {
		for _, problem := range d.env.CheckOutputs(everySignal(s)) {
			d.complain(e.label+".signal", e.table, &complaint{shownText(problem), "correct one of the two"})
		}
	}
	said := make(map[int]bool)
	for _, address := range everySignal(s) {
		device := d.wire(address)
		if device == "" {
			continue
		}
		if d.driven == nil {
			d.driven = make(map[string]int)
		}
		j, taken := d.driven[device]
		if !taken {
			d.driven[device] = i
		}
		if !taken || j == i || said[j] {
			continue
		}
		said[j] = true
		d.complain(e.label+".signal", e.table, &complaint{
			fmt.Sprintf("drives %s, which the lane in line %d drives already", device, d.lanes[j].table.at.line),
			"give each lane its own lines",
		})
	}
}

// validateTalk sees that what is said through a lane's reader is something that
// reader can say.
func (d *decoder) validateTalk(i int) {
	e, lane := d.lanes[i], d.cfg.Lanes[i]
	if d.env.CheckTalk == nil || !d.ok(e.label+".reader") || lane.Reader == "" {
		return
	}
	for _, kind := range []struct {
		key       string
		addresses []string
	}{{"admit", lane.Signal.Admit}, {"refuse", lane.Signal.Refuse}, {"hold", lane.Signal.Hold}} {
		key := e.label + ".signal." + kind.key
		for _, address := range kind.addresses {
			if !d.ok(key) || !strings.HasPrefix(address, "talkback:") {
				continue
			}
			d.complain(key, e.table, complaintOf(d.env.CheckTalk(lane.Reader, address), signalRemedy))
		}
	}
}

// validatePassage sees that the line of a contact is nobody else's.
func (d *decoder) validatePassage(i int) {
	e, lane := d.lanes[i], d.cfg.Lanes[i]
	key, line := e.label+".passage", d.wire(lane.Passage)
	if line == "" || !d.ok(key) {
		return
	}
	if lane.Direction == Check && d.ok(e.label+".direction") {
		d.complain(key, e.table, &complaint{"tells who goes through, and a check lane lets nobody through", "remove it, or correct the direction"})
		return
	}
	for j := range d.cfg.Lanes {
		other := d.cfg.Lanes[j]
		for _, address := range everySignal(other.Signal) {
			if d.wire(address) == line {
				d.complain(key, e.table, &complaint{
					fmt.Sprintf("reads %s, which the lane in line %d drives", line, d.lanes[j].table.at.line),
					"give the contact a line of its own",
				})
				return
			}
		}
		if j < i && d.wire(other.Passage) == line {
			d.complain(key, e.table, &complaint{
				fmt.Sprintf("reads %s, which the lane in line %d reads already", line, d.lanes[j].table.at.line),
				"give each lane its own contact",
			})
			return
		}
	}
}

func everySignal(s Signal) []string {
	return slices.Concat(s.Admit, s.Refuse, s.Hold)
}
