package admin

import (
	"time"

	"gatescand/device/admin/words"
	"gatescand/scanner/admission"
)

// Decision is the HTTP form of one scan's answer and of one journal row.
type Decision struct {
	ID        string    `json:"id"`
	Seq       int64     `json:"seq"` // 0 when not recorded
	At        time.Time `json:"at"`
	Station   string    `json:"station"`
	Lane      string    `json:"lane"`
	Direction string    `json:"direction"`
	Verdict   string    `json:"verdict"`
	Reason    string    `json:"reason"`
	Grounds   string    `json:"grounds"`
	Message   string    `json:"message"` // for whoever stands at the door, in the station's language
	Account   string    `json:"account"`
	Platform  string    `json:"platform"`
	Ticket    *Ticket   `json:"ticket"`   // null when no ticket was identified
	Previous  *Previous `json:"previous"` // null unless the ticket was used before
	ListAge   *int64    `json:"list_age_s"`
	Took      *int64    `json:"took_us,omitempty"` // absent in rows of the journal
	Recorded  bool      `json:"recorded"`
	Repeat    bool      `json:"repeat,omitempty"`
	Delivery  string    `json:"delivery"`
	Passage   string    `json:"passage,omitempty"` // passed, not_passed or unknown; absent where no contact tells
	By        string    `json:"by,omitempty"`
	Note      string    `json:"note,omitempty"`
	Rung      int       `json:"rung,omitempty"`
	Steps     []Step    `json:"steps,omitempty"` // with ?explain=1

	// For staff, in the language of the request.
	Headline string `json:"headline"`
	Detail   string `json:"detail"`
	Time     string `json:"time"` // of day, in the station's zone
}

// Ticket is what a decision says of its ticket.
type Ticket struct {
	ID        string `json:"id"`
	Event     string `json:"event"`
	EventName string `json:"event_name,omitempty"`
	Product   string `json:"product"`
	Holder    string `json:"holder"`
}

// Previous names the earlier use of a ticket.
type Previous struct {
	At      *time.Time `json:"at"` // null where nobody knows
	Station string     `json:"station"`
	Lane    string     `json:"lane"`
	By      string     `json:"by"` // here, other or platform
}

// Step is one rung of the ladder as it was walked.
type Step struct {
	Rung   int    `json:"rung"`
	Name   string `json:"name"`
	Result string `json:"result"`
}

// presenter gives decisions their HTTP form.
type presenter struct {
	door      func() words.Speaker
	zone      *time.Location
	showNames bool
	eventName func(account, event string) string
}

// decision presents one answer for staff whom lang speaks to.
func (p presenter) decision(s Scanned, lang words.Speaker) Decision {
	c := s.CheckIn
	d := Decision{
		ID: c.ID, Seq: c.Seq, At: c.At.Wall, Station: c.Station, Lane: c.Lane,
		Direction: string(c.Direction), Verdict: string(c.Verdict), Reason: string(c.Reason), Grounds: string(c.Grounds),
		Message: Message(p.door(), c), Account: c.Ticket.Account, Platform: string(c.Platform),
		ListAge: listAge(c.Decision), Recorded: c.Recorded, Repeat: s.Repeat, Delivery: string(c.Delivery),
		Passage: string(c.Passing), By: c.By, Note: c.Note, Rung: c.Rung,
	}
	if d.Delivery == "" {
		d.Delivery = string(admission.DeliveryNone)
	}
	if s.Took > 0 {
		d.Took = new(s.Took.Microseconds())
	}
	if c.Ticket.ID != "" {
		d.Ticket = &Ticket{ID: c.Ticket.ID, Event: c.Event, EventName: p.event(c.Ticket.Account, c.Event), Product: c.Product}
		if p.showNames {
			d.Ticket.Holder = c.Holder
		}
	}
	if c.Previous != nil {
		d.Previous = previous(*c.Previous)
	}
	for _, st := range s.Steps {
		d.Steps = append(d.Steps, Step{Rung: st.Rung, Name: st.Name, Result: string(st.Result)})
	}
	d.Headline = Headline(lang, c)
	d.Detail = Detail(lang, c, p.event(c.Ticket.Account, c.Event), p.zone)
	if !c.At.Wall.IsZero() {
		d.Time = c.At.Wall.In(p.zone).Format(time.TimeOnly)
	}
	return d
}

func (p presenter) event(account, event string) string {
	if p.eventName == nil || event == "" {
		return ""
	}
	return p.eventName(account, event)
}

func previous(u admission.Use) *Previous {
	return &Previous{At: moment(u.At), Station: u.Station, Lane: u.Lane, By: string(u.By)}
}

func listAge(d admission.Decision) *int64 {
	if !d.ListAgeKnown {
		return nil
	}
	return new(int64(d.ListAge / time.Second))
}

// moment is t for JSON: null where it is not known.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}
