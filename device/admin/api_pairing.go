package admin

import (
	"log/slog"
	"net/http"
)

// confirmBody is the body of a confirmation: the host that a person has seen.
type confirmBody struct {
	Host string `json:"host"`
}

// unpairBody is the body of an unpairing.
type unpairBody struct {
	// Insist unpairs although the platform has not been told of everything.
	Insist bool `json:"insist"`
}

// Unpaired says which account has no key any more.
type Unpaired struct {
	Account string `json:"account"`
	// Note says what is left to do on the platform.
	Note string `json:"note"`
}

// UnpairedNote is what no station can do by itself.
const UnpairedNote = "The key was removed from this station. Memory cards may keep old blocks for a while: remove the scan app on the platform as well, and the key is worth nothing anywhere."

// deskRoutes is pairing by a code that is shown to a lane's reader, and its end.
func (s *Server) deskRoutes(on registrar) {
	on.api("GET /api/v1/pairing", RoleAdmin, s.withDesk(s.getPairing))
	on.api("POST /api/v1/pairing/arm", RoleAdmin, s.withDesk(s.postArm))
	on.api("POST /api/v1/pairing/disarm", RoleAdmin, s.withDesk(s.postDisarm))
	on.api("POST /api/v1/pairing/confirm", RoleAdmin, s.withDesk(s.postConfirm))
	on.api("POST /api/v1/accounts/{name}/unpair", RoleAdmin, s.postUnpair)
}

// withDesk answers for a station at which no code can be shown.
func (s *Server) withDesk(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.opt.PairingDesk == nil {
			s.fail(w, r, unwired("pairing by its readers"))
			return
		}
		next(w, r)
	}
}

// getPairing tells how far pairing is, as a [PairingState].
func (s *Server) getPairing(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, http.StatusOK, s.opt.PairingDesk.PairingState())
}

// postArm lets the readers take a pairing code for two minutes.
func (s *Server) postArm(w http.ResponseWriter, r *http.Request) {
	if err := body(w, r, &struct{}{}); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, s.opt.PairingDesk.Arm(principalOf(r.Context()).by))
}

// postDisarm ends that.
func (s *Server) postDisarm(w http.ResponseWriter, r *http.Request) {
	if err := body(w, r, &struct{}{}); err != nil {
		s.fail(w, r, err)
		return
	}
	state := s.opt.PairingDesk.Disarm()
	s.log.Info("pairing ended by hand", slog.String("by", principalOf(r.Context()).by))
	s.answer(w, r, http.StatusOK, state)
}

// postConfirm pairs with the code that waits. How that went stands in the phase
// of the answer.
func (s *Server) postConfirm(w http.ResponseWriter, r *http.Request) {
	var b confirmBody
	if err := body(w, r, &b); err != nil {
		s.fail(w, r, err)
		return
	}
	if b.Host == "" {
		s.fail(w, r, badBody("There is no host.", nil))
		return
	}
	// The host is a stranger's word, from the code or from the browser.
	s.log.Info("pairing host agreed to", slog.String("host", plainText(b.Host)), slog.String("by", principalOf(r.Context()).by))
	state, err := s.opt.PairingDesk.Confirm(r.Context(), b.Host)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, state)
}

// postUnpair ends an account's relation with its platform.
func (s *Server) postUnpair(w http.ResponseWriter, r *http.Request) {
	if s.opt.Unpairer == nil {
		s.fail(w, r, unwired("pairing"))
		return
	}
	var b unpairBody
	if err := body(w, r, &b); err != nil {
		s.fail(w, r, err)
		return
	}
	account := r.PathValue("name")
	if err := s.opt.Unpairer.Unpair(r.Context(), account, b.Insist); err != nil {
		s.fail(w, r, err)
		return
	}
	s.log.Info("account unpaired", slog.String("account", account), slog.String("by", principalOf(r.Context()).by))
	s.answer(w, r, http.StatusOK, Unpaired{Account: account, Note: UnpairedNote})
}
