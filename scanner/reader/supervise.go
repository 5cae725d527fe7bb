package reader

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// How a supervisor waits between two attempts.
const (
	firstPause = 100 * time.Millisecond
	longPause  = 2 * time.Second
	// minPause keeps a storm of notices from becoming a storm of attempts.
	minPause = 20 * time.Millisecond
	// settled is how long a reader must have been up for the next failure to count as the first.
	settled = 5 * time.Second
	// udev sets group and mode some 50 to 600 ms after a device node has appeared; until then opening it is denied.
	deniedTries = 20
	deniedPause = 50 * time.Millisecond
)

// Supervisor owns one reader for ever: it runs the source, says how it is, pauses after a failure and runs it again, until its context ends.
// A device that is not there is looked for at growing intervals of at most two seconds; notices of the file system only make it faster, and
// nothing depends on them. A source that panics is a fault of that reader and of nothing else.
type Supervisor struct {
	// Address stands in the status and in the log.
	Address string
	Source  Source
	// Emit takes the codes. It is called on the goroutine of Run and should only queue.
	Emit func(Frame)
	// Status is told every change of state or detail, on the goroutine of Run. May be nil.
	Status func(Status)
	// Notice is told what the source notices besides codes, and when another device answers than the first one, or that one again, on the
	// goroutine of Run. May be nil.
	Notice func(Notice)
	Now    Monotonic
	// Log gets one line per change.
	Log *slog.Logger
	// Look, when set, says that it may be worth trying again now. When it is nil and Source is a [Locator], its path is watched.
	Look <-chan struct{}
	// Hint, when set, is asked while the reader is absent or may not be opened, at most every two seconds; what it gives stands behind the
	// detail of the status. It is called on the goroutine of Run.
	Hint func() string
}

// Run supervises until ctx ends and returns ctx's error. The reader is closed by then.
func (s *Supervisor) Run(ctx context.Context) error {
	r := &supervision{Supervisor: s, look: s.Look, onStatus: s.Status}
	var watching sync.WaitGroup
	defer watching.Wait()
	watchCtx, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	r.watch(watchCtx, &watching)
	if n, ok := r.Source.(Noticer); ok {
		n.NotifyTo(r.notify)
	}

	r.tell(StateOpening, "")
	var err error
	for ctx.Err() == nil {
		began := s.Now()
		err = r.once(ctx)
		if ctx.Err() != nil || r.forgive(ctx, err) {
			continue
		}
		r.tell(stateOf(err), r.detail(err))
		r.pause(ctx, began)
	}
	if errors.Is(err, ErrStuck) {
		r.tell(StateFault, err.Error())
	} else {
		r.tell(StateStopped, "")
	}
	return ctx.Err()
}

// supervision is what one Run of a Supervisor remembers.
type supervision struct {
	*Supervisor
	look     <-chan struct{}
	onStatus func(Status)
	status   Status
	told     bool
	first    string // what was open first, as the source describes it
	device   string // what was open last
	upSince  time.Duration
	wasUp    bool
	denied   int
	failed   time.Duration // the pause before the last attempt
	hint     string        // what Hint gave last
	hinted   time.Duration // and when
}

// watch begins to watch the source's path, if it has one.
func (r *supervision) watch(ctx context.Context, wg *sync.WaitGroup) {
	located, ok := r.Source.(Locator)
	if !ok || r.look != nil {
		return
	}
	w, err := NewWatch(located.Path())
	if err != nil {
		r.Log.Warn("reader is looked for by the clock alone", slog.String("address", r.Address), slog.Any("error", err))
		return
	}
	r.look = w.Look()
	wg.Go(func() {
		if err := w.Run(ctx); err != nil && ctx.Err() == nil {
			r.Log.Warn("reader is looked for by the clock alone from now on", slog.String("address", r.Address), slog.Any("error", err))
		}
	})
}

// once runs the source one time. It always returns an error unless ctx has ended, and turns a panic into one.
func (r *supervision) once(ctx context.Context) (err error) {
	r.wasUp = false
	defer func() {
		if p := recover(); p != nil {
			err = NewCrashError(r.Address, p)
		}
		if crash, ok := errors.AsType[*CrashError](err); ok {
			r.Log.Error("reader crashed", slog.String("address", r.Address), slog.String("panic_type", crash.Type), slog.String("stack", crash.Stack))
		}
	}()
	err = r.Source.Run(ctx, r.up, r.Emit)
	if err == nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: %s ended without saying why; it is started again", ErrFault, r.Address)
	}
	return err
}

// up is told to the source as the call to make once the device is open.
func (r *supervision) up() {
	r.wasUp, r.upSince = true, r.Now()
	r.denied = 0
	r.status.Ups++
	detail := ""
	if d, ok := r.Source.(Describer); ok {
		detail = d.Describe()
	}
	r.recognise(detail)
	r.tell(StateUp, detail)
}

// recognise notices when another device answers at the address than the first one: somebody has changed the reader, or has shown it a setting
// code that makes it something else. A third device is told of as well. That the first is back is told once. Which device is right nobody here
// can know, so the first remains the measure for as long as Run lasts, and a reader that was replaced for good is taken over by a restart.
func (r *supervision) recognise(device string) {
	if device == "" {
		return
	}
	if r.first == "" {
		r.first, r.device = device, device
	}
	if r.device == device {
		return
	}
	r.device = device
	if device == r.first {
		r.notify(Notice{NoticeRestored, fmt.Sprintf("%s is %s again", r.Address, device)})
		return
	}
	r.notify(Notice{NoticeChanged, fmt.Sprintf("%s was %s and is now %s: if nobody changed the reader, somebody showed it a setting code; "+
		"set it up again and switch off its setting codes; if it was replaced for good, restart the service", r.Address, r.first, device)})
}

// notify passes on a notice and writes it into the log.
func (r *supervision) notify(n Notice) {
	say := r.Log.Warn
	if n.Kind == NoticeRestored {
		say = r.Log.Info
	}
	say("reader notice", slog.String("address", r.Address), slog.String("kind", string(n.Kind)), slog.String("detail", n.Detail))
	if r.Notice != nil {
		r.Notice(n)
	}
}

// forgive waits a moment and returns true when a denied opening may still be udev's being late.
func (r *supervision) forgive(ctx context.Context, err error) bool {
	if !errors.Is(err, ErrPermission) {
		r.denied = 0
		return false
	}
	if r.denied >= deniedTries {
		return false
	}
	r.denied++
	wait(ctx, nil, deniedPause)
	return true
}

// pause waits until it is time for the next attempt. The last one began at began.
func (r *supervision) pause(ctx context.Context, began time.Duration) {
	if r.wasUp && r.Now()-r.upSince >= settled {
		r.failed = 0
	}
	r.failed = min(max(2*r.failed, firstPause), longPause)
	if wait(ctx, r.look, r.failed) {
		wait(ctx, nil, minPause-(r.Now()-began))
	}
}

// detail is what the status says about an error.
func (r *supervision) detail(err error) string {
	state := stateOf(err)
	if r.Hint == nil || state != StateAbsent && state != StateNoPermission {
		return err.Error()
	}
	if r.status.State != state || r.Now()-r.hinted >= longPause {
		r.hint, r.hinted = r.Hint(), r.Now()
	}
	if r.hint == "" {
		return err.Error()
	}
	return err.Error() + ". " + r.hint
}

// tell publishes a status if it is a new one.
func (r *supervision) tell(state State, detail string) {
	if r.told && r.status.State == state && r.status.Detail == detail {
		return
	}
	changed := !r.told || r.status.State != state
	r.told = true
	r.status.State, r.status.Detail, r.status.Address, r.status.Since = state, detail, r.Address, r.Now()
	if changed {
		say := r.Log.Warn
		if state == StateUp || state == StateOpening || state == StateStopped {
			say = r.Log.Info
		}
		say("reader changed", slog.String("address", r.Address), slog.String("state", string(state)), slog.String("detail", detail))
	}
	if r.onStatus != nil {
		r.onStatus(r.status)
	}
}

// wait waits for d, for ctx or for look, and tells whether it was look.
func wait(ctx context.Context, look <-chan struct{}, d time.Duration) bool {
	if d <= 0 {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-look:
		return true
	}
	return false
}
