package admin

import (
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatescand/device/admin/words"
	"gatescand/scanner/admission"
)

// journalShown is how many check-ins one page of the journal has.
const journalShown = 50

// journalSheet is one page of the journal with its filters.
type journalSheet struct {
	Form   journalForm
	Rows   []journalLine
	Newest string // address of the newest page with the same filters, "" when this is it
	Older  string // address of the next older page, "" when this is the last
	CSV    string // address of the export, "" for those who may not
	JSON   string
	Exact  bool   // filters are set
	Fault  string // why there are no rows, in words; "" for nothing wrong
}

// journalForm is what the filters are set to and what they can be.
type journalForm struct {
	Lane, Account       []choice
	Verdict, Reason     []choice
	From, Until, Ticket string
	ByHand              bool
	Zone                string
}

// choice is one line of a list to choose from.
type choice struct {
	Value, Label string
	Chosen       bool
}

// journalLine is one check-in as the page shows it.
type journalLine struct {
	Decision

	At       time.Time
	Story    string // address of the ticket's story, "" without a ticket
	Whose    string // holder, product and event as far as they may be shown
	State    string // of the delivery, in words; "" where there is nothing to tell
	Passed   string // what the gate's contact said, in words; "" for nothing
	ByPerson bool
}

// journalPath is where the journal stands with these filters.
func journalPath(q url.Values) string {
	if len(q) == 0 {
		return "/journal"
	}
	return "/journal?" + q.Encode()
}

// journalPage shows the journal, newest first, a page at a time.
func (s *Server) journalPage(w http.ResponseWriter, r *http.Request) {
	lang := s.language(r)
	q := setFields(r.URL.Query())
	sh := journalSheet{Form: s.journalForm(r, q, lang), Exact: len(q) > 0}
	status := http.StatusOK
	filter, bad := readFilter(q, s.present.zone)
	before, err := number(r, "before", 0, 0, 1<<62)
	switch {
	case bad != "" || err != nil:
		sh.Fault, status = lang.T("journal_bad_filter"), http.StatusBadRequest
	case s.opt.JournalSearch == nil:
		sh.Fault, status = lang.T("journal_missing"), http.StatusNotImplemented
	default:
		rows, next, err := s.opt.JournalSearch.SearchJournal(r.Context(), filter, before, journalShown)
		if err != nil {
			s.log.Warn("journal cannot be shown", slog.Any("error", err))
			sh.Fault, status = lang.T("journal_unread"), http.StatusServiceUnavailable
			break
		}
		for _, c := range rows {
			sh.Rows = append(sh.Rows, s.journalLine(c, lang))
		}
		if before > 0 {
			sh.Newest = journalPath(q)
		}
		if next > 0 {
			older := with(q, "before", strconv.FormatInt(next, 10))
			sh.Older = journalPath(older)
		}
		if principalOf(r.Context()).role.May(RoleAdmin) {
			sh.CSV = "/api/v1/checkins/export?" + with(q, "format", ExportCSV).Encode()
			sh.JSON = "/api/v1/checkins/export?" + with(q, "format", ExportJSON).Encode()
		}
	}
	s.show(w, r, status, sheet{name: "journal", script: "fresh", labels: []string{"fresh_checkin"}, body: sh})
}

// setFields gives the filters that are set.
func setFields(q url.Values) url.Values {
	out := make(url.Values)
	for _, name := range journalFields() {
		if v := q.Get(name); v != "" {
			out.Set(name, v)
		}
	}
	return out
}

// with gives a copy of q with one more value.
func with(q url.Values, name, value string) url.Values {
	out := make(url.Values, len(q)+1)
	maps.Copy(out, q)
	out.Set(name, value)
	return out
}

func (s *Server) journalForm(r *http.Request, q url.Values, lang words.Speaker) journalForm {
	f := journalForm{From: q.Get("from"), Until: q.Get("until"), Ticket: q.Get("ticket"), ByHand: q.Get("hand") == "1", Zone: zoneName(s.present.zone, s.stamp().Wall)}
	var lanes, accounts []string
	if s.opt.Lanes != nil {
		for _, l := range s.opt.Lanes.Lanes() {
			lanes = append(lanes, l.Name)
		}
	}
	if s.opt.Accounts != nil {
		list, err := s.opt.Accounts.Accounts(r.Context())
		s.gap("accounts", err)
		for _, a := range list {
			accounts = append(accounts, a.Name)
		}
	}
	f.Lane, f.Account = names(lanes, q.Get("lane")), names(accounts, q.Get("account"))
	for _, v := range []admission.Verdict{admission.Admit, admission.Refuse, admission.Hold} {
		f.Verdict = append(f.Verdict, choice{Value: string(v), Label: lang.T(string(v)), Chosen: q.Get("verdict") == string(v)})
	}
	for _, reason := range journalReasons() {
		f.Reason = append(f.Reason, choice{Value: string(reason), Label: lang.T("reason_" + string(reason)), Chosen: q.Get("reason") == string(reason)})
	}
	slices.SortFunc(f.Reason, func(a, b choice) int { return strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)) })
	return f
}

// names makes a list to choose from; what is chosen is always in it, also when
// the configuration does not know it any more.
func names(all []string, chosen string) []choice {
	if chosen != "" && !slices.Contains(all, chosen) {
		all = append(all, chosen)
	}
	out := make([]choice, 0, len(all))
	for _, n := range all {
		out = append(out, choice{Value: n, Label: n, Chosen: n == chosen})
	}
	return out
}

// zoneName gives a zone a name that people know: the box's own is called Local
// by the program, and CET by everybody else.
func zoneName(zone *time.Location, now time.Time) string {
	if name := zone.String(); name != "Local" {
		return strings.ReplaceAll(name, "_", " ")
	}
	name, _ := now.In(zone).Zone()
	return name
}

func (s *Server) journalLine(c admission.CheckIn, lang words.Speaker) journalLine {
	d := s.present.decision(Scanned{CheckIn: c}, lang)
	line := journalLine{Decision: d, At: c.At.Wall, ByPerson: c.By != "" || c.Grounds == admission.GroundsOverride}
	if d.Ticket != nil {
		line.Story = storyPath(c.Ticket)
		line.Whose = joined(d.Ticket.Holder, d.Ticket.Product, d.Ticket.EventName)
	}
	if id := "delivery_" + d.Delivery; lang.Has(id) {
		line.State = lang.T(id)
	}
	if id := "journal_" + d.Passage; d.Passage != "" && lang.Has(id) {
		line.Passed = lang.T(id)
	}
	return line
}

// joined puts what is there side by side.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " · ")
}
