package admin

import (
	"context"
	"io"
	"time"

	"gatescand/scanner/admission"
)

// Clock tells the time of the station and whether it can be relied on.
type Clock interface {
	Now() admission.Stamp
}

// Journal is the record of scans. Holder is set in its check-ins where the
// cache still knows it; the journal itself carries no names.
type Journal interface {
	// CheckIns gives at most limit check-ins with a Seq above after, in order.
	CheckIns(ctx context.Context, after int64, limit int) ([]admission.CheckIn, error)
	// Latest gives the newest limit check-ins, oldest first.
	Latest(ctx context.Context, limit int) ([]admission.CheckIn, error)
	// Counts sums up the running evening.
	Counts(ctx context.Context) (Counts, error)
}

// Counts sums up the verdicts of the running evening.
type Counts struct {
	Admitted int `json:"admitted"`
	Refused  int `json:"refused"`
	Held     int `json:"held"`
	Inside   int `json:"inside"`
	Capacity int `json:"capacity"` // 0 is without limit
}

// Scanned is one answer of a lane.
type Scanned struct {
	admission.CheckIn

	Took   time.Duration // from the frame to the decision
	Repeat bool          // a re-read within the hold-off: the earlier answer once more
	Steps  []admission.Step
	// Undone says, of what a lane would say, that the platform has a use of the
	// ticket which was taken back here.
	Undone bool
}

// Lanes decides scans. An unknown lane is [ErrNotFound].
type Lanes interface {
	// Lanes gives every lane, in the order of the configuration.
	Lanes() []Lane
	// Scan takes a code the same way as a frame from the lane's reader.
	Scan(ctx context.Context, lane string, code []byte) (Scanned, error)
	// Explain decides as Scan would, with Steps, and records nothing.
	Explain(ctx context.Context, lane string, code []byte) (Scanned, error)
}

// Lane is the state of one lane.
type Lane struct {
	Name      string
	Direction admission.Direction
	Open      bool
	Checking  bool // staff have turned it to checking only
	Reader    Reader
	// What its configuration says, for people to read.
	Accounts []string // served, empty for all
	Products []string // served, empty for all
	HoldOff  time.Duration
	Reentry  string
	Signals  []Signal
	Passage  string // address of the gate's contact, "" for none
}

// Signal is one output of a lane.
type Signal struct {
	Verdict string `json:"verdict"` // admit, refuse or hold
	Address string `json:"address"`
	Fault   string `json:"fault"` // what is wrong with it, "" for nothing
}

// Reader is the state of a lane's reader. State is "up", "waiting" (not
// plugged), "fault" or "virtual"; Detail says more in plain words.
type Reader struct {
	Address string `json:"address"`
	State   string `json:"state"`
	Detail  string `json:"detail,omitempty"`
}

// Up tells whether codes can come from the reader.
func (r Reader) Up() bool { return r.State == ReaderUp || r.State == ReaderVirtual }

// The states of a reader.
const (
	ReaderUp      = "up"
	ReaderWaiting = "waiting"
	ReaderFault   = "fault"
	ReaderVirtual = "virtual"
)

// LaneControl is what staff can do to a lane. An unknown lane is [ErrNotFound].
type LaneControl interface {
	SetOpen(ctx context.Context, lane string, open bool) error
	// TestSignals exercises every signal of the lane once.
	TestSignals(ctx context.Context, lane string) error
}

// Overrides admits by hand.
type Overrides interface {
	// Admit records that a person let the ticket in at the lane. An unknown
	// lane or ticket is [ErrNotFound], a lane that only checks an *[Error] with
	// status 409.
	Admit(ctx context.Context, lane string, ticket admission.TicketKey, why admission.Override) (Scanned, error)
}

// Accounts tells the state of every account.
type Accounts interface {
	Accounts(ctx context.Context) ([]Account, error)
	// Sweep starts a full sweep now and does not wait for it. An unknown
	// account is [ErrNotFound].
	Sweep(ctx context.Context, account string) error
}

// Account is the state of one account.
type Account struct {
	Name     string
	Platform admission.PlatformName
	// State is "ok", "new" (nothing known yet), "unpaired", or the class of
	// the last failure: offline, captive, auth, server, untrusted, redirected…
	State   string
	Paired  bool
	NoList  bool // the platform has no list of tickets, or gives none
	Tickets int
	AsOf    admission.Stamp // when the list was last complete; zero for never
	Events  []string        // names of the events served
	Sweep   Sweep
	Pending int // deliveries waiting
	Buried  int // deliveries rejected for good

	// For people to read.
	URL        string
	Pairs      bool   // by a code; other platforms have their key in a file
	PairedName string // of this station, as the platform calls it
	Tenant     string // of the organiser
	StationID  string // as the platform calls it
	// EventsFrom is who chose the events: configuration, staff or time.
	EventsFrom       string
	Ask              string // never, unlisted or always
	Unlisted         string // hold, refuse or admit
	StaleAfter       time.Duration
	StaleRefuseAfter time.Duration
	SweepEvery       time.Duration
}

// Sweep is how far a full sweep has come. Total is -1 where the platform does
// not say.
type Sweep struct {
	Running bool `json:"running"`
	Done    int  `json:"done"`
	Total   int  `json:"total"`
}

// Condition is something staff should know, with what to do about it.
type Condition struct {
	Code     string `json:"code"`
	Subject  string `json:"subject,omitempty"` // the account, lane or device concerned
	Severity string `json:"severity"`          // info, warning or critical
	// Detail is what is particular to this one, in English; it is part of Text.
	Detail string `json:"detail,omitempty"`
	// Text and Remedy are in English where they come from, and in the language of
	// the request in every answer.
	Text   string    `json:"text"`
	Remedy string    `json:"remedy"`
	Since  time.Time `json:"since"`
}

// Conditions lists what is wrong, the gravest first.
type Conditions interface {
	Conditions() []Condition
}

// Tickets searches the cache.
type Tickets interface {
	SearchTickets(ctx context.Context, query string, limit int) ([]FoundTicket, error)
}

// FoundTicket is a ticket of the cache with its used-state here.
type FoundTicket struct {
	admission.Ticket

	Presence  admission.Presence
	EventName string
}

// Conflicts are for people to look at.
type Conflicts interface {
	// Conflicts gives the newest limit conflicts, the resolved ones only if all.
	Conflicts(ctx context.Context, all bool, limit int) ([]admission.Conflict, error)
	OpenConflicts(ctx context.Context) (int, error)
	// Resolve closes a conflict with a note. An unknown one is [ErrNotFound].
	Resolve(ctx context.Context, id int64, by, note string) error
}

// Outbox is what the platforms have not been told yet.
type Outbox interface {
	Backlog(ctx context.Context) (Backlog, error)
	// Waiting gives at most limit deliveries that are pending, conflicting or
	// buried, oldest first.
	Waiting(ctx context.Context, limit int) ([]admission.Delivery, error)
	// Retry makes the delivery of check-in seq due now, buried ones too; 0 is
	// all that are pending or buried. It returns how many.
	Retry(ctx context.Context, seq int64) (int, error)
}

// Backlog sums up the outbox. OldestAt is zero when nothing is pending.
type Backlog struct {
	Pending  int
	Buried   int
	OldestAt time.Time
}

// Pairing makes an account usable.
type Pairing interface {
	// ReadImage finds the text of a pairing code in an image.
	ReadImage(r io.Reader) (string, error)
	// Pair sends the code's token once and keeps what it yields. A host that
	// neither an account nor the configuration's allow_hosts names and that is
	// not confirmed is an *[Error] with status 409 and code confirm_host, whose
	// Details name it.
	Pair(ctx context.Context, r PairRequest) (Paired, error)
}

// PairRequest is a code to pair with.
type PairRequest struct {
	Account string // "" is the one whose host the code names
	Code    string
	// Confirmed is the host that a person has seen and agreed to, "" for none.
	Confirmed string
}

// Paired says what a pairing brought about.
type Paired struct {
	Account   string `json:"account"`
	Platform  string `json:"platform"`
	Host      string `json:"host"`
	Tenant    string `json:"tenant"`
	Name      string `json:"name"`
	StationID string `json:"station_id"`
}
