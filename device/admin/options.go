package admin

import (
	"context"
	"log/slog"
	"net/netip"
	"time"
)

// Options is everything a [Server] needs. Only Token, Now and Hub are
// required; a part that is nil is answered with 501 and left empty in the
// status.
type Options struct {
	Version  string // of the program
	Station  string // the name of this place
	Language string // what people at the door read: en, fr or de
	// Place, where given, tells the name and the language as they are now, in the
	// place of Station and Language.
	Place func() (station, language string)
	Zone  *time.Location
	// Token opens the page and the API: the content of the file api-token.
	Token string
	// Access holds the passwords and the set-up code; without it the token alone
	// opens the page.
	Access *Access
	// Hosts are the names, besides loopback names and plain addresses, under
	// which browsers may reach this server; without port. Others are answered
	// with 421, which defeats DNS rebinding.
	Hosts []string
	// Networks gives the networks this box stands in, as they are now: addresses
	// of IPv6 out of them count one by one, those out of others 2^64 at a time.
	Networks func() []netip.Prefix
	// MetricsPublic serves /metrics to more than loopback.
	MetricsPublic bool
	// ShowNames lets staff see holders' names. It never applies to a display.
	ShowNames bool

	Log *slog.Logger
	// Now is the clock for time-outs and sessions: time.Now.
	Now func() time.Time
	// Ready gives the reasons, in plain words without secrets, why a scan would
	// not be decided and recorded now; none when it would.
	Ready func(ctx context.Context) []string
	// EventName gives the name of an event for people, "" where unknown.
	EventName func(account, event string) string
	// PageURLs gives the addresses under which other devices reach the page, the
	// likeliest first; none where only this box does.
	PageURLs func() []string

	Hub         *Hub
	Metrics     *Metrics
	Clock       Clock
	Journal     Journal
	Lanes       Lanes
	LaneControl LaneControl
	Overrides   Overrides
	Accounts    Accounts
	Conditions  Conditions
	Tickets     Tickets
	Conflicts   Conflicts
	Outbox      Outbox
	Pairing     Pairing

	JournalSearch JournalSearch
	Stories       Stories
	Ladder        Ladder
	Undoer        Undoer
	LaneChecks    LaneChecks
	EventChoices  EventChoices
	Unpairer      Unpairer
	PairingDesk   PairingDesk
	Health        Health
	Settings      Settings
	Cards         Cards
	Setup         Setup
}
