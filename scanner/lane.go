package scanner

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
)

// LaneConfig is what the organiser decided for a lane.
type LaneConfig struct {
	Station   string
	Name      string
	Direction admission.Direction
	Products  []string
	HoldOff   time.Duration // how long a re-read repeats the last answer
	Reentry   admission.Reentry
	Capacity  int // people inside the whole station, 0 means unlimited
}

// LaneDeps is what a lane works with.
type LaneDeps struct {
	Journal    Journal
	Accounts   func() []Account // those the lane serves, in their fixed order
	Signals    Signals
	Observer   Observer
	Conditions Conditions
	Clock      Clock
	Log        *slog.Logger
	NewID      func() string // ULIDs
}

// queueDepth is how many frames wait while one is being decided. A reader that
// is ahead of it waits itself, and its own buffers with it.
const queueDepth = 32

// ErrStopped is returned for scans that come after the lane has stopped.
var ErrStopped = errors.New("the lane has stopped")

// ErrChecks is returned to a person who admits at a lane that only checks: it
// uses no ticket and lets nobody through.
var ErrChecks = errors.New("the lane only checks tickets")

// Lane is one reader, one direction and its signals. Run answers its frames
// one at a time.
type Lane struct {
	cfg      LaneConfig
	deps     LaneDeps
	queue    chan request
	closed   atomic.Bool
	checking atomic.Bool
	turned   atomic.Int64 // time since boot of the last turn of the loop

	// intake is held for reading by whoever hands in a request. Once stopping
	// is closed and intake has been had for writing, nothing more comes into
	// the queue.
	intake   sync.RWMutex
	stopping chan struct{}
	done     chan struct{} // closed when everything in the queue has been answered

	// What follows belongs to Run's goroutine.
	holdOff *holdOff
	asking  *breakers
	storm   *storm
	fault   *fault
	typed   layout
}

// request is one frame on its way through the lane.
type request struct {
	frame   reader.Frame
	manual  *manual
	explain bool
	answer  chan<- Result   // nil when nobody waits
	gone    <-chan struct{} // closed when whoever waited has left; nil when nobody waits
}

// abandoned tells that whoever asked has left before the turn came. To decide
// it now would use a ticket behind the back of somebody who was told that
// nothing happened.
func (r *request) abandoned() bool {
	select {
	case <-r.gone:
		return true
	default:
		return false
	}
}

// manual is a person's wish to admit a ticket by hand.
type manual struct {
	key      admission.TicketKey
	platform admission.PlatformName
	override admission.Override
}

// Result is the answer to one scan.
type Result struct {
	CheckIn admission.CheckIn
	Took    time.Duration
	Again   bool             // the first answer of a code that is still held before the reader
	Steps   []admission.Step // when explained

	undecided error // why nothing was decided, for whoever asked
}

// NewLane makes a lane. It does nothing until Run.
func NewLane(cfg LaneConfig, deps LaneDeps) *Lane {
	l := &Lane{
		cfg:      cfg,
		deps:     deps,
		queue:    make(chan request, queueDepth),
		stopping: make(chan struct{}),
		done:     make(chan struct{}),
		holdOff:  newHoldOff(cfg.HoldOff),
		asking:   newBreakers(),
		storm:    &storm{},
		fault:    &fault{},
	}
	l.turn()
	return l
}

// Inherit takes over from the lane that stood here before, which has stopped,
// what it answered last: a code that is held across a change of configuration
// still gets its first answer again. What it had learned of its reader's layout
// is learned anew, since the configuration may just have been corrected. It
// must be called before Run.
func (l *Lane) Inherit(before *Lane) { l.holdOff.held = before.holdOff.held }

// Name gives the lane's name.
func (l *Lane) Name() string { return l.cfg.Name }

// Direction gives the lane's direction.
func (l *Lane) Direction() admission.Direction { return l.cfg.Direction }

// Close and Open are the staff's: a closed lane refuses everybody.
func (l *Lane) Close() { l.closed.Store(true) }

// Open opens the lane again.
func (l *Lane) Open() { l.closed.Store(false) }

// IsOpen tells whether the lane is open.
func (l *Lane) IsOpen() bool { return !l.closed.Load() }

// SetChecking makes the lane check tickets without using them, as a check lane
// does, or ends that. A code in hand is decided as it was when its turn came.
func (l *Lane) SetChecking(on bool) { l.checking.Store(on) }

// IsChecking tells whether staff have turned the lane to checking only.
func (l *Lane) IsChecking() bool { return l.checking.Load() }

// means is what passing the lane means at the moment.
func (l *Lane) means() admission.Direction {
	if l.checking.Load() {
		return admission.Check
	}
	return l.cfg.Direction
}

// Turned gives the time since boot at which the lane's loop last turned. A
// lane that is stuck does not turn.
func (l *Lane) Turned() time.Duration { return time.Duration(l.turned.Load()) }

// turn notes that the loop goes round.
func (l *Lane) turn() { l.turned.Store(int64(l.deps.Clock.Now().SinceBoot)) }

// Frame hands a reader's frame to the lane. It waits while the queue is full,
// so that no frame is lost, and gives up only when ctx ends or the lane has
// stopped. The reader's own replies to commands are no codes and are passed
// over. f.At must count from boot, as the lane's clock does.
func (l *Lane) Frame(ctx context.Context, f reader.Frame) {
	if isReply(f.AIM) {
		return
	}
	if err := l.handIn(ctx, request{frame: f}); err != nil {
		l.deps.Log.Warn("a code came too late to be answered",
			slog.Any("lane", l.cfg.Name), slog.Any("code", admission.Digest(f.Code)), slog.Any("error", err))
	}
}

// handIn puts a request into the queue, waiting while it is full. What has
// been taken is answered, also when the lane stops meanwhile.
func (l *Lane) handIn(ctx context.Context, r request) error {
	l.intake.RLock()
	defer l.intake.RUnlock()
	select {
	case <-l.stopping:
		return ErrStopped
	default:
	}
	select {
	case l.queue <- r:
		return nil
	default:
	}
	select {
	case l.queue <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.stopping:
		return ErrStopped
	}
}

// isReply tells by the AIM identifier that a frame is the device's answer to a
// command, not a code that somebody holds before it.
func isReply(aim string) bool {
	return strings.HasPrefix(aim, "]X") || strings.HasPrefix(aim, "]Z")
}

// Scan presents a code as a frame of the lane's reader would be, in turn with
// them, and waits for the answer. With explain nothing is recorded, nothing
// signalled, and every rung is told. When ctx ends before the turn of the code
// has come, it is not decided at all. After the lane has stopped it gives
// [ErrStopped].
func (l *Lane) Scan(ctx context.Context, code []byte, explain bool) (Result, error) {
	var f reader.Frame
	if len(code) > reader.MaxCode {
		code, f.Overlong = code[:reader.MaxCode], true
	}
	f.Code = bytes.Clone(code) // the caller may leave before the lane does
	return l.ask(ctx, request{frame: f, explain: explain})
}

// AdmitByHand records a person's decision to admit a ticket, in turn with the
// codes and with the same errors as Scan. A lane that only checks when the turn
// comes records nothing and gives [ErrChecks].
func (l *Lane) AdmitByHand(
	ctx context.Context, key admission.TicketKey, platform admission.PlatformName, o admission.Override,
) (Result, error) {
	return l.ask(ctx, request{manual: &manual{key: key, platform: platform, override: o}})
}

func (l *Lane) ask(ctx context.Context, r request) (Result, error) {
	answer := make(chan Result, 1)
	r.answer, r.gone = answer, ctx.Done()
	if err := l.handIn(ctx, r); err != nil {
		return Result{}, err
	}
	select {
	case res := <-answer:
		return res, res.undecided
	case <-ctx.Done():
		return Result{}, ctx.Err()
	case <-l.done:
		// The last scan in hand may have been answered just before.
		select {
		case res := <-answer:
			return res, res.undecided
		default:
			return Result{}, ErrStopped
		}
	}
}

// Run answers frames until ctx ends, then takes no more, and finishes the scan
// in hand and those already in the queue: their codes have left the readers
// and exist nowhere else. A lane runs once.
func (l *Lane) Run(ctx context.Context) error {
	defer close(l.done)
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	hand := context.WithoutCancel(ctx)
	for {
		l.turn()
		select {
		case r := <-l.queue:
			l.serve(hand, r)
		case <-beat.C:
		case <-ctx.Done():
			l.shut()
			l.finish(hand)
			return nil
		}
	}
}

// shut ends the intake. When it returns, everything that was taken is in the
// queue, and nothing more comes.
func (l *Lane) shut() {
	close(l.stopping)
	l.intake.Lock()
	defer l.intake.Unlock() // whoever held it has seen that the lane is stopping
}

// finish answers what is in the queue.
func (l *Lane) finish(ctx context.Context) {
	for {
		l.turn()
		select {
		case r := <-l.queue:
			l.serve(ctx, r)
		default:
			return
		}
	}
}

func (l *Lane) serve(ctx context.Context, r request) {
	if r.abandoned() {
		return
	}
	res := l.guarded(ctx, r)
	if r.answer != nil {
		r.answer <- res
	}
}
