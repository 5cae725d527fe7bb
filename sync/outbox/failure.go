package outbox

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatescand/sync/platform"
)

// enough is how many different tickets must fail without a success between
// them before a failing server is taken to fail for all.
const enough = 2

// concernsAccount tells whether an error of class would meet every other
// delivery as well.
func concernsAccount(class platform.Class) bool {
	switch class {
	case platform.Offline, platform.Captive, platform.Redirected, platform.Throttled, platform.Auth, platform.Untrusted:
		return true
	case platform.Server, platform.Protocol, platform.Rejected, platform.Unsupported, platform.NotYet:
	}
	return false
}

// text gives what people may read of err. Only the errors of the contract are
// known to keep secrets.
func text(err error) string {
	if e, ok := errors.AsType[*platform.Error](err); ok {
		return e.Error()
	}
	return "the platform could not be reached; check the network and the account's url"
}

// failed deals with a request that must be repeated. The delivery is put off
// beyond the account's own pause, so that when that ends another one goes
// first: no delivery can hold up the rest for ever.
func (r *run) failed(ctx context.Context, a answer) {
	if ctx.Err() != nil {
		return // abandoned by the drain; the intent is on disk
	}
	class := platform.ClassOf(a.err)
	if class == platform.NotYet {
		// The platform has answered as it should; this delivery alone waits.
		r.succeeded()
		r.postpone(ctx, a, true)
		return
	}
	r.cfg.Count(Failed)
	r.lastError = text(a.err)
	r.failing[a.delivery.Ticket] = true
	alone := !concernsAccount(class) && len(r.failing) < enough
	if !alone {
		r.accountFailed(class, a)
	}
	r.postpone(ctx, a, alone)
}

// accountFailed pauses the account, or stops it when its key is refused.
func (r *run) accountFailed(class platform.Class, a answer) {
	r.forced = nil
	r.careful = true
	if r.stopped {
		return // a request that was in flight when the key was refused says nothing new
	}
	if class != r.trouble {
		r.cfg.Log.Warn("deliveries wait",
			slog.String("account", r.cfg.Account), slog.String("class", string(class)), slog.String("error", r.lastError))
	}
	r.trouble = class
	r.raise(codeOf(class))
	if class == platform.Auth {
		r.stopped = true
		r.pausedUntil = 0
		r.reprobeAt = r.now() + r.cfg.ReprobeEvery
		return
	}
	wait := asked(a.err)
	r.askedUntil = max(r.askedUntil, r.now()+wait)
	if a.started >= r.pausedUntil {
		// Requests in flight together fail together; that is one failure.
		pause := r.pause
		if !concernsAccount(class) {
			pause = r.serverPause
		}
		wait = max(wait, pause.NextBackOff())
	}
	r.pausedUntil = max(r.pausedUntil, r.now()+wait)
}

// asked gives the wait the server asked for, within reason.
func asked(err error) time.Duration {
	return min(platform.RetryAfterOf(err), longestWait)
}

// postpone writes down that a delivery waits, and why.
func (r *run) postpone(ctx context.Context, a answer, alone bool) {
	now := r.cfg.Now()
	wait := max(r.pausedUntil-now.SinceBoot, 0)
	switch {
	case alone:
		b := r.retries[a.delivery.Seq]
		if b == nil {
			b = r.cfg.backoff(r.cfg.MaxPause)
			r.retries[a.delivery.Seq] = b
		}
		wait = max(b.NextBackOff(), asked(a.err))
		if until := asked(a.err); until > 0 {
			r.asked[a.delivery.Seq] = now.SinceBoot + until
			if platform.ClassOf(a.err) == platform.NotYet {
				wait = max(until, shortest) // the drawer knows when, and more patience would not help
			}
		}
	case !r.stopped:
		wait += shortest
	}
	if err := r.cfg.Store.Postpone(ctx, a.delivery.Seq, now.Wall.Add(wait), text(a.err)); err != nil && !r.cfg.Gone(err) {
		r.asked[a.delivery.Seq] = now.SinceBoot + wait // what the disk does not take is kept in mind
		r.storeRefused(ctx, err)
	}
}

// raise tells of the account's trouble, of one at a time.
func (r *run) raise(code string) {
	if r.raised != "" && r.raised != code {
		r.cfg.Conditions.Clear(r.raised, r.cfg.Account)
	}
	r.raised = code
	r.cfg.Conditions.Raise(code, r.cfg.Account, r.lastError)
}

// succeeded says that the platform has answered as it should. That says
// nothing of a key that has been refused since, and does not shorten what the
// server asked us to wait.
func (r *run) succeeded() {
	clear(r.failing)
	if r.stopped || r.now() < r.askedUntil {
		return
	}
	if r.trouble != "" {
		r.cfg.Log.Info("deliveries go on", slog.String("account", r.cfg.Account))
	}
	r.trouble, r.lastError = "", ""
	r.careful = false
	r.pausedUntil = 0
	r.pause.Reset()
	r.serverPause.Reset()
	if r.raised != "" {
		r.cfg.Conditions.Clear(r.raised, r.cfg.Account)
		r.raised = ""
	}
}
