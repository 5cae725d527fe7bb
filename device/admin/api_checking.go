package admin

import (
	"log/slog"
	"net/http"
)

// checkingAnswer confirms that a lane was turned to checking only, or back.
type checkingAnswer struct {
	Lane     string `json:"lane"`
	Checking bool   `json:"checking"`
}

// postLaneCheck turns a lane to checking only, or back.
func (s *Server) postLaneCheck(on bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.opt.LaneChecks == nil {
			s.fail(w, r, unwired("checking mode"))
			return
		}
		lane := r.PathValue("lane")
		if err := s.opt.LaneChecks.SetChecking(r.Context(), lane, on); err != nil {
			s.fail(w, r, err)
			return
		}
		s.log.Info("lane turned to checking by staff", slog.String("lane", lane), slog.Bool("checking", on), slog.String("by", principalOf(r.Context()).by))
		s.answer(w, r, http.StatusOK, checkingAnswer{Lane: lane, Checking: on})
	}
}
