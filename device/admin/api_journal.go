package admin

import (
	"net/http"

	"gatescand/scanner/admission"
)

// journalRoutes is the journal, as a page and for programs.
func (s *Server) journalRoutes(on registrar) {
	on.page("GET /journal", RoleStaff, s.journalPage)
	on.api("GET /api/v1/checkins", RoleStaff, s.getCheckIns)
	on.stream("GET /api/v1/checkins/export", RoleAdmin, s.exportJournal) // as long as it is
}

// checkInList is a stretch of the journal.
type checkInList struct {
	CheckIns []Decision `json:"checkins"`
}

// getCheckIns gives the journal in order after a Seq, or with ?last=N its end.
func (s *Server) getCheckIns(w http.ResponseWriter, r *http.Request) {
	if s.opt.Journal == nil {
		s.fail(w, r, unwired("journal"))
		return
	}
	after, err := number(r, "after", 0, 0, 1<<62)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	limit, err := number(r, "limit", checkInsDefault, 1, checkInsMost)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	last, err := number(r, "last", 0, 1, checkInsMost)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var rows []admission.CheckIn
	if last > 0 {
		rows, err = s.opt.Journal.Latest(r.Context(), int(last))
	} else {
		rows, err = s.opt.Journal.CheckIns(r.Context(), after, int(limit))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	lang := s.language(r)
	out := checkInList{CheckIns: make([]Decision, 0, len(rows))}
	for _, c := range rows {
		out.CheckIns = append(out.CheckIns, s.present.decision(Scanned{CheckIn: c}, lang))
	}
	s.answer(w, r, http.StatusOK, out)
}
