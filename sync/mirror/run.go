package mirror

import (
	"context"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// run is the state of one Run; its goroutine owns it. Moments are times since
// boot, which nobody sets.
type run struct {
	*Mirror

	prober  platform.Prober
	events  platform.EventLister
	lister  platform.TicketLister
	changes platform.ChangeLister

	pulled  []admission.Event // as last pulled
	hasKeys bool              // pulled at least once
	tasks   []*task           // the lists served
	size    pageSize

	contact chore         // probe and events
	probeAt time.Duration // of an account that gives no list
	doubt   bool          // something failed: ask whether the account can be reached before anything else

	trouble      platform.Class // why the account cannot be used, "" when it can
	accountError string         // the same for people
	storeError   string         // why our own store cannot, "" when it can
	pausedUntil  time.Duration
	askedUntil   time.Duration // the same by the server's own word
	pause        *backoff.ExponentialBackOff
	storePause   *backoff.ExponentialBackOff
	raised       string // the account's condition
	noList       bool   // the server is too old to list tickets
}

// chore is something to be done again and again.
type chore struct {
	dueAt     time.Duration
	asked     time.Duration // not before, by the server's own word
	retry     *backoff.ExponentialBackOff
	failures  int // in a row
	lastError string
}

// answered says that the platform did its part.
func (c *chore) answered() {
	c.failures, c.lastError = 0, ""
	c.retry.Reset()
}

// failed puts the chore off, for at least what the server asked for.
func (c *chore) failed(now time.Duration, err error) {
	c.failures++
	c.lastError = text(err)
	c.asked = now + asked(err)
	c.dueAt = max(now+c.retry.NextBackOff(), c.asked)
}

// revive makes a chore that failed due as soon as the server lets it be.
func (c *chore) revive(now time.Duration) {
	if c.failures > 0 {
		c.dueAt = min(c.dueAt, max(now, c.asked))
		c.retry.Reset()
	}
}

// task is the list of one event.
type task struct {
	event string
	sweep *admission.Sweep // the one that is running, nil between sweeps

	list      chore // pages of the full sweep
	increment chore

	after    afterPage
	tries    int           // sweeps at a stretch that the list changed under
	skipped  bool          // the list shrank under this sweep: rows may have slipped past
	barren   int           // pages in a row that brought nothing new
	topped   bool          // an increment has been pulled for what this sweep missed
	lastPage string        // cursor of the last page
	touched  time.Duration // when the running sweep last had an answer, since boot
	usable   bool          // its pages hold usable tickets only
	doubt    *doubt        // the list has shrunk and is not believed yet
	lost     bool          // increments cannot go on from the watermark; a sweep has to come first
	anew     bool          // that sweep has come: increments begin anew
	asOf     admission.Stamp
	unstable bool
	raised   bool
}

// afterPage is what a sweep needs next.
type afterPage uint8

const (
	readOn    afterPage = iota
	topUp               // tickets came onto the list behind the cursor: an increment has them
	readAgain           // the last page once more, for the total
	beginOver           // the list changed
	finish              // everything was seen
)

func (t *task) error() string { return first(t.list.lastError, t.increment.lastError) }

func newRun(m *Mirror) *run {
	r := &run{Mirror: m}
	r.prober, _ = m.cfg.Drawer.(platform.Prober)
	r.events, _ = m.cfg.Drawer.(platform.EventLister)
	r.lister, _ = m.cfg.Drawer.(platform.TicketLister)
	r.changes, _ = m.cfg.Drawer.(platform.ChangeLister)
	if r.lister != nil {
		smallest, first, largest := r.lister.PageLimits()
		r.size = newPageSize(smallest, first, largest, m.cfg.PageTarget)
	}
	r.pause, r.storePause = r.cfg.backoff(), r.cfg.backoff()
	r.contact.retry = r.cfg.backoff()
	return r
}

// now is the time since boot.
func (r *run) now() time.Duration { return r.cfg.Now().SinceBoot }

// step makes at most one pull and says how long to wait before the next, 0 for
// not at all. Every path that gives 0 has either stored something, or moved
// what it did into the future.
func (r *run) step(ctx context.Context) time.Duration {
	now := r.now()
	if now < r.pausedUntil {
		return r.pausedUntil - now
	}
	if now >= r.contact.dueAt {
		r.pullEvents(ctx)
		return 0
	}
	if r.doubt || (r.probesAlone() && now >= r.probeAt) {
		r.probe(ctx)
		return 0
	}
	if t := r.dueIncrement(now); t != nil {
		r.pullChanges(ctx, t)
		return 0
	}
	if t := r.duePage(now); t != nil {
		r.pullPage(ctx, t)
		return 0
	}
	return r.nextDue() - now
}

// duePage prefers the list whose sweep is running to one that would have to
// begin.
func (r *run) duePage(now time.Duration) *task {
	if r.lister == nil {
		return nil
	}
	var first *task
	for _, t := range r.tasks {
		switch {
		case now < t.list.dueAt:
		case t.sweep != nil:
			return t
		case first == nil:
			first = t
		}
	}
	return first
}

func (r *run) dueIncrement(now time.Duration) *task {
	if r.changes == nil {
		return nil
	}
	for _, t := range r.tasks {
		if now >= t.increment.dueAt {
			return t
		}
	}
	return nil
}

func (r *run) nextDue() time.Duration {
	next := r.contact.dueAt
	if r.probesAlone() {
		next = min(next, r.probeAt)
	}
	for _, t := range r.tasks {
		if r.lister != nil {
			next = min(next, t.list.dueAt)
		}
		if r.changes != nil {
			next = min(next, t.increment.dueAt)
		}
	}
	return next
}

// obey does what the outside asked for.
func (r *run) obey(o orders) {
	if o == (orders{}) {
		return
	}
	now := r.now()
	if o.doubt && r.trouble == "" {
		r.doubt = r.doubt || r.prober != nil
	}
	if (o.resume || o.sweep) && r.trouble == platform.Auth {
		r.pausedUntil, r.doubt = 0, true
	}
	if o.wake && r.trouble != platform.Auth && r.trouble != platform.Throttled {
		r.wake(now)
	}
	if o.sweep {
		r.askedUntil = 0
		r.wake(now)
		r.contact.dueAt = now
		for _, t := range r.tasks {
			t.list.dueAt, t.increment.dueAt = now, now
		}
	}
	if o.wake || o.sweep {
		r.reselect()
	}
}

// wake ends all pauses that are ours to end.
func (r *run) wake(now time.Duration) {
	r.pausedUntil = r.askedUntil
	r.pause.Reset()
	r.storePause.Reset()
	r.doubt = r.doubt || r.trouble != ""
	r.revive(now)
}

func (r *run) revive(now time.Duration) {
	r.contact.revive(now)
	for _, t := range r.tasks {
		t.list.revive(now)
		t.increment.revive(now)
	}
}

// reselect asks which lists to serve. A list that stays keeps its place; one
// that is new is due at once.
func (r *run) reselect() {
	now := r.now()
	var tasks []*task
	for _, id := range r.cfg.Select(r.pulled) {
		if slices.ContainsFunc(tasks, func(t *task) bool { return t.event == id }) {
			continue
		}
		if i := slices.IndexFunc(r.tasks, func(t *task) bool { return t.event == id }); i >= 0 {
			tasks = append(tasks, r.tasks[i])
			continue
		}
		tasks = append(tasks, &task{
			event:     id,
			list:      chore{dueAt: now, retry: r.cfg.backoff()},
			increment: chore{dueAt: now + r.cfg.IncrementEvery, retry: r.cfg.backoff()},
		})
	}
	for _, t := range r.tasks {
		if !slices.Contains(tasks, t) {
			r.forget(t)
		}
	}
	r.tasks = tasks
}
