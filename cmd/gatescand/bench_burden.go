package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"gatescand/scanner/admission"
	"gatescand/store"
	"gatescand/sync/outbox"
)

const (
	// benchOutboxes is how many accounts deliver: one of every platform there is.
	benchOutboxes = 4
	// benchBacklog is how many deliveries of each account wait when a round
	// begins: more than it can bring to its server within the round.
	benchBacklog = 60
)

// burden is what a station does while people pass: one account's list is swept
// without a pause, and four accounts bring check-ins to their servers.
type burden struct {
	gate     *benchGate
	platform *benchPlatform
	accounts []string
	tickets  int
	sweep    admission.Sweep
	lane     *outbox.Worker // of the lane's own account, while there is one
	next     int            // ticket of the accounts beside the lane's own

	swept, delivered atomic.Int64
	settled          [benchOutboxes]int64 // since the last fill
}

func newBurden(ctx context.Context, g *benchGate, tickets int) (*burden, error) {
	p, err := startBenchPlatform(ctx)
	if err != nil {
		return nil, err
	}
	u := &burden{gate: g, platform: p, tickets: tickets, accounts: []string{benchAccount}}
	for i := 2; i <= benchOutboxes; i++ {
		u.accounts = append(u.accounts, fmt.Sprintf("%s-%d", benchAccount, i))
	}
	for i := range u.settled {
		u.settled[i] = benchBacklog
	}
	if err := u.fill(ctx); err != nil {
		return nil, errors.Join(err, u.close())
	}
	return u, nil
}

func (u *burden) close() error { return u.platform.close() }

// fill admits as many people for each account as have been delivered since,
// so that no outbox runs dry.
func (u *burden) fill(ctx context.Context) error {
	for i, name := range u.accounts {
		for ; u.settled[i] > 0; u.settled[i]-- {
			u.next++
			if err := u.gate.owe(ctx, name, fmt.Sprintf("owed-%d", u.next)); err != nil {
				return err
			}
		}
	}
	return nil
}

// owe records an admission that account will have to deliver.
func (g *benchGate) owe(ctx context.Context, account, id string) error {
	p := g.presentation(account, id)
	p.Claims[0].Policy = admission.Policy{Unlisted: admission.ChooseAdmit}
	c, err := g.store.Record(ctx, p)
	if err != nil {
		return err
	}
	return admitted(c)
}

// start has everything go on until stop is called. It returns once each part
// has done its first piece of work.
func (u *burden) start(ctx context.Context) (stop func() error, err error) {
	if err := u.fill(ctx); err != nil {
		return nil, err
	}
	run, cancel := context.WithCancel(ctx)
	group, run := errgroup.WithContext(run)
	began := make(chan struct{}, benchOutboxes+1)
	group.Go(func() error { return u.sweeping(run, began) })
	for i, name := range u.accounts {
		w, err := u.worker(ctx, name, &u.settled[i], began)
		if err != nil {
			cancel()
			return nil, errors.Join(err, group.Wait())
		}
		if i == 0 {
			u.lane = w
		}
		group.Go(func() error { return w.Run(run) })
	}
	stop = func() error {
		cancel()
		return group.Wait()
	}
	for range cap(began) {
		select {
		case <-began:
		case <-run.Done():
			return nil, errors.Join(stop(), ctx.Err())
		case <-time.After(benchPatience):
			return nil, errors.Join(stop(), errors.New("the sweep or an outbox does not get going"))
		}
	}
	return stop, nil
}

// wake tells the lane's own account that somebody has been admitted.
func (u *burden) wake() { u.lane.Wake() }

// sweeping goes on with the sweep, and with the next one, until ctx ends.
func (u *burden) sweeping(ctx context.Context, began chan<- struct{}) error {
	hello := began
	for ctx.Err() == nil {
		n, err := u.page(context.WithoutCancel(ctx))
		if err != nil {
			return err
		}
		u.swept.Add(int64(n))
		if hello != nil {
			hello <- struct{}{}
			hello = nil
		}
	}
	return nil
}

// page takes in one page of the list.
func (u *burden) page(ctx context.Context) (int, error) {
	var err error
	if u.sweep.Generation == 0 || u.sweep.Done {
		if u.sweep, err = u.gate.store.BeginSweep(ctx, benchAccount, benchEvent, u.gate.now()); err != nil {
			return 0, err
		}
	}
	from := u.sweep.Seen
	to := min(from+benchPage, u.tickets)
	page := admission.SweepPage{Tickets: listPage(from, to, u.tickets), Total: u.tickets}
	if to < u.tickets {
		page.Next = fmt.Sprint(to)
	}
	u.sweep, err = u.gate.store.ApplyPage(ctx, u.sweep, page, page.Next == "")
	return to - from, err
}

// worker makes the outbox of an account as the daemon does, with somebody at
// the page: what is pending is then counted once in a while. settled is its
// goroutine's.
func (u *burden) worker(ctx context.Context, name string, settled *int64, began chan<- struct{}) (*outbox.Worker, error) {
	hello := began
	var looked time.Duration
	return outbox.New(outbox.Config{
		Account: name, Deliverer: u.platform, Store: u.gate.store, Now: u.gate.now,
		Gone: func(err error) bool { return errors.Is(err, store.ErrNotFound) },
		Count: func(t outbox.Tally) {
			*settled++
			if t == outbox.Delivered {
				u.delivered.Add(1)
			}
			if now := u.gate.now().SinceBoot; looked == 0 || now-looked >= tellEvery {
				looked = now
				u.look(ctx, name)
			}
			if hello != nil {
				hello <- struct{}{}
				hello = nil
			}
		},
	})
}

// look reads what the daemon tells its page.
func (u *burden) look(ctx context.Context, name string) {
	_, _ = u.gate.store.Lists(ctx, name)              // only its cost counts; a store that fails is told by those who write
	_, _, _, _ = u.gate.store.OutboxCounts(ctx, name) // as above
}
