package admin

import (
	"net/http"
	"time"
)

// deliveryRoutes is what the platforms have not been told, and where they
// disagree.
func (s *Server) deliveryRoutes(on registrar) {
	on.page("GET /conflicts", RoleStaff, s.conflictsPage)
	on.page("GET /outbox", RoleStaff, s.outboxPage)
	on.api("GET /api/v1/conflicts", RoleStaff, s.getConflicts)
	on.api("POST /api/v1/conflicts/{id}/resolve", RoleAdmin, s.postResolve)
	on.api("GET /api/v1/outbox", RoleStaff, s.getOutbox)
	on.api("POST /api/v1/outbox/retry", RoleAdmin, s.postRetry)
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
