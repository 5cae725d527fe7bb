package admin

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"gatescand/device/admin/words"
	"gatescand/scanner/admission"
)

const (
	// ticketsShown is how many tickets a search shows.
	ticketsShown = 50
	// queryLongest is the longest text that is searched for: a whole code.
	queryLongest = 4096
)

// ticketPages is finding a ticket and reading its story. A search is posted, so
// that nobody's name stands in an address or in the history of a shared phone.
func (s *Server) ticketPages(on registrar) {
	on.page("GET /tickets", RoleStaff, s.ticketsPage)
	on.page("POST /tickets", RoleStaff, s.ticketsPage)
	on.page("GET /tickets/{account}/{id}", RoleStaff, s.storyPage)
}

// ticketsView is the search with what it found.
type ticketsView struct {
	Query   string
	Asked   bool
	Problem string // why nothing could be searched, "" for nothing
	Rows    []ticketRow
	More    bool     // there are more than are shown
	Partial bool     // not all tickets were looked through
	Most    int      // how many are shown at most
	Names   bool     // holders are shown
	Reasons []string // why the ticket may not have been found
}

// ticketIndex is a search that can tell whether it looks through all tickets.
type ticketIndex interface {
	TicketsIndexed(ctx context.Context) (bool, error)
}

// ticketRow is one ticket that was found.
type ticketRow struct {
	Path     string // of its story
	ID       string
	Holder   string
	Product  string
	Event    string
	Account  string
	Order    string
	Standing ticketStanding
}

func (s *Server) ticketsPage(w http.ResponseWriter, r *http.Request) {
	v := ticketsView{Most: ticketsShown, Names: s.opt.ShowNames}
	status := http.StatusOK
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		v.Query = strings.TrimSpace(r.PostFormValue("q"))
		v.Asked = v.Query != ""
	}
	switch {
	case s.opt.Tickets == nil:
		v.Problem = s.language(r).T("tickets_unavailable")
	case len(v.Query) > queryLongest, !utf8.ValidString(v.Query):
		status, v.Query, v.Asked = http.StatusBadRequest, "", false
		v.Problem = s.language(r).T("tickets_too_long")
	case v.Asked:
		status = s.search(r, &v)
	}
	s.show(w, r, status, sheet{name: "tickets", body: v})
}

// search fills in what is found, or why nothing is.
func (s *Server) search(r *http.Request, v *ticketsView) int {
	found, err := s.opt.Tickets.SearchTickets(r.Context(), v.Query, ticketsShown+1)
	if err != nil {
		f, known := faultOf(err)
		if !known {
			s.log.Error("tickets cannot be searched", slog.Any("error", err))
		}
		v.Problem = strings.TrimSpace(f.Message + " " + f.Hint)
		return f.Status
	}
	v.More = len(found) > ticketsShown
	if index, ok := s.opt.Tickets.(ticketIndex); ok {
		whole, err := index.TicketsIndexed(r.Context())
		s.gap("tickets", err)
		v.Partial = err == nil && !whole
	}
	found = found[:min(len(found), ticketsShown)]
	sp := s.language(r)
	served := s.servedEvents(r.Context(), found)
	for _, t := range found {
		row := ticketRow{
			Path: storyPath(t.TicketKey), ID: t.ID, Product: wares(t.Ticket), Event: t.EventName, Account: t.Account, Order: t.Order,
			Standing: s.standing(r.Context(), sp, t, served),
		}
		if row.Event == "" {
			row.Event = t.Event
		}
		if s.opt.ShowNames {
			row.Holder = t.Holder
		}
		v.Rows = append(v.Rows, row)
	}
	if len(found) == 0 {
		v.Reasons = s.whyNotFound(r.Context(), sp)
	}
	return http.StatusOK
}

// storyPath is where the story of a ticket is told.
func storyPath(key admission.TicketKey) string {
	return "/tickets/" + url.PathEscape(key.Account) + "/" + url.PathEscape(key.ID)
}

// wares says what was bought: the product with its tariff.
func wares(t admission.Ticket) string {
	if t.Price == "" || t.Price == t.Product {
		return t.Product
	}
	return strings.TrimPrefix(t.Product+", "+t.Price, ", ")
}

// whyNotFound says of every account how far its list can be relied on.
func (s *Server) whyNotFound(ctx context.Context, sp words.Speaker) []string {
	reasons := []string{sp.T("tickets_none_spelling")}
	if s.opt.Accounts != nil {
		accounts, err := s.opt.Accounts.Accounts(ctx)
		s.gap("accounts", err)
		f := frame{L: sp, now: s.stamp(), zone: s.present.zone}
		for _, a := range accounts {
			reasons = append(reasons, listReach(f, a))
		}
	}
	return append(reasons, sp.T("tickets_none_account"))
}

// listReach says in a sentence how far the list of an account reaches.
func listReach(f frame, a Account) string {
	name := plainText(a.Name)
	age := f.Ago(a.AsOf)
	switch {
	case !a.Paired:
		return f.L.T("tickets_list_unpaired", "Account", name)
	case a.NoList:
		return f.L.T("tickets_list_without", "Account", name)
	case a.AsOf.IsZero():
		return f.L.T("tickets_list_none", "Account", name)
	case age == "":
		return f.L.T("tickets_list_unsure", "Account", name)
	}
	return f.L.T("tickets_list_age", "Account", name, "Word", age)
}
