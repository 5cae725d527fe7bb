package admin

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"gatescand/scanner/admission"
)

// ticketRoutes is finding tickets and deciding about them by hand.
func (s *Server) ticketRoutes(on registrar) {
	s.ticketPages(on)
	on.api("GET /api/v1/tickets", RoleStaff, s.getTickets)
	on.api("POST /api/v1/tickets/{account}/{id}/admit", RoleStaff, s.postAdmit)
	on.api("GET /api/v1/tickets/{account}/{id}", RoleStaff, s.getStory)
	on.api("POST /api/v1/checkins/{seq}/undo", RoleAdmin, s.postUndo)
}

// foundTicket is one ticket of the cache.
type foundTicket struct {
	Account   string     `json:"account"`
	ID        string     `json:"id"`
	Event     string     `json:"event"`
	EventName string     `json:"event_name,omitempty"`
	Product   string     `json:"product"`
	Price     string     `json:"price,omitempty"`
	Status    string     `json:"status"`
	Holder    string     `json:"holder"`
	Used      bool       `json:"used"` // by the platform's word
	UsedAt    *time.Time `json:"used_at"`
	Entries   int        `json:"entries"` // here
	Inside    bool       `json:"inside"`
	Last      *Previous  `json:"last_entry"`
}

type ticketList struct {
	Tickets []foundTicket `json:"tickets"`
}

func (s *Server) getTickets(w http.ResponseWriter, r *http.Request) {
	if s.opt.Tickets == nil {
		s.fail(w, r, unwired("ticket search"))
		return
	}
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	if q == "" || len(q) > queryLongest || !utf8.ValidString(q) {
		s.fail(w, r, badQuery("q", "what to search for, up to 4096 bytes of text"))
		return
	}
	limit, err := number(r, "limit", 50, 1, listMost)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	found, err := s.opt.Tickets.SearchTickets(r.Context(), q, int(limit))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := ticketList{Tickets: make([]foundTicket, 0, len(found))}
	for _, t := range found {
		out.Tickets = append(out.Tickets, s.present.ticket(t))
	}
	s.answer(w, r, http.StatusOK, out)
}

func (p presenter) ticket(t FoundTicket) foundTicket {
	out := foundTicket{
		Account: t.Account, ID: t.ID, Event: t.Event, EventName: t.EventName, Product: t.Product, Price: t.Price,
		Status: string(t.Status), Used: t.Used, UsedAt: moment(t.UsedAt),
		Entries: t.Presence.Entries, Inside: t.Presence.Inside,
	}
	if p.showNames {
		out.Holder = t.Holder
	}
	if e := t.Presence.LastEntry; !e.IsZero() {
		out.Last = &Previous{At: moment(e.At.Wall), Station: e.Station, Lane: e.Lane, By: string(e.By)}
	}
	return out
}

// admitBody is what staff say when they admit by hand.
type admitBody struct {
	Lane string `json:"lane"`
	Note string `json:"note"`
}

func (s *Server) postAdmit(w http.ResponseWriter, r *http.Request) {
	if s.opt.Overrides == nil {
		s.fail(w, r, unwired("admission by hand"))
		return
	}
	var b admitBody
	if err := body(w, r, &b); err != nil {
		s.fail(w, r, err)
		return
	}
	if b.Lane == "" {
		s.fail(w, r, badBody("There is no lane.", nil))
		return
	}
	if err := checkNote(b.Note); err != nil {
		s.fail(w, r, err)
		return
	}
	if strings.TrimSpace(b.Note) == "" && principalOf(r.Context()).role != RoleAdmin {
		s.fail(w, r, noteMissing())
		return
	}
	key := admission.TicketKey{Account: r.PathValue("account"), ID: r.PathValue("id")}
	why := admission.Override{By: principalOf(r.Context()).by, Note: b.Note}
	scan, err := s.opt.Overrides.Admit(r.Context(), b.Lane, key, why)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, s.present.decision(scan, s.language(r)))
}

// noteMissing asks for the reason of a person's decision.
func noteMissing() *Error {
	return &Error{
		Status: http.StatusBadRequest, Code: "note_missing", Message: "There is no note.",
		Hint: "Say in the note why a person decides here; it stands in the journal.",
	}
}
