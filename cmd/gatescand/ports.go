package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/health"
	"gatescand/device/pairing"
	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/store"
	"gatescand/sync/mirror"
	"gatescand/sync/platform"
	"gatescand/sync/platform/all"
)

// The methods in this file make daemon what the page asks: admin's ports.

// diskLow is how many bytes must be free. A busy night writes some 50 MB.
const diskLow = 200 << 20

// pairingTakes is how long one pairing may take.
const pairingTakes = time.Minute

// waitingLong is when a delivery that still waits is worth a word.
const waitingLong = 15 * time.Minute

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
		out = append(out, admin.Lane{Name: l.Name(), Direction: l.Direction(), Open: l.IsOpen(), Reader: l.readerState()})
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
	if err := d.closed.set(name, !open); err != nil {
		return err
	}
	if open {
		l.Open()
	} else {
		l.Close()
	}
	d.log.Info("lane set", slog.Any("lane", name), slog.Any("open", open))
	d.hub.Lane(admin.LaneEvent{Lane: name, Open: open, Reader: l.readerState()})
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
		Name: a.Name(), Platform: a.Platform(), Paired: a.ready, State: stateWord(a, m), Events: *a.served.Load(),
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
	return out, errors.Join(err, outboxErr)
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

// SearchTickets searches the cache.
func (d *daemon) SearchTickets(ctx context.Context, query string, limit int) ([]admin.FoundTicket, error) {
	found, err := d.store.SearchTickets(ctx, query, limit)
	out := make([]admin.FoundTicket, 0, len(found))
	for _, t := range found {
		presence, presenceErr := d.store.Presence(ctx, t.TicketKey)
		err = errors.Join(err, presenceErr)
		out = append(out, admin.FoundTicket{Ticket: t, Presence: presence, EventName: d.eventName(t.Account, t.Event)})
	}
	return out, err
}

// Conflicts lists conflicts, the newest first.
func (d *daemon) Conflicts(ctx context.Context, all bool, limit int) ([]admission.Conflict, error) {
	list, err := d.store.Conflicts(ctx, all)
	slices.Reverse(list)
	return list[:min(limit, len(list))], err
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

// countConflicts keeps the number of open conflicts and tells of it.
func (d *daemon) countConflicts(ctx context.Context) {
	open, err := d.store.Conflicts(ctx, false)
	if err != nil {
		return // the journal's own condition says what is wrong
	}
	before := d.conflicts.Swap(int64(len(open)))
	d.health.Set("conflicts_open", "", fmt.Sprintf("%d are open", len(open)), len(open) > 0)
	if before != int64(len(open)) {
		e := admin.ConflictEvent{Open: len(open)}
		if len(open) > 0 {
			newest := open[len(open)-1]
			e.ID, e.Kind, e.Account = newest.ID, string(newest.Kind), newest.Ticket.Account
		}
		d.hub.Conflict(e)
	}
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

// ReadImage finds the text of a pairing code in an image.
func (d *daemon) ReadImage(r io.Reader) (string, error) { return pairing.DecodeImage(r) }

// Pair pairs an account and takes the new key into use.
func (d *daemon) Pair(ctx context.Context, name, code string) (admin.Paired, error) {
	// One at a time, and to its end: the code is used up by the request, whoever
	// still waits for the answer.
	d.pairing.Lock()
	defer d.pairing.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pairingTakes)
	defer cancel()
	cfg := d.current.Load().cfg
	paired, err := pairAccount(ctx, cfg, d.vault, name, code, d.clock.Now())
	if err != nil {
		return admin.Paired{}, pairingFault(err)
	}
	d.health.Clear("account_unpaired", paired.Account)
	d.renew(true)
	return paired, nil
}

// pairingFault lets whoever pairs read why it did not work. The words carry
// neither the code nor a secret.
func pairingFault(err error) error {
	if _, told := errors.AsType[*admin.Error](err); told || errors.Is(err, admin.ErrNotFound) {
		return err
	}
	if _, ofPlatform := errors.AsType[*platform.Error](err); ofPlatform && !errors.Is(err, pairing.ErrInterrupted) {
		return err
	}
	return &admin.Error{Status: http.StatusUnprocessableEntity, Code: "not_paired", Message: err.Error(), Err: err}
}

// pairAccount sends the token of a code once and keeps what it yields. Without
// a name it is the account whose url has the code's host.
func pairAccount(ctx context.Context, cfg *configs.Config, vault *pairing.Vault, name, code string, now admission.Stamp) (admin.Paired, error) {
	c, pairer, host, err := accountFor(cfg, name, code)
	if err != nil {
		return admin.Paired{}, err
	}
	allow := func(h string) error {
		if h == host {
			return nil
		}
		return fmt.Errorf("the code is for %s and account %s is at %s; correct the account's url, or show the code of that site", h, c.Name, host)
	}
	creds, err := pairing.Pair(ctx, vault, pairer, c.Name, code, allow, now)
	if err != nil {
		return admin.Paired{}, err
	}
	return admin.Paired{
		Account: c.Name, Platform: c.Platform, Host: host, Tenant: creds.Tenant, Name: creds.Name, StationID: creds.StationID,
	}, nil
}

// accountFor finds whom a pairing code is for. It sends nothing.
func accountFor(cfg *configs.Config, name, code string) (configs.Account, platform.Pairer, string, error) {
	var hosts []string
	var read platform.Pairing
	var unreadable error
	for _, c := range cfg.Accounts {
		if name != "" && c.Name != name {
			continue
		}
		u, err := url.Parse(c.URL)
		if err != nil {
			return c, nil, "", fmt.Errorf("account %s: its url cannot be read: %w", c.Name, err)
		}
		if !pairs(c.Platform) {
			if name != "" {
				return c, nil, "", &admin.Error{
					Status: http.StatusConflict, Code: "no_pairing", Message: notPaired(c).Error(),
					Hint: "Put the new key into that file; systemctl reload gatescand takes it into use.", Err: errNoPairing,
				}
			}
			continue
		}
		hosts = append(hosts, u.Host)
		for _, pairer := range all.Pairers(all.PairSettings{
			CAPEM: c.CAPEM, PinSHA256: c.PinSHA256, Version: version, Now: time.Now, PlainHTTP: u.Scheme == "http",
		}) {
			found, err := pairer.ReadPairing(code)
			if err != nil {
				unreadable = err
				continue
			}
			read = found
			if string(read.Platform) == c.Platform && read.Host == u.Host {
				return c, pairer, u.Host, nil
			}
		}
	}
	switch {
	case len(hosts) == 0 && name == "":
		return configs.Account{}, nil, "", &admin.Error{
			Status: http.StatusConflict, Code: "no_pairing", Message: "No account of the configuration is paired by a code.",
			Hint: "Keys of the other platforms stand in the files that api_key_file and password_file name.", Err: errNoPairing,
		}
	case len(hosts) == 0:
		return configs.Account{}, nil, "", fmt.Errorf("account %q: %w", name, admin.ErrNotFound)
	case read.Host != "":
		return configs.Account{}, nil, "", &admin.Error{
			Status: http.StatusConflict, Code: "foreign_code",
			Message: fmt.Sprintf("This code is for %s, and the configured site is %s.", read.Host, strings.Join(hosts, ", ")),
			Hint:    fmt.Sprintf("Correct the account's url to %q, or show the code of the configured site.", read.BaseURL),
		}
	}
	return configs.Account{}, nil, "", unreadable
}

// tellSync tells the page how far an account has come, when that is news.
func (d *daemon) tellSync(ctx context.Context, a *account) {
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
	d.health.Set("outbox_waiting", a.Name(), fmt.Sprintf("%d are waiting", pending), pending > 0 && known && age > waitingLong)
	d.health.Set("outbox_buried", a.Name(), fmt.Sprintf("%d were rejected", buried), buried > 0)
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
