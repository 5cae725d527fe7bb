package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gatescand/scanner/admission"
)

// eventsShown is how many events of an account the page offers. Those that are
// chosen or served are shown in any case.
const eventsShown = 100

// accountsView is every account, and pairing.
type accountsView struct {
	Problem  string
	Accounts []accountView
	Pairing  *PairingState // nil where nothing can be paired by a reader
	CanPair  bool
	Pairable []string // accounts that are paired by a code
}

// accountView is one account in words.
type accountView struct {
	Name, ID, API string
	Platform      string
	Host          string
	State         string // a word
	Level         string // ok, warning or critical
	Facts         []fact
	Sweeping      bool
	SweepDone     int
	SweepTotal    int
	Policy        []string
	EventsFrom    string
	Events        []eventView
	EventsFixed   bool   // the configuration names them
	EventsMore    int    // not shown
	EventsNone    string // said where there is none to choose
	EventsProblem string
	Unpair        bool
	Waiting       int // deliveries that unpairing leaves behind
	WaitingText   string
}

// eventView is one event that may be chosen.
type eventView struct {
	ID, Name, When string
	Tickets        string
	Chosen, Served bool
	Withdrawn      bool
	Field          string // of the form
}

// accountPages is the accounts with their events and their pairing.
func (s *Server) accountPages(on registrar) {
	on.page("GET /accounts", RoleAdmin, s.accountsPage)
}

// accountsLabels are the words of the scripts of this page.
func accountsLabels() []string {
	return []string{
		"accounts_sweeping", "accounts_sweeping_of", "pairing_idle", "pairing_armed", "pairing_first", "pairing_confirm", "pairing_busy", "pairing_paired",
		"pairing_failed", "pairing_left", "pairing_from_lane", "pairing_as", "pairing_at", "pairing_confirm_button", "pairing_expires", "pairing_no_answer",
	}
}

func (s *Server) accountsPage(w http.ResponseWriter, r *http.Request) {
	t := teller{frame{L: s.language(r), now: s.stamp(), zone: s.present.zone}, s}
	v := accountsView{CanPair: s.opt.Pairing != nil}
	status := http.StatusOK
	if s.opt.Accounts == nil {
		v.Problem = t.L.T("accounts_unavailable")
	} else {
		accounts, err := s.opt.Accounts.Accounts(r.Context())
		if err != nil {
			status, v.Problem = s.problem(r, "accounts", err)
		}
		for i, a := range accounts {
			v.Accounts = append(v.Accounts, t.account(r.Context(), i, a))
			if a.Pairs {
				v.Pairable = append(v.Pairable, a.Name)
			}
		}
	}
	if s.opt.PairingDesk != nil {
		v.Pairing = new(s.opt.PairingDesk.PairingState())
	}
	s.show(w, r, status, sheet{name: "accounts", script: "pairing", labels: accountsLabels(), body: v})
}

func (t teller) account(ctx context.Context, i int, a Account) accountView {
	v := accountView{
		Name: a.Name, ID: "account-" + strconv.Itoa(i), API: "/api/v1/accounts/" + url.PathEscape(a.Name), Platform: platformLabel(a.Platform),
		Host: hostOf(a.URL), State: t.L.T("state_other"), Level: "critical", Sweeping: a.Sweep.Running, SweepDone: a.Sweep.Done, SweepTotal: a.Sweep.Total,
		Policy: t.policy(a), Unpair: t.s.opt.Unpairer != nil && a.Paired && a.Pairs, Waiting: a.Pending,
	}
	if id := "state_" + a.State; t.L.Has(id) {
		v.State = t.L.T(id)
	}
	switch a.State {
	case "ok":
		v.Level = "ok"
	case "new", "offline", "captive", "server", "throttled", "unpaired":
		v.Level = "warning"
	}
	if a.Pending > 0 {
		v.WaitingText = t.L.N("accounts_unpair_waiting", a.Pending, "Word", v.Platform)
	}
	v.Facts = t.accountFacts(a)
	t.events(ctx, a, &v)
	return v
}

// hostOf gives the host of an address, the address itself where it has none.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

func (t teller) accountFacts(a Account) []fact {
	var out []fact
	add := func(id, value string) {
		if value != "" {
			out = append(out, fact{t.L.T(id), value})
		}
	}
	add("accounts_platform", platformLabel(a.Platform))
	add("accounts_host", hostOf(a.URL))
	add("accounts_list", listReach(t.frame, a))
	if !a.NoList {
		add("accounts_tickets", strconv.Itoa(a.Tickets))
	}
	add("accounts_paired_as", a.PairedName)
	add("accounts_tenant", a.Tenant)
	add("accounts_station", a.StationID)
	if a.Pending > 0 {
		add("accounts_pending", strconv.Itoa(a.Pending))
	}
	if a.Buried > 0 {
		add("accounts_buried", strconv.Itoa(a.Buried))
	}
	return out
}

// policy says in whole sentences what the gate does without a network, and what
// a code proves there.
func (t teller) policy(a Account) []string {
	var said []string
	name := platformLabel(a.Platform)
	say := func(id string, places ...any) {
		if t.L.Has(id) {
			said = append(said, t.L.T(id, places...))
		}
	}
	say("accounts_proof_"+string(a.Platform), "Word", name)
	if a.NoList {
		say("accounts_ask_"+a.Ask+"_without", "Word", name)
		say("accounts_unlisted_"+t.unlisted(a)+"_without", "Word", name)
	} else {
		say("accounts_ask_"+a.Ask, "Word", name)
		say("accounts_unlisted_"+t.unlisted(a), "Word", name)
		if a.StaleAfter > 0 {
			say("accounts_stale", "Word", t.Span(a.StaleAfter))
		}
		if a.StaleRefuseAfter > 0 {
			say("accounts_stale_refuse", "Word", t.Span(a.StaleRefuseAfter))
		} else {
			say("accounts_stale_never")
		}
		if a.SweepEvery > 0 {
			say("accounts_sweep_every", "Word", t.Span(a.SweepEvery))
		}
	}
	return said
}

// unlisted tells apart what "admit" rests on: a good signature, or the form of
// a code that carries none.
func (t teller) unlisted(a Account) string {
	if a.Unlisted == "admit" && a.Platform == admission.BitTan {
		return "record"
	}
	return a.Unlisted
}

// events fills in what may be chosen.
func (t teller) events(ctx context.Context, a Account, v *accountView) {
	if id := "accounts_events_" + a.EventsFrom; t.L.Has(id) {
		v.EventsFrom = t.L.T(id)
	}
	v.EventsFixed = a.EventsFrom == "configuration"
	if t.s.opt.EventChoices == nil {
		return
	}
	choices, err := t.s.opt.EventChoices.EventChoices(ctx, a.Name)
	if err != nil {
		t.s.gap("events", err)
		v.EventsProblem = t.L.T("accounts_events_problem")
		return
	}
	if len(choices) == 0 && !v.EventsFixed {
		v.EventsFrom, v.EventsNone = "", t.L.T("accounts_events_none")
		if a.Platform == admission.Stebby {
			v.EventsNone = t.L.T("accounts_events_without", "Word", v.Platform)
		}
	}
	for i, c := range choices {
		if len(v.Events) >= eventsShown && !c.Chosen && !c.Served {
			v.EventsMore++
			continue
		}
		e := eventView{
			ID: c.ID, Name: c.Name, When: t.eventTime(c), Chosen: c.Chosen, Served: c.Served, Withdrawn: c.Withdrawn, Field: v.ID + "-event-" + strconv.Itoa(i),
		}
		if e.Name == "" {
			e.Name = c.ID
		}
		if c.Tickets > 0 {
			e.Tickets = t.L.N("accounts_event_tickets", c.Tickets)
		}
		v.Events = append(v.Events, e)
	}
}

// eventTime tells when an event is, in its own zone, which it names where that
// is not the station's.
func (t teller) eventTime(c EventChoice) string {
	if c.Start == nil {
		return ""
	}
	zone, named := t.zone, ""
	if c.Zone != "" {
		if z, err := time.LoadLocation(c.Zone); err == nil {
			zone = z
			if _, theirs := c.Start.In(z).Zone(); theirs != offset(*c.Start, t.zone) {
				named = " (" + c.Zone + ")"
			}
		}
	}
	start := c.Start.In(zone)
	text := start.Format(t.L.T("accounts_day_layout"))
	if c.End != nil && c.End.After(*c.Start) {
		end := c.End.In(zone)
		if sameDay(start, end) || end.Sub(start) < 20*time.Hour {
			text += "–" + end.Format("15:04")
		} else {
			text += " – " + end.Format(t.L.T("accounts_day_layout"))
		}
	}
	return text + named
}

// offset is how far a zone is from Greenwich at a moment.
func offset(at time.Time, zone *time.Location) int {
	_, seconds := at.In(zone).Zone()
	return seconds
}
