package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gatescand/scanner/admission"
)

// lanesView is every lane with what can be done to it.
type lanesView struct{ Lanes []laneView }

// laneView is one lane in words.
type laneView struct {
	Name      string
	ID        string // for the elements of the page
	API       string // path of its calls
	Display   string // path of its big screen
	Direction string
	Open      bool
	Checking  bool
	CanCheck  bool // it can be turned to checking only
	State     string
	Shape     string
	Reader    Reader
	Reading   string // how its reader is
	ReaderOK  string // ok, warning or critical
	Facts     []fact
	Signals   []signalView
}

// signalView is one output of a lane in words.
type signalView struct{ Verdict, Word, Address, Fault string }

// lanePages is seeing the lanes and what staff do to them.
func (s *Server) lanePages(on registrar) {
	on.page("GET /lanes", RoleStaff, s.lanesPage)
}

// lanesLabels are the words of the script of the lanes.
func lanesLabels() []string {
	return []string{
		"admit", "refuse", "hold", "lanes_open", "lanes_closed", "lanes_checking", "lanes_would", "lanes_was", "lanes_repeat",
		"reader_up", "reader_waiting", "reader_fault", "reader_virtual",
	}
}

func (s *Server) lanesPage(w http.ResponseWriter, r *http.Request) {
	var v lanesView
	if s.opt.Lanes != nil {
		t := teller{frame{L: s.language(r), now: s.stamp(), zone: s.present.zone}, s}
		for i, l := range s.opt.Lanes.Lanes() {
			v.Lanes = append(v.Lanes, t.lane(i, l))
		}
	}
	s.show(w, r, http.StatusOK, sheet{name: "lanes", script: "lanes", labels: lanesLabels(), body: v})
}

func (t teller) lane(i int, l Lane) laneView {
	v := laneView{
		Name: l.Name, ID: "lane-" + strconv.Itoa(i), API: "/api/v1/lanes/" + url.PathEscape(l.Name), Display: "/display/" + url.PathEscape(l.Name),
		Direction: string(l.Direction), Open: l.Open, Checking: l.Checking, Reader: l.Reader, Reading: l.Reader.Detail,
		CanCheck: t.s.opt.LaneChecks != nil && l.Direction != admission.Check,
	}
	if t.L.Has(v.Direction) {
		v.Direction = t.L.T(v.Direction)
	}
	switch {
	case !l.Open:
		v.State, v.Shape = t.L.T("lanes_closed"), "refuse"
	case l.Checking:
		v.State, v.Shape = t.L.T("lanes_checking"), "hold"
	default:
		v.State, v.Shape = t.L.T("lanes_open"), "admit"
	}
	if id := "reader_" + l.Reader.State; v.Reading == "" && t.L.Has(id) {
		v.Reading = t.L.T(id)
	}
	switch l.Reader.State {
	case ReaderUp, ReaderVirtual:
		v.ReaderOK = "ok"
	case ReaderWaiting:
		v.ReaderOK = "warning"
	default:
		v.ReaderOK = "critical"
	}
	v.Facts = t.laneFacts(l)
	for _, o := range l.Signals {
		x := signalView{Verdict: o.Verdict, Word: o.Verdict, Address: o.Address, Fault: o.Fault}
		if t.L.Has(o.Verdict) {
			x.Word = t.L.T(o.Verdict)
		}
		v.Signals = append(v.Signals, x)
	}
	return v
}

// laneFacts says what the configuration says of a lane.
func (t teller) laneFacts(l Lane) []fact {
	served := func(names []string) string {
		if len(names) == 0 {
			return t.L.T("lanes_all")
		}
		return strings.Join(names, ", ")
	}
	facts := []fact{
		{t.L.T("lanes_accounts"), served(l.Accounts)},
		{t.L.T("lanes_products"), served(l.Products)},
	}
	if l.HoldOff > 0 {
		facts = append(facts, fact{t.L.T("lanes_hold_off"), t.L.T("lanes_hold_off_text", "Word", t.Span(l.HoldOff))})
	}
	if l.Direction == admission.Entry && l.Reentry != "" {
		facts = append(facts, fact{t.L.T("lanes_reentry"), t.reentry(l.Reentry)})
	}
	if l.Passage != "" {
		facts = append(facts, fact{t.L.T("lanes_passage"), l.Passage})
	}
	return facts
}

// reentry says a rule of re-entry in words: never, after-exit, after 10m or
// unlimited.
func (t teller) reentry(rule string) string {
	if after, ok := strings.CutPrefix(rule, "after "); ok {
		return t.L.T("lanes_reentry_after", "Word", after)
	}
	if id := "lanes_reentry_" + strings.ReplaceAll(rule, "-", "_"); t.L.Has(id) {
		return t.L.T(id)
	}
	return rule
}
