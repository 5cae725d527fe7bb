package fakebittan

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// viewValidate tells of a ticket and counts its use.
func (s site) viewValidate(ctx context.Context, q *fakeserver.Query) fakeserver.Answer {
	if len(q.Body) > 0 && !isJSON(q.Request) {
		return sayDetail(http.StatusUnsupportedMediaType, `Unsupported media type "`+q.Request.Header.Get("Content-Type")+`" in request.`)
	}
	if _, err := decode(q.Body); err != nil && len(q.Body) > 0 {
		return sayDetail(http.StatusBadRequest, "JSON parse error - "+pythonSays(q.Body))
	}
	fields, _ := readBody(q.Request, q.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	form := s.form
	question, valid := readQuestion(fields, form)
	switch {
	case !valid:
		return fakeserver.JSON(http.StatusBadRequest, "InvalidRequestData")
	case form != Bare2024 && question.password != s.password:
		return fakeserver.JSON(http.StatusUnauthorized, "Incorrect password")
	}
	q.Caller = q.Request.UserAgent()
	t := s.tickets[question.id]
	if t == nil {
		return sayNoTicket(form)
	}
	seen := t.timesUsed
	if question.use {
		if q.Mood.DoubleSuccess { // what was read was from before the last use
			seen = max(seen-1, 0)
		}
		s.Meet(ctx, &s.mu)
		t.timesUsed = seen + 1 // whatever has been written since
		s.RecordUse(q, fakeserver.Use{Event: t.event.Title, Ticket: t.id, Status: http.StatusOK, Success: true})
	}
	return s.sayTicket(t, seen, form)
}

func sayNoTicket(f Form) fakeserver.Answer {
	status := http.StatusNotFound
	if f == Bare2024 {
		status = http.StatusOK
	}
	return fakeserver.JSON(status, map[string]any{"times_used": -1, "status": "Ticket does not exist"})
}

// sayTicket is the answer for a ticket. The caller holds the lock.
func (s site) sayTicket(t *ticket, seen int, f Form) fakeserver.Answer {
	answer := map[string]any{"times_used": seen, "status": s.payments[t.payment]}
	if f != Bare2024 {
		answer["external_id"], answer["chapter_event"] = t.id, t.event.Title
	}
	return fakeserver.JSON(http.StatusOK, answer)
}

// pythonSays gives Python's words for the faults people make, and its commonest for all others.
func pythonSays(body []byte) string {
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 1 && trimmed[0] == '{' && trimmed[1] != '"' {
		return "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
	}
	return "Expecting value: line 1 column 1 (char 0)"
}

type eventRow struct {
	ID            int    `json:"id"`
	Title         string `json:"title"`
	Description   string `json:"description"`
	At            string `json:"event_at"`
	MaxPerPayment int    `json:"max_tickets_per_payment"`
	SalesStop     string `json:"sales_stop_at"`
	Types         []int  `json:"ticket_types"`
	Left          *int   `json:"tickets_left,omitempty"`
}

type typeRow struct {
	ID          int    `json:"id"`
	Price       any    `json:"price"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

// viewEvents lists the events whose sale has not ended, and the visible kinds of their tickets.
func (s site) viewEvents() fakeserver.Answer {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	var onSale []*event
	for _, e := range s.events {
		if e.SalesStop.After(now) {
			onSale = append(onSale, e)
		}
	}
	slices.SortStableFunc(onSale, func(a, b *event) int { return a.At.Compare(b.At) })
	events, types := []eventRow{}, []typeRow{}
	named := map[int]bool{}
	for _, e := range onSale {
		events = append(events, s.eventRow(e))
		for _, id := range e.Types {
			named[id] = true
		}
	}
	for _, t := range s.types {
		if named[t.ID] && !t.Hidden {
			types = append(types, typeRow{t.ID, s.price(t), t.Title, t.Description})
		}
	}
	slices.SortFunc(types, func(a, b typeRow) int { return cmp.Compare(a.ID, b.ID) })
	return fakeserver.JSON(http.StatusOK, map[string]any{"chapter_events": events, "ticket_types": types})
}

func (s site) eventRow(e *event) eventRow {
	row := eventRow{
		ID: e.ID, Title: e.Title, Description: e.Description, At: s.isoTime(e.At), MaxPerPayment: e.MaxPerPayment,
		SalesStop: s.isoTime(e.SalesStop), Types: append([]int{}, e.Types...),
	}
	if s.form == Today {
		left := e.Seats
		for _, t := range s.tickets {
			if status := s.payments[t.payment]; t.event == e && (status == Paid || status == Reserved) {
				left--
			}
		}
		row.Left = &left
	}
	return row
}

// price is a number of kronor, or a text in the form that the public page describes.
func (s site) price(t TicketType) any {
	if s.form == Bare2024 {
		return strconv.Itoa(t.Price) + ".00"
	}
	return t.Price
}

// isoTime writes a time as Python does: with six digits of a second or none.
func (s site) isoTime(t time.Time) string {
	t = t.In(s.zone).Truncate(time.Microsecond)
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05-07:00")
	}
	return t.Format("2006-01-02T15:04:05.000000-07:00")
}
