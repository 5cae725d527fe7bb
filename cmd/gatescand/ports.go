package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"gatescand/device/admin"
	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/store"
	"gatescand/sync/mirror"
)

// The methods in this file make daemon what the page asks: admin's ports.

// CheckIns and Latest read the journal, with names from the cache.
func (d *daemon) CheckIns(ctx context.Context, after int64, limit int) ([]admission.CheckIn, error) {
	rows, err := d.store.CheckIns(ctx, after, limit, store.CheckInFilter{})
	return d.named(ctx, rows), err
}

func (d *daemon) Latest(ctx context.Context, limit int) ([]admission.CheckIn, error) {
	head, _, err := d.store.Head(ctx)
	if err != nil {
		return nil, err
	}
	return d.CheckIns(ctx, max(head-int64(limit), 0), limit)
}

// named adds the holders' names, which the journal does not carry.
func (d *daemon) named(ctx context.Context, rows []admission.CheckIn) []admission.CheckIn {
	for i := range rows {
		c := &rows[i]
		if c.Ticket.ID == "" || c.Reason == admission.ReasonForged {
			continue
		}
		if t, err := d.store.Ticket(ctx, c.Ticket); err == nil {
			c.Holder = t.Holder
		}
	}
	return rows
}

// Counts sums up the journal.
func (d *daemon) Counts(ctx context.Context) (admin.Counts, error) {
	c, err := d.store.Counts(ctx, 0)
	return admin.Counts{
		Admitted: int(c.Admitted), Refused: int(c.Refused), Held: int(c.Held), Inside: int(c.Inside),
		Capacity: d.current.Load().cfg.Station.Capacity,
	}, err
}

// Lanes lists the lanes.
func (d *daemon) Lanes() []admin.Lane {
	s := d.current.Load()
	out := make([]admin.Lane, 0, len(s.lanes))
	for _, l := range s.lanes {
		out = append(out, d.viewLane(l, admin.Lane{Name: l.Name(), Direction: l.Direction(), Open: l.IsOpen(), Reader: l.readerState()}))
	}
	return out
}

func (d *daemon) lane(name string) (*lane, error) {
	l := d.current.Load().lane(name)
	if l == nil {
		return nil, fmt.Errorf("lane %q: %w", name, admin.ErrNotFound)
	}
	return l, nil
}

// Scan presents a code to a lane.
func (d *daemon) Scan(ctx context.Context, name string, code []byte) (admin.Scanned, error) {
	return d.present(ctx, name, code, false)
}

// Explain decides without recording.
func (d *daemon) Explain(ctx context.Context, name string, code []byte) (admin.Scanned, error) {
	return d.present(ctx, name, code, true)
}

func (d *daemon) present(ctx context.Context, name string, code []byte, explain bool) (admin.Scanned, error) {
	l, err := d.lane(name)
	if err != nil {
		return admin.Scanned{}, err
	}
	r, err := l.Scan(ctx, code, explain)
	return scanned(r), stopped(err)
}

// stopped says for the page that a lane is being stopped or made anew.
func stopped(err error) error {
	if !errors.Is(err, scanner.ErrStopped) {
		return err
	}
	return &admin.Error{
		Status: http.StatusServiceUnavailable, Code: "lane_stopped", Message: "The lane is just being started again.",
		Hint: "Present the code once more in a moment.", Err: err,
	}
}

func scanned(r scanner.Result) admin.Scanned {
	return admin.Scanned{CheckIn: r.CheckIn, Took: r.Took, Repeat: r.Again, Steps: r.Steps}
}

// SetOpen opens or closes a lane.
func (d *daemon) SetOpen(_ context.Context, name string, open bool) error {
	d.handover.Lock()
	defer d.handover.Unlock()
	l, err := d.lane(name)
	if err != nil {
		return err
	}
	if err := d.states.setClosed(name, !open); err != nil {
		return err
	}
	if open {
		l.Open()
	} else {
		l.Close()
	}
	d.log.Info("lane set", slog.Any("lane", name), slog.Any("open", open))
	d.laneChanged(l)
	return nil
}

// TestSignals exercises the outputs of a lane.
func (d *daemon) TestSignals(_ context.Context, name string) error {
	l, err := d.lane(name)
	if err != nil {
		return err
	}
	l.test()
	return nil
}

// Admit records a person's decision.
func (d *daemon) Admit(ctx context.Context, name string, key admission.TicketKey, why admission.Override) (admin.Scanned, error) {
	l, err := d.lane(name)
	if err != nil {
		return admin.Scanned{}, err
	}
	a := d.current.Load().account(key.Account)
	if a == nil {
		return admin.Scanned{}, fmt.Errorf("account %q: %w", key.Account, admin.ErrNotFound)
	}
	if _, err := d.store.Ticket(ctx, key); err != nil && (!errors.Is(err, store.ErrNotFound) || !a.isBareCode(key.ID)) {
		if errors.Is(err, store.ErrNotFound) {
			err = fmt.Errorf("ticket %q: %w", key.ID, admin.ErrNotFound)
		}
		return admin.Scanned{}, err
	}
	r, err := l.AdmitByHand(ctx, key, a.Platform(), why)
	if errors.Is(err, scanner.ErrChecks) {
		return admin.Scanned{}, &admin.Error{
			Status: http.StatusConflict, Code: "lane_checks", Message: "This lane only checks tickets, so nobody can be let in there.",
			Hint: "Choose another lane, or end checking at this one first.", Err: err,
		}
	}
	return scanned(r), stopped(err)
}

// Accounts lists the accounts.
func (d *daemon) Accounts(ctx context.Context) ([]admin.Account, error) {
	s := d.current.Load()
	out := make([]admin.Account, 0, len(s.accounts))
	var errs []error
	for _, a := range s.accounts {
		account, err := d.accountState(ctx, a)
		errs = append(errs, err)
		out = append(out, account)
	}
	return out, errors.Join(errs...)
}

func (d *daemon) accountState(ctx context.Context, a *account) (admin.Account, error) {
	m := a.mirror.Status()
	out := admin.Account{
		Name: a.Name(), Platform: a.Platform(), Paired: a.ready, NoList: m.NoList, State: stateWord(a, m), Events: *a.served.Load(),
		Sweep: admin.Sweep{Running: m.Running, Done: m.Done, Total: m.Total},
	}
	lists, err := d.store.Lists(ctx, a.Name())
	policy := a.Policy()
	for _, l := range lists {
		if !servesEvent(policy, l.Event) {
			continue
		}
		out.Tickets += l.Tickets
		if out.AsOf.IsZero() || older(l.AsOf, out.AsOf) {
			out.AsOf = l.AsOf
		}
	}
	pending, buried, _, outboxErr := d.store.OutboxCounts(ctx, a.Name())
	out.Pending, out.Buried = pending, buried
	out, viewErr := d.viewAccount(ctx, a, out)
	return out, errors.Join(err, outboxErr, viewErr)
}

func servesEvent(p admission.Policy, event string) bool {
	if p.Events == nil {
		return true
	}
	return slices.Contains(p.Events, event)
}

// older tells whether a is the earlier moment.
func older(a, b admission.Stamp) bool {
	_, known := b.Since(a)
	return known
}

func stateWord(a *account, m mirror.Status) string {
	switch {
	case !a.ready:
		return "unpaired"
	case m.State == mirror.StateStarting:
		return "new"
	case m.State == mirror.StateIdle, m.State == mirror.StateSweeping:
		return "ok"
	}
	return string(m.State)
}

// Sweep starts a full sweep.
func (d *daemon) Sweep(_ context.Context, name string) error {
	a := d.current.Load().account(name)
	if a == nil {
		return fmt.Errorf("account %q: %w", name, admin.ErrNotFound)
	}
	a.mirror.SweepNow()
	if a.outbox != nil {
		a.outbox.Resume()
		a.outbox.Retry()
	}
	return nil
}

// Conflicts lists conflicts, the newest first.
func (d *daemon) Conflicts(ctx context.Context, all bool, limit int) ([]admission.Conflict, error) {
	return d.store.NewestConflicts(ctx, all, limit)
}

// OpenConflicts counts the open ones.
func (d *daemon) OpenConflicts(context.Context) (int, error) { return int(d.conflicts.Load()), nil }

// Resolve closes a conflict.
func (d *daemon) Resolve(ctx context.Context, id int64, by, note string) error {
	if by != "" {
		note = by + ": " + note
	}
	err := d.store.ResolveConflict(ctx, id, note, d.clock.Now())
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("conflict %d: %w", id, admin.ErrNotFound)
	}
	if err == nil {
		d.countConflicts(ctx)
	}
	return err
}

// Backlog sums up the outbox.
func (d *daemon) Backlog(ctx context.Context) (admin.Backlog, error) {
	pending, buried, oldest, err := d.store.OutboxCounts(ctx, "")
	return admin.Backlog{Pending: pending, Buried: buried, OldestAt: oldest.Wall}, err
}

// Waiting lists deliveries.
func (d *daemon) Waiting(ctx context.Context, limit int) ([]admission.Delivery, error) {
	return d.store.Deliveries(ctx, store.DeliveryFilter{Unsettled: true, Limit: limit})
}

// Retry makes deliveries due now.
func (d *daemon) Retry(ctx context.Context, seq int64) (int, error) {
	n, err := d.store.Retry(ctx, "", seq)
	for _, a := range d.current.Load().accounts {
		if a.outbox != nil {
			a.outbox.Resume()
			a.outbox.Retry()
		}
	}
	return n, err
}
