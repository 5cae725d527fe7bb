package admin

import "net/http"

// How many minutes of scans are told: by default, and at most.
const (
	ratesDefault = 60
	ratesMost    = 240
)

// RateList is how busy the last minutes were, oldest first; the last one is
// still running.
type RateList struct {
	Rates []Rate `json:"rates"`
}

// getRates counts the scans of the last minutes.
func (s *Server) getRates(w http.ResponseWriter, r *http.Request) {
	if s.opt.JournalSearch == nil {
		s.fail(w, r, unwired("journal search"))
		return
	}
	minutes, err := number(r, "minutes", ratesDefault, 1, ratesMost)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rates, err := s.opt.JournalSearch.Rates(r.Context(), int(minutes))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, RateList{Rates: append([]Rate{}, rates...)})
}
