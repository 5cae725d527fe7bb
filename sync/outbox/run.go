package outbox

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

const (
	// longestWait is the most a server can make us wait, and the most a
	// delivery is ever put off: one that claims to be further away was put off
	// by a clock that has been set back since.
	longestWait = time.Hour
	// lookAgain bounds every wait, so that a clock that is set, or a wake that
	// was missed, costs no more than this.
	lookAgain = time.Minute
	// shortest is the least a worker waits when the store says that something
	// is due and then does not give it.
	shortest = time.Second
	// carefulChoice is how many more deliveries a careful worker chooses from.
	carefulChoice = 64
)

// run is the state of one Run; its goroutine owns it. Moments are times since
// boot, which nobody sets.
type run struct {
	*Worker

	parallel int
	busy     map[admission.TicketKey]bool // in flight, or answered and not stored
	answers  chan answer

	unstored   []settlement
	storeAt    time.Duration // when the store may be tried again
	storePause *backoff.ExponentialBackOff
	jotPause   *backoff.ExponentialBackOff // for memos alone: an intent may fit where a memo does not
	storeError string

	trouble     platform.Class // why the account cannot be used, "" when it can
	stopped     bool           // the key is refused
	reprobeAt   time.Duration  // when one delivery is tried all the same
	careful     bool           // one request at a time until one succeeds
	pausedUntil time.Duration
	pause       *backoff.ExponentialBackOff // for what meets every request
	serverPause *backoff.ExponentialBackOff // for a server that fails
	raised      string
	lastError   string

	retries map[int64]*backoff.ExponentialBackOff // of deliveries that failed alone
	failing map[admission.TicketKey]bool          // tickets that failed since the last success
	forced  *forced                               // a person or the network asked for everything now

	askedUntil time.Duration           // the account is not asked before, by the server's own word
	asked      map[int64]time.Duration // nor these deliveries; also what the disk did not put off
}

// forced is a pass over everything pending, whatever it was put off to.
type forced struct {
	horizon time.Time     // wall clock
	until   time.Duration // since boot; then the pass is over
	tried   map[int64]bool
}

// answer is what came of one request.
type answer struct {
	delivery admission.Delivery
	outcome  admission.Outcome
	err      error
	unjotted error // the store did not take a memo; nothing was sent after that
	jotted   bool
	started  time.Duration
}

// settlement is an outcome on its way to the store.
type settlement struct {
	delivery admission.Delivery
	outcome  admission.Outcome
}

func newRun(w *Worker) *run {
	parallel := max(w.cfg.Deliverer.Parallel(), 1)
	return &run{
		Worker:      w,
		parallel:    parallel,
		busy:        make(map[admission.TicketKey]bool),
		answers:     make(chan answer, parallel),
		storePause:  w.cfg.backoff(w.cfg.MaxServerPause),
		jotPause:    w.cfg.backoff(w.cfg.MaxServerPause),
		pause:       w.cfg.backoff(w.cfg.MaxPause),
		serverPause: w.cfg.backoff(w.cfg.MaxServerPause),
		retries:     make(map[int64]*backoff.ExponentialBackOff),
		failing:     make(map[admission.TicketKey]bool),
		asked:       make(map[int64]time.Duration),
	}
}

func (r *run) now() time.Duration { return r.cfg.Now().SinceBoot }

func (r *run) inFlight() int { return len(r.busy) - len(r.unstored) }

// obey does what the outside asked for.
func (r *run) obey(o orders) {
	if o.resume && r.stopped {
		r.stopped = false
		o.retry = true
	}
	if !o.retry || r.stopped || r.trouble == platform.Throttled {
		return
	}
	r.pausedUntil, r.storeAt = r.askedUntil, 0
	r.pause.Reset()
	r.serverPause.Reset()
	r.storePause.Reset()
	r.jotPause.Reset()
	r.careful = r.careful || r.trouble != ""
	clear(r.retries)
	r.forced = &forced{
		horizon: r.cfg.Now().Wall.Add(2 * longestWait),
		until:   r.now() + lookAgain,
		tried:   make(map[int64]bool),
	}
}

// step starts what can be started and says how long to wait for anything else.
// Requests, and the storing of what they bring, live as long as requests does.
func (r *run) step(ctx, requests context.Context) time.Duration {
	now := r.now()
	if now < r.storeAt {
		return r.storeAt - now
	}
	if !r.storeUnstored(requests) {
		return r.storeAt - now
	}
	if r.stopped && now < r.reprobeAt {
		return min(r.reprobeAt-now, lookAgain)
	}
	if r.stopped {
		r.stopped, r.careful = false, true // one request; the next refusal stops it again
	}
	if now < r.pausedUntil {
		return min(r.pausedUntil-now, lookAgain)
	}
	wait, err := r.startDue(ctx, requests)
	if err != nil {
		if ctx.Err() == nil {
			r.storeRefused(ctx, err)
		}
		return max(r.storeAt-now, shortest)
	}
	r.storeTook()
	return wait
}

// free is how many more requests may be started.
func (r *run) free() int {
	if r.careful {
		return 1 - r.inFlight()
	}
	return r.parallel - r.inFlight()
}

// startDue starts as many due deliveries as the server bears.
func (r *run) startDue(ctx, requests context.Context) (time.Duration, error) {
	if r.free() <= 0 {
		return lookAgain, nil
	}
	now := r.cfg.Now().Wall
	at := now
	if r.forced != nil && r.now() >= r.forced.until {
		r.forced = nil
	}
	if r.forced != nil {
		at = r.forced.horizon
	}
	started, err := r.startUntil(ctx, requests, at)
	if err != nil || started > 0 {
		return lookAgain, err
	}
	r.forced = nil
	next, ok, err := r.cfg.Store.NextDue(ctx, r.cfg.Account)
	if err != nil || !ok {
		return lookAgain, err
	}
	wait := next.Sub(now)
	if wait > 2*longestWait {
		// Put off by a clock that was ahead. It is due.
		if started, err = r.startUntil(ctx, requests, next); err != nil || started > 0 {
			return lookAgain, err
		}
	}
	return min(max(wait, shortest), lookAgain), nil
}

// startUntil starts what is due at the given time.
func (r *run) startUntil(ctx, requests context.Context, at time.Time) (started int, err error) {
	r.forgetAsked()
	limit := 4*r.parallel + len(r.busy) + len(r.asked)
	if r.forced != nil {
		limit += len(r.forced.tried)
	}
	if r.careful {
		limit += carefulChoice
	}
	due, err := r.cfg.Store.Due(ctx, r.cfg.Account, at, limit)
	if err != nil {
		return 0, err
	}
	if r.careful {
		// The one request goes to a delivery that has failed least, so that
		// those which cannot succeed do not stand in front of those which can.
		slices.SortStableFunc(due, func(a, b admission.Delivery) int { return cmp.Compare(a.Attempt, b.Attempt) })
	}
	for _, d := range due {
		if r.free() <= 0 {
			break
		}
		if r.busy[d.Ticket] || r.asked[d.Seq] > 0 || (r.forced != nil && r.forced.tried[d.Seq]) {
			continue
		}
		err := r.start(ctx, requests, d)
		if err != nil && r.cfg.Gone(err) {
			continue
		}
		if err != nil {
			return started, err
		}
		started++
	}
	return started, nil
}

// forgetAsked lets go of the waits that are over.
func (r *run) forgetAsked() {
	now := r.now()
	maps.DeleteFunc(r.asked, func(_ int64, until time.Duration) bool { return until <= now })
}

// start makes the intent durable, then sends the request.
func (r *run) start(ctx, requests context.Context, d admission.Delivery) error {
	n, err := r.cfg.Store.Attempt(ctx, d.Seq)
	if err != nil {
		return err
	}
	d.Attempt = n
	r.busy[d.Ticket] = true
	if r.forced != nil {
		r.forced.tried[d.Seq] = true
	}
	a := answer{delivery: d, started: r.now()}
	go func() {
		sending, cancel := context.WithTimeout(requests, r.cfg.RequestTimeout)
		defer cancel()
		jot := func(ctx context.Context, memo string) error {
			err := r.cfg.Store.Jot(ctx, d.Seq, memo)
			if ctx.Err() == nil { // else the attempt came to its end, and not the disk
				a.unjotted = errors.Join(a.unjotted, err)
			}
			a.jotted = a.jotted || err == nil
			return err
		}
		a.outcome, a.err = r.cfg.Deliverer.Deliver(sending, d, jot)
		r.answers <- a // has room for every request there can be
	}()
	return nil
}

// take deals with one answer.
func (r *run) take(ctx context.Context, a answer) {
	if a.unjotted != nil {
		delete(r.busy, a.delivery.Ticket)
		if ctx.Err() == nil && !r.cfg.Gone(a.unjotted) {
			r.storeRefused(ctx, a.unjotted)
			r.storeAt = max(r.storeAt, r.now()+r.jotPause.NextBackOff())
		}
		return
	}
	if a.jotted {
		r.jotPause.Reset()
	}
	if a.err == nil && !known(a.outcome) {
		a.err = &platform.Error{
			Class: platform.Protocol, Op: "deliver", Host: r.cfg.Account,
			Detail: "the answer has a form that is not known",
		}
	}
	if a.err != nil && platform.ClassOf(a.err) == platform.Rejected {
		a.outcome, a.err = rejection(a.err), nil
	}
	if a.err != nil {
		delete(r.busy, a.delivery.Ticket)
		r.failed(ctx, a)
		return
	}
	r.succeeded()
	delete(r.retries, a.delivery.Seq)
	r.unstored = append(r.unstored, settlement{delivery: a.delivery, outcome: a.outcome})
	if r.now() >= r.storeAt {
		r.storeUnstored(context.WithoutCancel(ctx)) // the drain may have been cut; the disk has not
	}
}

// storeUnstored brings outcomes into the store, and tells whether all are in.
// Until they are, their tickets stay busy and nothing is asked again.
func (r *run) storeUnstored(ctx context.Context) bool {
	for len(r.unstored) > 0 {
		s := r.unstored[0]
		err := r.cfg.Store.Settle(ctx, s.delivery.Seq, s.outcome)
		gone := err != nil && r.cfg.Gone(err)
		if err != nil && !gone {
			r.storeRefused(ctx, err)
			return false
		}
		r.storeTook()
		r.unstored = r.unstored[1:]
		delete(r.busy, s.delivery.Ticket)
		if !gone {
			r.cfg.Count(tallyOf(s.outcome.Kind))
		}
	}
	return true
}

func (r *run) storeRefused(ctx context.Context, err error) {
	if r.storeError == "" {
		r.cfg.Log.ErrorContext(ctx, "outbox cannot use the database",
			slog.String("account", r.cfg.Account), slog.Any("error", err))
	}
	r.storeError = "the database does not take what became of deliveries; see the conditions of disk and database"
	r.storeAt = r.now() + r.storePause.NextBackOff()
}

func (r *run) storeTook() {
	r.storeError = ""
	r.storePause.Reset()
}

// drain waits for the requests in flight, at most for the drain time, and
// stores what they bring. What the store does not take now, the intent on
// disk will bring up again.
func (r *run) drain(ctx context.Context, abandon context.CancelFunc) {
	timer := time.NewTimer(r.cfg.Drain)
	defer timer.Stop()
	cut, over := r.cut, timer.C
	for r.inFlight() > 0 {
		select {
		case a := <-r.answers:
			r.take(ctx, a)
		case <-cut:
			abandon()
			cut, over = nil, nil
		case <-over:
			abandon()
			cut, over = nil, nil
		}
	}
	r.storeUnstored(context.WithoutCancel(ctx))
	r.publish()
}
