package admin

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"gatescand/scanner/admission"
)

// storyAnswer is everything the station knows of one ticket.
type storyAnswer struct {
	Ticket    foundTicket `json:"ticket"`
	Listed    bool        `json:"listed"`    // a list has it, or had it
	CheckIns  []Decision  `json:"checkins"`  // oldest first, the newest 200
	Resets    []reset     `json:"resets"`    // oldest first
	Conflicts []conflict  `json:"conflicts"` // oldest first, resolved ones too
	// Undoable is the seq of the admission that can be undone now, null for none.
	Undoable *int64 `json:"undoable"`
	// UndoTells says what undoing means for the platform: withdrawn, it will never
	// hear of the admission; kept, it has it and cannot take it back; sent, it may
	// have it; untold, it was not told of this one; disputed, it was and objected;
	// "" for nothing to undo.
	UndoTells string `json:"undo_tells"`
}

// reset is a use that was taken back, so that the ticket may enter again.
type reset struct {
	At  *time.Time `json:"at"`
	Seq int64      `json:"seq"` // the entry taken back
	Why string     `json:"why"`
	By  string     `json:"by"` // a person, "" for the platform
}

// getStory tells the story of one ticket.
func (s *Server) getStory(w http.ResponseWriter, r *http.Request) {
	if s.opt.Stories == nil {
		s.fail(w, r, unwired("stories of tickets"))
		return
	}
	st, err := s.opt.Stories.TicketStory(r.Context(), admission.TicketKey{Account: r.PathValue("account"), ID: r.PathValue("id")})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	lang := s.language(r)
	out := storyAnswer{
		Ticket: s.present.ticket(st.FoundTicket), Listed: st.Listed, UndoTells: st.UndoTells,
		CheckIns: make([]Decision, 0, len(st.CheckIns)), Resets: make([]reset, 0, len(st.Resets)), Conflicts: make([]conflict, 0, len(st.Conflicts)),
	}
	for _, c := range st.CheckIns {
		out.CheckIns = append(out.CheckIns, s.present.decision(Scanned{CheckIn: c}, lang))
	}
	for _, x := range st.Resets {
		out.Resets = append(out.Resets, reset{At: moment(x.At.Wall), Seq: x.Seq, Why: x.Why, By: x.By})
	}
	for _, c := range st.Conflicts {
		out.Conflicts = append(out.Conflicts, bothSides(c))
	}
	if st.Undoable > 0 {
		out.Undoable = &st.Undoable
	}
	s.answer(w, r, http.StatusOK, out)
}

// undoBody is why somebody takes an admission back.
type undoBody struct {
	Note string `json:"note"`
}

// postUndo takes an admission back. The answer is the row of the journal that
// says so.
func (s *Server) postUndo(w http.ResponseWriter, r *http.Request) {
	if s.opt.Undoer == nil {
		s.fail(w, r, unwired("undoing"))
		return
	}
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil || seq <= 0 {
		s.fail(w, r, ErrNotFound)
		return
	}
	var b undoBody
	if err := body(w, r, &b); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := checkNote(b.Note); err != nil {
		s.fail(w, r, err)
		return
	}
	by := principalOf(r.Context()).by
	scan, err := s.opt.Undoer.Undo(r.Context(), seq, admission.Override{By: by, Note: b.Note})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.log.Info("admission taken back by staff", slog.Int64("seq", seq), slog.String("by", by))
	s.answer(w, r, http.StatusOK, s.present.decision(scan, s.language(r)))
}
