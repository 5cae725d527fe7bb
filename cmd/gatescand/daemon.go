package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/admin/words"
	"gatescand/device/health"
	"gatescand/device/pairing"
	"gatescand/device/signal/passage"
	"gatescand/scanner/admission"
	"gatescand/store"
)

// databaseName is the journal's file in the data directory.
const databaseName = "gatescand.db"

// credentialsName is the folder of the keys in the data directory.
const credentialsName = "credentials"

// daemon is what outlives a configuration: the journal, the clock, the page,
// the conditions. The station of the day runs on it.
type daemon struct {
	log     *slog.Logger
	clock   *health.Clock
	health  conditions
	store   *store.DB
	vault   *pairing.Vault
	desk    *pairing.Desk
	states  *laneStates
	cards   *cardTable
	hub     *admin.Hub
	metrics *admin.Metrics
	token   string
	access  *admin.Access
	words   *words.Book

	// dial, where given, connects an account's drawer to a server within this
	// process, and steady takes the chance out of all pauses: a simulation is
	// repeatable then.
	dial   func(account string) func(ctx context.Context, network, address string) (net.Conn, error)
	steady bool
	// contacts, where given, takes the contacts of the gates in the place of GPIO
	// lines.
	contacts func(passage.Address) (passage.Input, error)
	// runtime is where the lines that are driven are noted, "" for nowhere.
	runtime string

	// reload reads the configuration again; nil where there is no file.
	reload  func() (*configs.Config, error)
	again   chan struct{} // holds one: a new station is wanted
	current atomic.Pointer[station]
	first   *configs.Config // the configuration the daemon was started with

	// parse reads a text as the configuration would be read; nil where there is no
	// file.
	parse func(text []byte) (*configs.Config, error)

	began   time.Duration // since boot, when the daemon was opened
	lessons *lessons      // listens to readers for the set-up
	setup   sync.Mutex    // one change of the configuration at a time

	pairing  sync.Mutex // one pairing at a time
	images   sync.Mutex // one photograph at a time
	handover sync.Mutex // held while one station takes over from another, and while a lane is opened or closed

	mu         sync.Mutex
	eventNames map[string]string // account and id to name
	lastSync   map[string]admin.SyncEvent
	conflicts  atomic.Int64
	forced     atomic.Bool   // the next station is wanted although the configuration is the same
	written    atomic.Int64  // time since boot of the last write known to be good, 0 for none
	ready      chan struct{} // closed once scans are decided
	pageURL    atomic.Pointer[string]
	taps       taps // who waits to hear one answer
}

// openDaemon opens what the configuration's data directory holds. It makes no
// request and opens no reader.
func openDaemon(ctx context.Context, cfg *configs.Config, log *slog.Logger) (*daemon, error) {
	d := &daemon{
		log: log, first: cfg, hub: admin.NewHub(), metrics: admin.NewMetrics(), again: make(chan struct{}, 1),
		eventNames: make(map[string]string), lastSync: make(map[string]admin.SyncEvent), ready: make(chan struct{}),
	}
	dir := cfg.Station.DataDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the data directory %s cannot be made; is its disk mounted? check [station].data_dir: %w", dir, err)
	}
	var err error
	if d.words, err = words.Open(); err != nil {
		return nil, err
	}
	if d.clock, err = newClock(); err != nil {
		return nil, err
	}
	d.health = newConditions(d.hub, health.NewRegistry(time.Now))
	if d.vault, err = openVault(cfg); err != nil {
		return nil, err
	}
	d.cards = newCardTable(dir)
	d.states = openLaneStates(dir, laneNames(cfg))
	d.token = openToken(dir, log, d.health)
	d.access = admin.OpenAccess(dir)
	d.reportAccess()
	d.store, err = store.Open(ctx, filepath.Join(dir, databaseName), store.Options{Now: d.clock.Now, Log: log})
	if err != nil {
		return nil, err
	}
	d.forgetPage() // of a run that was killed; one that lives holds the journal
	newest, err := d.store.NewestStamp(ctx)
	if err != nil {
		return nil, errors.Join(err, d.store.Close())
	}
	d.clock.SetFloor(newest.Wall)
	head, _, err := d.store.Head(ctx)
	if err != nil {
		return nil, errors.Join(err, d.store.Close())
	}
	d.hub.Begin(head)
	first, err := newStation(d, cfg)
	if err != nil {
		return nil, errors.Join(err, d.store.Close())
	}
	d.current.Store(first)
	d.desk = d.newDesk() //nolint:contextcheck // a look at what is on this box, whoever asks
	d.began = d.sinceBoot()
	d.lessons = newLessons(d.sinceBoot, d.heldBy)
	return d, nil
}

// openVault opens where the configuration's keys are kept.
func openVault(cfg *configs.Config) (*pairing.Vault, error) {
	return pairing.OpenVault(filepath.Join(cfg.Station.DataDir, credentialsName))
}

// newClock gives the machine's clock, judged by the rules of a station.
func newClock() (*health.Clock, error) {
	kernel, err := health.Kernel(time.Now)
	if err != nil {
		return nil, fmt.Errorf("the clock cannot be read: %w", err)
	}
	return health.NewClock(kernel, builtAt()), nil
}

// newID makes the id of a check-in.
func (d *daemon) newID() string { return ulid.Make().String() }

// sinceBoot is the monotonic clock of readers.
func (d *daemon) sinceBoot() time.Duration { return d.clock.Now().SinceBoot }

// run runs the daemon until ctx ends, and then stops in order: readers, lanes,
// signals, outbox, page, store.
func (d *daemon) run(ctx context.Context) error {
	// The page and the store outlive the station.
	base, stopBase := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBase()
	page, stopPage := context.WithCancel(base)
	defer stopPage()
	var pageDone, baseDone sync.WaitGroup
	baseDone.Go(func() { supervise(base, d.log, "checkpoints", d.store.Run) })
	pageDone.Go(func() { supervise(page, d.log, "page", d.servePage) })
	pageDone.Go(func() { supervise(page, d.log, "housekeeping", d.keepHouse) })
	pageDone.Go(func() { supervise(page, d.log, "pairing", d.desk.Run) })
	pageDone.Go(func() { supervise(page, d.log, "set-up", d.lessons.Run) })
	pageDone.Go(func() { supervise(page, d.log, "watchdog", d.watchdog) })
	if d.reload != nil {
		pageDone.Go(func() { supervise(page, d.log, "configuration", d.watchConfig) })
	}

	d.runStations(ctx, d.current.Load())
	notify("STOPPING=1")
	stopPage()
	pageDone.Wait()
	stopBase()
	baseDone.Wait()
	return d.store.Close()
}

// runStations runs one station after the other: each valid new configuration
// takes over from the one before as soon as that has answered the scans it
// had. What the old one is still telling the platforms does not keep the door
// shut; the new one's outbox waits for it instead.
func (d *daemon) runStations(ctx context.Context, s *station) {
	before := make(chan struct{})
	close(before)
	for {
		turn, stop := context.WithCancel(ctx)
		lanesDown, done := make(chan struct{}), make(chan struct{})
		go func(s *station, before <-chan struct{}) {
			defer close(done)
			s.run(turn, before, func() { close(lanesDown) })
		}(s, before)
		select {
		case <-d.ready:
		default:
			close(d.ready)
		}
		next := d.next(ctx, s)
		stop()
		<-lanesDown
		if next == nil {
			<-done
			<-before
			return
		}
		d.health.forget(s.subjects())
		d.takeOver(next)
		if d.desk != nil && !waitsForPairing(next.cfg) {
			d.desk.Settle() // nobody is going to show a pairing code
		}
		s, before = next, done
	}
}

// takeOver makes s the station that everybody sees. Lanes that were closed or
// opened while it was being made are so in it too.
func (d *daemon) takeOver(s *station) {
	d.handover.Lock()
	defer d.handover.Unlock()
	before := d.current.Load()
	if err := d.states.follow(laneNames(s.cfg)); err != nil {
		d.log.Error("a new lane may be open after a restart", slog.Any("error", err))
	}
	for _, l := range s.lanes {
		if old := before.lane(l.Name()); old != nil {
			l.Inherit(old.Lane)
		}
		d.settle(l)
	}
	d.current.Store(s)
}

// next waits for the station that follows s; nil when ctx has ended.
func (d *daemon) next(ctx context.Context, s *station) *station {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.again:
		}
		forced := d.forced.Swap(false)
		cfg, err := d.fresh(s.cfg)
		if err == nil && !forced && d.reload != nil && configs.Diff(s.cfg, cfg).Empty() {
			d.health.Clear("config_invalid", "")
			d.log.Info("the configuration is as before")
			continue
		}
		var next *station
		if err == nil {
			next, err = newStation(d, cfg)
		}
		if err == nil {
			d.health.Clear("config_invalid", "")
			d.log.Info("configuration taken over")
			return next
		}
		d.health.Raise("config_invalid", "", err.Error())
		d.log.Error("the new configuration is not used, the old one stays", slog.Any("error", err))
		if !forced {
			continue
		}
		// A key has come or gone, and must not wait until the file is mended.
		if next, err = newStation(d, s.cfg); err == nil {
			return next
		}
		d.forced.Store(true) // with the next change, then
		d.log.Error("a key that has come or gone is not taken over yet", slog.Any("error", err))
	}
}

// fresh reads the configuration again, as far as it can take effect without a
// restart; where there is no file it is the one before. What is read belongs to
// nobody else.
func (d *daemon) fresh(before *configs.Config) (*configs.Config, error) {
	if d.reload == nil {
		return before, nil
	}
	read, err := d.reload()
	if err != nil {
		return nil, err
	}
	changes := configs.Diff(d.first, read)
	d.health.Set("config_restart", "", strings.Join(changes.Restart, ", "), changes.NeedsRestart())
	cfg := *read
	cfg.Station.DataDir, cfg.Admin = d.first.Station.DataDir, d.first.Admin
	return &cfg, nil
}

// renew asks for a new station, because the configuration may be new or, where
// it is forced, a credential is.
func (d *daemon) renew(force bool) {
	if force {
		d.forced.Store(true)
	}
	select {
	case d.again <- struct{}{}:
	default:
	}
}

// cut ends the drain of the outboxes at once.
func (d *daemon) cut() {
	if s := d.current.Load(); s != nil {
		for _, a := range s.accounts {
			if a.outbox != nil {
				a.outbox.Cut()
			}
		}
	}
}

// rememberEvents keeps the names of events for the page.
func (d *daemon) rememberEvents(account string, events []admission.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range events {
		d.eventNames[account+"\x00"+e.ID] = e.Name
	}
}

func (d *daemon) eventName(account, event string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.eventNames[account+"\x00"+event]
}
