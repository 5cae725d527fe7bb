package scanner

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"gatescand/scanner/admission"
)

// faultCalm is how long after the last fault a scan must go well before the
// condition is cleared. A fault that only one code provokes would otherwise be
// gone with the next code, before anybody has seen it.
const faultCalm = time.Minute

// fault remembers that this program failed on a scan.
type fault struct {
	last   time.Duration // since boot
	absent bool          // known not to stand; an earlier lane of the name may have left it
}

// well notes a scan that went the whole way.
func (f *fault) well(now time.Duration, c Conditions, lane string) {
	if !f.absent && now-f.last >= faultCalm {
		f.absent = true
		c.Clear(ConditionFault, lane)
	}
}

// guarded answers one request whatever happens on the way. A fault of ours
// before there is a decision is a hold; after it, the decision stands. Either
// is said aloud, and the next frame is answered as if it had not been.
func (l *Lane) guarded(ctx context.Context, r request) (res Result) {
	from := l.deps.Clock.Now()
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		l.failed(p, debug.Stack(), r.frame.Code)
		if res.CheckIn.Verdict != "" {
			return
		}
		res = Result{CheckIn: l.heldBack(r, from), Took: l.since(from)}
		if !r.explain {
			l.whatever(func() { l.deps.Signals.Show(res.CheckIn.Verdict, false) })
			l.whatever(func() { l.tell(res.CheckIn, res.Took) })
			l.whatever(func() { l.deps.Observer.Scanned(res.CheckIn, res.Took, 0) })
		}
	}()
	l.present(ctx, r, from, &res)
	return res
}

// heldBack is the answer when there is no decision. It asks nobody for
// anything, because anybody may be what failed.
func (l *Lane) heldBack(r request, at admission.Stamp) admission.CheckIn {
	c := admission.CheckIn{
		Decision: admission.Decide(admission.Facts{JournalDown: true}, admission.Scan{}),
		Station:  l.cfg.Station, Lane: l.cfg.Name, Direction: l.cfg.Direction,
		At: at, Delivery: admission.DeliveryNone,
	}
	if r.manual == nil {
		c.Digest = admission.Digest(r.frame.Code)
	}
	return c
}

// failed says aloud that this program failed on a scan. It tells the type of
// what was thrown and not its value, which may quote what stood in the code.
func (l *Lane) failed(thrown any, stack []byte, code []byte) {
	l.fault.last, l.fault.absent = l.deps.Clock.Now().SinceBoot, false
	l.whatever(func() {
		l.deps.Log.Error("a scan failed inside the program", slog.Any("lane", l.cfg.Name),
			slog.Any("code", admission.Digest(code)), slog.Any("thrown", fmt.Sprintf("%T", thrown)), slog.Any("stack", string(stack)))
	})
	l.whatever(func() { l.deps.Conditions.Raise(ConditionFault, l.cfg.Name, fmt.Sprintf("%T", thrown)) })
}

// whatever does what shall not fail a second time while a fault is handled.
func (l *Lane) whatever(do func()) {
	defer func() { _ = recover() }() // one fault has been said; the lane has to go on
	do()
}
