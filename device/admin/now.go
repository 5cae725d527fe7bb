package admin

import "net/http"

// nowRoutes is the first screen and what it follows.
func (s *Server) nowRoutes(on registrar) {
	on.page("GET /{$}", RoleStaff, s.home)
	on.api("GET /api/v1/status", RoleStaff, s.getStatus)
	on.mux.HandleFunc("GET /api/v1/events", s.private(RoleStaff, s.events)) // without end
}

// home is the first screen; its script fills it.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, sheet{name: "now", script: "now", labels: nowLabels()})
}

// nowLabels are the words of the first screen's script.
func nowLabels() []string {
	return []string{
		"age_unknown", "buried", "by_hand", "close_lane", "closed", "conflicts_none", "conflicts_open", "list_age", "no_list",
		"not_recorded", "of", "oldest", "open_lane", "pending", "queue_empty", "repeat", "since", "state_other", "sweep_now", "sweeping",
		"tickets", "unit_day", "waiting", "without_list", "admit", "refuse", "hold", "entry", "exit", "check", "critical", "warning", "info",
		"reader_up", "reader_waiting", "reader_fault", "reader_virtual",
		"delivery_pending", "delivery_delivered", "delivery_conflict", "delivery_buried",
		"state_ok", "state_new", "state_unpaired", "state_offline", "state_captive", "state_auth", "state_server", "state_untrusted",
		"state_redirected", "state_throttled",
	}
}
