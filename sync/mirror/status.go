package mirror

import (
	"slices"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// State says in one word what a mirror is doing.
type State string

// The states of a mirror.
const (
	StateStarting   State = "starting" // nothing has been asked yet
	StateIdle       State = "idle"     // in step, until the next round
	StateSweeping   State = "sweeping" // a full sweep is running
	StateWaiting    State = "waiting"  // something failed and will be tried again
	StateOffline    State = "offline"
	StateCaptive    State = "captive"
	StateRedirected State = "redirected"
	StateThrottled  State = "throttled"
	StateServer     State = "server_failing"
	StateUntrusted  State = "untrusted"
	StateAuthFailed State = "auth_failed" // stopped until Resume, or until a probe finds the key accepted
)

// stateOf names the state of an account that cannot be used for class.
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

// Status is a snapshot for people.
type Status struct {
	State   State
	Running bool // a full sweep is running
	Done    int  // tickets seen so far by the running sweeps
	Total   int  // as the platform says, -1 where it does not
	// AsOf tells since when at least every served list is complete. It is zero
	// until all were, in this run, and stays so where there is no list.
	AsOf   admission.Stamp
	Error  string    // of the last failure, "" when all is well; without secrets and names
	NextAt time.Time // of the next request, wall clock; zero while one is under way
	// NoList tells that the platform gives no ticket list, or that this
	// server is too old for it.
	NoList bool
	Events []EventStatus
}

// EventStatus is Status for the list of one event.
type EventStatus struct {
	Event    string
	Running  bool
	Done     int
	Total    int
	AsOf     admission.Stamp // when the last complete sweep or later increment began; zero until one was, in this run
	Error    string
	Unstable bool // the list changed under every sweep tried
	Doubted  bool // the list has lost most of its tickets, and another look must say so
}

func (s Status) equal(o Status) bool {
	return s.State == o.State && s.Running == o.Running && s.Done == o.Done && s.Total == o.Total &&
		s.AsOf == o.AsOf && s.Error == o.Error && s.NextAt.Equal(o.NextAt) && s.NoList == o.NoList &&
		slices.Equal(s.Events, o.Events)
}

// Status gives a snapshot. It may be called from any goroutine at any time.
func (m *Mirror) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.status
	s.Events = slices.Clone(s.Events)
	return s
}

// publish takes the snapshot and tells the owner when it says something new.
// wait is how long nothing will happen, 0 when the next request follows.
func (r *run) publish(wait time.Duration) {
	s := r.snapshot()
	if wait > 0 {
		s.NextAt = r.cfg.Now().Wall.Add(wait)
	}
	r.mu.Lock()
	same := r.status.equal(s)
	r.status = s
	r.mu.Unlock()
	if !same {
		r.cfg.OnChange(Change{Kind: StatusChanged})
	}
}

func (r *run) snapshot() Status {
	s := Status{State: StateIdle, NoList: r.lister == nil || r.noList}
	if len(r.tasks) > 0 {
		s.AsOf = r.tasks[0].asOf
	}
	for _, t := range r.tasks {
		e := EventStatus{Event: t.event, AsOf: t.asOf, Error: t.error(), Unstable: t.unstable, Doubted: t.doubt != nil, Total: -1}
		if t.sweep != nil && t.after != beginOver && !r.noList {
			e.Running, e.Done, e.Total = true, t.sweep.Seen, t.sweep.Total
			s.Running = true
			s.Done += e.Done
			s.Total = sumKnown(s.Total, e.Total)
		}
		if earlier(t.asOf, s.AsOf) {
			s.AsOf = t.asOf
		}
		s.Events = append(s.Events, e)
		if s.Error == "" {
			s.Error = e.Error
		}
	}
	s.Error = first(r.storeError, r.accountError, r.contact.lastError, s.Error)
	switch {
	case r.trouble != "":
		s.State = stateOf(r.trouble)
	case s.Error != "":
		s.State = StateWaiting
	case s.Running:
		s.State = StateSweeping
	}
	return s
}

// first gives the first text that says something.
func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

func sumKnown(a, b int) int {
	if a < 0 || b < 0 {
		return -1
	}
	return a + b
}

// earlier tells whether a is the older of two stamps. One that says nothing is
// older than any other; where nothing can be known, a is not.
func earlier(a, b admission.Stamp) bool {
	if b.IsZero() {
		return false
	}
	if a.IsZero() {
		return true
	}
	d, known := b.Since(a)
	return known && d > 0
}
