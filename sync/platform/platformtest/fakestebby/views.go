package fakestebby

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// Sizes of pages.
const (
	pageDefault = 15
	pageMax     = 100
)

// question is a valid question about tickets.
type question struct {
	limit, page    int
	context, value string
	purchasable    string
	code           string
}

// viewTickets gives usable tickets, filtered and in pages.
func (s site) viewTickets(q *fakeserver.Query) fakeserver.Answer {
	m := s.mannersNow()
	asked, refusal, ok := s.validate(q, m)
	if !ok {
		return refusal
	}
	rows := s.choose(asked, m, q.Route)
	size := min(asked.limit, cmp.Or(m.PageMax, pageMax))
	total := len(rows)
	rows = rows[min((asked.page-1)*size, total):min(asked.page*size, total)]
	tickets := make([]map[string]any, 0, len(rows))
	for _, t := range rows {
		tickets = append(tickets, s.row(t, m))
	}
	answer := map[string]any{"tickets": tickets}
	told := map[string]int{"page": asked.page, "pages": max((total+size-1)/size, 1), "size": size, "total": total}
	if m.HidePageMax {
		told["size"] = asked.limit
	}
	if m.BrokenTotals {
		told["total"], told["pages"] = 2, 3
	}
	if !m.NoTotals {
		answer["pagination"] = told
	}
	return fakeserver.JSON(http.StatusOK, answer)
}

// choose gives the usable tickets that a question asks for.
func (s site) choose(asked question, m Manners, route string) []Ticket {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Ticket
	if route == RouteList && m.ListSilent {
		return nil
	}
	for _, t := range s.order {
		if t.usable(now) && asked.fits(t.Ticket, m) {
			out = append(out, t.Ticket)
		}
	}
	if m.Restless {
		s.random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out
}

func (asked question) fits(t Ticket, m Manners) bool {
	if asked.purchasable != "" && asked.purchasable != t.Purchasable.Code {
		return false
	}
	if asked.value != "" && (asked.context != t.Client.Context || asked.value != t.Client.Value) {
		return false
	}
	if asked.code == "" || m.FilterIgnored {
		return true
	}
	return asked.code == t.Code || (m.AnyCase && strings.EqualFold(asked.code, t.Code))
}

// row is one ticket as the tickets route gives it.
func (s site) row(t Ticket, m Manners) map[string]any {
	var exists any = 1
	switch {
	case m.ExistsBool:
		exists = !t.Purchasable.Gone
	case t.Purchasable.Gone:
		exists = 0
	}
	var client any = map[string]any{"name": t.Client.Name}
	var bought any = map[string]any{
		"amount": max(t.Purchasable.Amount, 1), "category": t.Purchasable.Category, "code": t.Purchasable.Code, "exists": exists,
		"name": t.Purchasable.Name, "price": json.Number(strconv.FormatFloat(t.Purchasable.Price, 'f', 2, 64)), // as in the samples
	}
	if m.Arrays {
		client, bought = []any{client}, []any{bought}
	}
	return map[string]any{"client": client, "code": t.Code, "validUntil": s.validity(t, m), "purchasable": bought}
}

func (s site) validity(t Ticket, m Manners) any {
	layout := "2006-01-02T15:04:05-07:00"
	if m.LoneOffsets {
		layout = "2006-01-02T15:04:05-0700"
	}
	switch {
	case t.RawValidity != "":
		return json.RawMessage(t.RawValidity)
	case t.ValidUntil.IsZero():
		return nil
	}
	return t.ValidUntil.In(s.zone).Format(layout)
}

// validate reads a question as Laravel's validation would.
func (s site) validate(q *fakeserver.Query, m Manners) (question, fakeserver.Answer, bool) {
	out := question{limit: pageDefault, page: 1}
	no := func(field, message string) (question, fakeserver.Answer, bool) {
		return question{}, s.invalid(field, message), false
	}
	asked, ok := readAsk(q.Body)
	if !ok {
		asked = ask{} // Laravel takes a body that is not JSON for an empty one
	}
	var paging struct {
		Limit *int `json:"limit"`
		Page  *int `json:"page"`
	}
	if asked.given("pagination") && json.Unmarshal(asked["pagination"], &paging) != nil {
		return no("pagination", "The pagination must be an array.")
	}
	if paging.Limit != nil {
		out.limit = *paging.Limit
	}
	if paging.Page != nil {
		out.page = *paging.Page
	}
	if out.limit < 1 || out.page < 1 || out.page > 1<<20 {
		return no("pagination.limit", "The pagination must be at least 1.")
	}
	for member, to := range map[string]*string{"ticketCode": &out.code, "purchasableCode": &out.purchasable} {
		if asked.given(member) && json.Unmarshal(asked[member], to) != nil {
			return no(member, "The "+member+" must be a string.")
		}
	}
	var client struct{ Context, Value string }
	if asked.given("client") && json.Unmarshal(asked["client"], &client) != nil {
		return no("client", "The client must be an array.")
	}
	out.context, out.value = client.Context, client.Value
	switch {
	case (out.context == "") != (out.value == ""):
		return no("client.context", "The client.context field is required when client.value is present.")
	case out.context != "" && !slices.Contains([]string{"EST_PIN", "LVA_PIN", "LTU_PIN", "PHONE", "EMAIL", "TOKEN"}, out.context):
		return no("client.context", "The selected client.context is invalid.")
	case out.context == "" && out.code == "" && m.ListRefused:
		return no("ticketCode", "The ticket code field is required when client.context / client.value is not present.")
	}
	return out, fakeserver.Answer{}, true
}

// viewUse marks a ticket as used. The document knows one answer, {}.
func (s site) viewUse(ctx context.Context, q *fakeserver.Query, code string) fakeserver.Answer {
	m := s.mannersNow()
	ok := s.use(ctx, q, code, m.NoLock)
	a := fakeserver.JSON(http.StatusOK, struct{}{})
	switch {
	case !ok:
		a = s.refuse(faultNotUsable())
	case m.EmptyArray:
		a = fakeserver.JSON(http.StatusOK, []int{})
	case m.NoContent:
		a = fakeserver.Answer{Status: http.StatusNoContent}
	}
	s.RecordUse(q, fakeserver.Use{Ticket: code, Status: cmp.Or(a.Status, http.StatusOK), Success: ok})
	return a
}

// use marks a ticket as used where it can be.
func (s site) use(ctx context.Context, q *fakeserver.Query, code string, noLock bool) bool {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tickets[code]
	usable := t != nil && (t.usable(now) || (q.Mood.DoubleSuccess && !t.Used.IsZero()))
	s.Meet(ctx, &s.mu)
	if !usable || (!noLock && !q.Mood.DoubleSuccess && !t.usable(now)) {
		return false
	}
	t.Used, t.UsedBy = now.Truncate(time.Second), q.Caller
	t.Uses++
	return true
}
