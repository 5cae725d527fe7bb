package main

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatescand/sync/platform/platformtest/faketibillet"
)

// card is one person in the queue: a code and what makes it worth holding.
type card struct {
	ID      string // names the card in addresses: letters, digits and dashes
	Group   string // a heading of the queue
	Title   string
	Story   string // who this is, in a sentence
	Expect  string // what the gate should make of it
	Ticket  string // the ticket's UUID; empty for codes of no ticket
	Variant variant
	Text    string // the code itself where there is no ticket
}

// The headings of the queue.
const (
	groupDoor  = "At the door tonight"
	groupTrick = "Copies and tricks"
	groupOther = "Not a ticket at all"
	groupSold  = "Sold a moment ago"
)

// ErrCast says that an evening lacks a ticket that the queue needs.
var ErrCast = errors.New("the evening has no ticket for a card of the queue")

// role is a card before its ticket has been found.
type role struct {
	card
	event  string // whose tickets to look among
	status faketibillet.Status
	byGate bool   // used by another gate, not by hand
	like   string // takes the ticket of this earlier card instead
}

// chooseCast finds a ticket of the evening for every card of the queue. Cards
// of their own ticket never share one; names that would distract are passed over.
func chooseCast(e *faketibillet.Evening) ([]card, error) {
	tickets := map[string][]faketibillet.Ticket{e.Tonight: e.Tickets(e.Tonight), e.Later: e.Tickets(e.Later)}
	taken := map[string]bool{}
	byID := map[string]string{}
	var cast []card
	for _, r := range roles(e) {
		switch {
		case r.Text != "":
		case r.like != "":
			r.Ticket = byID[r.like]
		default:
			r.Ticket = find(tickets[r.event], taken, r)
		}
		if r.Ticket == "" && r.Text == "" {
			return nil, fmt.Errorf("card %s: %w", r.ID, ErrCast)
		}
		taken[r.Ticket] = true
		byID[r.ID] = r.Ticket
		cast = append(cast, r.card)
	}
	return cast, nil
}

func find(tickets []faketibillet.Ticket, taken map[string]bool, r role) string {
	for _, t := range tickets {
		if !taken[t.UUID] && t.Status == r.status && (t.ScannedBy != "") == r.byGate && isPlainName(t.FirstName) && isPlainName(t.LastName) {
			return t.UUID
		}
	}
	return ""
}

// isPlainName tells whether a name is of letters and what joins them.
func isPlainName(name string) bool {
	joins := func(r rune) bool { return unicode.Is(unicode.Latin, r) || r == ' ' || r == '-' || r == '\'' }
	n := utf8.RuneCountInString(name)
	return n > 1 && n <= 24 && strings.IndexFunc(name, func(r rune) bool { return !joins(r) }) < 0
}

// roles gives the cards in the order of the queue.
func roles(e *faketibillet.Evening) []role {
	const wifi, boarding, script = "WIFI:T:WPA;S:Salle des Fetes;P:bienvenue;;",
		"M1FONTAINE/LEA       E7XK2QP CDGRUNAF 0652 325Y021A0042 100",
		`"><script>alert("open the gate")</script>`
	tonight, later := e.Tonight, e.Later
	return []role{
		{
			card:  card{ID: "paid", Group: groupDoor, Title: "A paid ticket", Story: "Bought in time, first time at the door.", Expect: "Welcome, once. Held again later: already used."},
			event: tonight, status: faketibillet.Valid,
		},
		{
			card:  card{ID: "paid-2", Group: groupDoor, Title: "Another paid ticket", Story: "Like the first. Keep this one for when the network is cut.", Expect: "Welcome, with or without a network."},
			event: tonight, status: faketibillet.Valid,
		},
		{
			card:  card{ID: "used-gate", Group: groupDoor, Title: "Used at the south gate", Story: "Let in earlier this evening by another scanner.", Expect: "Already used. The list says so, no network needed."},
			event: tonight, status: faketibillet.Scanned, byGate: true,
		},
		{
			card:  card{ID: "used-office", Group: groupDoor, Title: "Used at the box office", Story: "Ticked off by hand at the counter.", Expect: "Already used."},
			event: tonight, status: faketibillet.Scanned,
		},
		{
			card:  card{ID: "canceled", Group: groupDoor, Title: "Canceled", Story: "Money back last week, but the PDF is still on the phone. Its signature is good.", Expect: "Refused: canceled. The platform itself would let it pass."},
			event: tonight, status: faketibillet.Canceled,
		},
		{
			card:  card{ID: "unpaid", Group: groupDoor, Title: "Never paid", Story: "Left the checkout before paying.", Expect: "Refused: not paid. Take the payment, fetch the list, hold it again."},
			event: tonight, status: faketibillet.Created,
		},
		{
			card:  card{ID: "inactive", Group: groupDoor, Title: "E-mail not confirmed", Story: "Reserved, but never clicked the link in the mail.", Expect: "Refused: not paid or confirmed."},
			event: tonight, status: faketibillet.Inactive,
		},
		{
			card:  card{ID: "other-event", Group: groupDoor, Title: "Next week's event", Story: "Right house, wrong evening.", Expect: "Refused: another event, and which."},
			event: later, status: faketibillet.Valid,
		},
		{
			card: card{ID: "reprint", Group: groupTrick, Title: "The first ticket, printed again", Story: "Same ticket, new signature: the text of the code is a different one.", Expect: "Already used once the first was let in, and the other way round.", Variant: reprinted},
			like: "paid",
		},
		{
			card: card{ID: "recoded", Group: groupTrick, Title: "The first ticket, re-encoded", Story: "The same bytes written in another alphabet.", Expect: "The same ticket again: already used after the first.", Variant: recoded},
			like: "paid",
		},
		{
			card:  card{ID: "forged", Group: groupTrick, Title: "Forged: one bit changed", Story: "A paid ticket's code with one bit of the signature turned.", Expect: "Refused: not genuine.", Variant: forged},
			event: tonight, status: faketibillet.Valid,
		},
		{
			card: card{ID: "padding", Group: groupTrick, Title: "A bit that should not matter", Story: "Changed where base64 carries nothing. A careless decoder sees no difference.", Expect: "Refused: not as the platform writes it.", Variant: padded},
			like: "forged",
		},
		{
			card: card{ID: "unsigned", Group: groupTrick, Title: "Without a signature", Story: "The ticket's number alone, as anybody could type it.", Expect: "Refused: not genuine.", Variant: plain},
			like: "forged",
		},
		{card: card{ID: "boarding-pass", Group: groupOther, Title: "Code of another system", Story: "A boarding pass. People hold up whatever is open on their phone.", Expect: "Refused: not a ticket code.", Text: boarding}},
		{card: card{ID: "wifi", Group: groupOther, Title: "Screenshot of a Wi-Fi code", Story: "The poster next to the bar.", Expect: "Refused: not a ticket code.", Text: wifi}},
		{card: card{ID: "script", Group: groupOther, Title: "A code that attacks", Story: "Markup meant for the screen of whoever looks.", Expect: "Refused, shown as text, nothing runs.", Text: script}},
	}
}

// soldCard is the card of a ticket sold on the page.
func soldCard(ticket string) card {
	return card{
		ID: "sold-" + ticket, Group: groupSold, Title: "Sold after the last list", Ticket: ticket,
		Story:  "Bought on the way here. The station's list may be older than the ticket.",
		Expect: "Network up: the platform vouches for it. Cut: the signature is good, but a person decides.",
	}
}
