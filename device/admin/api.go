package admin

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gatescand/scanner/admission"
)

// How much one call gives.
const (
	checkInsDefault = 100
	checkInsMost    = 1000
	listMost        = 200
	noteLongest     = 500
)

func (s *Server) getStatus(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, http.StatusOK, s.status(r.Context()))
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

// laneAnswer confirms what staff did to a lane.
type laneAnswer struct {
	Lane   string `json:"lane"`
	Open   *bool  `json:"open,omitempty"`
	Tested bool   `json:"tested,omitempty"`
}

func (s *Server) postLaneOpen(open bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.opt.LaneControl == nil {
			s.fail(w, r, unwired("lane controls"))
			return
		}
		lane := r.PathValue("lane")
		if err := s.opt.LaneControl.SetOpen(r.Context(), lane, open); err != nil {
			s.fail(w, r, err)
			return
		}
		s.log.Info("lane switched by staff", slog.String("lane", lane), slog.Bool("open", open), slog.String("by", principal(r.Context())))
		s.answer(w, r, http.StatusOK, laneAnswer{Lane: lane, Open: &open})
	}
}

func (s *Server) postLaneTest(w http.ResponseWriter, r *http.Request) {
	if s.opt.LaneControl == nil {
		s.fail(w, r, unwired("lane controls"))
		return
	}
	lane := r.PathValue("lane")
	if err := s.opt.LaneControl.TestSignals(r.Context(), lane); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, laneAnswer{Lane: lane, Tested: true})
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
	if q == "" || len(q) > 200 || !utf8.ValidString(q) {
		s.fail(w, r, badQuery("q", "what to search for, up to 200 bytes of text"))
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
	key := admission.TicketKey{Account: r.PathValue("account"), ID: r.PathValue("id")}
	why := admission.Override{By: principal(r.Context()), Note: b.Note}
	scan, err := s.opt.Overrides.Admit(r.Context(), b.Lane, key, why)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, s.present.decision(scan, s.language(r)))
}

// checkNote keeps notes short enough for the journal.
func checkNote(note string) error {
	if len(note) > noteLongest {
		return badBody("The note is longer than 500 bytes.", nil)
	}
	return nil
}

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
		out.Conflicts = append(out.Conflicts, conflict{
			ID: c.ID, Kind: string(c.Kind), Account: c.Ticket.Account, Ticket: c.Ticket.ID, OpenedAt: moment(c.OpenedAt.Wall),
			Ours:   ourSide{Seq: c.Seq, At: moment(c.OurAt.Wall), Lane: c.OurLane},
			Theirs: theirSide{Text: c.Theirs, At: moment(c.TheirAt)},
			Remedy: c.Remedy, Resolved: c.Resolved, ResolvedAt: moment(c.ResolvedAt.Wall), Note: c.Note,
		})
	}
	s.answer(w, r, http.StatusOK, out)
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
	if err := s.opt.Conflicts.Resolve(r.Context(), id, principal(r.Context()), b.Note); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, resolveAnswer{ID: id, Resolved: true})
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

// delivery is one check-in that its platform has not taken.
type delivery struct {
	Seq     int64      `json:"seq"`
	ID      string     `json:"id"`
	Account string     `json:"account"`
	Ticket  string     `json:"ticket"`
	Event   string     `json:"event"`
	At      *time.Time `json:"at"`
	Lane    string     `json:"lane"`
	State   string     `json:"state"`
	Attempt int        `json:"attempt"`
	NextAt  *time.Time `json:"next_at"`
	Cause   string     `json:"cause"`
	Remedy  string     `json:"remedy"`
}

type deliveryList struct {
	Deliveries []delivery `json:"deliveries"`
}

func (s *Server) getOutbox(w http.ResponseWriter, r *http.Request) {
	if s.opt.Outbox == nil {
		s.fail(w, r, unwired("outbox"))
		return
	}
	limit, err := number(r, "limit", listMost, 1, checkInsMost)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rows, err := s.opt.Outbox.Waiting(r.Context(), int(limit))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := deliveryList{Deliveries: make([]delivery, 0, len(rows))}
	for _, d := range rows {
		out.Deliveries = append(out.Deliveries, delivery{
			Seq: d.Seq, ID: d.ID, Account: d.Ticket.Account, Ticket: d.Ticket.ID, Event: d.Event, At: moment(d.At.Wall),
			Lane: d.Lane, State: string(d.State), Attempt: d.Attempt, NextAt: moment(d.NextAt), Cause: d.Cause, Remedy: d.Remedy,
		})
	}
	s.answer(w, r, http.StatusOK, out)
}

// retryBody names the check-in to deliver again; 0 is all.
type retryBody struct {
	Seq int64 `json:"seq"`
}

type retryAnswer struct {
	Retried int `json:"retried"`
}

func (s *Server) postRetry(w http.ResponseWriter, r *http.Request) {
	if s.opt.Outbox == nil {
		s.fail(w, r, unwired("outbox"))
		return
	}
	var b retryBody
	if err := body(w, r, &b); err != nil {
		s.fail(w, r, err)
		return
	}
	if b.Seq < 0 {
		s.fail(w, r, badBody("The field seq is negative.", nil))
		return
	}
	n, err := s.opt.Outbox.Retry(r.Context(), b.Seq)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, retryAnswer{Retried: n})
}

func (s *Server) noSuchCall(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, &Error{Status: http.StatusNotFound, Code: "no_such_call", Message: "There is no such call.", Hint: "Look at the method and the path."})
}
