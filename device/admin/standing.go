package admin

import (
	"context"
	"slices"

	"gatescand/device/admin/words"
	"gatescand/scanner/admission"
)

// ticketStanding says in a shape, a word and a sentence how a ticket stands. It
// is what the lists and the journal say; whether a lane lets it in is for the
// rules of the door, see [Ladder].
type ticketStanding struct {
	Shape string // admit, refuse, hold or idle
	Word  string
	More  string
}

// standing looks at a ticket in the order of the ladder.
func (s *Server) standing(ctx context.Context, sp words.Speaker, t FoundTicket, served servedEvents) ticketStanding {
	say := func(shape, id, more string) ticketStanding {
		return ticketStanding{Shape: shape, Word: sp.T(id), More: more}
	}
	switch t.Status {
	case admission.StatusRevoked:
		return say("refuse", "tickets_revoked", sp.T("reason_revoked_more"))
	case admission.StatusCanceled:
		return say("refuse", "tickets_canceled", sp.T("reason_canceled_more"))
	case admission.StatusUnpaid:
		return say("refuse", "tickets_unpaid", sp.T("reason_unpaid_more"))
	case admission.StatusValid, admission.StatusUnclear:
	}
	if served.other(t.Ticket) {
		name := t.EventName
		if name == "" {
			name = t.Event
		}
		return say("refuse", "tickets_other_event", sp.T("about_event", "Word", name))
	}
	use := s.lastUse(sp, t)
	switch {
	case t.Presence.Entries > 0 && t.Presence.Entries < t.Uses():
		return say("admit", "tickets_partly", use)
	case t.Presence.Inside:
		return say("refuse", "tickets_inside", use)
	case t.Presence.Entries > 0 && !t.Presence.LastExit.IsZero():
		return say("hold", "tickets_left", use)
	case t.Presence.Entries == 0 && (t.Used || t.Gone) && s.entersAgain(ctx, t.TicketKey):
		return say("admit", "tickets_may_enter", sp.T("tickets_undone"))
	case t.Presence.Entries > 0, t.Used && !t.Gone:
		return say("refuse", "tickets_used", use)
	case t.Gone:
		return say("hold", "tickets_gone", sp.T("tickets_gone_more"))
	case t.Status == admission.StatusValid:
		return say("admit", "tickets_may_enter", "")
	}
	return say("hold", "tickets_unclear", sp.T("tickets_unclear_more"))
}

// entersAgain tells whether the platform keeps a use of the ticket that was taken
// back here, and some lane would let it in all the same.
func (s *Server) entersAgain(ctx context.Context, key admission.TicketKey) bool {
	if s.opt.Ladder == nil {
		return false
	}
	for _, l := range s.entriesOf(key) {
		scan, err := s.opt.Ladder.WouldSay(ctx, l.Name, key)
		s.gap("ladder", err)
		if err == nil && !scan.Undone {
			return false
		}
		if err == nil && scan.Verdict == admission.Admit {
			return true
		}
	}
	return false
}

// entriesFor names the lanes that let people in with a ticket now: those of its
// account, without those that are turned to checking only.
func (s *Server) entriesFor(key admission.TicketKey) []string {
	var names []string
	for _, l := range s.entriesOf(key) {
		if !l.Checking {
			names = append(names, l.Name)
		}
	}
	return names
}

// entriesOf gives the entry lanes that serve the account of a ticket.
func (s *Server) entriesOf(key admission.TicketKey) []Lane {
	if s.opt.Lanes == nil {
		return nil
	}
	return slices.DeleteFunc(s.opt.Lanes.Lanes(), func(l Lane) bool {
		return l.Direction != admission.Entry || len(l.Accounts) > 0 && !slices.Contains(l.Accounts, key.Account)
	})
}

// lastUse tells of the last use, here or by the platform's word; "" for none.
func (s *Server) lastUse(sp words.Speaker, t FoundTicket) string {
	now := s.stamp().Wall
	if e := t.Presence.LastEntry; !e.IsZero() {
		return useOf(sp, admission.Use{At: e.At.Wall, Station: e.Station, Lane: e.Lane, By: e.By}, now, s.present.zone)
	}
	if t.Used {
		return useOf(sp, admission.Use{At: t.UsedAt, Station: t.UsedBy, By: admission.ByPlatform}, now, s.present.zone)
	}
	return ""
}

// servedEvents knows for each account which events the gate is for. An account
// that is not in it serves all, as far as anybody knows.
type servedEvents map[string]map[string]bool

// other tells whether a ticket is for an event that is not served.
func (e servedEvents) other(t admission.Ticket) bool {
	events, known := e[t.Account]
	return known && t.Event != "" && !events[t.Event]
}

// servedEvents asks for the events of the accounts of some tickets.
func (s *Server) servedEvents(ctx context.Context, tickets []FoundTicket) servedEvents {
	served := make(servedEvents)
	if s.opt.EventChoices == nil {
		return served
	}
	asked := make(map[string]bool)
	for _, t := range tickets {
		if asked[t.Account] {
			continue
		}
		asked[t.Account] = true
		choices, err := s.opt.EventChoices.EventChoices(ctx, t.Account)
		s.gap("events", err)
		events := make(map[string]bool)
		for _, c := range choices {
			if c.Served {
				events[c.ID] = true
			}
		}
		if len(events) > 0 {
			served[t.Account] = events
		}
	}
	return served
}
