package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/health"
	"gatescand/device/pairing"
	"gatescand/store"
)

// simLife is one life of the daemon, from its start to its end or its death.
type simLife struct {
	d     *daemon
	dir   string
	cable *simCable
	stop  context.CancelFunc
	done  sync.WaitGroup
}

// simHouse is where the daemon lives: the machine, its disk and its cable.
type simHouse struct {
	w     *simWorld
	box   *simBox
	dir   string // of what outlives every life: keys and closed lanes
	lives int
	life  *simLife
}

func newSimHouse(w *simWorld, dir string) (*simHouse, error) {
	h := &simHouse{w: w, box: newSimBox(), dir: dir}
	first := h.place()
	if err := os.MkdirAll(first, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(first, databaseName), w.kit.database, 0o600); err != nil {
		return nil, err
	}
	return h, simLog(filepath.Join(first, databaseName+"-wal"))
}

// simLog lays out an empty log as a hole, which costs nothing: SQLite takes a
// log of zeros for an empty one, and the program lays out none where one is.
func simLog(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() == 0 {
		err = f.Truncate(2 << 20)
	}
	return errors.Join(err, f.Close())
}

func (h *simHouse) place() string { return filepath.Join(h.dir, fmt.Sprint("life", h.lives)) }

// open makes the daemon as openDaemon does, with another clock, no page and the
// network of this world.
func (h *simHouse) open(cfg *configs.Config) (*daemon, error) {
	d := &daemon{
		log: h.w.log, first: cfg, hub: admin.NewHub(), metrics: h.w.kit.metrics, again: make(chan struct{}, 1),
		eventNames: make(map[string]string), lastSync: make(map[string]admin.SyncEvent), ready: make(chan struct{}),
		dial: h.life.cable.to, steady: true,
	}
	d.clock = health.NewClock(h.box.system(), time.Time{})
	d.health = newConditions(d.hub, health.NewRegistry(time.Now))
	var err error
	if d.vault, err = pairing.OpenVault(filepath.Join(h.dir, credentialsName)); err != nil {
		return nil, err
	}
	d.states = openLaneStates(h.dir, laneNames(cfg))
	ctx := h.w.ctx
	d.store, err = store.Open(ctx, filepath.Join(h.life.dir, databaseName), store.Options{Now: d.clock.Now, Log: h.w.log, Readers: 1})
	if err != nil {
		return nil, err
	}
	newest, err := d.store.NewestStamp(ctx)
	if err != nil {
		return nil, errors.Join(err, d.store.Close())
	}
	d.clock.SetFloor(newest.Wall)
	d.reload = func() (*configs.Config, error) { return h.w.config(), nil }
	first, err := newStation(d, cfg)
	if err != nil {
		return nil, errors.Join(err, d.store.Close())
	}
	d.current.Store(first)
	return d, nil
}

// start begins a life on the files in its place.
func (h *simHouse) start() error {
	h.life = &simLife{dir: h.place(), cable: &simCable{exchange: h.w.exchange, ctx: h.w.ctx}}
	d, err := h.open(h.w.config())
	if err != nil {
		return err
	}
	h.life.d = d
	ctx, cancel := context.WithCancel(h.w.ctx)
	h.life.stop = cancel
	life := h.life
	life.done.Go(func() {
		base, stopBase := context.WithCancel(context.WithoutCancel(ctx))
		defer stopBase()
		var carrying sync.WaitGroup
		carrying.Go(func() { supervise(base, d.log, "checkpoints", d.store.Run) })
		d.runStations(ctx, d.current.Load())
		stopBase()
		carrying.Wait()
	})
	return nil
}

// end stops the daemon as a signal does.
func (h *simHouse) end() error {
	h.life.stop()
	h.life.done.Wait()
	return h.life.d.store.Close()
}

// kill ends the daemon as SIGKILL does at this instant, at which nothing runs:
// the files are copied as they are, what the process still does happens to the
// old ones, and nothing of it reaches a server any more.
func (h *simHouse) kill() error {
	dead := h.life
	h.lives++
	if err := os.MkdirAll(h.place(), 0o700); err != nil {
		return err
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := simCopy(filepath.Join(dead.dir, databaseName+end), filepath.Join(h.place(), databaseName+end)); err != nil {
			return err
		}
	}
	dead.cable.sever()
	dead.stop()
	dead.d.cut()
	dead.done.Wait()
	return errors.Join(dead.d.store.Close(), os.RemoveAll(dead.dir))
}

// simCopy copies a file with its holes: most of a log is one.
func simCopy(from, to string) (err error) {
	const seekData, seekHole = 3, 4 // lseek(2)
	in, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Truncate(info.Size()), out.Close()) }()
	for at := int64(0); at < info.Size(); {
		begin, err := in.Seek(at, seekData)
		if errors.Is(err, syscall.ENXIO) {
			return nil // nothing but a hole
		}
		if err != nil {
			return err
		}
		end, err := in.Seek(begin, seekHole)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.NewOffsetWriter(out, begin), io.NewSectionReader(in, begin, end-begin)); err != nil {
			return err
		}
		at = end
	}
	return nil
}
