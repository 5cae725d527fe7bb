package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"gatescand/device/admin"
	"gatescand/device/health"
)

// diskLow is how many bytes must be free. A busy night writes some 50 MB.
const diskLow = 200 << 20

// waitingLong is when a delivery that still waits is worth a word.
const waitingLong = 15 * time.Minute

// houseEvery is how often the slow facts are looked at.
const houseEvery = 5 * time.Second

// keepHouse looks after what changes by the mere passing of time.
func (d *daemon) keepHouse(ctx context.Context) error {
	tick := time.NewTicker(houseEvery)
	defer tick.Stop()
	trusted := d.clock.Now().Trusted
	for turn := 0; ; turn++ {
		d.clock.Report(d.health.registry)
		turned := trusted != d.clock.Now().Trusted
		trusted = d.clock.Now().Trusted
		d.checkDisk()
		d.checkBox(thisBox())
		d.reportAccess()
		d.countConflicts(ctx)
		d.checkRemoved(ctx)
		if s := d.current.Load(); s != nil {
			for _, a := range s.accounts {
				if turned || turn%12 == 11 {
					s.load(ctx, a) // tonight is known now, or has become tomorrow
				}
				d.checkOutbox(ctx, a)
				d.checkSkew(a)
				d.checkList(ctx, a)
				d.tellSync(ctx, a)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// countConflicts keeps the number of open conflicts and tells of it.
func (d *daemon) countConflicts(ctx context.Context) {
	open, err := d.store.OpenConflicts(ctx)
	newest, newestErr := d.store.NewestConflicts(ctx, false, 1)
	if err != nil || newestErr != nil {
		return // the journal's own condition says what is wrong
	}
	before := d.conflicts.Swap(int64(open))
	d.health.Set("conflicts_open", "", fmt.Sprintf("Open: %d", open), open > 0)
	if before != int64(open) {
		e := admin.ConflictEvent{Open: open}
		for _, c := range newest {
			e.ID, e.Kind, e.Account = c.ID, string(c.Kind), c.Ticket.Account
		}
		d.hub.Conflict(e)
	}
}

// tellSync tells the page how far an account has come, when that is news and
// somebody looks. Whoever begins to look asks first, and hears of it from then
// on.
func (d *daemon) tellSync(ctx context.Context, a *account) {
	if !d.hub.Watched() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	s, err := d.accountState(ctx, a)
	if err != nil {
		return // the page asks for itself and shows the gap
	}
	e := admin.SyncEvent{Account: s.Name, State: s.State, Tickets: s.Tickets, Sweep: s.Sweep, Pending: s.Pending, Buried: s.Buried}
	d.mu.Lock()
	same := d.lastSync[s.Name] == e
	d.lastSync[s.Name] = e
	d.mu.Unlock()
	if !same {
		d.hub.Sync(e)
	}
}

// checkOutbox raises what staff should know of an account's deliveries.
func (d *daemon) checkOutbox(ctx context.Context, a *account) {
	pending, buried, oldest, err := d.store.OutboxCounts(ctx, a.Name())
	if err != nil {
		return
	}
	age, known := d.clock.Now().Since(oldest)
	d.health.Set("outbox_waiting", a.Name(), fmt.Sprintf("Waiting: %d", pending), pending > 0 && known && age > waitingLong)
	d.health.Set("outbox_buried", a.Name(), fmt.Sprintf("Rejected: %d", buried), buried > 0)
}

// checkRemoved raises what waits for an account that nobody talks for any more.
func (d *daemon) checkRemoved(ctx context.Context) {
	names, err := d.store.OutboxAccounts(ctx)
	s := d.current.Load()
	if err != nil || s == nil {
		return
	}
	for _, c := range d.health.registry.List() {
		if c.Code == health.AccountRemoved && (!slices.Contains(names, c.Subject) || s.account(c.Subject) != nil) {
			d.health.Clear("account_removed", c.Subject)
		}
	}
	for _, name := range names {
		if s.account(name) == nil {
			d.health.Raise("account_removed", name, "")
		}
	}
}

// checkSkew raises a server whose clock is far from ours.
func (d *daemon) checkSkew(a *account) {
	ahead, far := d.clock.Skew(a.Name())
	detail := "It is " + ahead.Abs().Round(time.Minute).String() + " ahead"
	if ahead < 0 {
		detail = "It is " + ahead.Abs().Round(time.Minute).String() + " behind"
	}
	d.health.Set("account_clock", a.Name(), detail, far)
}

// checkList raises an old list.
func (d *daemon) checkList(ctx context.Context, a *account) {
	s, err := d.accountState(ctx, a)
	if err != nil || s.AsOf.IsZero() {
		return
	}
	age, known := d.clock.Now().Since(s.AsOf)
	stale := a.cfg.StaleAfter > 0 && (!known || age > a.cfg.StaleAfter)
	detail := ""
	if known {
		detail = "It is " + age.Round(time.Minute).String() + " old"
	}
	d.health.Set("list_stale", a.Name(), detail, stale)
}

func (d *daemon) checkDisk() {
	dir := filepath.Dir(d.store.Path())
	disk, err := health.DiskOf(dir)
	if err != nil {
		return
	}
	d.health.Set("disk_low", dir, fmt.Sprintf("%d MB are free", disk.Free>>20), disk.Low(diskLow))
}
