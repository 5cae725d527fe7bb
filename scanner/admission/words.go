package admission

// Verdict is what the lane signals. A row of the journal that answers nobody,
// an undo, has none: it counts as no admission and as no refusal.
type Verdict string

// The three verdicts. A hold is never a refusal: the station cannot decide
// and a person must.
const (
	Admit  Verdict = "admit"
	Refuse Verdict = "refuse"
	Hold   Verdict = "hold"
)

// Reason says which rule of the door spoke. There are these and no others.
type Reason string

// The reasons, in the order of the ladder.
const (
	ReasonJournalUnavailable Reason = "journal_unavailable"
	ReasonClosed             Reason = "closed"
	ReasonUnreadable         Reason = "unreadable"
	ReasonForged             Reason = "forged"
	ReasonAmbiguous          Reason = "ambiguous"
	ReasonExit               Reason = "exit"
	ReasonRevoked            Reason = "revoked"
	ReasonCanceled           Reason = "canceled"
	ReasonUnpaid             Reason = "unpaid"
	ReasonWrongEvent         Reason = "wrong_event"
	ReasonWrongProduct       Reason = "wrong_product"
	ReasonNotYetValid        Reason = "not_yet_valid"
	ReasonExpired            Reason = "expired"
	ReasonClockUntrusted     Reason = "clock_untrusted"
	ReasonAlreadyRedeemed    Reason = "already_redeemed"
	ReasonUnlisted           Reason = "unlisted"
	ReasonUnknown            Reason = "unknown"
	ReasonFull               Reason = "full"
	ReasonAdmitted           Reason = "admitted"
)

// ReasonUndone is the reason of a row that takes an admission back. It is no
// rule of the door, and the ladder never gives it.
const ReasonUndone Reason = "undone"

// Reasons lists every reason once, in the order of the ladder.
func Reasons() []Reason {
	return []Reason{
		ReasonJournalUnavailable, ReasonClosed, ReasonUnreadable, ReasonForged, ReasonAmbiguous,
		ReasonExit, ReasonRevoked, ReasonCanceled, ReasonUnpaid, ReasonWrongEvent, ReasonWrongProduct,
		ReasonNotYetValid, ReasonExpired, ReasonClockUntrusted, ReasonAlreadyRedeemed, ReasonUnlisted,
		ReasonUnknown, ReasonFull, ReasonAdmitted,
	}
}

// Grounds is what an admission rests on. Refusals and holds have none.
type Grounds string

// The grounds of an admission.
const (
	GroundsNone      Grounds = ""
	GroundsListed    Grounds = "listed"    // on a fresh list
	GroundsStale     Grounds = "stale"     // on a list older than the account allows, or of unknown age
	GroundsSignature Grounds = "signature" // not on the list; the signature proves that the platform issued it
	GroundsOnline    Grounds = "online"    // the platform vouched for it just now
	GroundsOverride  Grounds = "override"  // a person took the responsibility
	GroundsUnproven  Grounds = "unproven"  // nothing but the form of the code; the organiser chose to let such tickets in
)

// Direction is what passing a lane means.
type Direction string

// The directions of a lane. A check lane runs the whole ladder and records
// nothing as used.
const (
	Entry Direction = "entry"
	Exit  Direction = "exit"
	Check Direction = "check"
)

// Undo is the direction of a row of the journal by which a person took back the
// last entry of a ticket. No lane has it.
const Undo Direction = "undo"

// PlatformName names a ticketing system.
type PlatformName string

// The platforms gatescand knows of.
const (
	TiBillet    PlatformName = "tibillet"
	TicketSonic PlatformName = "ticketsonic"
	Stebby      PlatformName = "stebby"
	BitTan      PlatformName = "bittan"
)

// Party says who made a use of a ticket.
type Party string

// The parties of an earlier use.
const (
	Here         Party = "here"     // this station
	OtherStation Party = "other"    // another station of this venue, learned from it
	ByPlatform   Party = "platform" // the platform's word; it does not say more
)
