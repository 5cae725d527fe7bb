package faketicketsonic

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// Find tells where a request leads.
func (s *Server) Find(r *http.Request, _ []byte) fakeserver.Place {
	switch r.URL.Path {
	case "/v1/health":
		return fakeserver.Place{Route: RouteHealth}
	case "/v1/event/list":
		return fakeserver.Place{Route: RouteEvents}
	case "/v1/ticket/list":
		return fakeserver.Place{Route: RouteTickets}
	case "/v1/ticket/validate":
		return fakeserver.Place{Route: RouteValidate}
	}
	return fakeserver.Place{Route: RouteNone}
}

// Refuse is how the server says what is not about tickets.
func (s *Server) Refuse(_ *fakeserver.Query, status int) fakeserver.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if status == http.StatusInternalServerError {
		return s.no(textFetching)
	}
	return fakeserver.HTML(status, "<html><head><title>"+strconv.Itoa(status)+" "+http.StatusText(status)+"</title></head></html>")
}

// Work answers a request.
func (s *Server) Work(_ context.Context, q *fakeserver.Query) fakeserver.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	method := http.MethodGet
	if q.Route == RouteValidate {
		method = http.MethodPost
	}
	switch {
	case q.Route == RouteNone, q.Route == RouteHealth && s.manner == Plain:
		return fakeserver.HTML(http.StatusNotFound, "<html><head><title>404 Not Found</title></head></html>")
	case q.Request.Method != method:
		return fakeserver.HTML(http.StatusMethodNotAllowed, "<html><head><title>405 Method Not Allowed</title></head></html>").With("Allow", method)
	case q.Route == RouteHealth:
		return fakeserver.JSON(http.StatusOK, map[string]string{"status": "success"})
	}
	p, ok := s.promoters[q.Request.Header.Get("X-Api-UserID")]
	if !ok {
		return s.no(s.nobody())
	}
	if p.APIKey != q.Request.Header.Get("X-Api-Key") {
		return s.no(textKey)
	}
	q.Caller = p.UserID
	switch q.Route {
	case RouteEvents:
		return s.listEvents(p).Revalidated()
	case RouteTickets:
		return s.listTickets(p, q.Request.Header.Get("X-Api-EventID")).Revalidated()
	}
	return s.validate(p, q)
}

// The texts with which the server says no, from its document; the last is the one of 2020 for a user that is not known.
const (
	textUser      = "unknown user"
	textKey       = "unknown key"
	textSensitive = "invalid sensitive"
	textFailure   = "failure"
	textEvent     = "invalid event id"
	textOwner     = "event ownership verification failure"
	textFetching  = "error fetching data"
	textPromoter  = "Unknown promoter"
)

// nobody says that the user is not known. The caller holds the lock.
func (s *Server) nobody() string {
	if s.manner == Plain {
		return textPromoter
	}
	return textUser
}

// no says a text in the manner of the moment. The caller holds the lock.
func (s *Server) no(text string) fakeserver.Answer {
	status := http.StatusBadRequest
	switch text {
	case textFailure:
		status = http.StatusOK
	case textFetching:
		status = http.StatusInternalServerError
	}
	switch s.manner {
	case Documented:
		return fakeserver.Text(status, text)
	case Plain:
		return fakeserver.HTML(http.StatusOK, text)
	case Today:
	}
	return fakeserver.JSON(status, map[string]string{"status": "failure", "message": text})
}

type eventRow struct {
	ID        string            `json:"event_id"`
	Name      string            `json:"primary_text_pl"`
	Other     string            `json:"primary_text_sl"`
	Text      string            `json:"secondary_text_pl"`
	OtherText string            `json:"secondary_text_sl"`
	Start     *int64            `json:"start_time"`
	End       *int64            `json:"end_time"`
	Place     string            `json:"event_location,omitempty"` // as documented
	Location  string            `json:"location,omitempty"`       // as the plugin reads it
	Badge     map[string]string `json:"badge"`
}

func (s *Server) listEvents(p *promoter) fakeserver.Answer {
	rows := []eventRow{}
	for _, e := range p.events {
		row := eventRow{
			ID: strconv.FormatUint(e.ID, 10), Name: e.Name, Other: e.Other, Start: unix(e.Start), End: unix(e.End),
			Badge: map[string]string{"badge_primary_text_fontsize": "45", "badge_primary_text_color": "#000"},
		}
		if s.manner == Documented {
			row.Place = e.Location
		} else {
			row.Location = e.Location
		}
		rows = append(rows, row)
	}
	return fakeserver.JSON(http.StatusOK, struct {
		Status string     `json:"status"`
		Key    string     `json:"user_public_key"`
		Events []eventRow `json:"events"`
	}{"success", p.public, rows})
}

func unix(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return new(t.Unix())
}

type ticketRow struct {
	SKU       string `json:"sku"`
	Price     any    `json:"price"`
	Currency  string `json:"currency"`
	Stock     int    `json:"stock"`
	OtherText string `json:"secondary_text_sl"`
	Text      string `json:"secondary_text_pl"`
	Other     string `json:"primary_text_sl"`
	Name      string `json:"primary_text_pl"`
	Event     string `json:"event_id"`
}

func (s *Server) listTickets(p *promoter, only string) fakeserver.Answer {
	if only != "" {
		id, err := strconv.ParseUint(only, 10, 64)
		e := s.events[id]
		switch {
		case err != nil || e == nil:
			return s.no(textEvent)
		case e.promoter != p:
			return s.no(textOwner)
		}
	}
	rows := []ticketRow{}
	for _, e := range p.events {
		id := strconv.FormatUint(e.ID, 10)
		if only != "" && only != id {
			continue
		}
		for _, k := range e.products {
			rows = append(rows, ticketRow{
				SKU: fmt.Sprintf("%d-%d", 100+e.ID%900, k.ID), Price: s.price(k.Price), Currency: k.Currency, Stock: k.Stock,
				Name: k.Name, Other: k.Other, Event: id,
			})
		}
	}
	return fakeserver.JSON(http.StatusOK, struct {
		Status  string      `json:"status"`
		Key     string      `json:"user_public_key"`
		Tickets []ticketRow `json:"tickets"`
	}{"success", p.public, rows})
}

// price writes a price. The caller holds the lock.
func (s *Server) price(hundredths uint64) any {
	if s.prices == PriceHundredths {
		return hundredths
	}
	return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
}

// validate judges a code. What does not open with the promoter's key, is in no books or has been canceled is no ticket.
func (s *Server) validate(p *promoter, q *fakeserver.Query) fakeserver.Answer {
	var body struct {
		Code *string `json:"ticket_sensitive"`
	}
	if json.Unmarshal(q.Body, &body) != nil || body.Code == nil {
		return s.no(textSensitive)
	}
	block, ok := readBase64(*body.Code)
	if !ok || len(block) != p.key.Size() {
		return s.no(textSensitive)
	}
	number := numberOf(p.key.Open(block))
	t := p.tickets[number]
	valid := t != nil && !t.Canceled && !t.used && !s.clock().Before(t.SoldAt.Add(s.lag))
	s.validations = append(s.validations, Validation{At: s.clock(), UserID: p.UserID, Number: number, Valid: valid})
	if !valid {
		s.RecordUse(q, fakeserver.Use{Ticket: number, Status: http.StatusOK})
		return s.no(textFailure)
	}
	t.used = s.usesUp
	s.RecordUse(q, fakeserver.Use{
		Ticket: number, Event: strconv.FormatUint(t.Event, 10), Status: http.StatusOK, Success: s.usesUp,
	})
	type outcome struct {
		Event uint64 `json:"event_id"`
		Price uint64 `json:"price"`
	}
	return fakeserver.JSON(http.StatusOK, struct {
		Status  string  `json:"status"`
		Message outcome `json:"message"`
	}{"success", outcome{t.Event, t.Price}})
}

// readBase64 reads the standard alphabet as laxly as PHP does: blanks anywhere, padding or none.
func readBase64(text string) ([]byte, bool) {
	text = strings.TrimRight(strings.Join(strings.Fields(text), ""), "=")
	raw, err := base64.RawStdEncoding.DecodeString(text)
	return raw, err == nil
}

// Promoters returns all accounts, by user id.
func (s *Server) Promoters() []Promoter {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Promoter
	for _, p := range s.promoters {
		out = append(out, p.Promoter)
	}
	slices.SortFunc(out, func(a, b Promoter) int { return cmp.Compare(a.UserID, b.UserID) })
	return out
}
