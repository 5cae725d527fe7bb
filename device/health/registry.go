package health

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Condition is something wrong, or worth knowing, with what to do about it.
type Condition struct {
	Code     Code
	Subject  string // what the code is about, see [Code]
	Severity Severity
	Detail   string // what Text says beside the code and the subject, "" for nothing
	Text     string
	Remedy   string
	Since    time.Time // when it was first raised
}

// Change is one change of a condition. Raised is false when it went; then
// Condition is what it was.
type Change struct {
	Condition

	Raised bool
}

// Registry holds the conditions that stand. Its methods may be called from any
// goroutine.
type Registry struct {
	now func() time.Time

	mu       sync.Mutex
	standing map[key]Condition
	watchers map[int]func(Change)
	next     int

	// telling keeps the watchers' order of events equal to the registry's.
	telling sync.Mutex
}

type key struct {
	code    Code
	subject string
}

// NewRegistry gives an empty registry; now tells the wall clock.
func NewRegistry(now func() time.Time) *Registry {
	return &Registry{now: now, standing: make(map[key]Condition), watchers: make(map[int]func(Change))}
}

// Raise says that a condition stands. Raising it again changes its detail and
// keeps its Since; with the same detail it does nothing. The detail is a
// sentence for people: no secrets, names or codes of tickets.
func (r *Registry) Raise(code Code, subject, detail string) {
	r.telling.Lock()
	defer r.telling.Unlock()
	severity, text, remedy := describe(code, subject, detail)
	c := Condition{Code: code, Subject: subject, Severity: severity, Detail: detail, Text: text, Remedy: remedy}
	r.mu.Lock()
	k := key{code, subject}
	old, stood := r.standing[k]
	if stood {
		c.Since = old.Since
		if c == old {
			r.mu.Unlock()
			return
		}
	} else {
		c.Since = r.now()
	}
	r.standing[k] = c
	r.mu.Unlock()
	r.tell(Change{Condition: c, Raised: true})
}

// Clear says that a condition no longer stands, if it did.
func (r *Registry) Clear(code Code, subject string) {
	r.telling.Lock()
	defer r.telling.Unlock()
	r.mu.Lock()
	k := key{code, subject}
	old, stood := r.standing[k]
	delete(r.standing, k)
	r.mu.Unlock()
	if stood {
		r.tell(Change{Condition: old})
	}
}

// Set raises or clears.
func (r *Registry) Set(stands bool, code Code, subject, detail string) {
	if stands {
		r.Raise(code, subject, detail)
		return
	}
	r.Clear(code, subject)
}

// ClearSubject clears every condition among codes that is about subject; all
// codes if none are given. Use it when an account or a lane is gone.
func (r *Registry) ClearSubject(subject string, codes ...Code) {
	for _, c := range r.List() {
		if c.Subject == subject && (len(codes) == 0 || slices.Contains(codes, c.Code)) {
			r.Clear(c.Code, c.Subject)
		}
	}
}

// List gives the standing conditions: the gravest first, then by age.
func (r *Registry) List() []Condition {
	r.mu.Lock()
	out := make([]Condition, 0, len(r.standing))
	for _, c := range r.standing {
		out = append(out, c)
	}
	r.mu.Unlock()
	slices.SortFunc(out, func(a, b Condition) int {
		return cmp.Or(
			cmp.Compare(a.Severity.rank(), b.Severity.rank()),
			a.Since.Compare(b.Since),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Subject, b.Subject),
		)
	})
	return out
}

// Watch calls f with every change from now on, in order, on the goroutine that
// made it. f must return soon and must not raise or clear. The returned
// function ends it.
func (r *Registry) Watch(f func(Change)) (stop func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next++
	id := r.next
	r.watchers[id] = f
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watchers, id)
	}
}

func (r *Registry) tell(c Change) {
	r.mu.Lock()
	watchers := make([]func(Change), 0, len(r.watchers))
	for _, f := range r.watchers {
		watchers = append(watchers, f)
	}
	r.mu.Unlock()
	for _, f := range watchers {
		f(c)
	}
}
