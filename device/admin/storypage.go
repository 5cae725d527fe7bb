package admin

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"gatescand/scanner/admission"
)

// adviceLanes is how many lanes are asked what they would say to a ticket.
const adviceLanes = 8

// storyView is everything about one ticket, in words.
type storyView struct {
	Missing   string // why there is nothing to tell, "" where there is
	Title     string // holder or number
	Summary   []string
	Standing  ticketStanding
	Facts     []fact
	CheckIns  []storyRow
	Resets    []resetRow
	Conflicts []conflictSides
	Advice    []advice
	Lanes     []string // where it may be admitted by hand
	API       string   // path of the ticket's calls
	UndoAPI   string   // "" where nothing can be taken back
	UndoTells string
	Admitted  bool // it has been let in here, and that was not taken back
}

// fact is one thing that is known, with what it is called.
type fact struct{ Label, Value string }

// storyRow is one check-in of the ticket.
type storyRow struct {
	Seq                             int64
	When, Lane, Direction           string
	Verdict, Word, Headline, Detail string
	By, Note, Delivery, Passage     string
}

// resetRow is a use that was taken back.
type resetRow struct{ When, Who, Why string }

// conflictSides is one disagreement about the ticket.
type conflictSides struct {
	ID                         int64
	Ours, Theirs, Remedy, Note string
	Resolved                   bool
}

// advice is what one lane would say by itself.
type advice struct{ Lane, Verdict, Word, Headline, Detail string }

func (s *Server) storyPage(w http.ResponseWriter, r *http.Request) {
	sp := s.language(r)
	key := admission.TicketKey{Account: r.PathValue("account"), ID: r.PathValue("id")}
	if s.opt.Stories == nil {
		s.show(w, r, http.StatusNotImplemented, sheet{name: "ticket", under: "tickets", title: sp.T("story_title"), body: storyView{Missing: sp.T("tickets_unavailable")}})
		return
	}
	story, err := s.opt.Stories.TicketStory(r.Context(), key)
	if err != nil {
		status, problem := s.problem(r, "the story of a ticket", err)
		if errors.Is(err, ErrNotFound) {
			problem = sp.T("story_missing")
		}
		s.show(w, r, status, sheet{name: "ticket", under: "tickets", title: sp.T("story_title"), body: storyView{Missing: problem}})
		return
	}
	s.show(w, r, http.StatusOK, sheet{name: "ticket", under: "tickets", title: sp.T("story_title"), body: s.storyView(r, story)})
}

func (s *Server) storyView(r *http.Request, st Story) storyView {
	t := teller{frame{L: s.language(r), now: s.stamp(), zone: s.present.zone}, s}
	served := s.servedEvents(r.Context(), []FoundTicket{st.FoundTicket})
	v := storyView{
		Title: st.ID, Standing: s.standing(r.Context(), t.L, st.FoundTicket, served), Summary: t.summary(st), Admitted: st.Presence.Entries > 0,
		API: "/api/v1/tickets/" + url.PathEscape(st.Account) + "/" + url.PathEscape(st.ID),
	}
	if !st.Listed && v.Standing.Shape != "refuse" {
		v.Standing = ticketStanding{Shape: "hold", Word: t.L.T("tickets_unlisted"), More: t.L.T("tickets_unlisted_more")}
	}
	if v.Standing.More == s.lastUse(t.L, st.FoundTicket) {
		v.Standing.More = "" // the summary tells it
	}
	if s.opt.ShowNames && st.Holder != "" {
		v.Title = st.Holder
	}
	v.Facts = t.facts(r.Context(), st)
	for _, c := range newestFirst(st.CheckIns) {
		v.CheckIns = append(v.CheckIns, t.row(c))
	}
	for _, x := range st.Resets {
		v.Resets = append(v.Resets, t.reset(x))
	}
	for _, c := range st.Conflicts {
		v.Conflicts = append(v.Conflicts, t.conflict(c))
	}
	v.Lanes, v.Advice = s.lanesFor(r.Context(), t, st.TicketKey)
	if st.Undoable > 0 && s.opt.Undoer != nil {
		v.UndoAPI = "/api/v1/checkins/" + strconv.FormatInt(st.Undoable, 10) + "/undo"
		if id := "story_undo_" + st.UndoTells; t.L.Has(id) {
			v.UndoTells = t.L.T(id, "Word", platformLabel(st.platform()))
		}
	}
	return v
}

// platform gives whose ticket it is, "" where no check-in says.
func (st Story) platform() admission.PlatformName {
	for _, c := range newestFirst(st.CheckIns) {
		if c.Platform != "" {
			return c.Platform
		}
	}
	return ""
}

// newestFirst gives check-ins in the order in which people look for them.
func newestFirst(rows []admission.CheckIn) []admission.CheckIn {
	return slices.SortedFunc(slices.Values(rows), func(a, b admission.CheckIn) int { return cmp.Compare(b.Seq, a.Seq) })
}

// lanesFor gives the lanes at which the ticket may be admitted by hand, and what
// each would say to it by itself.
func (s *Server) lanesFor(ctx context.Context, t teller, key admission.TicketKey) (names []string, said []advice) {
	names = s.entriesFor(key)
	if s.opt.Ladder == nil {
		return names, nil
	}
	for _, name := range names[:min(len(names), adviceLanes)] {
		scan, err := s.opt.Ladder.WouldSay(ctx, name, key)
		if err != nil {
			s.gap("ladder", err)
			continue
		}
		d := s.present.decision(scan, t.L)
		said = append(said, advice{Lane: name, Verdict: d.Verdict, Word: t.L.T(d.Verdict), Headline: d.Headline, Detail: d.Detail})
	}
	return names, said
}

// problem logs what nobody foresaw and says for people what went wrong.
func (s *Server) problem(r *http.Request, what string, err error) (status int, said string) {
	f, known := faultOf(err)
	if !known {
		s.log.Error("page lacks a part", slog.String("part", what), slog.String("route", r.Pattern), slog.Any("error", err))
	}
	return f.Status, f.Message + " " + f.Hint
}
