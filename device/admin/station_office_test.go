package admin

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/scanner/admission"
)

// office is what a station keeps besides the journal of the tests: stories,
// events, pairing, and what a lane would say.
type office struct {
	*station

	mu       sync.Mutex
	stories  map[admission.TicketKey]Story
	choices  []EventChoice
	found    []FoundTicket
	asked    []string // searches
	chosen   []string
	undone   []string
	unpaired []string
	insisted bool
	checking map[string]bool
	whole    bool // the index
	strict   bool // the lanes let nobody in
	keptUse  bool // the platform has a use that was taken back here
	state    PairingState
	confirms []string
	wrong    error // what the stories and the events answer with
}

// newOffice gives a station of the middle of an evening with everything wired.
func newOffice(t *testing.T) (*office, Options) {
	t.Helper()
	o := &office{station: newStation(), stories: map[admission.TicketKey]Story{}, checking: map[string]bool{}, whole: true, state: PairingState{Phase: "idle"}}
	o.accounts[0] = officeAccount(o.accounts[0])
	start := scanTime().Add(2 * time.Hour)
	end := start.Add(3 * time.Hour)
	o.choices = []EventChoice{
		{ID: "evening", Name: "Nuit du jazz", Start: &start, End: &end, Zone: "Europe/Tallinn", Served: true, Tickets: 512},
		{ID: "later", Name: "Bal", Start: &end, Chosen: false, Tickets: 1},
		{ID: "gone", Name: "", Chosen: true, Withdrawn: true},
	}
	opt := o.options()
	opt.Tickets, opt.Stories, opt.Undoer, opt.EventChoices, opt.Lanes = o, o, o, o, o
	opt.Unpairer, opt.PairingDesk, opt.LaneChecks, opt.Ladder = o, o, o, o
	return o, opt
}

// officeAccount is the account of the tests as its configuration has it.
func officeAccount(a Account) Account {
	a.URL, a.Pairs, a.PairedName, a.Tenant, a.StationID = "https://lespass.example.org", true, "Gate 1", "Le Tiers-Lustre", "17"
	a.EventsFrom, a.Ask, a.Unlisted = "time", "unlisted", "hold"
	a.StaleAfter, a.SweepEvery = 30*time.Minute, 15*time.Minute
	return a
}

func (o *office) Lanes() []Lane {
	lanes := o.station.Lanes()
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range lanes {
		l := &lanes[i]
		l.Checking = o.checking[l.Name]
		l.HoldOff, l.Reentry = 3*time.Second, "never"
	}
	lanes[0].Passage = "gpio:gpiochip0/5"
	lanes[0].Signals = []Signal{
		{Verdict: "admit", Address: "gpio:gpiochip0/17?pulse=300ms"},
		{Verdict: "refuse", Address: "gpio:gpiochip0/27?pulse=800ms", Fault: "The line is held by another program: " + evilText},
	}
	return lanes
}

func (o *office) SearchTickets(_ context.Context, query string, limit int) ([]FoundTicket, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = append(o.asked, query)
	return o.found[:min(limit, len(o.found))], o.wrong
}

func (o *office) TicketsIndexed(context.Context) (bool, error) { return o.whole, nil }

func (o *office) TicketStory(_ context.Context, key admission.TicketKey) (Story, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	st, ok := o.stories[key]
	if !ok {
		return Story{}, ErrNotFound
	}
	return st, o.wrong
}

func (o *office) Undo(_ context.Context, seq int64, why admission.Override) (Scanned, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.undone = append(o.undone, why.By+": "+why.Note)
	c := admission.CheckIn{Seq: seq + 1, Lane: "north", Direction: admission.Entry, At: o.Now(), By: why.By, Note: why.Note, Recorded: true}
	return Scanned{CheckIn: c}, nil
}

func (o *office) EventChoices(context.Context, string) ([]EventChoice, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.choices), o.wrong
}

func (o *office) ChooseEvents(_ context.Context, _ string, ids []string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.chosen = ids
	for i := range o.choices {
		o.choices[i].Chosen = slices.Contains(ids, o.choices[i].ID)
	}
	o.accounts[0].EventsFrom = "staff"
	return nil
}

func (o *office) Unpair(_ context.Context, account string, insist bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.accounts[0].Pending > 0 && !insist {
		return &Error{Status: http.StatusConflict, Code: "outbox_not_empty", Message: "Check-ins are still to be delivered.", Hint: "Wait, or insist."}
	}
	o.unpaired, o.insisted = append(o.unpaired, account), insist
	o.accounts[0].Paired, o.accounts[0].State = false, "unpaired"
	return nil
}

func (o *office) SetChecking(_ context.Context, lane string, on bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.checking[lane] = on
	return nil
}

// WouldSay refuses what was used, and lets in the rest.
func (o *office) WouldSay(_ context.Context, lane string, key admission.TicketKey) (Scanned, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := admission.CheckIn{Lane: lane, Direction: admission.Entry, At: o.Now()}
	c.Ticket, c.Verdict, c.Reason, c.Grounds = key, admission.Admit, admission.ReasonAdmitted, admission.GroundsListed
	if st := o.stories[key]; o.strict || st.Presence.Entries > 0 {
		e := st.Presence.LastEntry
		c.Verdict, c.Reason, c.Grounds = admission.Refuse, admission.ReasonAlreadyRedeemed, ""
		c.Previous = &admission.Use{At: e.At.Wall, Lane: e.Lane, Station: e.Station, By: e.By}
	}
	return Scanned{CheckIn: c, Undone: o.keptUse}, nil
}

func (o *office) PairingState() PairingState {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.state
}

func (o *office) set(s PairingState) PairingState {
	o.mu.Lock()
	o.state = s
	o.mu.Unlock()
	o.hub.Pairing(s)
	return s
}

func (o *office) Arm(by string) PairingState {
	return o.set(PairingState{Phase: "armed", ArmedBy: by, Until: new(scanTime().Add(2 * time.Minute))})
}

func (o *office) Disarm() PairingState { return o.set(PairingState{Phase: "idle"}) }

func (o *office) Confirm(_ context.Context, host string) (PairingState, error) {
	o.mu.Lock()
	o.confirms = append(o.confirms, host)
	o.mu.Unlock()
	return o.set(PairingState{Phase: "paired", Host: host, Account: "lespass", Name: "Gate 1", Tenant: "Le Tiers-Lustre"}), nil
}

// ticket makes a ticket of the account of the tests.
func (o *office) ticket(id, holder string, edit ...func(*FoundTicket)) FoundTicket {
	t := FoundTicket{EventName: "Nuit du jazz"}
	t.TicketKey = admission.TicketKey{Account: "lespass", ID: id}
	t.Event, t.Product, t.Price, t.Status, t.Holder, t.Order = "evening", "Concert", "Plein tarif", admission.StatusValid, holder, "R-1"
	for _, e := range edit {
		e(&t)
	}
	return t
}

// entered gives a ticket one entry at lane north, ago before the present.
func (o *office) entered(ago time.Duration) func(*FoundTicket) {
	at := o.Now()
	at.Wall, at.SinceBoot = at.Wall.Add(-ago), at.SinceBoot-ago
	return func(t *FoundTicket) {
		t.Presence = t.Presence.Fold(admission.Passage{Seq: 3, At: at, Direction: admission.Entry, Station: "Main entrance", Lane: "north", By: admission.Here})
	}
}

// dispute is a ticket that came in, was shown again, and is argued about.
func (o *office) dispute(holder string) Story {
	st := Story{FoundTicket: o.ticket("t/1", holder, o.entered(10*time.Minute)), Listed: true, Undoable: 3, UndoTells: "kept"}
	in := admission.CheckIn{
		ID: "01A", Seq: 3, Station: "Main entrance", Lane: "north", Direction: admission.Entry, At: st.Presence.LastEntry.At,
		Delivery: admission.DeliveryDone, Passing: admission.PassingDone, Recorded: true,
	}
	in.Verdict, in.Reason, in.Grounds, in.Platform, in.Ticket = admission.Admit, admission.ReasonAdmitted, admission.GroundsListed, admission.TiBillet, st.TicketKey
	again := in
	again.ID, again.Seq, again.Delivery, again.Passing, again.At = "01B", 9, admission.DeliveryNone, "", o.Now()
	again.Verdict, again.Reason, again.Grounds = admission.Refuse, admission.ReasonAlreadyRedeemed, ""
	again.Previous = &admission.Use{At: in.At.Wall, Lane: "north", Station: "Main entrance", By: admission.Here}
	st.CheckIns = []admission.CheckIn{in, again}
	o.mu.Lock()
	o.stories[st.TicketKey] = st
	o.mu.Unlock()
	return st
}

// says fails unless a page says every one of some texts, and none of the others.
func says(t *testing.T, page string, wanted, unwanted []string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(page, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
	for _, w := range unwanted {
		if strings.Contains(page, w) {
			t.Errorf("the page says %q", w)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}

func inEnglish(r *http.Request) { r.Header.Set("Accept-Language", "en") }
