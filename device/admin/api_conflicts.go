package admin

import (
	"net/http"
	"strconv"
	"time"

	"gatescand/scanner/admission"
)

// conflict is both sides of one disagreement.
type conflict struct {
	ID         int64      `json:"id"`
	Kind       string     `json:"kind"`
	Account    string     `json:"account"`
	Ticket     string     `json:"ticket"`
	OpenedAt   *time.Time `json:"opened_at"`
	Ours       ourSide    `json:"ours"`
	Theirs     theirSide  `json:"theirs"`
	Remedy     string     `json:"remedy"`
	Resolved   bool       `json:"resolved"`
	ResolvedAt *time.Time `json:"resolved_at"`
	Note       string     `json:"note"`
}

type ourSide struct {
	Seq  int64      `json:"seq"`
	At   *time.Time `json:"at"`
	Lane string     `json:"lane"`
}

type theirSide struct {
	Text string     `json:"text"`
	At   *time.Time `json:"at"`
}

type conflictList struct {
	Conflicts []conflict `json:"conflicts"`
}

// getConflicts lists the open conflicts, with ?all=1 the resolved ones too.
func (s *Server) getConflicts(w http.ResponseWriter, r *http.Request) {
	if s.opt.Conflicts == nil {
		s.fail(w, r, unwired("conflicts"))
		return
	}
	all, err := flag(r, "all")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	limit, err := number(r, "limit", listMost, 1, listMost)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rows, err := s.opt.Conflicts.Conflicts(r.Context(), all, int(limit))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := conflictList{Conflicts: make([]conflict, 0, len(rows))}
	for _, c := range rows {
		out.Conflicts = append(out.Conflicts, bothSides(c))
	}
	s.answer(w, r, http.StatusOK, out)
}

// bothSides puts a conflict into its form.
func bothSides(c admission.Conflict) conflict {
	return conflict{
		ID: c.ID, Kind: string(c.Kind), Account: c.Ticket.Account, Ticket: c.Ticket.ID, OpenedAt: moment(c.OpenedAt.Wall),
		Ours:   ourSide{Seq: c.Seq, At: moment(c.OurAt.Wall), Lane: c.OurLane},
		Theirs: theirSide{Text: c.Theirs, At: moment(c.TheirAt)},
		Remedy: c.Remedy, Resolved: c.Resolved, ResolvedAt: moment(c.ResolvedAt.Wall), Note: c.Note,
	}
}

type resolveBody struct {
	Note string `json:"note"`
}

type resolveAnswer struct {
	ID       int64 `json:"id"`
	Resolved bool  `json:"resolved"`
}

func (s *Server) postResolve(w http.ResponseWriter, r *http.Request) {
	if s.opt.Conflicts == nil {
		s.fail(w, r, unwired("conflicts"))
		return
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		s.fail(w, r, ErrNotFound)
		return
	}
	var b resolveBody
	if err := body(w, r, &b); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := checkNote(b.Note); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.opt.Conflicts.Resolve(r.Context(), id, principalOf(r.Context()).by, b.Note); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, resolveAnswer{ID: id, Resolved: true})
}
