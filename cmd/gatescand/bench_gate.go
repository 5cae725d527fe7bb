package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"gatescand/configs"
	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/store"
)

// benchGate is a lane on a journal, as the daemon has them, without reader,
// outputs and page.
type benchGate struct {
	store   *store.DB
	account *account
	lane    *scanner.Lane
	now     func() admission.Stamp
	close   func() error // stops the lane and closes the journal
}

// openBenchGate opens the journal at path and a lane on it.
func openBenchGate(ctx context.Context, path string) (*benchGate, error) {
	clock, err := newClock()
	if err != nil {
		return nil, err
	}
	// A daemon writes its log: its making belongs to the cost.
	log := slog.New(slog.NewTextHandler(io.Discard, nil)) //nolint:sloglint // a discarding handler would not make the text
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	g := &benchGate{now: clock.Now}
	if g.store, err = store.Open(ctx, path, store.Options{Now: clock.Now, Log: log}); err != nil {
		return nil, err
	}
	closeStore := g.store.Close
	drawer, err := benchDrawer()
	if err != nil {
		return nil, errors.Join(err, closeStore())
	}
	// Asking as in the sample configuration: the list is looked at first.
	cfg := configs.Account{Name: benchAccount, Ask: configs.AskUnlisted, AskTimeout: time.Second, StaleAfter: time.Hour}
	g.account = newAccount(cfg, drawer, true)
	if err := g.learn(ctx, log); err != nil {
		return nil, errors.Join(err, closeStore())
	}
	quiet := quietBench{}
	g.lane = scanner.NewLane(scanner.LaneConfig{
		Station: "Bench", Name: benchLane, Direction: admission.Entry, HoldOff: 3 * time.Second,
		Reentry: admission.Reentry{Kind: admission.ReentryNever},
	}, scanner.LaneDeps{
		Journal: g.store, Accounts: func() []scanner.Account { return []scanner.Account{g.account} },
		Signals: quiet, Observer: quiet, Conditions: quiet, Clock: clock, Log: log,
		NewID: func() string { return ulid.Make().String() },
	})
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { _ = g.lane.Run(run) }) // ends only with run
	g.close = func() error {
		stop()
		running.Wait()
		return closeStore()
	}
	return g, nil
}

// learn takes over events and keys as the cache has them.
func (g *benchGate) learn(ctx context.Context, log *slog.Logger) error {
	events, err := g.store.Events(ctx, benchAccount)
	if err != nil {
		return err
	}
	g.account.learn(events, g.now(), log)
	return nil
}

// carry has the log carried into the file in the background, as the daemon
// does, until the returned function is called.
func (g *benchGate) carry(ctx context.Context) (stop func() error) {
	run, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- g.store.Run(run) }()
	return func() error {
		cancel()
		return <-done
	}
}

// scan presents a code to the lane and wants it admitted. It gives how long
// the lane took from the code to the signal, its queue included.
func (g *benchGate) scan(ctx context.Context, code []byte) (time.Duration, error) {
	start := time.Now()
	r, err := g.lane.Scan(ctx, code, false)
	took := time.Since(start)
	if err != nil {
		return 0, err
	}
	return took, admitted(r.CheckIn)
}

// admit records the admission of a listed ticket as the lane would once it had
// verified the code.
func (g *benchGate) admit(ctx context.Context, id string) (time.Duration, error) {
	p := g.presentation(benchAccount, id)
	start := time.Now()
	c, err := g.store.Record(ctx, p)
	took := time.Since(start)
	if err != nil {
		return 0, err
	}
	return took, admitted(c)
}

// presentation is a ticket of an account after its code has been verified.
func (g *benchGate) presentation(account, id string) admission.Presentation {
	code := unsigned(id)
	return admission.Presentation{
		ID:   ulid.Make().String(),
		Scan: admission.Scan{Station: "Bench", Lane: benchLane, Direction: admission.Entry, At: g.now()},
		Claims: []admission.Claim{{
			Credential: admission.Credential{
				TicketKey: admission.TicketKey{Account: account, ID: id}, Platform: admission.TiBillet,
				Event: benchEvent, Proof: admission.ProofGood,
			},
			Policy: g.account.Policy(),
		}},
		Code: code, Digest: admission.Digest(code),
	}
}

// admitted makes sure that what was measured was an admission.
func admitted(c admission.CheckIn) error {
	if c.Verdict != admission.Admit || !c.Recorded {
		return fmt.Errorf("a test ticket was answered with %s, %s", c.Verdict, c.Reason)
	}
	return nil
}

// sweep pulls a list of n tickets into the cache, in pages of so many.
func (g *benchGate) sweep(ctx context.Context, n, size int) error {
	s, err := g.store.BeginSweep(ctx, benchAccount, benchEvent, g.now())
	if err != nil {
		return err
	}
	for from := 0; from < n; from += size {
		to := min(from+size, n)
		next := fmt.Sprint(to)
		if to == n {
			next = ""
		}
		s, err = g.store.ApplyPage(ctx, s, admission.SweepPage{Tickets: listPage(from, to, n), Next: next, Total: n}, to == n)
		if err != nil {
			return err
		}
	}
	return nil
}

// quietBench hears what a lane tells and does nothing with it.
type quietBench struct{}

// Show, Scanned, Repeated, Raise and Clear are the outputs, the observer and
// the conditions of a lane nobody watches.
func (quietBench) Show(admission.Verdict, bool)                            {}
func (quietBench) Scanned(admission.CheckIn, time.Duration, time.Duration) {}
func (quietBench) Repeated(admission.CheckIn)                              {}
func (quietBench) Raise(string, string, string)                            {}
func (quietBench) Clear(string, string)                                    {}
