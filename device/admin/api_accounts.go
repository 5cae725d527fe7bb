package admin

import (
	"net/http"
)

// accountRoutes is the accounts with their events.
func (s *Server) accountRoutes(on registrar) {
	s.accountPages(on)
	on.api("POST /api/v1/accounts/{name}/sweep", RoleAdmin, s.postSweep)
	on.api("GET /api/v1/accounts/{name}/events", RoleAdmin, s.getAccountEvents)
	on.api("POST /api/v1/accounts/{name}/events", RoleAdmin, s.postAccountEvents)
}

type sweepAnswer struct {
	Account string `json:"account"`
	Started bool   `json:"started"`
}

func (s *Server) postSweep(w http.ResponseWriter, r *http.Request) {
	if s.opt.Accounts == nil {
		s.fail(w, r, unwired("accounts"))
		return
	}
	name := r.PathValue("name")
	if err := s.opt.Accounts.Sweep(r.Context(), name); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusAccepted, sweepAnswer{Account: name, Started: true})
}
