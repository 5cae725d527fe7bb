package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"gatescand/configs"
	"gatescand/device/health"
	"gatescand/device/signal/gpio"
	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader/inventory"
	"gatescand/store"
	"gatescand/sync/mirror"
	"gatescand/sync/outbox"
	"gatescand/sync/platform"
	"gatescand/sync/platform/all"
	"gatescand/sync/reconcile"
)

// station is everything one configuration makes of this box: accounts, lanes,
// and what runs for them. A new configuration is a new station on the same
// journal.
type station struct {
	d         *daemon
	cfg       *configs.Config
	accounts  []*account
	lanes     []*lane
	scanner   *scanner.Station
	reconcile *reconcile.Reconciler
	passings  chan admission.Passing // what became of admissions, on its way to the journal
	calm      calm
	news      outputNews
	guard     *wireGuard
	ended     chan struct{} // closed once nothing of the station runs any more

	keyTrouble []keyFault // accounts whose key cannot be read
}

// keyFault is what is wrong with the key of one account.
type keyFault struct{ code, account, detail string }

// faultOfKey says what keeps an account's key from being used.
func faultOfKey(account string, err error) keyFault {
	code := health.AccountKeyUnread
	if errors.Is(err, errMoved) {
		code = health.AccountMoved
	}
	return keyFault{string(code), account, err.Error()}
}

// newStation builds a station. It opens no reader and makes no request.
func newStation(d *daemon, cfg *configs.Config) (*station, error) {
	s := &station{d: d, cfg: cfg, passings: make(chan admission.Passing, waitingPassings), guard: newWireGuard(cfg), ended: make(chan struct{})}
	var err error
	s.reconcile, err = reconcile.New(reconcile.Config{
		Store: d.store, Now: d.clock.Now, Log: d.log,
		OnFinding: func(key admission.TicketKey, f reconcile.Finding) {
			if f.Untold {
				s.wakeOutbox(key.Account)
			}
			d.countConflicts(context.Background())
		},
	})
	if err != nil {
		return nil, err
	}
	for _, c := range cfg.Accounts {
		a, err := s.newAccount(c)
		if err != nil {
			return nil, err
		}
		s.accounts = append(s.accounts, a)
	}
	lanes := make([]*scanner.Lane, 0, len(cfg.Lanes))
	for _, c := range cfg.Lanes {
		l, err := s.newLane(c)
		if err != nil {
			return nil, err
		}
		s.lanes = append(s.lanes, l)
		lanes = append(lanes, l.Lane)
	}
	s.scanner = scanner.NewStation(lanes...)
	return s, nil
}

func (s *station) newAccount(c configs.Account) (*account, error) {
	creds, ready, err := credentialsOf(c, s.d.vault)
	if err != nil {
		// One account's damaged key must not keep the gate shut.
		s.keyTrouble = append(s.keyTrouble, faultOfKey(c.Name, err))
	}
	drawer, err := all.New(admission.PlatformName(c.Platform), s.d.settings(c, creds))
	if err != nil && pairs(c.Platform) {
		// What pairing once yielded cannot be used; the account counts as not paired.
		s.keyTrouble = append(s.keyTrouble, faultOfKey(c.Name, err))
		ready = false
		drawer, err = all.New(admission.PlatformName(c.Platform), s.d.settings(c, platform.Credentials{}))
	}
	if err != nil {
		return nil, fmt.Errorf("account %s: %w", c.Name, err)
	}
	a := newAccount(c, drawer, ready)
	a.tell, a.self = s.d.health.Set, creds.StationID
	a.mirror, err = mirror.New(mirror.Config{
		Account: c.Name, Drawer: drawer, Store: s.d.store, Now: s.d.clock.Now,
		Select:     func(events []admission.Event) []string { return s.choose(a, events) },
		Conditions: s.d.health, OnChange: func(ch mirror.Change) { s.changed(a, ch) },
		Log: s.d.log, SweepEvery: c.SweepEvery, IncrementEvery: incrementsOf(c), MaxPause: longestPause, Steady: s.d.steady,
	})
	if err != nil {
		return nil, fmt.Errorf("account %s: %w", c.Name, err)
	}
	if deliverer, ok := drawer.(platform.Deliverer); ok && ready {
		a.outbox, err = outbox.New(outbox.Config{
			Account: c.Name, Deliverer: telling{deliverer, a}, Store: s.d.store, Now: s.d.clock.Now,
			Conditions: s.d.health, Log: s.d.log, MaxPause: longestPause, Steady: s.d.steady,
			Count:    func(t outbox.Tally) { s.settled(a, t) },
			OnStatus: func(st outbox.Status) { s.rested(a, st) },
			Gone:     func(err error) bool { return errors.Is(err, store.ErrNotFound) },
		})
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", c.Name, err)
		}
	}
	return a, nil
}

// longestPause is how long an account waits after many failures: a network that
// is back is noticed within that time, and a request a minute costs nothing.
const longestPause = time.Minute

// noIncrements is longer than any evening.
const noIncrements = 10 * 365 * 24 * time.Hour

// incrementsOf gives the time between increments; the configuration's 0 turns
// them off.
func incrementsOf(c configs.Account) time.Duration {
	if c.IncrementEvery <= 0 {
		return noIncrements
	}
	return c.IncrementEvery
}

// choose picks the events to pull the lists of. Where the platform does not
// give its events, or drops them before they take place, those of the cache
// serve.
func (s *station) choose(a *account, events []admission.Event) []string {
	if len(events) == 0 || a.drawer.Capabilities().EventsVanish {
		cached, err := s.d.store.Events(context.Background(), a.Name())
		if err != nil {
			s.d.log.Error("events cannot be read", slog.Any("account", a.Name()), slog.Any("error", err))
		}
		events = cached
	}
	return a.choose(events, s.d.clock.Now())
}

func (s *station) newLane(c configs.Lane) (*lane, error) {
	l := &lane{cfg: c, offered: s.d.offered, carded: s.d.carded}
	source, err := newSource(c.Reader, s.d.sinceBoot)
	if err != nil {
		return nil, fmt.Errorf("lane %s: %w", c.Name, err)
	}
	l.source = source
	if l.contact, err = s.newContact(c); err != nil {
		return nil, fmt.Errorf("lane %s: %w", c.Name, err)
	}
	l.hint, l.guard = inventory.Hint(readersOf(s.cfg)), s.guard
	var served []scanner.Account
	for _, a := range s.accounts {
		if len(c.Accounts) == 0 || slices.Contains(c.Accounts, a.Name()) {
			served = append(served, a)
		}
	}
	// Codes that prove something are recognised before bare ones.
	order := all.Platforms()
	slices.SortStableFunc(served, func(a, b scanner.Account) int {
		return slices.Index(order, a.Platform()) - slices.Index(order, b.Platform())
	})
	l.Lane = scanner.NewLane(laneConfigOf(s.cfg, c), scanner.LaneDeps{
		Journal: s.d.store, Accounts: func() []scanner.Account { return served }, Signals: l, Observer: laneObserver{s.d, l.contact},
		Conditions: s.d.health, Clock: s.d.clock, Log: s.d.log, NewID: s.d.newID,
	})
	s.d.settle(l)
	return l, nil
}

// readersOf lists the addresses of all lanes' readers.
func readersOf(cfg *configs.Config) []string {
	addresses := make([]string, 0, len(cfg.Lanes))
	for _, l := range cfg.Lanes {
		addresses = append(addresses, l.Reader)
	}
	return addresses
}

// outputsKept says when the kernel would leave a relay on that a dead daemon
// had switched on.
func (s *station) outputsKept() {
	driver, kept := gpio.Persists("/sys")
	s.d.health.Set("outputs_kept", "", driver, kept && len(signalSwitches(s.cfg)) > 0)
}

// laneConfigOf gives the rules of a lane.
func laneConfigOf(cfg *configs.Config, c configs.Lane) scanner.LaneConfig {
	return scanner.LaneConfig{
		Station: cfg.Station.Name, Name: c.Name, Direction: admission.Direction(c.Direction), Products: c.Products,
		HoldOff: c.HoldOff, Reentry: reentryOf(c.Reentry), Capacity: cfg.Station.Capacity,
	}
}

func reentryOf(r configs.Reentry) admission.Reentry {
	out := admission.Reentry{Kind: admission.ReentryNever, After: r.After}
	switch r.Kind {
	case configs.ReentryAfterExit:
		out.Kind = admission.ReentryAfterExit
	case configs.ReentryAfterTime:
		out.Kind = admission.ReentryAfter
	case configs.ReentryUnlimited:
		out.Kind = admission.ReentryUnlimited
	case configs.ReentryNever:
	}
	return out
}

// run runs the station until ctx ends. It stops in order: readers, lanes with
// the scan in hand, outputs off (then it calls lanesDown), and what talks to
// the platforms. That begins only when before is closed: a station that ends
// may still be delivering.
func (s *station) run(ctx context.Context, before <-chan struct{}, lanesDown func()) {
	defer close(s.ended)
	talk, stopTalking := context.WithCancel(context.WithoutCancel(ctx))
	defer stopTalking()
	var platforms, lanes sync.WaitGroup
	for _, a := range s.accounts {
		s.load(ctx, a)
		if !a.ready {
			// There is nothing to ask the platform with, and nothing to be told.
			s.d.health.Raise("account_unpaired", a.Name(), "")
			continue
		}
		platforms.Go(func() { supervise(talk, s.d.log, "mirror of "+a.Name(), after(before, a.mirror.Run)) })
		platforms.Go(func() { supervise(talk, s.d.log, "answers of "+a.Name(), s.keepAnswers(a)) })
		if a.outbox != nil {
			platforms.Go(func() { supervise(talk, s.d.log, "outbox of "+a.Name(), after(before, a.outbox.Run)) })
		}
	}
	platforms.Go(func() { supervise(talk, s.d.log, "reconciler", s.reconcile.Run) })
	for _, t := range s.keyTrouble {
		s.d.health.Raise(t.code, t.account, t.detail)
	}
	platforms.Go(func() { supervise(talk, s.d.log, "passings", s.keepPassings) })
	if err := noteOutputs(s.d.runtime, s.cfg); err != nil {
		s.d.log.Warn("gatescand release will go by the configuration alone", slog.Any("error", err))
	}
	s.outputsKept()
	s.d.health.Set("setup_no_lanes", "", "", len(s.lanes) == 0)
	s.d.health.Set("setup_no_accounts", "", "", len(s.accounts) == 0)
	s.d.tellLanes()
	for _, l := range s.lanes {
		lanes.Go(func() { l.run(ctx, s.d.clock, s, s.d.log) })
	}
	lanes.Wait()
	s.calm.stop()
	lanesDown()
	stopTalking()
	platforms.Wait()
	for _, a := range s.accounts {
		if c, ok := a.drawer.(io.Closer); ok {
			_ = c.Close() // idle connections only
		}
	}
}

// keepAnswers brings into the cache what the platform said when it was asked.
// A lane never waits for it.
func (s *station) keepAnswers(a *account) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case told := <-a.told:
				if err := s.d.store.PutAnswer(ctx, told.ticket, told.found); err != nil && ctx.Err() == nil {
					s.d.log.Warn("an answer could not be kept", slog.Any("account", a.Name()), slog.Any("error", err))
				}
			}
		}
	}
}

// after runs what must wait for before.
func after(before <-chan struct{}, run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-before:
			return run(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

// load gives an account the events and keys of the cache, so that it decides
// before any network is there.
func (s *station) load(ctx context.Context, a *account) {
	a.learning.Lock()
	defer a.learning.Unlock()
	chosen, err := s.d.store.ChosenEvents(ctx, a.Name())
	if err != nil {
		s.d.log.Error("the choice of events cannot be read", slog.Any("account", a.Name()), slog.Any("error", err))
		return
	}
	a.chosen.Store(&chosen)
	events, err := s.d.store.Events(ctx, a.Name())
	if err != nil {
		s.d.log.Error("events and keys cannot be read", slog.Any("account", a.Name()), slog.Any("error", err))
		return
	}
	s.learn(a, events)
}

func (s *station) learn(a *account, events []admission.Event) {
	before := a.Policy().Events
	served, _ := a.learn(events, s.d.clock.Now(), s.d.log)
	if before != nil && !slices.Equal(before, a.Policy().Events) {
		a.mirror.Wake() // other lists are wanted from now on
	}
	s.d.rememberEvents(a.Name(), events)
	keys := len(a.cfg.EventKeys)
	for _, e := range events {
		keys += len(e.Keys)
	}
	s.d.health.Set("account_no_keys", a.Name(), "", keys == 0 && a.drawer.Capabilities().SignsCodes)
	automatic := len(a.cfg.Events) == 0 && len(*a.chosen.Load()) == 0 && len(events) > 0
	names := make([]string, 0, len(served))
	for _, e := range served {
		names = append(names, e.Name)
	}
	s.d.health.Set("events_automatic", a.Name(), strings.Join(names, ", "), automatic && len(events) > 1 && len(served) > 0)
	vanished := len(events) == 0 && a.drawer.Capabilities().EventsVanish
	detail := ""
	if vanished {
		detail = "No event is on sale any more, and none was seen while it was"
	}
	s.d.health.Set("events_none", a.Name(), detail, len(a.Policy().Events) == 0 && (len(events) > 0 || vanished))
}

// changed follows the mirror of an account.
func (s *station) changed(a *account, ch mirror.Change) {
	switch ch.Kind {
	case mirror.EventsChanged:
		s.load(context.Background(), a)
	case mirror.SweepCompleted:
		s.reconcile.Request(a.Name(), ch.Event)
		if a.outbox != nil && a.outbox.Status().State == outbox.StateAuthFailed {
			a.outbox.Resume() // the list has come with the same key
		}
	case mirror.Recovered:
		if a.outbox != nil {
			a.outbox.Resume()
			a.outbox.Retry()
		}
	case mirror.StatusChanged, mirror.ListChanged:
	}
	s.d.tellSync(context.Background(), a)
}

func (s *station) settled(a *account, t outbox.Tally) {
	switch t {
	case outbox.Conflict, outbox.Buried:
		s.d.countConflicts(context.Background())
	case outbox.Delivered, outbox.Ours, outbox.Failed:
	}
	// To count what is pending costs more the more there is: while an outbox
	// is being emptied, once in a while is enough.
	now := s.d.sinceBoot()
	if last := time.Duration(a.counted.Load()); last == 0 || now-last >= tellEvery {
		a.counted.Store(int64(now))
		s.d.tellSync(context.Background(), a)
	}
}

// tellEvery is how often the page is told how far an outbox has come while it
// is being emptied.
const tellEvery = time.Second

// rested tells the page when an outbox has nothing more to do.
func (s *station) rested(a *account, st outbox.Status) {
	if st.State != outbox.StateDelivering {
		s.d.tellSync(context.Background(), a)
	}
}

func (s *station) account(name string) *account {
	for _, a := range s.accounts {
		if a.Name() == name {
			return a
		}
	}
	return nil
}

func (s *station) lane(name string) *lane {
	for _, l := range s.lanes {
		if l.Name() == name {
			return l
		}
	}
	return nil
}

// subjects names what conditions of this station can be about.
func (s *station) subjects() []string {
	var names []string
	for _, a := range s.accounts {
		names = append(names, a.Name())
	}
	for _, l := range s.lanes {
		names = append(names, l.Name())
		names = append(names, slices.Concat(l.cfg.Signal.Admit, l.cfg.Signal.Refuse, l.cfg.Signal.Hold)...)
	}
	return names
}

// settings gives a drawer what it needs.
func (d *daemon) settings(c configs.Account, creds platform.Credentials) all.Settings {
	s := settingsOf(c, creds, d.clock)
	if d.dial != nil {
		s.Dial = d.dial(c.Name)
	}
	return s
}

// settingsOf gives a drawer what it needs of the configuration and of what
// pairing yielded. The Date of its server's answers vouches for our clock.
func settingsOf(c configs.Account, creds platform.Credentials, clock *health.Clock) all.Settings {
	return all.Settings{
		Account: c.Name, BaseURL: c.URL, Credentials: creds, UserID: c.UserID, APIKey: c.APIKey.Reveal(),
		Password: c.Password.Reveal(), Admitting: c.AdmitStatus, Titles: c.Events, CAPEM: c.CAPEM, PinSHA256: c.PinSHA256,
		Version: version, Now: time.Now, Imported: importedEvents(c),
		OnDate: func(server, received time.Time) { clock.Vouch(c.Name, server, received) },
	}
}

// importedEvents gives the events whose keys were brought by hand.
func importedEvents(c configs.Account) []admission.Event {
	var events []admission.Event
	for _, k := range c.EventKeys {
		events = append(events, admission.Event{
			Account: c.Name, ID: k.Event, Name: k.Name, Keys: []admission.Key{{Event: k.Event, PEM: string(k.PEM)}},
		})
	}
	return events
}

// wakeOutbox tells the account that it has something to deliver.
func (s *station) wakeOutbox(name string) {
	if a := s.account(name); a != nil && a.outbox != nil {
		a.outbox.Wake()
	}
}
