package admin

import (
	"log/slog"
	"net/http"
)

// laneRoutes is what staff see of the lanes and do to them.
func (s *Server) laneRoutes(on registrar) {
	s.lanePages(on)
	on.api("POST /api/v1/lanes/{lane}/scans", RoleStaff, s.postScan)
	on.api("POST /api/v1/lanes/{lane}/open", RoleStaff, s.postLaneOpen(true))
	on.api("POST /api/v1/lanes/{lane}/close", RoleStaff, s.postLaneOpen(false))
	on.api("POST /api/v1/lanes/{lane}/test", RoleAdmin, s.postLaneTest)
	on.api("POST /api/v1/lanes/{lane}/check", RoleAdmin, s.postLaneCheck(true))
	on.api("POST /api/v1/lanes/{lane}/uncheck", RoleAdmin, s.postLaneCheck(false))
}

// laneAnswer confirms what staff did to a lane.
type laneAnswer struct {
	Lane   string `json:"lane"`
	Open   *bool  `json:"open,omitempty"`
	Tested bool   `json:"tested,omitempty"`
}

func (s *Server) postLaneOpen(open bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.opt.LaneControl == nil {
			s.fail(w, r, unwired("lane controls"))
			return
		}
		lane := r.PathValue("lane")
		if err := s.opt.LaneControl.SetOpen(r.Context(), lane, open); err != nil {
			s.fail(w, r, err)
			return
		}
		s.log.Info("lane switched by staff", slog.String("lane", lane), slog.Bool("open", open), slog.String("by", principalOf(r.Context()).by))
		s.answer(w, r, http.StatusOK, laneAnswer{Lane: lane, Open: &open})
	}
}

func (s *Server) postLaneTest(w http.ResponseWriter, r *http.Request) {
	if s.opt.LaneControl == nil {
		s.fail(w, r, unwired("lane controls"))
		return
	}
	lane := r.PathValue("lane")
	if err := s.opt.LaneControl.TestSignals(r.Context(), lane); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, laneAnswer{Lane: lane, Tested: true})
}
