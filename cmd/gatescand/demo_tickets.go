package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// Limits of what the page shows at a time.
const (
	pageSize    = 12
	pageSizeMax = 100
	nameMax     = 60 // characters of a name
)

// ticketView is one ticket as the platform knows it, cleaned for showing. Names
// are still a stranger's text: the page writes them as text only.
type ticketView struct {
	UUID    string     `json:"uuid"`
	Holder  string     `json:"holder"` // empty when the platform has no name
	Product string     `json:"product"`
	Price   string     `json:"price"`
	Event   string     `json:"event"`
	Tonight bool       `json:"tonight"`
	State   string     `json:"state"`  // valid, used, canceled, unpaid or inactive
	Status  string     `json:"status"` // the platform's own word
	Actions []string   `json:"actions"`
	QR      string     `json:"qr"`
	Last    *heldScene `json:"last"` // what the gate said last, null if it never was held
}

// cardView is one card of the queue.
type cardView struct {
	ID      string      `json:"id"`
	Group   string      `json:"group"`
	Title   string      `json:"title"`
	Story   string      `json:"story"`
	Expect  string      `json:"expect"`
	Variant variant     `json:"variant"`
	Column  bool        `json:"column"`         // it stands in the platform's column
	Text    string      `json:"text,omitempty"` // the code, where there is no ticket
	QR      string      `json:"qr"`
	Ticket  *ticketView `json:"ticket"` // null for codes of no ticket
	Last    *heldScene  `json:"last"`
}

// ticketsAnswer is the queue and one page of all tickets.
type ticketsAnswer struct {
	Cards   []cardView   `json:"cards"`
	Tickets []ticketView `json:"tickets"`
	Total   int          `json:"total"` // that match
	Page    int          `json:"page"`
	Pages   int          `json:"pages"`
}

// tickets answers GET /demo/tickets?q=&state=&page=&per=.
func (s *stage) tickets(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	page, okPage := number(query.Get("page"), 1, 1, 1<<20)
	per, okPer := number(query.Get("per"), pageSize, 1, pageSizeMax)
	state := query.Get("state")
	if !okPage || !okPer || (state != "" && !isState(state)) {
		sayFault(w, http.StatusBadRequest, "bad_request", "The page, its size or the state is not one there is.",
			"page counts from 1, per is at most 100, state is one of valid, used, canceled, unpaid, inactive.")
		return
	}
	words := strings.Fields(fold(query.Get("q")))
	var found []faketibillet.Ticket
	for _, t := range s.opt.Evening.Tickets(s.opt.Evening.Tonight) {
		if (state == "" || stateOf(t.Status) == state) && matches(t, words) {
			found = append(found, t)
		}
	}
	a := ticketsAnswer{Cards: s.cards(), Tickets: []ticketView{}, Total: len(found), Pages: max(1, (len(found)+per-1)/per)}
	a.Page = min(page, a.Pages)
	for _, t := range found[min((a.Page-1)*per, len(found)):min(a.Page*per, len(found))] {
		a.Tickets = append(a.Tickets, s.view(t))
	}
	sayValue(w, http.StatusOK, a)
}

// number reads a number between low and high; an empty text is the fallback.
func number(text string, fallback, low, high int) (int, bool) {
	if text == "" {
		return fallback, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= low && n <= high
}

// matches tells whether every word stands somewhere in the ticket.
func matches(t faketibillet.Ticket, words []string) bool {
	hay := fold(strings.Join([]string{t.FirstName, t.LastName, t.Product, t.Price, t.Status.Word("en", "en")}, " "))
	for _, w := range words {
		if !strings.Contains(hay, w) && !strings.HasPrefix(t.UUID, w) {
			return false
		}
	}
	return true
}

// fold makes letters small and takes the accents off those of French names, so
// that people find Élodie without looking for the É.
func fold(text string) string {
	return strings.NewReplacer(
		"à", "a", "â", "a", "ä", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i",
		"ô", "o", "ö", "o", "ù", "u", "û", "u", "ü", "u", "ÿ", "y", "œ", "oe", "æ", "ae", "’", "'",
	).Replace(strings.ToLower(text))
}

// cards gives the queue: tickets sold on the page first, the latest before the others.
func (s *stage) cards() []cardView {
	s.mu.Lock()
	all := make([]card, 0, len(s.sold)+len(s.cast))
	for _, ticket := range slices.Backward(s.sold) {
		all = append(all, soldCard(ticket))
	}
	all = append(all, s.cast...)
	s.mu.Unlock()
	views := make([]cardView, 0, len(all))
	for _, c := range all {
		views = append(views, s.cardView(c))
	}
	return views
}

func (s *stage) cardView(c card) cardView {
	v := cardView{
		ID: c.ID, Group: c.Group, Title: c.Title, Story: c.Story, Expect: c.Expect, Variant: c.Variant, Text: c.Text,
		QR: qrPath(c.ID, asPrinted), Last: s.last(c.ID), Column: c.Group == groupSold || slices.Contains(inColumn(), c.ID),
	}
	if c.Ticket == "" {
		return v
	}
	v.QR = qrPath(c.Ticket, c.Variant)
	v.Last = s.last(heldID(c.Ticket, c.Variant))
	if t, err := s.opt.Evening.Ticket(c.Ticket); err == nil {
		view := s.view(t)
		v.Ticket = &view
	}
	return v
}

// view is a ticket as the page shows it.
func (s *stage) view(t faketibillet.Ticket) ticketView {
	return ticketView{
		UUID: t.UUID, Holder: platform.CleanText(t.FirstName+" "+t.LastName, nameMax), Product: t.Product, Price: t.Price,
		Event: s.eventName(t.Event), Tonight: t.Event == s.opt.Evening.Tonight,
		State: stateOf(t.Status), Status: t.Status.Word("en", "en"), Actions: actionsFor(t.Status),
		QR: qrPath(t.UUID, asPrinted), Last: s.last(heldID(t.UUID, asPrinted)),
	}
}

func (s *stage) eventName(uuid string) string {
	for _, e := range s.opt.Evening.Events() {
		if e.UUID == uuid {
			return e.Name
		}
	}
	return ""
}

// stateOf gives a state's name in addresses and style sheets.
func stateOf(status faketibillet.Status) string {
	switch status {
	case faketibillet.Valid:
		return stateValid
	case faketibillet.Scanned:
		return stateUsed
	case faketibillet.Canceled:
		return stateCanceled
	case faketibillet.Created:
		return stateUnpaid
	case faketibillet.Inactive:
		return stateInactive
	default:
		return ""
	}
}

func isState(text string) bool {
	for _, status := range faketibillet.Statuses() {
		if stateOf(status) == text {
			return true
		}
	}
	return false
}
