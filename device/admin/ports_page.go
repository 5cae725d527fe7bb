package admin

import (
	"context"
	"time"

	"gatescand/scanner/admission"
)

// JournalSearch reads the journal for people, newest first.
type JournalSearch interface {
	// SearchJournal gives at most limit check-ins with a Seq below before (0:
	// from the newest) that fit. next is where an older page begins, 0 when
	// there is none; a page may be short, or empty, and still have a next.
	SearchJournal(ctx context.Context, f JournalFilter, before int64, limit int) (rows []admission.CheckIn, next int64, err error)
	// Rates counts the scans of the last minutes whole minutes and of the
	// running one, oldest first.
	Rates(ctx context.Context, minutes int) ([]Rate, error)
}

// JournalFilter narrows a reading of the journal. Zero fields do not.
type JournalFilter struct {
	Since, Until time.Time // wall clock of the check-in, Until not included
	Lane         string
	Verdict      admission.Verdict
	Reason       admission.Reason
	Account      string
	Ticket       string // its identity, whole
	ByHand       bool   // only what a person decided
}

// Rate is what happened in one minute.
type Rate struct {
	From     time.Time `json:"from"`
	Admitted int       `json:"admitted"`
	Refused  int       `json:"refused"`
	Held     int       `json:"held"`
}

// Stories tells everything about one ticket. One that neither a list nor the
// journal knows is [ErrNotFound].
type Stories interface {
	TicketStory(ctx context.Context, key admission.TicketKey) (Story, error)
}

// Story is everything the station knows of one ticket.
type Story struct {
	FoundTicket

	Listed    bool // a list has it, or had it
	CheckIns  []admission.CheckIn
	Resets    []Reset
	Conflicts []admission.Conflict
	// Undoable is the Seq of the admission that could be undone now, 0 for none.
	Undoable int64
	// UndoTells says what undoing means for the platform: "withdrawn" (it was not
	// told yet and will not be), "kept" (it was told and cannot take it back),
	// "sent" (it may have been told), "untold" (it was not told of this entry, but
	// perhaps of one before), "disputed" (it was told and objected), or "" where
	// there is nothing to undo.
	UndoTells string
}

// Reset is a use that was taken back, so that the ticket may enter again.
type Reset struct {
	At  admission.Stamp
	Seq int64 // the entry taken back
	Why string
	By  string // a person, "" for the platform
}

// Undoer takes an admission back.
type Undoer interface {
	// Undo records that a person took back the admission seq, the last one of
	// its ticket: the ticket may enter again, and whoever counted as inside with
	// it no longer does. It gives the check-in that says so. An unknown seq is
	// [ErrNotFound]; one that is not the ticket's last entry, or was undone
	// already, is an *[Error] with status 409.
	Undo(ctx context.Context, seq int64, why admission.Override) (Scanned, error)
}

// LaneChecks turns lanes to checking only, and back.
type LaneChecks interface {
	// SetChecking makes a lane check tickets without using them, or ends that.
	// It outlives restarts. An unknown lane is [ErrNotFound]; one whose direction
	// is check already is an *[Error] with status 409.
	SetChecking(ctx context.Context, lane string, on bool) error
}

// EventChoices lets staff choose which events the gate is for.
type EventChoices interface {
	// EventChoices gives the events of an account, in the order of their start.
	EventChoices(ctx context.Context, account string) ([]EventChoice, error)
	// ChooseEvents serves these events from now on; none is what is on tonight.
	// An account whose configuration names its events is an *[Error] with status
	// 409, an id that the account does not have one with 422.
	ChooseEvents(ctx context.Context, account string, ids []string) error
}

// EventChoice is one event of an account.
type EventChoice struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Start     *time.Time `json:"start"`
	End       *time.Time `json:"end"`
	Zone      string     `json:"zone"`
	Served    bool       `json:"served"`
	Chosen    bool       `json:"chosen"`    // by staff or the configuration, and not by the time
	Withdrawn bool       `json:"withdrawn"` // no longer published
	Tickets   int        `json:"tickets"`
}

// Unpairer ends an account's relation with its platform.
type Unpairer interface {
	// Unpair wipes the account's key and the people of its lists. The journal
	// and what is still to be delivered stay. While something is to be delivered
	// it is an *[Error] with status 409 and code outbox_not_empty, unless insist
	// is set.
	Unpair(ctx context.Context, account string, insist bool) error
}

// PairingDesk is pairing by a code that is shown to a lane's reader.
type PairingDesk interface {
	// PairingState tells how far pairing is.
	PairingState() PairingState
	// Arm lets the readers take a pairing code for two minutes.
	Arm(by string) PairingState
	// Disarm ends that, and forgets a code that waits to be confirmed.
	Disarm() PairingState
	// Confirm pairs with the code that was read, because a person has seen the
	// host it names. Another host, or no code that waits, is an *[Error] with
	// status 409.
	Confirm(ctx context.Context, host string) (PairingState, error)
}

// PairingState is how far pairing is. It never holds a code or a key.
type PairingState struct {
	// Phase is idle, armed, confirm (a code was read whose host somebody must
	// confirm), pairing, paired or failed.
	Phase string `json:"phase"`
	// First says that the station is armed because it was never paired. While it
	// is, or Until is set, a failed code may be followed by another.
	First     bool       `json:"first"`
	ArmedBy   string     `json:"armed_by"`
	Until     *time.Time `json:"until"` // when arming, or the waiting for a confirmation, ends
	Lane      string     `json:"lane"`  // whose reader read the code
	Host      string     `json:"host"`  // as it is confirmed
	Shown     string     `json:"shown"` // the host as a person should read it
	Platform  string     `json:"platform"`
	Account   string     `json:"account"`
	Name      string     `json:"name"`       // of the station, as the platform calls it
	Tenant    string     `json:"tenant"`     // of the organiser
	StationID string     `json:"station_id"` // as the platform calls it
	ExpiresAt *time.Time `json:"expires_at"` // of the code
	Message   string     `json:"message"`    // why it failed
	Hint      string     `json:"hint"`       // what to try
}

// Cards are codes on paper with which staff control a lane at its own reader.
type Cards interface {
	// Cards lists them, in the order of the lanes.
	Cards(ctx context.Context) ([]Card, error)
	// RenewCards makes all earlier cards worthless.
	RenewCards(ctx context.Context) error
}

// Card is one control card.
type Card struct {
	Lane   string
	Action string // close, open, check
	Code   string // what its QR code says
}
