package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/health"
	"gatescand/device/pairing"
	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/store"
)

// reopenEvery is how long an attempt to open the journal waits for the next.
const reopenEvery = 5 * time.Second

// runUntilJournal keeps the gate manned while what the data directory holds
// cannot be opened, for cause: every lane holds and says so, the page tells
// what is wrong, and opening is tried again and again. It returns what open
// gave once that succeeds, with readers, outputs and port free for it; that may
// be after ctx has ended. Where ctx ends first it returns its error, and where
// open comes to fail for anything but storage trouble, that failure.
func runUntilJournal(
	ctx context.Context, cfg *configs.Config, log *slog.Logger, cause error, open func(context.Context) (*daemon, error),
) (*daemon, error) {
	o, err := newOutOfOrder(cfg, log, cause)
	if err != nil {
		return nil, errors.Join(cause, err)
	}
	return o.run(ctx, reopenEvery, open)
}

// isStorageTrouble tells whether err is the fault of the disk below the data
// directory: full, write-protected, failing, damaged or gone. Such trouble
// passes by itself or by a person's hand. A database of a newer release and
// one that another daemon has are none: holding there would hide the mistake.
func isStorageTrouble(err error) bool {
	for _, other := range []error{store.ErrNewerSchema, store.ErrBusy} {
		if errors.Is(err, other) {
			return false
		}
	}
	for _, trouble := range []error{
		store.ErrFull, store.ErrReadOnly, store.ErrCorrupt, store.ErrIO,
		// Folder, vault and token are opened without the store's words.
		syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EACCES, syscall.EPERM, syscall.ENOTDIR,
		syscall.EIO, syscall.EUCLEAN, syscall.ENODEV, syscall.ENXIO, syscall.ESTALE,
	} {
		if errors.Is(err, trouble) {
			return true
		}
	}
	return false
}

// outOfOrder is a station without a journal: the lanes of the configuration,
// its page, and no accounts. It decides nothing but hold.
type outOfOrder struct {
	d       *daemon // without a store; only what needs none is asked of it
	station *station
	journal *closedJournal
}

// newOutOfOrder builds the station. It opens no reader and writes nothing to
// the data directory but a token where there is none.
func newOutOfOrder(cfg *configs.Config, log *slog.Logger, cause error) (*outOfOrder, error) {
	clock, err := newClock()
	if err != nil {
		return nil, err
	}
	hub := admin.NewHub()
	d := &daemon{
		log: log, first: cfg, hub: hub, metrics: admin.NewMetrics(), clock: clock,
		health: newConditions(hub, health.NewRegistry(time.Now)), states: openLaneStates(cfg.Station.DataDir, laneNames(cfg)), token: anyToken(cfg.Station.DataDir, log),
		access: admin.OpenAccess(cfg.Station.DataDir),
	}
	o := &outOfOrder{d: d, station: &station{d: d, cfg: cfg}, journal: &closedJournal{}}
	lanes := make([]*scanner.Lane, 0, len(cfg.Lanes))
	for _, c := range cfg.Lanes {
		l, err := o.newLane(c)
		if err != nil {
			return nil, err
		}
		o.station.lanes = append(o.station.lanes, l)
		lanes = append(lanes, l.Lane)
	}
	o.station.scanner = scanner.NewStation(lanes...)
	d.current.Store(o.station)
	o.because(cause)
	return o, nil
}

func (o *outOfOrder) newLane(c configs.Lane) (*lane, error) {
	l := &lane{cfg: c}
	source, err := newSource(c.Reader, o.d.sinceBoot)
	if err != nil {
		return nil, fmt.Errorf("lane %s: %w", c.Name, err)
	}
	l.source = source
	l.Lane = scanner.NewLane(laneConfigOf(o.station.cfg, c), scanner.LaneDeps{
		Journal: o.journal, Accounts: func() []scanner.Account { return nil }, Signals: l, Observer: o.d,
		Conditions: o.d.health, Clock: o.d.clock, Log: o.d.log, NewID: o.d.newID,
	})
	// Nobody passes either way; the page still shows what staff have chosen.
	o.d.settle(l)
	return l, nil
}

// anyToken gives the token of the page. Where the data directory has none that
// can be read, it is one that nobody knows: the page's public parts are served
// all the same.
func anyToken(dir string, log *slog.Logger) string {
	token, err := pairing.Token(filepath.Join(dir, "api-token"))
	if err != nil {
		log.Warn("nobody can log in to the page until the data directory is back", slog.Any("error", err))
		return rand.Text()
	}
	return token
}

// run runs the station until the journal is open or ctx has ended, and then
// stops in order: readers, lanes, outputs, page.
func (o *outOfOrder) run(ctx context.Context, every time.Duration, open func(context.Context) (*daemon, error)) (*daemon, error) {
	lit, stopLanes := context.WithCancel(ctx)
	defer stopLanes()
	served, stopPage := context.WithCancel(context.WithoutCancel(ctx))
	defer stopPage()
	var lanes, page sync.WaitGroup
	for _, l := range o.station.lanes {
		lanes.Go(func() { l.run(lit, o.d.clock, o.station, o.d.log) })
	}
	page.Go(func() { supervise(served, o.d.log, "page", o.servePage) })
	page.Go(func() { supervise(served, o.d.log, "watchdog", o.watchdog) })

	d, err := o.reopen(ctx, every, open)
	if err != nil {
		notify("STOPPING=1")
	}
	stopLanes()
	lanes.Wait()
	stopPage()
	page.Wait()
	return d, err
}

// reopen tries to open the journal, at intervals and at once when a reload is
// asked for, which is how a person says that the cause is gone.
func (o *outOfOrder) reopen(ctx context.Context, every time.Duration, open func(context.Context) (*daemon, error)) (*daemon, error) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	defer signal.Stop(asked)
	pause := time.NewTimer(every)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-asked:
		case <-pause.C:
		}
		d, err := open(ctx)
		switch {
		case err == nil:
			o.d.log.Info("the journal can be opened again")
			return d, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !isStorageTrouble(err):
			return nil, err
		}
		o.because(err)
		pause.Reset(every)
	}
}

// because takes over why the journal cannot be opened. The log hears of it
// when it is news.
func (o *outOfOrder) because(err error) {
	if o.journal.fail(err) {
		o.d.log.Error("the journal cannot be opened, every lane holds", slog.Any("error", err))
	}
	o.d.health.Raise(scanner.ConditionJournal, "", err.Error())
}

// notReady says why no scan is decided now.
func (o *outOfOrder) notReady(context.Context) []string {
	reasons := []string{"the journal cannot be opened: " + o.journal.why().Error()}
	for _, name := range o.stuck() {
		reasons = append(reasons, "lane "+name+" does not turn")
	}
	return reasons
}

func (o *outOfOrder) stuck() []string {
	return o.station.scanner.Stuck(o.d.sinceBoot(), stuckAfter)
}

// servePage serves what can be told without a journal: lanes, conditions,
// events, metrics and the displays.
func (o *outOfOrder) servePage(ctx context.Context) error {
	d, cfg := o.d, o.d.first
	server, err := admin.New(admin.Options{
		Version: version, Station: cfg.Station.Name, Language: cfg.Station.Language, Zone: cfg.Station.Location,
		Token: d.token, Access: d.access, Hosts: pageHosts(cfg.Admin.Listen), MetricsPublic: cfg.Admin.MetricsPublic, ShowNames: cfg.Admin.ShowNames,
		Log: d.log, Now: time.Now, Ready: o.notReady,
		Hub: d.hub, Metrics: d.metrics, Clock: d.clock, Lanes: d, Conditions: d.health,
	})
	if err != nil {
		return err
	}
	listener, err := d.listen(ctx)
	if err != nil {
		d.health.Raise("page_unavailable", cfg.Admin.Listen, err.Error())
		return err
	}
	d.health.Clear("page_unavailable", cfg.Admin.Listen)
	d.pageURL.Store(new(listener.Addr().String()))
	d.log.Info("page served without a journal", slog.Any("address", *d.pageURL.Load()))
	return server.Run(ctx, listener)
}

// watchdog tells systemd that the gate is manned and what is wrong with it.
// Starting over would mend nothing while the lanes turn and hold: the daemon
// is only given up when one of them stands still.
func (o *outOfOrder) watchdog(ctx context.Context) error {
	notify("READY=1")
	tick := time.NewTicker(petEvery)
	defer tick.Stop()
	for {
		o.d.clock.Report(o.d.health.registry)
		reasons := strings.Join(o.notReady(ctx), "; ")
		// systemd takes every line of a message for a word of its own.
		state := "STATUS=not ready: " + strings.ReplaceAll(reasons, "\n", "; ")
		if len(o.stuck()) == 0 {
			state = "WATCHDOG=1\n" + state
		} else {
			o.d.log.Error("the watchdog is not petted", slog.Any("reasons", reasons))
		}
		notify(state)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// closedJournal is the scanner.Journal of a database that cannot be opened. It
// records nothing and says why.
type closedJournal struct {
	mu    sync.Mutex
	cause error
}

// Record gives the cause.
func (j *closedJournal) Record(context.Context, admission.Presentation) (admission.CheckIn, error) {
	return admission.CheckIn{}, j.why()
}

// Facts gives the cause.
func (j *closedJournal) Facts(context.Context, admission.Presentation) (admission.Facts, error) {
	return admission.Facts{}, j.why()
}

func (j *closedJournal) why() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.cause
}

// fail takes over a cause and tells whether it reads otherwise than the last.
func (j *closedJournal) fail(cause error) (news bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	news = j.cause == nil || j.cause.Error() != cause.Error()
	j.cause = cause
	return news
}
