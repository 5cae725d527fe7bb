package scanner

import (
	"context"
	"time"

	"gatescand/scanner/admission"
)

// Journal records decisions. The store satisfies it.
type Journal interface {
	// Record loads the facts, decides and writes the check-in in one
	// transaction. When it returns nil the check-in is on the disk. It gives
	// admission.ErrAskFirst, and writes nothing, where the presentation asks
	// for that.
	Record(ctx context.Context, p admission.Presentation) (admission.CheckIn, error)
	// Facts loads what Record would decide on and writes nothing.
	Facts(ctx context.Context, p admission.Presentation) (admission.Facts, error)
}

// Account is one platform account as a lane sees it. Its methods may be called
// from several lanes at once; all but Ask are pure and quick.
type Account interface {
	Name() string
	Platform() admission.PlatformName
	Policy() admission.Policy
	Recognise(code []byte) admission.Recognition
	Verify(code []byte) admission.Credential
	// Asking says when the platform is asked before deciding, and how long
	// the lane waits for it.
	Asking() (Ask, time.Duration)
	// Ask looks the ticket up without using it, within ctx.
	Ask(ctx context.Context, code []byte, cred admission.Credential) (admission.Answer, error)
}

// Ask says when a platform is asked before deciding.
type Ask string

// The choices of asking.
const (
	AskNever    Ask = "never"
	AskUnlisted Ask = "unlisted" // only what the list does not know
	AskAlways   Ask = "always"   // for houses with several gates
)

// Signals is what a lane shows. Show must not block and cannot fail: what goes
// wrong with an output is a condition, not a decision. again tells that the
// lane repeats its last answer to a code held too long; what opens a gate must
// not move for that.
type Signals interface {
	Show(v admission.Verdict, again bool)
}

// Observer is told what happened, after it has happened. Its methods must not
// block.
type Observer interface {
	// Scanned tells of a decision and of how long deciding and recording took.
	Scanned(c admission.CheckIn, took, commit time.Duration)
	// Repeated tells that a code was answered again without a new record.
	Repeated(c admission.CheckIn)
}

// Conditions raises and clears coded conditions of this box.
type Conditions interface {
	Raise(code, subject, detail string)
	Clear(code, subject string)
}

// Clock stamps scans and measures, in one monotonic time, how long things
// took.
type Clock interface {
	Now() admission.Stamp
}

// The conditions a lane raises.
const (
	ConditionJournal = "journal_unavailable"
	ConditionGarbage = "reader_garbage"
	ConditionFault   = "lane_fault"
	ConditionLayout  = "reader_layout"
)
