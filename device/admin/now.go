package admin

import "net/http"

// nowRoutes is the first screen and what it follows.
func (s *Server) nowRoutes(on registrar) {
	on.page("GET /{$}", RoleStaff, s.home)
	on.api("GET /api/v1/status", RoleStaff, s.getStatus)
	on.api("GET /api/v1/rates", RoleStaff, s.getRates)
	on.stream("GET /api/v1/events", RoleStaff, s.events)
}

// home is the first screen; its script fills it.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, sheet{name: "now", script: "now", labels: nowLabels()})
}

// nowLabels are the words of the first screen's scripts.
func nowLabels() []string {
	return []string{
		"age_unknown", "buried", "by_hand", "close_lane", "closed", "conflicts_none", "conflicts_open", "list_age", "no_list",
		"not_recorded", "of", "oldest", "open_lane", "pending", "queue_empty", "repeat", "since", "state_other", "sweep_now", "sweeping",
		"tickets", "unit_day", "waiting", "without_list", "admit", "refuse", "hold", "entry", "exit", "check", "critical", "warning", "info",
		"admitted", "refused", "held",
		"reader_up", "reader_waiting", "reader_fault", "reader_virtual",
		"delivery_pending", "delivery_delivered", "delivery_conflict", "delivery_buried", "delivery_withdrawn",
		"state_ok", "state_new", "state_unpaired", "state_offline", "state_captive", "state_auth", "state_server", "state_untrusted",
		"state_redirected", "state_throttled",
		"now_checking", "now_story", "now_in_journal", "now_unknown", "now_rates_lead", "now_rates_busiest", "now_rates_none", "now_rates_missing",
	}
}
