package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gatescand/scanner/admission"
)

// ErrIncomplete is wrapped by New when the configuration lacks a part that a
// reconciler cannot work without.
var ErrIncomplete = errors.New("reconcile: incomplete configuration")

const (
	// batch is how many admitted tickets are looked at between two looks at
	// the context.
	batch = 200
	// againAfter is when a comparison that the store broke off is repeated.
	againAfter = time.Minute
)

// Store gives the two sides and keeps the findings.
type Store interface {
	// Admitted gives the tickets of event that this station let in and whose
	// last admission comes after the given place in the journal, in the order
	// of those admissions.
	Admitted(ctx context.Context, account, event string, after int64, limit int) ([]admission.Admitted, error)
	// ResetPresence lets a ticket enter again, unless it has entered since the
	// entry at lastEntrySeq; done tells whether it did.
	ResetPresence(ctx context.Context, key admission.TicketKey, lastEntrySeq int64, why string) (done bool, err error)
	// TellEntry has an entry delivered that stood for a use which was undone
	// before it, unless the ticket has entered since the entry at lastEntrySeq;
	// done tells whether it did.
	TellEntry(ctx context.Context, key admission.TicketKey, lastEntrySeq int64) (done bool, err error)
	// OpenConflict opens a conflict; opened is false when this disagreement
	// has been opened before.
	OpenConflict(ctx context.Context, c admission.Conflict) (id int64, opened bool, err error)
}

// Config is what a reconciler works with. Store and Now are needed.
type Config struct {
	Store Store
	Now   func() admission.Stamp
	Log   *slog.Logger
	// OnFinding is told of each conflict that was opened, each ticket that was
	// reset and each entry that is to be delivered after all, on the reconciler's own goroutine; it must return soon.
	OnFinding func(admission.TicketKey, Finding)
}

// Reconciler compares lists with the journal, one after the other.
type Reconciler struct {
	cfg  Config
	poke chan struct{}

	mu   sync.Mutex
	asks []list // each once
}

// list names the list of one event.
type list struct{ account, event string }

// New prepares a reconciler.
func New(cfg Config) (*Reconciler, error) {
	switch {
	case cfg.Store == nil:
		return nil, fmt.Errorf("%w: no store", ErrIncomplete)
	case cfg.Now == nil:
		return nil, fmt.Errorf("%w: no clock", ErrIncomplete)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.OnFinding == nil {
		cfg.OnFinding = func(admission.TicketKey, Finding) {}
	}
	return &Reconciler{cfg: cfg, poke: make(chan struct{}, 1)}, nil
}

// Request asks for a comparison of one list. It returns at once; what is asked
// for twice before it begins is compared once.
func (r *Reconciler) Request(account, event string) {
	r.mu.Lock()
	l := list{account, event}
	known := false
	for _, a := range r.asks {
		known = known || a == l
	}
	if !known {
		r.asks = append(r.asks, l)
	}
	r.mu.Unlock()
	select {
	case r.poke <- struct{}{}:
	default:
	}
}

// Run compares what is requested until ctx ends, and then returns nil. What
// the store broke off is repeated after a while.
func (r *Reconciler) Run(ctx context.Context) error {
	timer := time.NewTimer(againAfter)
	defer timer.Stop()
	var broken []list
	for ctx.Err() == nil {
		if l, ok := r.next(); ok {
			if err := r.After(ctx, l.account, l.event); err != nil && ctx.Err() == nil {
				r.cfg.Log.ErrorContext(ctx, "list could not be compared with the journal",
					slog.String("account", l.account), slog.String("event", l.event), slog.Any("error", err))
				broken = append(broken, l)
				timer.Reset(againAfter)
			}
			continue
		}
		select {
		case <-ctx.Done():
		case <-r.poke:
		case <-timer.C:
			for _, l := range broken {
				r.Request(l.account, l.event)
			}
			broken = nil
		}
	}
	return nil
}

func (r *Reconciler) next() (list, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.asks) == 0 {
		return list{}, false
	}
	l := r.asks[0]
	r.asks = r.asks[1:]
	return l, true
}

// After compares the list of one event as it now stands with the journal. It
// may be broken off and repeated at any point: what has been found is found
// once.
func (r *Reconciler) After(ctx context.Context, account, event string) error {
	var after int64
	for {
		admitted, err := r.cfg.Store.Admitted(ctx, account, event, after, batch)
		if err != nil {
			return fmt.Errorf("compare the list of %s with the journal: %w", account, err)
		}
		for _, a := range admitted {
			if err := r.settle(ctx, a); err != nil {
				return fmt.Errorf("compare the list of %s with the journal: %w", account, err)
			}
			if a.Seq <= after {
				return nil // a store that does not advance has nothing more to tell
			}
			after = a.Seq
		}
		if len(admitted) == 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// settle writes down what one admitted ticket shows.
func (r *Reconciler) settle(ctx context.Context, a admission.Admitted) error {
	for _, f := range Compare(a) {
		var done bool
		var err error
		switch {
		case f.Untold:
			done, err = r.cfg.Store.TellEntry(ctx, a.Key, a.Presence.LastEntry.Seq)
		case f.Reset:
			done, err = r.cfg.Store.ResetPresence(ctx, a.Key, a.Presence.LastEntry.Seq, f.Theirs)
		default:
			_, done, err = r.cfg.Store.OpenConflict(ctx, r.conflict(a, f))
		}
		if err != nil {
			return err
		}
		if done {
			r.cfg.OnFinding(a.Key, f)
		}
	}
	return nil
}

func (r *Reconciler) conflict(a admission.Admitted, f Finding) admission.Conflict {
	c := admission.Conflict{
		Kind:     f.Conflict,
		Ticket:   a.Key,
		OpenedAt: r.cfg.Now(),
		Seq:      a.Seq,
		OurAt:    a.Presence.LastEntry.At,
		OurLane:  a.Presence.LastEntry.Lane,
		Theirs:   f.Theirs,
		Remedy:   f.Remedy,
	}
	if a.Ticket != nil && a.Ticket.Used {
		c.TheirAt = a.Ticket.UsedAt
	}
	return c
}
