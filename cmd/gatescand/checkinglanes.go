package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"gatescand/configs"
	"gatescand/device/admin"
)

// SetChecking turns a lane to checking only, or back.
func (d *daemon) SetChecking(_ context.Context, name string, on bool) error {
	d.handover.Lock()
	defer d.handover.Unlock()
	l, err := d.lane(name)
	if err != nil {
		return err
	}
	if l.cfg.Direction == configs.Check {
		return &admin.Error{
			Status: http.StatusConflict, Code: "checks_already", Message: "This lane is one that only checks, by its configuration.",
			Hint: "To let people in or out here, change the lane's direction.",
		}
	}
	if err := d.states.setChecking(name, on); err != nil {
		return err
	}
	l.SetChecking(on)
	d.log.Info("lane turned to checking only", slog.Any("lane", name), slog.Any("checking", on))
	d.laneChanged(l)
	return nil
}

// settle brings a lane into the state that staff have put it into.
func (d *daemon) settle(l *lane) {
	if d.states.isClosed(l.Name()) {
		l.Close()
	} else {
		l.Open()
	}
	l.SetChecking(l.cfg.Direction != configs.Check && d.states.isChecking(l.Name()))
}

// laneChanged tells everybody of a lane that staff have changed. The handover is
// locked.
func (d *daemon) laneChanged(l *lane) {
	d.raiseLane(l)
	d.raiseUnknown()
	d.hub.Lane(admin.LaneEvent{Lane: l.Name(), Open: l.IsOpen(), Checking: l.IsChecking(), Reader: l.readerState()})
}

// tellLanes raises the conditions about what staff have done to lanes.
func (d *daemon) tellLanes() {
	d.handover.Lock()
	defer d.handover.Unlock()
	for _, l := range d.current.Load().lanes {
		d.raiseLane(l)
	}
	d.raiseUnknown()
}

func (d *daemon) raiseLane(l *lane) {
	d.health.Set("lane_checking", l.Name(), "", l.IsChecking())
}

// raiseUnknown says whether there are lanes of which nobody knows if staff have
// closed them.
func (d *daemon) raiseUnknown() {
	cause := d.states.unknown()
	detail := ""
	if cause != nil {
		detail = fmt.Sprintf("%v", cause)
	}
	d.health.Set("lanes_unknown", "", detail, cause != nil)
}

// laneNames lists the lanes of a configuration.
func laneNames(cfg *configs.Config) []string {
	names := make([]string, 0, len(cfg.Lanes))
	for _, l := range cfg.Lanes {
		names = append(names, l.Name)
	}
	return names
}
