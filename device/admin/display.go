package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"gatescand/scanner/admission"
)

// displayBeat is how often a display hears that the lane still works. It calls
// itself out of order when it has heard nothing for three of them: six and a
// half seconds after the station was last seen to work, or at once where the
// connection breaks.
const displayBeat = 2 * time.Second

// States of a lane as its display shows them. The phases of pairing are shown
// under their own names, see [displayWatch.state].
const (
	displayReady    = "ready"
	displayChecking = "checking" // tickets are checked, and nobody is let in
	displayClosed   = "closed"
	displayDown     = "down"
	displaySetup    = "setup" // the station has no lane yet
)

// displayState is what a display shows between two verdicts.
type displayState struct {
	State   string `json:"state"`
	Message string `json:"message"`
	Note    string `json:"note"` // a second, smaller line; "" for none
	// Version names the page that this station serves: a display that was loaded
	// from another one loads itself again.
	Version string `json:"version"`
}

// displayVerdict is what a display learns of a scan: nothing of the ticket, nor
// of whoever holds it.
type displayVerdict struct {
	Verdict string `json:"verdict"`
	Message string `json:"message"`
}

// displayPage is the big screen beside a lane.
type displayPage struct {
	Lang     string
	Lane     string // "" for the screen of a station without lanes
	Station  string
	State    displayState
	Down     string // said when the stream is lost
	DownNote string
	Events   string
}

// displayRoutes is the big screen, which needs no login.
func (s *Server) displayRoutes(on registrar) {
	on.public("GET /display/{$}", s.anyDisplay)
	on.public("GET /display/{lane}", s.display)
	on.public("GET /display/{lane}/events", s.displayEvents)
	on.public("GET /events/display", s.displayEvents)
}

// anyDisplay is the screen of a station that has no lane yet. It leads to the
// first lane where there is one.
func (s *Server) anyDisplay(w http.ResponseWriter, r *http.Request) {
	if s.opt.Lanes != nil {
		if lanes := s.opt.Lanes.Lanes(); len(lanes) > 0 {
			to := *r.URL
			to.Scheme, to.Host, to.RawPath = "", "", ""
			to.Path = "/display/" + lanes[0].Name
			http.Redirect(w, r, to.String(), http.StatusSeeOther)
			return
		}
	}
	s.showDisplay(w, r, "", "/events/display")
}

func (s *Server) display(w http.ResponseWriter, r *http.Request) {
	s.showDisplay(w, r, r.PathValue("lane"), r.URL.EscapedPath()+"/events")
}

func (s *Server) showDisplay(w http.ResponseWriter, r *http.Request, lane, events string) {
	// A lane that is not there yet, or no longer, has a screen all the same: nobody
	// stands beside it to load it again.
	watch := s.watchFor(r, lane)
	state := watch.state(r.Context())
	if !watch.there() {
		lane = "" // whatever a link says is not shown
	}
	sp := s.door()
	s.render(w, http.StatusOK, "display", displayPage{
		Lang: sp.Lang, Lane: lane, Station: s.station(), State: state,
		Down: sp.T("display_down"), DownNote: sp.T("display_ask"), Events: events,
	})
}

// displayEvents streams one lane's verdicts and state to its display.
func (s *Server) displayEvents(w http.ResponseWriter, r *http.Request) {
	lane := r.PathValue("lane")
	watch := s.watchFor(r, lane)
	at, from := s.seatOf(r)
	rd, ok := s.opt.Hub.watch(func(e *event) bool { return concerns(e, lane) }, at, from)
	if !ok {
		s.fail(w, r, crowded())
		return
	}
	defer s.opt.Hub.leave(rd)
	st := s.openStream(w)
	if st.begin() != nil || watch.send(r.Context(), st) != nil {
		return
	}
	beat := time.NewTicker(displayBeat)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case e, open := <-rd.events:
			if !open {
				return
			}
			if e.kind == KindCheckIn {
				if s.sendVerdict(st, e.scan.CheckIn) != nil {
					return
				}
				continue
			}
			if watch.send(r.Context(), st) != nil {
				return
			}
		case <-beat.C:
			if watch.send(r.Context(), st) != nil {
				return
			}
		}
	}
}

// seatOf tells what a display is counted among. Behind a proxy on this box
// nobody knows which address it is at.
func (s *Server) seatOf(r *http.Request) (seat, netip.Addr) {
	from := neighbours(s.opt.Networks).one(remote(r))
	switch {
	case fromLoopback(r):
		return seatHere, from
	case from.IsLoopback():
		return seatPublic, netip.Addr{}
	}
	return seatPublic, from
}

// concerns tells whether an event changes what the lane's display shows.
func concerns(e *event, lane string) bool {
	switch e.kind {
	case KindCheckIn:
		return e.scan.Lane == lane && e.scan.Direction != admission.Undo // for staff alone
	case KindLane:
		l, ok := e.data.(LaneEvent)
		return ok && l.Lane == lane
	case KindPairing:
		return true
	}
	return false
}

func (s *Server) sendVerdict(st *stream, c admission.CheckIn) error {
	// A lane that has no word for its verdict must not look open.
	verdict := c.Verdict
	if verdict != admission.Admit && verdict != admission.Refuse {
		verdict = admission.Hold
	}
	return st.send("verdict", "", displayVerdict{Verdict: string(verdict), Message: Message(s.door(), c)})
}

// displayVersion names the page of the big screen as this program serves it.
func (s *Server) displayVersion() string {
	sum := sha256.New()
	for _, name := range []string{"assets/display.js", "assets/display.css"} {
		data, err := assetFiles.ReadFile(name)
		if err == nil { // a test holds that they are there
			_, _ = sum.Write(data) // a hash takes everything
		}
	}
	page, err := templateFiles.ReadFile("templates/display.html")
	if err == nil { // as above
		_, _ = sum.Write(page)
	}
	_, _ = sum.Write([]byte(s.opt.Version + "\x00" + s.station() + "\x00" + s.spoken()))
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// laneNamed gives a lane, ok false where there is none of that name.
func (s *Server) laneNamed(name string) (lane Lane, ok bool) {
	if s.opt.Lanes == nil {
		return Lane{}, false
	}
	lanes := s.opt.Lanes.Lanes()
	i := slices.IndexFunc(lanes, func(l Lane) bool { return l.Name == name })
	if i < 0 {
		return Lane{}, false
	}
	return lanes[i], true
}

// laneState tells what a lane by itself lets its display show while nobody
// scans. ok is false for a lane that does not exist.
func (s *Server) laneState(ctx context.Context, name string) (word string, ok bool) {
	l, ok := s.laneNamed(name)
	switch {
	case !ok:
		return "", false
	case len(s.notReady(ctx)) > 0 || !l.Reader.Up():
		return displayDown, true
	case !l.Open:
		return displayClosed, true
	case l.Checking || l.Direction == admission.Check:
		return displayChecking, true
	}
	return displayReady, true
}
