package admission

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"
)

// Presentation is a scan on its way into the journal: what the lane knows
// before the store adds its facts. Each claim carries its credential, the
// account's policy and, where it was asked, the platform's answer; the store
// fills in the rest inside the transaction that records the decision.
type Presentation struct {
	ID     string // of the check-in to be: a ULID, the nonce of its delivery
	Scan   Scan
	Closed bool
	House  House // Capacity only; the store counts who is inside
	Claims []Claim
	Code   []byte // as scanned, kept only until the check-in is delivered; nil when admitted by hand
	Digest string // names the code in logs and in the journal
	// AskFirst says that a platform can be asked. A decision that rests on the
	// silence of the lists is then not recorded: see ErrAskFirst.
	AskFirst bool
}

// ErrAskFirst is what recording a presentation with AskFirst gives when only
// the silence of the lists decides. Nothing has been written; ask, and present
// again.
var ErrAskFirst = errors.New("no list knows the ticket, and its platform can be asked")

// RestsOnSilence tells whether d was decided because no list and no answer
// speaks of the ticket, admits on what was once heard of it while no whole list
// has ever been seen, or refuses it because it is on the list no more.
func (d Decision) RestsOnSilence() bool {
	if d.Inferred {
		return true
	}
	if d.Verdict == Admit && d.Grounds == GroundsStale && !d.ListWhole {
		return true
	}
	switch d.Reason {
	case ReasonUnlisted, ReasonUnknown, ReasonAmbiguous:
		return true
	default:
		return false
	}
}

// Digest names a code without telling it: 12 hexadecimal digits of its
// SHA-256, enough to find a scan again and too few to rebuild a ticket.
func Digest(code []byte) string {
	sum := sha256.Sum256(code)
	return hex.EncodeToString(sum[:6])
}

// CheckIn is the journal record of one scan, admitted or not.
type CheckIn struct {
	Decision

	ID        string // ULID, the nonce of every later delivery
	Seq       int64  // place in the journal, 0 when it was not recorded
	Station   string
	Lane      string
	Direction Direction
	At        Stamp
	Digest    string
	By        string // who admitted by hand
	Note      string // why
	Delivery  DeliveryState
	Passing   PassingState // "" where no contact tells, and until it does
	Recorded  bool
}

// Passes tells whether the check-in lets somebody through, as opposed to a
// check, a refusal or a hold.
func (c CheckIn) Passes() bool {
	return c.Verdict == Admit && c.Direction != Check
}

// PassingState says what became of an admission at a gate with a contact:
// authorised to pass is not the same as passed.
type PassingState string

// The states of a passing.
const (
	PassingDone    PassingState = "passed"
	PassingMissed  PassingState = "not_passed" // the time for it ran out
	PassingUnknown PassingState = "unknown"    // the station stopped before anybody could tell
)

// Passing is what a gate's contact said after one admission.
type Passing struct {
	Seq   int64 // of the check-in
	State PassingState
	At    Stamp
}

// DeliveryState says how far a check-in has come on its way to its platform.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryNone      DeliveryState = "none" // nothing to tell: refused, held, a check, an exit, a re-entry
	DeliveryPending   DeliveryState = "pending"
	DeliveryDone      DeliveryState = "delivered"
	DeliveryConflict  DeliveryState = "conflict"
	DeliveryBuried    DeliveryState = "buried" // rejected for good; kept and shown, never deleted
	DeliveryWithdrawn DeliveryState = "withdrawn"
)

// Delivery is one check-in on its way to its platform.
type Delivery struct {
	Seq    int64  // of the check-in
	ID     string // of the check-in, the nonce
	Ticket TicketKey
	Event  string
	// Served are the events that are served now, for a check-in whose own event
	// nobody knew at the door; nil means all.
	Served  []string
	At      Stamp // when the door opened; Wall is corrected once the clock is trusted
	Station string
	Lane    string
	Code    []byte // as scanned; nil when admitted by hand

	State DeliveryState
	// Attempt counts the requests whose intent has been made durable, this
	// one included. Above 1, an earlier request may have reached the platform.
	Attempt int
	// Earlier tells that this station delivered, or may have delivered, an
	// earlier use of the same ticket.
	Earlier bool
	// Memo is what the drawer wrote down during an earlier attempt, in words of
	// its own; "" before the first.
	Memo   string
	NextAt time.Time // not before, wall clock
	Cause  string    // why it is not delivered yet, for people
	Remedy string
}

// Outcome is what became of one attempt at a delivery.
type Outcome struct {
	Kind     OutcomeKind
	Conflict ConflictKind // for OutcomeConflict
	Theirs   string       // the platform's side in plain words, without names
	TheirAt  time.Time    // when, by the platform's word; zero where it does not say
	Remedy   string       // what a person can do, for conflicts and rejections
}

// OutcomeKind classifies an outcome. A request that may be repeated is an
// error, not an outcome.
type OutcomeKind string

// The kinds of outcome.
const (
	OutcomeDelivered OutcomeKind = "delivered"
	OutcomeOurs      OutcomeKind = "ours" // the platform already had it from us: a lost answer
	OutcomeConflict  OutcomeKind = "conflict"
	OutcomeRejected  OutcomeKind = "rejected" // for good, about this check-in alone
)

// Conflict is a disagreement between the platform and the journal after the
// fact, for people to look at. An opened gate is never taken back.
type Conflict struct {
	ID       int64
	Kind     ConflictKind
	Ticket   TicketKey
	OpenedAt Stamp
	Seq      int64 // our check-in, 0 where none is involved
	OurAt    Stamp
	OurLane  string
	Theirs   string
	TheirAt  time.Time
	Remedy   string

	Resolved   bool
	ResolvedAt Stamp
	Note       string
}

// ConflictKind says what the two sides disagree about.
type ConflictKind string

// The kinds of conflict.
const (
	UsedElsewhere    ConflictKind = "used_elsewhere"    // admitted here, used elsewhere too
	AdmittedCanceled ConflictKind = "admitted_canceled" // admitted here, canceled or revoked there
	AdmittedUnpaid   ConflictKind = "admitted_unpaid"   // admitted here, not paid there
	AdmittedUnknown  ConflictKind = "admitted_unknown"  // admitted here, no such ticket there
	DeliveryRejected ConflictKind = "delivery_rejected" // the platform will not take the check-in
)
