package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/pairing"
	"gatescand/scanner/admission"
	"gatescand/store"
	"gatescand/sync/platform/platformtest"
)

// simKit is what all worlds share, because making it takes time: an empty
// journal of today's schema, keys, printed tickets.
type simKit struct {
	dir         string
	database    []byte
	metrics     *admin.Metrics
	tibillet    []simTibilletEvent
	ticketsonic string // private key
}

// simPrints is how many tickets of each event are printed: the most a world can
// sell.
const simPrints = 24

func newSimKit(t *testing.T) *simKit {
	t.Helper()
	k := &simKit{metrics: admin.NewMetrics()}
	var err error
	if _, err = os.Stat("/dev/shm"); err == nil {
		// A disk that forgets costs no time to flush.
		k.dir, err = os.MkdirTemp("/dev/shm", "gatescand-sim-") //nolint:usetesting // t.TempDir is on a disk
		t.Cleanup(func() { _ = os.RemoveAll(k.dir) })
	} else {
		k.dir, err = t.TempDir(), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(k.dir, databaseName)
	now := func() admission.Stamp { return admission.Stamp{Wall: time.Now(), Boot: "none"} }
	db, err := store.Open(t.Context(), path, store.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if k.database, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	if k.tibillet, err = simTibilletPrints(platformtest.LoadTibilletVectors(t).Keys, simPrints); err != nil {
		t.Fatal(err)
	}
	k.ticketsonic = platformtest.LoadTicketsonicVectors(t).Keys[0].PrivatePEM
	return k
}

// simWorld is a venue with everything that acts on it.
type simWorld struct {
	t     *testing.T
	kit   *simKit
	rng   *rand.Rand
	trace *simTrace
	log   *slog.Logger
	ctx   context.Context
	end   context.CancelFunc
	began time.Time

	exchange *simExchange
	sites    []simSite
	names    []string // of the accounts, beside their sites
	oracles  []*simOracle
	quiet    []time.Time // since when nothing has been wrong with a site, zero while something is
	locked   []bool      // the site refuses the station's key
	cfg      atomic.Pointer[configs.Config]
	house    *simHouse
	tickets  []*simTicket
	crowd    []*simTicket // tickets that nobody brings to the door
	closed   map[string]bool
	held     map[string][]simHeld // by lane
	base     int64                // fault rate of this world

	journal   []simRow // as signalled
	found     int64    // so many of them were found in the journal
	conflicts map[int64]bool
	settled   map[int64]admission.DeliveryState
}

// simRow is what was signalled of one check-in.
type simRow struct {
	id      string
	seq     int64
	verdict admission.Verdict
	reason  admission.Reason
	lane    string
	key     admission.TicketKey
}

func newSimWorld(t *testing.T, kit *simKit, seed uint64, dir string, trace *simTrace) *simWorld {
	t.Helper()
	w := &simWorld{
		t: t, kit: kit, rng: rand.New(rand.NewPCG(seed, 0x5eed)), trace: trace, log: newDiscard(), began: time.Now(),
		closed: make(map[string]bool), held: make(map[string][]simHeld),
		conflicts: make(map[int64]bool), settled: make(map[int64]admission.DeliveryState),
		exchange: &simExchange{
			servers: make(map[string]func(context.Context, string, string) (net.Conn, error)), dark: make(map[string]bool),
		},
	}
	w.ctx, w.end = context.WithCancel(context.Background()) //nolint:usetesting // ends in order, before the bubble does
	w.base = []int64{0, 30, 120, 350}[w.rng.IntN(4)]
	if err := w.build(seed, dir); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	return w
}

// build makes sites, accounts and lanes, and sells the first tickets.
func (w *simWorld) build(seed uint64, dir string) error {
	vault, err := pairing.OpenVault(filepath.Join(dir, credentialsName))
	if err != nil {
		return err
	}
	cfg := &configs.Config{File: "sim.toml", Station: configs.Station{Name: "Door", Language: "en", DataDir: dir, Location: time.UTC}}
	sites, err := w.choose(seed)
	if err != nil {
		return err
	}
	for i, site := range sites {
		name := w.names[i]
		fake := site.fake()
		listener := platformtest.NewPipeListener(name + ".example:80")
		w.exchange.servers[name] = listener.DialContext
		go func() { _ = fake.Serve(w.ctx, listener) }()
		oracle := newSimOracle(seed, name, site, w.trace.count)
		oracle.rate.Store(w.base)
		site.front().SetOracle(oracle.mood)
		w.oracles = append(w.oracles, oracle)
		w.quiet = append(w.quiet, time.Time{})
		w.locked = append(w.locked, false)
		if s, ok := site.(interface{ listen(*simOracle) }); ok {
			s.listen(oracle)
		}
		c := w.account(name, site)
		if err := site.account(&c, vault); err != nil {
			return err
		}
		cfg.Accounts = append(cfg.Accounts, c)
		w.sites = append(w.sites, site)
	}
	synctest.Wait()
	w.lanes(cfg)
	w.cfg.Store(cfg)
	for i := range w.sites {
		for range 2 + w.rng.IntN(5) {
			w.sell(i)
		}
		if w.rng.IntN(8) == 0 {
			w.crowd = append(w.crowd, w.sites[i].crowd(30+w.rng.IntN(90))...)
		}
		c := cfg.Accounts[i]
		w.say("account %s: %s ask %s (%v) unlisted %s sweep %v increment %v", c.Name, c.Platform, c.Ask, c.AskTimeout, c.Unlisted, c.SweepEvery, c.IncrementEvery)
	}
	for _, l := range cfg.Lanes {
		w.say("lane %s: %s reentry %v %v accounts %v", l.Name, l.Direction, l.Reentry.Kind, l.Reentry.After, l.Accounts)
	}
	w.say("a crowd of %d, faults %d of 1000", len(w.crowd), w.base)
	w.house, err = newSimHouse(w, dir)
	return err
}

// choose makes two to four accounts, of whatever platforms: two of TiBillet at
// times, the others once.
func (w *simWorld) choose(seed uint64) ([]simSite, error) {
	var sites []simSite
	var errs []error
	add := func(name string, s simSite, err error) {
		sites, errs = append(sites, s), append(errs, err)
		w.names = append(w.names, name)
	}
	kinds := []string{"tiba", "tibb", "sonic", "stebby", "bittan"}
	w.rng.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	kinds = kinds[:simPick(w.rng, 2, 2, 2, 2, 3, 4)]
	first, second := &w.kit.tibillet[0], &w.kit.tibillet[1]
	for _, name := range kinds {
		switch name {
		case "tiba":
			later := second
			if slices.Contains(kinds, "tibb") {
				later = nil // its key is the other tenant's
			}
			s, err := newSimTibillet(name, seed, first, later)
			add(name, s, err)
		case "tibb":
			s, err := newSimTibillet(name, seed+1, second, nil)
			add(name, s, err)
		case "sonic":
			s, err := newSimTicketsonic(name, seed, w.kit.ticketsonic, simPick(w.rng, 0, 3*time.Minute))
			add(name, s, err)
		case "stebby":
			s, err := newSimStebby(name, seed, w.rng.IntN(3) > 0)
			add(name, s, err)
		case "bittan":
			s, err := newSimBittan(name, seed)
			add(name, s, err)
		}
	}
	return sites, errors.Join(errs...)
}

// account gives the organiser's choices for an account.
func (w *simWorld) account(name string, site simSite) configs.Account {
	c := configs.Account{
		Name: name, Platform: string(site.platform()), URL: "http://" + name + ".example", InsecureHTTP: true,
		Ask:            simPick(w.rng, configs.AskNever, configs.AskUnlisted, configs.AskUnlisted, configs.AskAlways),
		AskTimeout:     simPick(w.rng, 500*time.Millisecond, 800*time.Millisecond, 2*time.Second),
		Unlisted:       simPick(w.rng, configs.UnlistedHold, configs.UnlistedRefuse, configs.UnlistedAdmit),
		StaleAfter:     simPick(w.rng, 5*time.Minute, 30*time.Minute),
		SweepEvery:     simPick(w.rng, 4*time.Minute, 8*time.Minute, 15*time.Minute),
		IncrementEvery: simPick(w.rng, 0, 0, 45*time.Second, 4*time.Minute),
		ClockUntrusted: configs.ClockPass, Window: configs.WindowOff, Early: 4 * time.Hour, Late: 4 * time.Hour,
	}
	return c
}

// lanes makes one to three lanes, the first of them an entry.
func (w *simWorld) lanes(cfg *configs.Config) {
	for i := range 1 + w.rng.IntN(3) {
		l := configs.Lane{
			Name: [...]string{"north", "south", "west"}[i], Direction: configs.Entry, Reader: "virtual:", HoldOff: 3 * time.Second,
			Reentry: configs.Reentry{Kind: configs.ReentryNever},
		}
		if i > 0 {
			l.Direction = simPick(w.rng, configs.Entry, configs.Entry, configs.Exit, configs.Check)
		}
		if w.rng.IntN(3) == 0 {
			l.Reentry = simPick(w.rng,
				configs.Reentry{Kind: configs.ReentryAfterExit}, configs.Reentry{Kind: configs.ReentryAfterTime, After: 10 * time.Minute},
				configs.Reentry{Kind: configs.ReentryUnlimited})
		}
		cfg.Lanes = append(cfg.Lanes, l)
	}
}

func (w *simWorld) config() *configs.Config { return w.cfg.Load() }

func (w *simWorld) daemon() *daemon { return w.house.life.d }

func simPick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

// say writes a line into the trace.
func (w *simWorld) say(format string, args ...any) {
	w.trace.add("%12.6f %s", time.Since(w.began).Seconds(), fmt.Sprintf(format, args...))
}

// fail says that a promise was broken. The test fails outside the bubble, which
// has to be left in order.
func (w *simWorld) fail(format string, args ...any) {
	w.trace.failed = true
	w.say("FAILED: "+format, args...)
}

// must fails on an error that has no business here.
func (w *simWorld) must(what string, err error) {
	if err != nil {
		w.fail("%s: %v", what, err)
	}
}

// pass lets time pass, and waits for the instant at which nothing runs.
func (w *simWorld) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// live lives the evening: steps, then a calm in which everything settles.
func (w *simWorld) live() {
	defer w.leave()
	w.must("start", w.house.start())
	w.pass(w.pause())
	steps := 8 + w.rng.IntN(12)
	if w.rng.IntN(10) == 0 {
		steps *= 3 // a long evening
	}
	for step := range steps {
		if w.trace.failed {
			return
		}
		w.act()
		w.pass(w.pause())
		if step%4 == 3 {
			w.check()
		} else if int64(len(w.journal)) > w.found {
			w.fresh()
		}
	}
	if !w.trace.failed {
		w.calm()
	}
}

// leave ends everything that runs in the bubble.
func (w *simWorld) leave() {
	if w.house.life != nil && w.house.life.d != nil {
		w.must("stop", w.house.end())
	}
	w.end()
	synctest.Wait()
	for i, site := range w.sites {
		counts := site.front().Counts()
		for _, route := range slices.Sorted(maps.Keys(counts)) {
			w.trace.add("%s %s %d", w.names[i], route, counts[route])
			for range counts[route] {
				w.trace.count("request")
			}
		}
	}
}

// pause is how long nobody does anything: mostly moments, sometimes a while.
func (w *simWorld) pause() time.Duration {
	d := time.Duration(w.rng.Int64N(int64(4 * time.Second)))
	switch w.rng.IntN(12) {
	case 0:
		d = time.Duration(w.rng.Int64N(int64(7 * time.Minute)))
	case 1:
		d = time.Duration(w.rng.Int64N(int64(time.Minute)))
	case 3, 4, 5:
		d = time.Duration(w.rng.Int64N(int64(80 * time.Millisecond)))
	}
	return d + time.Nanosecond
}

// ticket finds a ticket by its key.
func (w *simWorld) ticket(key admission.TicketKey) *simTicket {
	i := slices.IndexFunc(w.tickets, func(t *simTicket) bool { return t.key == key })
	if i < 0 {
		return nil
	}
	return w.tickets[i]
}
