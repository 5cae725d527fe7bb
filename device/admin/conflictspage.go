package admin

import (
	"context"
	"net/http"
	"slices"
	"time"

	"gatescand/device/admin/words"
	"gatescand/scanner/admission"
)

// conflictsShown is how many conflicts of a kind, open or resolved, the page has.
const conflictsShown = 100

// conflictsSheet is where platforms and the journal disagree.
type conflictsSheet struct {
	Open, Done []conflictCard
	All        bool   // the resolved ones were asked for
	MoreOpen   bool   // there are more open ones than are shown
	MoreDone   bool   // there are, or may be, more resolved ones
	Fault      string // why none can be shown, in words; "" for nothing wrong
}

// conflictCard is one conflict with both its sides.
type conflictCard struct {
	admission.Conflict

	What     string // what they disagree about, in words
	Story    string // address of the ticket's story, "" without a ticket
	Row      string // address of our check-in in the journal, "" where none is involved
	OpenedOn time.Time
	Ours     time.Time
	DoneOn   time.Time
}

// conflictsPage shows the open conflicts, on wish the resolved ones after them.
func (s *Server) conflictsPage(w http.ResponseWriter, r *http.Request) {
	lang := s.language(r)
	sh := conflictsSheet{All: r.URL.Query().Get("all") == "1"}
	status := http.StatusOK
	if s.opt.Conflicts == nil {
		sh.Fault, status = lang.T("conflicts_missing"), http.StatusNotImplemented
	} else if err := s.fillConflicts(r.Context(), &sh, lang); s.gap("conflicts", err) != "" {
		sh = conflictsSheet{All: sh.All, Fault: lang.T("conflicts_unread")}
		status = http.StatusServiceUnavailable
	}
	s.show(w, r, status, sheet{name: "conflicts", script: "fresh", labels: []string{"fresh_conflict"}, body: sh})
}

func (s *Server) fillConflicts(ctx context.Context, sh *conflictsSheet, lang words.Speaker) error {
	open, err := s.opt.Conflicts.Conflicts(ctx, false, conflictsShown+1)
	if err != nil {
		return err
	}
	sh.MoreOpen = len(open) > conflictsShown
	for _, c := range open[:min(len(open), conflictsShown)] {
		sh.Open = append(sh.Open, conflictCardOf(c, lang))
	}
	if !sh.All {
		return nil
	}
	// The open ones are among them: room for those of the first list.
	all, err := s.opt.Conflicts.Conflicts(ctx, true, 2*conflictsShown+1)
	if err != nil {
		return err
	}
	done := slices.DeleteFunc(slices.Clone(all), func(c admission.Conflict) bool { return !c.Resolved })
	sh.MoreDone = len(done) > conflictsShown || len(all) > 2*conflictsShown
	for _, c := range done[:min(len(done), conflictsShown)] {
		sh.Done = append(sh.Done, conflictCardOf(c, lang))
	}
	return nil
}

func conflictCardOf(c admission.Conflict, lang words.Speaker) conflictCard {
	card := conflictCard{Conflict: c, What: string(c.Kind), OpenedOn: c.OpenedAt.Wall, Ours: c.OurAt.Wall, DoneOn: c.ResolvedAt.Wall}
	if id := "conflicts_kind_" + string(c.Kind); lang.Has(id) {
		card.What = lang.T(id)
	}
	if c.Ticket.ID != "" {
		card.Story = storyPath(c.Ticket)
	}
	if c.Seq > 0 {
		card.Row = rowPath(c.Seq)
	}
	return card
}
