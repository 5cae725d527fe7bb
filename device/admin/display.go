package admin

import (
	"context"
	"net/http"
	"time"

	"gatescand/scanner/admission"
)

// displayBeat is how often a display hears that the lane still works. It calls
// itself out of order when it has heard nothing for three of them.
const displayBeat = 4 * time.Second

// States of a lane as its display shows them.
const (
	displayReady  = "ready"
	displayClosed = "closed"
	displayDown   = "down"
)

// displayState is what a display shows between two verdicts.
type displayState struct {
	State   string `json:"state"`
	Message string `json:"message"`
}

// displayVerdict is what a display learns of a scan: nothing of the ticket, nor
// of whoever holds it.
type displayVerdict struct {
	Verdict string `json:"verdict"`
	Message string `json:"message"`
}

// displayPage is the big screen beside a lane.
type displayPage struct {
	Lang    string
	Lane    string
	Station string
	State   displayState
	Down    string // said when the stream is lost
	Events  string
}

// displayRoutes is the big screen, which needs no login.
func (s *Server) displayRoutes(on registrar) {
	on.public("GET /display/{lane}", s.display)
	on.public("GET /display/{lane}/events", s.displayEvents)
}

func (s *Server) display(w http.ResponseWriter, r *http.Request) {
	lane := r.PathValue("lane")
	state, ok := s.laneState(r.Context(), lane)
	if !ok {
		s.notFoundPage(w, r)
		return
	}
	s.render(w, http.StatusOK, s.pages["display"], displayPage{
		Lang: s.door().Lang, Lane: lane, Station: s.opt.Station, State: state,
		Down: s.door().T("display_down"), Events: r.URL.EscapedPath() + "/events",
	})
}

// laneState tells what a lane's display shows while nobody scans. ok is false
// for a lane that does not exist.
func (s *Server) laneState(ctx context.Context, name string) (state displayState, ok bool) {
	if s.opt.Lanes == nil {
		return displayState{}, false
	}
	for _, l := range s.opt.Lanes.Lanes() {
		if l.Name != name {
			continue
		}
		word := displayReady
		switch {
		case len(s.notReady(ctx)) > 0 || !l.Reader.Up():
			word = displayDown
		case !l.Open:
			word = displayClosed
		}
		return displayState{State: word, Message: s.door().T("display_" + word)}, true
	}
	return displayState{}, false
}

// displayEvents streams one lane's verdicts and state to its display.
func (s *Server) displayEvents(w http.ResponseWriter, r *http.Request) {
	lane := r.PathValue("lane")
	if _, ok := s.laneState(r.Context(), lane); !ok {
		s.fail(w, r, ErrNotFound)
		return
	}
	rd, ok := s.opt.Hub.watch(func(e *event) bool { return concerns(e, lane) }, true)
	if !ok {
		s.fail(w, r, crowded())
		return
	}
	defer s.opt.Hub.leave(rd)
	st := s.openStream(w)
	if st.begin() != nil || s.sendState(r.Context(), st, lane) != nil {
		return
	}
	beat := time.NewTicker(displayBeat)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case e, open := <-rd.events:
			if !open || s.sendDisplay(r.Context(), st, lane, e) != nil {
				return
			}
		case <-beat.C:
			if s.sendState(r.Context(), st, lane) != nil {
				return
			}
		}
	}
}

// concerns tells whether an event changes what the lane's display shows.
func concerns(e *event, lane string) bool {
	switch e.kind {
	case KindCheckIn:
		return e.scan.Lane == lane
	case KindLane:
		l, ok := e.data.(LaneEvent)
		return ok && l.Lane == lane
	}
	return false
}

func (s *Server) sendDisplay(ctx context.Context, st *stream, lane string, e event) error {
	if e.kind != KindCheckIn {
		return s.sendState(ctx, st, lane)
	}
	// A lane that has no word for its verdict must not look open.
	verdict := e.scan.Verdict
	if verdict != admission.Admit && verdict != admission.Refuse {
		verdict = admission.Hold
	}
	return st.send("verdict", "", displayVerdict{Verdict: string(verdict), Message: Message(s.door(), e.scan.CheckIn)})
}

func (s *Server) sendState(ctx context.Context, st *stream, lane string) error {
	state, ok := s.laneState(ctx, lane)
	if !ok { // gone with a new configuration
		state = displayState{State: displayDown, Message: s.door().T("display_down")}
	}
	return st.send("state", "", state)
}
