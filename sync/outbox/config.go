package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// ErrIncomplete is wrapped by New when the configuration lacks a part that a
// worker cannot work without.
var ErrIncomplete = errors.New("outbox: incomplete configuration")

// Store keeps the deliveries.
type Store interface {
	// Due gives the pending deliveries of account whose time has come at now,
	// in the order of the journal. A delivery is not due while an earlier one
	// of its ticket is pending.
	Due(ctx context.Context, account string, now time.Time, limit int) ([]admission.Delivery, error)
	// NextDue tells when the first pending delivery is due; ok is false when
	// nothing is pending.
	NextDue(ctx context.Context, account string) (at time.Time, ok bool, err error)
	// Attempt makes the intent of a request durable and gives its number,
	// from 1.
	Attempt(ctx context.Context, seq int64) (int, error)
	// Settle ends a delivery.
	Settle(ctx context.Context, seq int64, o admission.Outcome) error
	// Postpone keeps a delivery pending until a later time; cause is for people.
	Postpone(ctx context.Context, seq int64, until time.Time, cause string) error
	// Jot makes a memo of the drawer durable, in place of an earlier one.
	Jot(ctx context.Context, seq int64, memo string) error
}

// Conditions is told what staff should know about. Raising what is raised
// already renews its detail; clearing what is not raised does nothing.
type Conditions interface {
	Raise(code, subject, detail string)
	Clear(code, subject string)
}

// The codes of the conditions a worker raises. The subject is the account.
const (
	CodeOffline    = "account_offline"
	CodeCaptive    = "account_captive"
	CodeAuth       = "account_auth"
	CodeServer     = "account_server"
	CodeUntrusted  = "account_untrusted"
	CodeRedirected = "account_redirected"
)

// Tally is what is counted.
type Tally string

// The tallies. Every settled delivery counts once under one of the first
// four, every request that must be repeated counts under the last.
const (
	Delivered Tally = "delivered"
	Ours      Tally = "ours"
	Conflict  Tally = "conflict"
	Buried    Tally = "buried"
	Failed    Tally = "failed"
)

// Config is what a worker works with. Account, Deliverer, Store and Now are
// needed; everything else has a default.
type Config struct {
	Account    string
	Deliverer  platform.Deliverer
	Store      Store
	Now        func() admission.Stamp // intervals are measured by its SinceBoot
	Conditions Conditions             // may be nil
	Log        *slog.Logger
	// Gone tells of an error of the store that the delivery is no longer
	// pending: withdrawn, or settled by a person. What was to be written about
	// it is then dropped. nil takes every error for a store that fails.
	Gone func(error) bool
	// Count is called on the worker's own goroutine and must return soon.
	Count func(Tally)
	// OnStatus is called there, too, when Status says something new.
	OnStatus func(Status)

	RequestTimeout time.Duration // when an attempt, of several requests perhaps, is given up, 60 s
	Drain          time.Duration // how long requests in flight may take after the stop, 3 s
	FirstPause     time.Duration // after the first failure, 2 s
	MaxPause       time.Duration // after many, 5 min
	// ReprobeEvery is how long a worker that was stopped by a refused key waits
	// until it tries one delivery by itself, 10 min: the key may be good again
	// without anybody saying so.
	ReprobeEvery time.Duration
	// MaxServerPause bounds the pause for a failing server, 1 min: the next
	// delivery may be one it takes.
	MaxServerPause time.Duration
	// Steady leaves the jitter out of all pauses: for simulations that must be
	// repeatable, not for real servers.
	Steady bool
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Account == "":
		return c, missing("account")
	case c.Deliverer == nil:
		return c, missing("deliverer")
	case c.Store == nil:
		return c, missing("store")
	case c.Now == nil:
		return c, missing("clock")
	}
	if c.Conditions == nil {
		c.Conditions = nobody{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Gone == nil {
		c.Gone = func(error) bool { return false }
	}
	if c.OnStatus == nil {
		c.OnStatus = func(Status) {}
	}
	if c.Count == nil {
		c.Count = func(Tally) {}
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.RequestTimeout, time.Minute},
		{&c.Drain, 3 * time.Second},
		{&c.FirstPause, 2 * time.Second},
		{&c.MaxPause, 5 * time.Minute},
		{&c.MaxServerPause, time.Minute},
		{&c.ReprobeEvery, 10 * time.Minute},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	return c, nil
}

func missing(part string) error {
	return fmt.Errorf("%w: no %s", ErrIncomplete, part)
}

// nobody is told and does nothing.
type nobody struct{}

func (nobody) Raise(string, string, string) {}
func (nobody) Clear(string, string)         {}
