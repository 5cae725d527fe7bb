package mirror

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatescand/sync/platform"
)

const (
	// longestWait is the most a server can make us wait.
	longestWait = time.Hour
	// oldServerEvery is when a server that was too old is asked again.
	oldServerEvery = time.Hour
	// patience is how many failures in a row of one list staff are not told of.
	patience = 3
)

// concernsAccount tells whether err would meet every other request as well.
// Where a probe can tell that, it is left to tell: a page in the place of one
// list, a worker that dies over it or a key that may not read it must not keep
// the other lists waiting. Without one, only a request that timed out is given
// the benefit of the doubt: it may have asked for too much.
func (r *run) concernsAccount(err error) bool {
	if r.prober != nil {
		return platform.ClassOf(err) == platform.Throttled
	}
	switch platform.ClassOf(err) {
	case platform.Captive, platform.Redirected, platform.Untrusted, platform.Auth, platform.Throttled:
		return true
	case platform.Offline:
		return !timedOut(err)
	case platform.Server, platform.Protocol, platform.Rejected, platform.Unsupported, platform.NotYet:
	}
	return false
}

// timedOut tells whether err is a deadline that passed, ours or the network's.
func timedOut(err error) bool {
	type timeout interface {
		error
		Timeout() bool
	}
	t, ok := errors.AsType[timeout](err)
	return (ok && t.Timeout()) || errors.Is(err, context.DeadlineExceeded)
}

// text gives what people may read of err. Only the errors of the contract are
// known to keep secrets.
func text(err error) string {
	if e, ok := errors.AsType[*platform.Error](err); ok {
		return e.Error()
	}
	return "the platform could not be reached; check the network and the account's url"
}

// codeOf gives the condition that tells of class.
func codeOf(class platform.Class) string {
	switch class {
	case platform.Captive:
		return CodeCaptive
	case platform.Redirected:
		return CodeRedirected
	case platform.Auth:
		return CodeAuth
	case platform.Untrusted:
		return CodeUntrusted
	case platform.Server, platform.Protocol, platform.Throttled, platform.Rejected, platform.Unsupported, platform.NotYet:
		return CodeServer
	case platform.Offline:
	}
	return CodeOffline
}

// asked gives the wait the server asked for, within reason.
func asked(err error) time.Duration {
	return min(platform.RetryAfterOf(err), longestWait)
}

// accountFailed stops all pulling for a while. When it goes on, a probe goes
// first.
func (r *run) accountFailed(err error) {
	class := platform.ClassOf(err)
	wait := max(r.pause.NextBackOff(), asked(err))
	if class == platform.Auth {
		wait = r.cfg.ReprobeEvery
	}
	r.pausedUntil = r.now() + wait
	r.askedUntil = r.now() + asked(err)
	r.doubt = true
	r.accountError = text(err)
	if class != r.trouble {
		r.cfg.Log.Warn("account cannot be pulled",
			slog.String("account", r.cfg.Account), slog.String("class", string(class)), slog.String("error", r.accountError))
	}
	r.trouble = class
	r.raise(codeOf(class), r.accountError)
}

// raise tells of the account's trouble, of one at a time.
func (r *run) raise(code, detail string) {
	if r.raised != "" && r.raised != code {
		r.cfg.Conditions.Clear(r.raised, r.cfg.Account)
	}
	r.raised = code
	r.cfg.Conditions.Raise(code, r.cfg.Account, detail)
}

// lower ends the account's condition.
func (r *run) lower() {
	if r.raised != "" {
		r.cfg.Conditions.Clear(r.raised, r.cfg.Account)
		r.raised = ""
	}
}

// reached says that the server has answered as it should.
func (r *run) reached() {
	if r.trouble == "" {
		return
	}
	r.cfg.Log.Info("account can be pulled again", slog.String("account", r.cfg.Account))
	r.trouble, r.accountError = "", ""
	r.pausedUntil = 0
	r.pause.Reset()
	r.lower()
	r.revive(r.now())
	r.cfg.OnChange(Change{Kind: Recovered})
}

// eventsFailed: the events did not come. Unless the account as a whole fails,
// the lists that are known to be wanted are pulled all the same.
func (r *run) eventsFailed(err error) {
	if r.concernsAccount(err) || platform.ClassOf(err) == platform.Auth {
		r.accountFailed(err)
		return
	}
	r.contact.failed(r.now(), err)
	r.doubt = r.prober != nil
	if r.contact.failures >= patience {
		r.raise(CodeServer, r.contact.lastError)
	}
	r.reselect()
}

// listFailed: one list did not come. Whether it is the account that fails, a
// probe will tell; until it has, only this list waits.
func (r *run) listFailed(t *task, c *chore, err error) {
	if r.concernsAccount(err) {
		r.accountFailed(err)
		return
	}
	if platform.ClassOf(err) == platform.Unsupported {
		c.dueAt = r.now() + oldServerEvery
		if c == &t.list {
			r.tooOld(err)
		}
		return
	}
	c.failed(r.now(), err)
	r.doubt = r.prober != nil
	if c.failures >= patience {
		t.raised = true
		r.cfg.Conditions.Raise(CodeServer, r.subject(t), c.lastError)
	}
}

// answered says that a pull of t came through.
func (r *run) answered(t *task, c *chore) {
	c.answered()
	if t.raised && t.list.failures == 0 && t.increment.failures == 0 {
		t.raised = false
		r.cfg.Conditions.Clear(CodeServer, r.subject(t))
	}
}

// forget ends the conditions of a list that is no longer served.
func (r *run) forget(t *task) {
	r.held(t)
	r.undoubted(t)
	r.answered(t, &t.list)
	r.answered(t, &t.increment)
}

// tooOld says that the server cannot list tickets. The account works without;
// staff are told unless the platform is one that never promised a list.
func (r *run) tooOld(err error) {
	if r.noList {
		return
	}
	r.noList = true
	r.cfg.Log.Warn("server cannot list tickets", slog.String("account", r.cfg.Account), slog.String("error", text(err)))
	if can := r.cfg.Drawer.Capabilities(); !can.ListsUsable || !can.AsksOnline {
		r.cfg.Conditions.Raise(CodeUnsupported, r.cfg.Account, text(err))
	}
}

// storeRefused: our own disk failed. Nothing was moved; the same is pulled
// again after a pause.
func (r *run) storeRefused(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if r.storeError == "" {
		r.cfg.Log.ErrorContext(ctx, "mirror cannot use the database",
			slog.String("account", r.cfg.Account), slog.Any("error", err))
	}
	r.storeError = "what was pulled could not be stored; see the conditions of disk and database"
	r.pausedUntil = r.now() + r.storePause.NextBackOff()
}

// storeTook says that our own disk works.
func (r *run) storeTook() {
	r.storeError = ""
	r.storePause.Reset()
}
