package admin

import (
	"context"
	"net/http"
	"time"
)

// pairingStands is how long a display says how a pairing ended.
const pairingStands = 10 * time.Second

// displayWatch is what one display has been told so far. It belongs to one
// goroutine.
type displayWatch struct {
	server *Server
	lane   string // "" for a station without lanes
	code   func() string
	served string // version of the page

	told  bool      // whether the state of pairing has been looked at before
	phase string    // of the pairing, when it was looked at last
	since time.Time // when that phase was first seen
}

// watchFor makes the watch of a display. The set-up code is shown on the box
// itself and nowhere else.
func (s *Server) watchFor(r *http.Request, lane string) *displayWatch {
	return &displayWatch{
		server: s, lane: lane, served: s.displayVersion(),
		code: func() string { return s.setupCodeFor(r) },
	}
}

// send tells the display what it shows until the next verdict.
func (d *displayWatch) send(ctx context.Context, st *stream) error {
	return st.send("state", "", d.state(ctx))
}

// state tells what the display shows while nobody scans. What keeps the lane
// from working comes before all else, since a display must never look better
// than the door is; then pairing, of which strangers see the phase and nothing
// that a code said; then the lane. The screen of a lane that is not there is
// that of a station without lanes, or out of order where there are others.
func (d *displayWatch) state(ctx context.Context) (state displayState) {
	sp := d.server.door()
	state.Version = d.served
	if !d.there() {
		state.Version += "-" // it loads itself again once the lane is there
	}
	id, ok := d.server.laneState(ctx, d.lane)
	switch {
	case ok:
	case d.laneless(ctx):
		id = displaySetup
	default:
		id = displayDown
	}
	if phase := d.pairing(); phase != "" && id != displayDown && id != displayClosed {
		id = phase
	}
	state.State, state.Message = id, sp.T("display_"+id)
	if id == displayDown {
		state.Note = sp.T("display_ask")
	}
	if code := d.code(); code != "" {
		state.Note = sp.T("display_setup_code", "Word", code)
	}
	return state
}

// there tells whether the display is the right one for the lanes that there are
// now: its lane is among them, or it is for none and there is none.
func (d *displayWatch) there() bool {
	if _, ok := d.server.laneNamed(d.lane); ok {
		return true
	}
	return d.lane == "" && (d.server.opt.Lanes == nil || len(d.server.opt.Lanes.Lanes()) == 0)
}

// laneless tells whether the station has no lane and nothing else is wrong.
func (d *displayWatch) laneless(ctx context.Context) bool {
	lanes := d.server.opt.Lanes
	return lanes != nil && len(lanes.Lanes()) == 0 && len(d.server.notReady(ctx)) == 0
}

// pairing gives the state to show for the phase that pairing is in, "" for
// none. How it ended is shown for a short while, and not to a display that
// comes later.
func (d *displayWatch) pairing() string {
	desk := d.server.opt.PairingDesk
	if desk == nil {
		return ""
	}
	now, p := d.server.opt.Now(), desk.PairingState()
	if p.Phase != d.phase || !d.told {
		d.phase, d.since = p.Phase, now
		if !d.told {
			d.since = time.Time{}
		}
		d.told = true
	}
	switch p.Phase {
	case "armed":
		return "pair"
	case "confirm", "pairing":
		return p.Phase
	case "paired", "failed":
		if now.Sub(d.since) < pairingStands {
			return p.Phase
		}
	}
	return ""
}
