package main

import (
	"time"

	"gatescand/configs"
	"gatescand/device/pairing"
	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
)

// simSite is one platform with the hands that work on it: its box office, its
// other stations. What it says of tickets is the truth that the station's
// journal is held against.
type simSite interface {
	platform() admission.PlatformName
	fake() platformtest.Fake
	front() *fakeserver.Front
	traits() simTraits
	// account fills in what an account of this platform needs.
	account(c *configs.Account, vault *pairing.Vault) error
	// canon names a request in words that are the same in every run.
	canon(a fakeserver.Arrival) string
	// late is how long after the request a use may have its effect although
	// the client has given up, where the drawer claims to bear it.
	late(route string, h uint64) time.Duration

	// sell makes a ticket; false when there are no more.
	sell(how simSale) (*simTicket, bool)
	// crowd sells tickets whose holders never come: they make the list long.
	crowd(n int) []*simTicket
	// codes are texts that all name the ticket.
	codes(t *simTicket) [][]byte
	// forgeries are texts that look like codes of the ticket.
	forgeries(t *simTicket) [][]byte
	// truth is what the platform would say of the ticket now.
	truth(t *simTicket) simTruth
	// uses are the moments at which the platform has recorded uses by this
	// station.
	uses(t *simTicket) []time.Time

	// The hands. Each tells whether it could be done.
	useElsewhere(t *simTicket) bool
	useByHand(t *simTicket) bool
	reset(t *simTicket) bool
	cancel(t *simTicket) bool
	pay(t *simTicket) bool
	remove(t *simTicket) bool
	// lockOut makes the platform refuse this station's key, or take it again.
	lockOut(out bool) bool
}

// simTraits is what a platform is like, in the words of its sheet.
type simTraits struct {
	lists     bool // gives a list of tickets
	usable    bool // of usable ones only
	asks      bool // can be asked about one
	signs     bool
	takes     bool // takes uses
	validates bool // says afterwards whether a ticket is good
	resets    bool // a reset shows on the list
	doubtful  bool // cannot say whose use it was
}

// simSale is how a ticket is sold.
type simSale struct {
	unpaid, canceled, used bool
	otherEvent             bool
	forged                 bool // well made, but never issued
}

// simTruth is the platform's own word of a ticket.
type simTruth struct {
	known  bool
	status admission.Status
	used   bool
	event  string // "" where the platform does not tell
}

// simTicket is a ticket with its story at the platform and at this station.
type simTicket struct {
	key   admission.TicketKey
	label string
	site  simSite
	sale  simSale
	serve bool // its event is one that this station serves

	// The story at the platform, in the order of time.
	foreign, canceled, unpaid, removed, resets, paid []time.Time
	office                                           []time.Time // of foreign, those on the organiser's own page

	// The story here, as it was signalled.
	entries    int // since the last reset
	inside     bool
	left       bool      // has left since the last entry
	entered    time.Time // last
	epochBegan time.Time // first since the last reset
	boot       int       // of the box, when that was
	admitted   []*simAdmission
}

// simAdmission is an entry that was signalled.
type simAdmission struct {
	seq     int64
	id      string
	at      time.Time
	lane    string
	deliver bool // the platform has to hear of it
	byHand  bool
	reset   bool // taken back by the organiser
}

func (t *simTicket) last() *simAdmission {
	if len(t.admitted) == 0 {
		return nil
	}
	return t.admitted[len(t.admitted)-1]
}

// happened tells whether something of a story lies at or before a moment.
func happened(story []time.Time, by time.Time) bool {
	return len(story) > 0 && !story[0].After(by)
}
