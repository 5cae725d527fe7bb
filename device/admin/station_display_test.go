package admin

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// laneless is a station that was just unboxed.
type laneless struct{ *station }

func (laneless) Lanes() []Lane { return nil }

// lanesToCome is a station that gets its lanes once come is set.
type lanesToCome struct {
	*station

	come atomic.Bool
}

func (l *lanesToCome) Lanes() []Lane {
	if !l.come.Load() {
		return nil
	}
	return l.station.Lanes()
}

// checkings is a station whose lanes of these names only check.
type checkings struct {
	*station

	lanes []string
}

func (c checkings) Lanes() []Lane {
	lanes := c.station.Lanes()
	for i := range lanes {
		lanes[i].Checking = slices.Contains(c.lanes, lanes[i].Name)
	}
	return lanes
}

// desk is a pairing desk whose state tests set.
type desk struct {
	hub *Hub

	mu sync.Mutex
	is PairingState
}

func (d *desk) set(p PairingState) {
	d.mu.Lock()
	d.is = p
	d.mu.Unlock()
	d.hub.Pairing(p)
}

func (d *desk) PairingState() PairingState {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.is
}

func (d *desk) Arm(string) PairingState { return d.PairingState() }

func (d *desk) Disarm() PairingState { return d.PairingState() }

func (d *desk) Confirm(context.Context, string) (PairingState, error) { return d.PairingState(), nil }
