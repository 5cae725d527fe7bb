package admission

import "time"

// Scan is one presentation of a code at a lane.
type Scan struct {
	Station   string
	Lane      string
	Direction Direction
	At        Stamp
	Products  []string // products or tariffs the lane serves, empty means all
	Reentry   Reentry
	Override  *Override // a person admits by hand
}

// Override is a person's decision to admit.
type Override struct {
	By   string // account of the person on the page
	Note string
}

// Facts is everything the ladder may look at besides the scan. Any part may
// be missing; a missing fact is never read as a good one.
type Facts struct {
	JournalDown bool // the journal cannot be written
	Closed      bool // staff closed the lane
	House       House
	Claims      []Claim // one for every account that recognises the code
}

// House is how full the venue is.
type House struct {
	Inside   int
	Capacity int // people, 0 means unlimited
}

// Claim is one account's claim to a code, with all that is known of the
// ticket there.
type Claim struct {
	Credential Credential
	Policy     Policy
	Ticket     *Ticket // nil when not on the list
	List       List
	Event      *Event // the ticket's event, nil when unknown
	Presence   Presence
	Standing   Standing // a use of ours that was undone here and stands there
	Answer     *Answer  // nil when the platform was not asked or did not answer
}

// List is the state of the list that would hold the ticket.
type List struct {
	Complete bool  // at least one complete sweep has been applied
	AsOf     Stamp // when the last complete sweep or increment began
}

// Choice is what to do where the facts do not decide.
type Choice string

// The choices a policy offers.
const (
	ChooseHold   Choice = "hold"
	ChooseRefuse Choice = "refuse"
	ChooseAdmit  Choice = "admit"
	ChoosePass   Choice = "pass"
	ChooseRecord Choice = "record" // admit a bare code that nobody speaks of, on its form alone
)

// Policy is what the organiser decided for an account.
type Policy struct {
	Events           []string      // ids of the events served, nil means all, empty that nobody knows which
	Unlisted         Choice        // hold, refuse, admit a good signature that is not on the list, or record a bare code; zero is hold
	StaleAfter       time.Duration // older lists give grounds stale; 0 means never
	StaleRefuseAfter time.Duration // older lists no longer admit; 0 means never
	ClockUntrusted   Choice        // hold or pass where a window matters; zero is hold
	EventWindow      bool          // the event's own time is a window too
	Early            time.Duration // how long before its start an event may be entered
	Late             time.Duration // how long after its end, or after its start where the end is unknown
	Self             string        // what the platform calls this station where it says who used a ticket, "" for unknown
}

// Answer is what the platform said just now.
type Answer struct {
	Found  bool // false: the platform says there is no such ticket
	Forged bool // the platform says the signature is wrong
	Status Status
	Used   bool
	UsedAt time.Time
	UsedBy string
	// UsedTimes is how often it has been used, where the platform counts; 0
	// where it does not say.
	UsedTimes int
	Event     string
	Product   string
	Price     string
	Holder    string
	Window    Window
}

// Use names an earlier use of a ticket for the person at the door.
type Use struct {
	At      time.Time // zero where nobody knows
	Station string
	Lane    string
	By      Party
}

// Decision is the answer of the ladder.
type Decision struct {
	Verdict Verdict
	Reason  Reason
	Grounds Grounds
	Rung    int // the rung that spoke, 1 to 18

	Platform PlatformName
	Ticket   TicketKey // empty when no ticket was identified
	Event    string
	Product  string
	Holder   string // for staff; never journaled, never logged
	Previous *Use   // the earlier use, for already_redeemed
	Window   Window // the window that was missed, for not_yet_valid and expired

	ListAge      time.Duration // age of the list looked at
	ListAgeKnown bool
	ListWhole    bool // a complete sweep of it has been applied; never journaled
	Inferred     bool // an earlier use was gathered from the ticket's absence; never journaled
}
