package admin

import (
	"log/slog"
	"net/http"
)

// eventList is the events of an account.
type eventList struct {
	Account string `json:"account"`
	// Events are in the order of their start.
	Events []EventChoice `json:"events"`
}

// getAccountEvents lists the events of an account and which of them are served.
func (s *Server) getAccountEvents(w http.ResponseWriter, r *http.Request) {
	if s.opt.EventChoices == nil {
		s.fail(w, r, unwired("choice of events"))
		return
	}
	s.answerEvents(w, r, r.PathValue("name"))
}

func (s *Server) answerEvents(w http.ResponseWriter, r *http.Request, account string) {
	choices, err := s.opt.EventChoices.EventChoices(r.Context(), account)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if choices == nil {
		choices = []EventChoice{}
	}
	s.answer(w, r, http.StatusOK, eventList{Account: account, Events: choices})
}

// eventsBody is which events shall be served; none is what is on tonight.
type eventsBody struct {
	IDs []string `json:"ids"`
}

// longestEventID is longer than any platform's.
const longestEventID = 200

// postAccountEvents chooses the events of an account, and lists them as they are
// served then.
func (s *Server) postAccountEvents(w http.ResponseWriter, r *http.Request) {
	if s.opt.EventChoices == nil {
		s.fail(w, r, unwired("choice of events"))
		return
	}
	var b eventsBody
	if err := body(w, r, &b); err != nil {
		s.fail(w, r, err)
		return
	}
	for _, id := range b.IDs {
		if id == "" || len(id) > longestEventID {
			s.fail(w, r, badBody("One of the ids is empty or too long.", nil))
			return
		}
	}
	account := r.PathValue("name")
	if err := s.opt.EventChoices.ChooseEvents(r.Context(), account, b.IDs); err != nil {
		s.fail(w, r, err)
		return
	}
	s.log.Info("events chosen by staff", slog.String("account", account), slog.Int("events", len(b.IDs)), slog.String("by", principalOf(r.Context()).by))
	s.answerEvents(w, r, account)
}
