package scanner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
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

// Lane is one reader, one direction and its signals. Run answers its frames
// one at a time.
type Lane struct {
	cfg    LaneConfig
	deps   LaneDeps
	queue  chan request
	closed atomic.Bool
	turned atomic.Int64 // time since boot of the last turn of the loop
	done   chan struct{}

	holdOff *holdOff
	asking  *breakers
	storm   *storm
}

// request is one frame on its way through the lane.
type request struct {
	frame   reader.Frame
	manual  *manual
	explain bool
	answer  chan<- Result // nil when nobody waits
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
}

// NewLane makes a lane. It does nothing until Run.
func NewLane(cfg LaneConfig, deps LaneDeps) *Lane {
	l := &Lane{
		cfg:     cfg,
		deps:    deps,
		queue:   make(chan request, queueDepth),
		done:    make(chan struct{}),
		holdOff: newHoldOff(cfg.HoldOff),
		asking:  newBreakers(),
		storm:   &storm{},
	}
	l.turned.Store(int64(deps.Clock.Now().SinceBoot))
	return l
}

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

// Turned gives the time since boot at which the lane's loop last turned. A
// lane that is stuck does not turn.
func (l *Lane) Turned() time.Duration { return time.Duration(l.turned.Load()) }

// Frame hands a reader's frame to the lane. It waits while the queue is full,
// so that no frame is lost, and gives up only when ctx ends. The reader's own
// replies to commands are no codes and are passed over. f.At must count from
// boot, as the lane's clock does.
func (l *Lane) Frame(ctx context.Context, f reader.Frame) {
	if isReply(f.AIM) {
		return
	}
	select {
	case l.queue <- request{frame: f}:
	case <-ctx.Done():
	case <-l.done:
	}
}

// isReply tells by the AIM identifier that a frame is the device's answer to a
// command, not a code that somebody holds before it.
func isReply(aim string) bool {
	return strings.HasPrefix(aim, "]X") || strings.HasPrefix(aim, "]Z")
}

// Scan presents a code as a frame of the lane's reader would be, in turn with
// them, and waits for the answer. With explain nothing is recorded, nothing
// signalled, and every rung is told.
func (l *Lane) Scan(ctx context.Context, code []byte, explain bool) (Result, error) {
	f := reader.Frame{Code: code}
	if len(code) > reader.MaxCode {
		f.Code, f.Overlong = code[:reader.MaxCode], true
	}
	return l.ask(ctx, request{frame: f, explain: explain})
}

// AdmitByHand records a person's decision to admit a ticket.
func (l *Lane) AdmitByHand(
	ctx context.Context, key admission.TicketKey, platform admission.PlatformName, o admission.Override,
) (Result, error) {
	return l.ask(ctx, request{manual: &manual{key: key, platform: platform, override: o}})
}

func (l *Lane) ask(ctx context.Context, r request) (Result, error) {
	answer := make(chan Result, 1)
	r.answer = answer
	select {
	case l.queue <- r:
	case <-ctx.Done():
		return Result{}, ctx.Err()
	case <-l.done:
		return Result{}, ErrStopped
	}
	select {
	case res := <-answer:
		return res, nil
	case <-ctx.Done():
		return Result{}, ctx.Err()
	case <-l.done:
		// The last scan in hand may have been answered just before.
		select {
		case res := <-answer:
			return res, nil
		default:
			return Result{}, ErrStopped
		}
	}
}

// Run answers frames until ctx ends, then finishes the scan in hand and those
// already in the queue: their codes have left the readers and exist nowhere
// else.
func (l *Lane) Run(ctx context.Context) error {
	defer close(l.done)
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	hand := context.WithoutCancel(ctx)
	for {
		l.turned.Store(int64(l.deps.Clock.Now().SinceBoot))
		select {
		case r := <-l.queue:
			l.serve(hand, r)
			continue
		default:
		}
		select {
		case r := <-l.queue:
			l.serve(hand, r)
		case <-beat.C:
		case <-ctx.Done():
			if len(l.queue) == 0 {
				return nil
			}
		}
	}
}

func (l *Lane) serve(ctx context.Context, r request) {
	res := l.guarded(ctx, r)
	if r.answer != nil {
		r.answer <- res
	}
}

// guarded answers one frame whatever happens on the way. A fault of ours is a
// hold and is said aloud; the next frame is answered as if it had not been.
func (l *Lane) guarded(ctx context.Context, r request) (res Result) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		// Not the value: it may quote what stood in the code.
		l.deps.Log.Error("a scan failed inside the program", slog.Any("lane", l.cfg.Name),
			slog.Any("code", admission.Digest(r.frame.Code)), slog.Any("stack", string(debug.Stack())))
		l.deps.Conditions.Raise(ConditionFault, l.cfg.Name, fmt.Sprintf("%T", p))
		hold := l.presentation(request{explain: true}, l.deps.Clock.Now())
		res = Result{CheckIn: l.checkIn(hold, admission.Decide(admission.Facts{JournalDown: true}, hold.Scan))}
		l.deps.Signals.Show(admission.Hold, false)
	}()
	return l.present(ctx, r)
}
