package main

import (
	"errors"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/fakeserver"
)

// booth is one pretended platform as the page plays with it: its server, the
// codes people hold up, and the box office behind it. Its methods may be called
// from any goroutine.
type booth interface {
	// Platform names the ticketing system.
	Platform() admission.PlatformName
	// Front is the server's network, its moods and its ledger.
	Front() *fakeserver.Front
	// Event is what the tickets are for, in the platform's own words.
	Event() string
	// Codes are the codes people hold up, those sold on the page first.
	Codes() ([]boothCode, error)
	// Sell sells one ticket now and gives the id of its code. The error wraps
	// errSoldOut when the page has sold enough.
	Sell() (string, error)
	// Do has the box office do one of the actions of a code. The error wraps
	// errNoCode or errNotNow where it cannot.
	Do(id, action string) error
	// Recorded is what the server has written down.
	Recorded() []figure
}

// boothCode is one code that somebody holds up.
type boothCode struct {
	ID      string // names the code in addresses: letters, digits and dashes
	Title   string
	Story   string // who this is, in a sentence
	Expect  string // what the gate should make of it
	Holder  string // empty where the platform knows no name
	Ticket  string // the ticket's identity at the platform; empty for codes of no ticket
	Code    string // the text that the reader reads
	State   string // for style sheets: valid, used, canceled, unpaid, expired or none
	Status  string // what the platform knows of it, in words
	Sold    bool   // on the page
	Key     string // under which the page remembers what the gate said
	Variant variant
	Actions []string
}

// figure is one line of what a server has written down.
type figure struct {
	Label string `json:"label"`
	Value int    `json:"value"`
	Alarm bool   `json:"alarm"` // there should be none of these
}

// Errors of booths.
var (
	errSoldOut = errors.New("sold out")
	errNoCode  = errors.New("no such code")
	errNotNow  = errors.New("the box office does not do that to a ticket in this state")
)

// The states of a ticket at its platform, for style sheets.
const (
	stateValid    = "valid"
	stateUsed     = "used"
	stateCanceled = "canceled"
	stateUnpaid   = "unpaid"
	stateInactive = "inactive"
	stateExpired  = "expired"
	stateNone     = "none" // the platform has no such ticket
)

// The actions of the box office on one ticket.
const (
	actCancel = "cancel"
	actScan   = "scan"   // somebody else uses it
	actUnscan = "unscan" // a use is taken back
	actPay    = "pay"
)

// isAction tells whether any box office does this.
func isAction(action string) bool {
	switch action {
	case actCancel, actScan, actUnscan, actPay:
		return true
	}
	return false
}

// sharedCode is a code that both platforms without signatures have sold: the
// station cannot know whose it is.
const sharedCode = "GALA2026"

// sharedID is the id of its code in the columns of both.
const sharedID = "shared"

// keyOf gives the key under which the page remembers what the gate said of a
// code that stands in one column only.
func keyOf(name admission.PlatformName, id string) string { return string(name) + "/" + id }

// hasSold tells whether another ticket may be sold after n.
func hasSold(n int) error {
	if n >= soldMax {
		return errSoldOut
	}
	return nil
}
