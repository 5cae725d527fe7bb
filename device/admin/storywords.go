package admin

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gatescand/scanner/admission"
)

// teller puts the story of a ticket into words.
type teller struct {
	frame

	s *Server
}

// platformLabel is a platform's name as it writes it itself.
func platformLabel(p admission.PlatformName) string {
	switch p {
	case admission.TiBillet:
		return "TiBillet"
	case admission.TicketSonic:
		return "TicketSonic"
	case admission.Stebby:
		return "Stebby"
	case admission.BitTan:
		return "BitTan"
	}
	return string(p)
}

// moment tells when something was, as a part of a sentence: at 20:14:03, or on
// 20 Nov, 19:02.
func (t teller) moment(at time.Time) string {
	if sameDay(at.In(t.zone), t.now.Wall.In(t.zone)) {
		return t.L.T("story_at", "Word", t.When(at))
	}
	return t.L.T("story_on", "Word", t.When(at))
}

// summary says in a few sentences what happened last and who knows of it.
func (t teller) summary(st Story) []string {
	var said []string
	rows := newestFirst(st.CheckIns)
	refused, last := 0, admission.CheckIn{}
	for _, c := range rows {
		switch {
		case c.Passes():
			said = append(said, t.passing(st, c)...)
		case c.Verdict == admission.Admit, c.Direction == admission.Undo: // a check changes nothing, and the entry tells of its undo
			continue
		default:
			if refused++; refused == 1 {
				last = c
			}
			continue
		}
		break
	}
	if len(said) == 0 {
		said = append(said, t.unused(st))
	}
	if refused > 0 {
		said = append(said, t.L.N("story_refused", refused, "When", t.moment(last.At.Wall), "Lane", last.Lane, "Word", Headline(t.L, last)))
	}
	return said
}

// passing tells of the last time that somebody went through with the ticket.
func (t teller) passing(st Story, c admission.CheckIn) []string {
	when := t.moment(c.At.Wall)
	var said []string
	switch {
	case c.Direction == admission.Exit:
		said = append(said, t.L.T("story_left", "When", when, "Lane", c.Lane))
	case c.Grounds == admission.GroundsOverride:
		said = append(said, t.L.T("story_by_hand", "When", when, "Lane", c.Lane))
	default:
		said = append(said, t.L.T("story_by_code", "When", when, "Lane", c.Lane))
	}
	if c.Note != "" {
		said = append(said, t.L.T("story_note", "Word", c.Note))
	}
	if id := "story_told_" + string(c.Delivery); t.L.Has(id) {
		said = append(said, t.L.T(id, "Word", platformLabel(c.Platform)))
	}
	if id := "story_passage_" + string(c.Passing); c.Passing != "" && t.L.Has(id) {
		said = append(said, t.L.T(id))
	}
	for _, x := range st.Resets {
		if x.Seq == c.Seq && x.By != "" {
			if st.Presence.Entries > 0 {
				return append(said, t.L.T("story_undone_still", "When", t.moment(x.At.Wall)))
			}
			return append(said, t.L.T("story_undone", "When", t.moment(x.At.Wall)))
		}
		if x.Seq == c.Seq {
			return append(said, t.L.T("story_reset", "When", t.moment(x.At.Wall), "Word", platformLabel(c.Platform)))
		}
	}
	return said
}

// unused tells of a ticket with which nobody went through here.
func (t teller) unused(st Story) string {
	switch {
	case st.Used && st.UsedAt.IsZero():
		return t.L.T("story_platform_used")
	case st.Used:
		return t.L.T("story_platform_used_when", "When", t.moment(st.UsedAt))
	case len(st.CheckIns) == 0:
		return t.L.T("story_never_shown")
	}
	return t.L.T("story_never_used")
}

// row is one check-in for the table.
func (t teller) row(c admission.CheckIn) storyRow {
	d := t.s.present.decision(Scanned{CheckIn: c}, t.L)
	row := storyRow{
		Seq: c.Seq, When: t.When(c.At.Wall), Lane: c.Lane, Verdict: d.Verdict, Word: t.L.T(d.Verdict), Headline: d.Headline, Detail: d.Detail,
		By: c.By, Note: c.Note,
	}
	if id := string(c.Direction); t.L.Has(id) {
		row.Direction = t.L.T(id)
	}
	if c.Direction == admission.Undo {
		row.Verdict, row.Word, row.Direction = "idle", row.Direction, ""
	}
	if id := "delivery_" + string(c.Delivery); t.L.Has(id) {
		row.Delivery = t.L.T(id)
	}
	if id := "story_passage_" + string(c.Passing); c.Passing != "" && t.L.Has(id) {
		row.Passage = t.L.T(id)
	}
	return row
}

func (t teller) reset(x Reset) resetRow {
	row := resetRow{When: t.When(x.At.Wall), Who: x.By, Why: x.Why}
	if row.Who == "" {
		row.Who = t.L.T("story_by_platform")
	}
	return row
}

func (t teller) conflict(c admission.Conflict) conflictSides {
	out := conflictSides{ID: c.ID, Theirs: c.Theirs, Remedy: c.Remedy, Note: c.Note, Resolved: c.Resolved}
	if !c.OurAt.IsZero() {
		out.Ours = t.L.T("story_ours_at", "When", t.moment(c.OurAt.Wall), "Lane", c.OurLane)
	}
	if !c.TheirAt.IsZero() {
		out.Theirs = strings.TrimSpace(out.Theirs + " (" + t.When(c.TheirAt) + ")")
	}
	return out
}

// facts lists what the list says of the ticket, and how old that is.
func (t teller) facts(ctx context.Context, st Story) []fact {
	var out []fact
	add := func(id, value string) {
		if value != "" {
			out = append(out, fact{t.L.T(id), value})
		}
	}
	event := st.EventName
	if event == "" {
		event = st.Event
	}
	if t.s.opt.ShowNames {
		add("story_holder", st.Holder)
	}
	add("story_product", wares(st.Ticket))
	add("story_event", event)
	add("story_order", st.Order)
	add("story_number", st.ID)
	if st.Uses() > 1 {
		add("story_uses", t.L.T("story_uses_of", "Word", strconv.Itoa(st.Presence.Entries), "Other", strconv.Itoa(st.Uses())))
	}
	from, until := st.Window.Bounds()
	if !from.IsZero() {
		add("story_from", t.When(from))
	}
	if !until.IsZero() {
		add("story_until", t.When(until))
	}
	if st.Used {
		add("story_platform_says", useOf(t.L, admission.Use{At: st.UsedAt, Station: st.UsedBy, By: admission.ByPlatform}, t.now.Wall, t.zone))
	}
	account := st.Account
	if list := t.list(ctx, st.Account); list != "" {
		account += ". " + list
	}
	add("story_account", account)
	return out
}

// list says how far the list of an account reaches, "" where nobody knows.
func (t teller) list(ctx context.Context, account string) string {
	if t.s.opt.Accounts == nil {
		return ""
	}
	accounts, err := t.s.opt.Accounts.Accounts(ctx)
	t.s.gap("accounts", err)
	for _, a := range accounts {
		if a.Name == account {
			return listReach(t.frame, a)
		}
	}
	return ""
}
