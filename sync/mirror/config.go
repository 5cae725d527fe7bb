package mirror

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
// mirror cannot work without.
var ErrIncomplete = errors.New("mirror: incomplete configuration")

// Store is where the copy lives.
type Store interface {
	// PutEvents replaces the account's events and keys.
	PutEvents(ctx context.Context, account string, events []admission.Event) error
	// BeginSweep gives the sweep to go on with: the one that was interrupted,
	// or a new one that begins now.
	BeginSweep(ctx context.Context, account, event string, now admission.Stamp) (admission.Sweep, error)
	// RestartSweep gives up s and begins a new one from the first page.
	RestartSweep(ctx context.Context, s admission.Sweep, now admission.Stamp) (admission.Sweep, error)
	// ApplyPage stores the page together with the cursor that follows it.
	// complete ends the sweep: what it has not seen is revoked, and the list
	// is as of the moment the sweep began.
	ApplyPage(ctx context.Context, s admission.Sweep, page admission.SweepPage, complete bool) (admission.Sweep, error)
	// ApplyChanges stores an increment together with its watermark.
	ApplyChanges(ctx context.Context, account, event string, tickets []admission.Ticket, began admission.Stamp, watermark string) error
	// Watermark gives what the last increment stored, "" before the first.
	Watermark(ctx context.Context, account, event string) (string, error)
}

// Conditions is told what staff should know about. Raising what is raised
// already renews its detail; clearing what is not raised does nothing.
type Conditions interface {
	Raise(code, subject, detail string)
	Clear(code, subject string)
}

// The codes of the conditions a mirror raises. The subject is the account, or
// account/event for what concerns one list only.
const (
	CodeOffline     = "account_offline"
	CodeCaptive     = "account_captive"
	CodeAuth        = "account_auth"
	CodeServer      = "account_server"
	CodeUntrusted   = "account_untrusted"
	CodeRedirected  = "account_redirected"
	CodeUnstable    = "list_unstable"
	CodeShrunk      = "list_shrunk" // most of it is gone, and that is not believed yet
	CodeUnsupported = "list_unsupported"
)

// Config is what a mirror works with. Account, Drawer, Store and Now are
// needed; everything else has a default.
type Config struct {
	Account string
	// Drawer is asked for the optional parts Prober, EventLister, TicketLister
	// and ChangeLister; what it lacks is left out.
	Drawer platform.Drawer
	Store  Store
	// Now gives the present moment. Intervals are measured by its SinceBoot.
	Now func() admission.Stamp
	// Select picks the ids of the events to serve from the events of the
	// account, which are nil as long as none could be pulled. nil serves all.
	// It is asked again after each pull of the events and each call of
	// SweepNow or Wake.
	Select func([]admission.Event) []string
	// Conditions may be nil.
	Conditions Conditions
	// OnChange is called on the mirror's own goroutine and must return soon.
	OnChange func(Change)
	Log      *slog.Logger

	SweepEvery     time.Duration // from the end of one full sweep to the next, 15 min
	IncrementEvery time.Duration // between increments, 45 s
	PageTarget     time.Duration // how long one page may take before pages shrink, 5 s
	PageTimeout    time.Duration // when a page is given up, 90 s
	RequestTimeout time.Duration // when any other request is given up, 60 s
	ReprobeEvery   time.Duration // between probes while the key is refused, 10 min
	ProbeEvery     time.Duration // between probes of an account that gives no list, 5 min
	FirstPause     time.Duration // after the first failure, 2 s
	MaxPause       time.Duration // after many failures, 5 min
	UnstableEvery  time.Duration // until a list that would not hold still is tried again, 5 min
	// DoubtFor is how long a list that has lost most of itself must keep saying
	// so before it is believed, 5 min: a server that is being restarted, or
	// whose database is being put back, says the same in many looks.
	DoubtFor time.Duration
	// Steady leaves the jitter out of all pauses: for simulations that must be
	// repeatable, not for real servers.
	Steady bool
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Account == "":
		return c, missing("account")
	case c.Drawer == nil:
		return c, missing("drawer")
	case c.Store == nil:
		return c, missing("store")
	case c.Now == nil:
		return c, missing("clock")
	}
	if c.Select == nil {
		c.Select = all
	}
	if c.Conditions == nil {
		c.Conditions = nobody{}
	}
	if c.OnChange == nil {
		c.OnChange = func(Change) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.SweepEvery, 15 * time.Minute},
		{&c.IncrementEvery, 45 * time.Second},
		{&c.PageTarget, 5 * time.Second},
		{&c.PageTimeout, 90 * time.Second},
		{&c.RequestTimeout, time.Minute},
		{&c.ReprobeEvery, 10 * time.Minute},
		{&c.ProbeEvery, 5 * time.Minute},
		{&c.FirstPause, 2 * time.Second},
		{&c.MaxPause, 5 * time.Minute},
		{&c.UnstableEvery, 5 * time.Minute},
		{&c.DoubtFor, 5 * time.Minute},
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

func all(events []admission.Event) []string {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	return ids
}

// nobody is told and does nothing.
type nobody struct{}

func (nobody) Raise(string, string, string) {}
func (nobody) Clear(string, string)         {}
