package admin

import (
	"net/http"
)

// healthz answers as long as the process works.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // a probe that is gone needs no answer
}

// readiness is what /readyz says.
type readiness struct {
	Ready   bool     `json:"ready"`
	Reasons []string `json:"reasons"`
}

// readyz answers 200 when a scan would be decided and recorded now.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	reasons := s.notReady(r.Context())
	if len(reasons) > 0 {
		s.answer(w, r, http.StatusServiceUnavailable, readiness{Reasons: reasons})
		return
	}
	s.answer(w, r, http.StatusOK, readiness{Ready: true, Reasons: []string{}})
}

// metrics serves Prometheus, to this box only unless configured otherwise.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	if !s.opt.MetricsPublic && !fromLoopback(r) && s.identify(r).role == RoleNone {
		s.fail(w, r, &Error{Status: http.StatusForbidden, Code: "loopback_only", Message: "The metrics are served to this box only.", Hint: "Set metrics_public = true in [admin], or ask with the token."})
		return
	}
	s.opt.Metrics.handler(s).ServeHTTP(w, r)
}
