package admin

import (
	"context"
	"log/slog"
	"time"
)

// Options is everything a [Server] needs. Only Token, Now and Hub are
// required; a part that is nil is answered with 501 and left empty in the
// status.
type Options struct {
	Version  string // of the program
	Station  string // the name of this place
	Language string // what people at the door read: en, fr or de
	Zone     *time.Location
	// Token opens the page and the API: the content of the file api-token.
	Token string
	// Hosts are the names, besides loopback names and plain addresses, under
	// which browsers may reach this server; without port. Others are answered
	// with 421, which defeats DNS rebinding.
	Hosts []string
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
