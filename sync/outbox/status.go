package outbox

import (
	"time"

	"gatescand/sync/platform"
)

// State says in one word what a worker is doing.
type State string

// The states of a worker.
const (
	StateIdle       State = "idle"
	StateDelivering State = "delivering"
	StateWaiting    State = "waiting" // the store failed, or one delivery waits alone
	StateOffline    State = "offline"
	StateCaptive    State = "captive"
	StateRedirected State = "redirected"
	StateThrottled  State = "throttled"
	StateServer     State = "server_failing"
	StateUntrusted  State = "untrusted"
	StateAuthFailed State = "auth_failed" // stopped until Resume, or until a try after a while succeeds
)

func stateOf(class platform.Class) State {
	switch class {
	case platform.Captive:
		return StateCaptive
	case platform.Redirected:
		return StateRedirected
	case platform.Throttled:
		return StateThrottled
	case platform.Auth:
		return StateAuthFailed
	case platform.Untrusted:
		return StateUntrusted
	case platform.Server, platform.Protocol, platform.Rejected, platform.Unsupported, platform.NotYet:
		return StateServer
	case platform.Offline:
	}
	return StateOffline
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

// Status is a snapshot for people. How much is pending, the store knows.
type Status struct {
	State    State
	InFlight int       // requests under way
	Unstored int       // outcomes the store has not taken yet
	Error    string    // of the last failure, "" when all is well; without secrets and names
	NextAt   time.Time // when a pause ends, wall clock; zero without one
}

// Status gives a snapshot. It may be called from any goroutine at any time.
func (w *Worker) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

func (r *run) publish() {
	s := Status{State: StateIdle, InFlight: len(r.busy) - len(r.unstored), Unstored: len(r.unstored), Error: r.lastError}
	if r.storeError != "" {
		s.Error = r.storeError
	}
	switch {
	case r.trouble != "":
		s.State = stateOf(r.trouble)
	case s.InFlight > 0:
		s.State = StateDelivering
	case s.Error != "":
		s.State = StateWaiting
	}
	if now := r.cfg.Now(); r.pausedUntil > now.SinceBoot {
		s.NextAt = now.Wall.Add(r.pausedUntil - now.SinceBoot)
	}
	r.mu.Lock()
	same := r.status == s
	r.status = s
	r.mu.Unlock()
	if !same {
		r.cfg.OnStatus(s)
	}
}
