//go:build crash

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// crashHouse is a station with three lanes, the platform it is paired with,
// and everybody who comes to the door. The daemon is the real program, the
// readers are pseudo-terminals, the platform answers real HTTP.
type crashHouse struct {
	t      *testing.T
	rnd    *crashChoice
	fake   *faketibillet.Server
	crowd  *crashCrowd
	ledger *crashLedger
	judge  *crashJudge
	lanes  []*crashLane

	disk    powerDisk         // whose power is cut with the daemon's life; nil where it is killed alone
	overlay map[string]string // sources with a planted fault, by the file they stand for
	wrong   func(error)       // takes what the judge finds

	program string
	config  string // of the station
	data    string
	aside   string // copies of data are judged here
	look    string // configuration over aside
	url     string // of the platform
	gate    string // the platform's id of this station
	client  *client
	cfg     *configs.Config
	logFile string

	judging sync.WaitGroup // the judgement on the life before this one
	kills   map[crashMode]int
	acks    map[crashMode]int // admissions signalled in such lives
}

// newCrashHouse builds the program, the platform and the readers.
func newCrashHouse(t *testing.T, seed uint64, kills int, options ...func(*crashHouse)) *crashHouse {
	t.Helper()
	dir := t.TempDir()
	h := &crashHouse{
		t: t, rnd: newCrashChoice(seed), ledger: newCrashLedger(), kills: make(map[crashMode]int), acks: make(map[crashMode]int),
		program: filepath.Join(dir, "gatescand"), config: filepath.Join(dir, "gatescand.toml"), data: filepath.Join(dir, "data"),
		aside: filepath.Join(dir, "aside"), look: filepath.Join(dir, "aside.toml"), logFile: filepath.Join(dir, "log"),
	}
	h.wrong = func(err error) { t.Error(err) }
	for _, o := range options {
		o(h)
	}
	if h.disk != nil {
		h.data = filepath.Join(h.disk.folder(), "data")
	}
	h.build(dir)
	fake, err := faketibillet.New(faketibillet.Options{Clock: time.Now, Source: rand.NewPCG(seed, 2), RowSigning: faketibillet.SignHollow})
	if err != nil {
		t.Fatal(err)
	}
	h.fake = fake
	event, err := fake.AddEvent(faketibillet.Event{
		Name: "Tonight", Start: time.Now().Add(-time.Hour), End: time.Now().Add(4 * time.Hour),
		KeyPEM: platformtest.LoadTibilletVectors(t).Keys[0].PrivatePEM,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.url = platformtest.StartTibillet(t, fake)
	h.crowd = newCrashCrowd(t, fake, event, h.rnd)
	h.crowd.open(crashFresh*kills+crashFresh, 40)
	h.judge = newCrashJudge(h.crowd)
	h.judge.powerless = h.disk != nil
	for _, name := range []string{"north", "south", "west"} {
		h.lanes = append(h.lanes, newCrashLane(t, name, h.ledger))
	}
	h.configure()
	t.Cleanup(func() {
		h.judging.Wait()
		if t.Failed() {
			t.Logf("the daemon's last words:\n%s", crashTail(h.logFile, 8<<10))
		}
	})
	return h
}

// build makes the program, with the faults that are planted in it.
func (h *crashHouse) build(dir string) {
	h.t.Helper()
	args := []string{"build", "-o", h.program}
	if len(h.overlay) > 0 {
		raw, err := json.Marshal(map[string]any{"Replace": h.overlay})
		file := filepath.Join(dir, "overlay.json")
		if err = errors.Join(err, os.WriteFile(file, raw, 0o600)); err != nil {
			h.t.Fatal(err)
		}
		args = append(args, "-overlay", file)
	}
	if out, err := exec.CommandContext(h.t.Context(), "go", append(args, ".")...).CombinedOutput(); err != nil { //nolint:gosec // our own program
		h.t.Fatalf("go build: %v\n%s", err, out)
	}
}

// strike ends a life: the disk's power first, where it is the power that fails,
// and then the daemon's.
func (h *crashHouse) strike(p *crashProcess) {
	if h.disk != nil {
		if err := h.disk.cut(); err != nil {
			h.t.Error(err)
		}
	}
	p.strike()
}

// revive gives the power back. The daemon is dead.
func (h *crashHouse) revive() {
	h.t.Helper()
	if h.disk == nil {
		return
	}
	if err := h.disk.restore(); err != nil {
		h.t.Fatalf("the disk does not come back: %v", err)
	}
}

// configure writes the station's configuration, and one to look at copies.
func (h *crashHouse) configure() {
	h.t.Helper()
	listen := crashFreePort(h.t)
	text := func(data string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "[station]\nname = \"Door\"\nlanguage = \"en\"\ndata_dir = %q\n[admin]\nlisten = %q\n", data, listen)
		fmt.Fprintf(&b, "[[account]]\nname = \"lespass\"\nplatform = \"tibillet\"\nurl = %q\nsweep_every = \"2s\"\nincrement_every = \"200ms\"\n", h.url)
		for _, l := range h.lanes {
			fmt.Fprintf(&b, "[[lane]]\nname = %q\nreader = %q\nhold_off = \"0s\"\nreentry = \"never\"\n[lane.signal]\n"+
				"admit = [\"talkback:hex:%02x\"]\nrefuse = [\"talkback:hex:%02x\"]\nhold = [\"talkback:hex:%02x\"]\n",
				l.name, "serial:"+l.pty.path+"?baud=115200", crashACK, crashNAK, crashENQ)
		}
		return b.String()
	}
	for file, data := range map[string]string{h.config: h.data, h.look: h.aside} {
		if err := os.WriteFile(file, []byte(text(data)), 0o600); err != nil {
			h.t.Fatal(err)
		}
	}
	h.cfg = &configs.Config{
		Station: configs.Station{DataDir: h.data},
		Admin:   configs.Admin{Listen: listen, TLS: configs.TLSOff},
	}
}

// crashFreePort gives a loopback address nobody listens on.
func crashFreePort(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing was said over it
	return l.Addr().String()
}

// command runs a command of the program to its end and wants it to succeed.
func (h *crashHouse) command(config string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(h.t.Context(), h.program, append([]string{"--config", config}, args...)...) //nolint:gosec // our own program
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("gatescand %s: %w\n%s%s", strings.Join(args, " "), err, out, &said)
	}
	return out, nil
}

// pair pairs the station from the command line.
func (h *crashHouse) pair() {
	h.t.Helper()
	app, code, err := h.fake.NewScanApp("door")
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.command(h.config, "pair", code); err != nil {
		h.t.Fatal(err)
	}
	h.gate = app.UUID
}

// crashProcess is one life of the daemon.
type crashProcess struct {
	cmd  *exec.Cmd
	log  *os.File
	once sync.Once
	err  error // what Wait said
}

// start starts the daemon. What it logs is kept.
func (h *crashHouse) start() *crashProcess {
	h.t.Helper()
	log, err := os.OpenFile(h.logFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		h.t.Fatal(err)
	}
	p := &crashProcess{log: log}
	p.cmd = exec.Command(h.program, "--config", h.config, "run") //nolint:noctx,gosec // our own program; it is killed when and as this test says
	p.cmd.Stderr = log
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = p.kill() })
	return p
}

// strike sends SIGKILL and does not wait.
func (p *crashProcess) strike() { _ = p.cmd.Process.Kill() }

// kill kills the daemon for good and tells whether that is what ended it.
func (p *crashProcess) kill() error {
	p.strike()
	p.once.Do(func() {
		p.err = errors.Join(p.cmd.Wait(), p.log.Close())
	})
	if state := p.cmd.ProcessState; state != nil && state.Exited() {
		return fmt.Errorf("the daemon ended by itself: %w", p.err)
	}
	return nil
}

// stop asks the daemon to end and wants it to end well.
func (p *crashProcess) stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	p.once.Do(func() { p.err = errors.Join(p.cmd.Wait(), p.log.Close()) })
	return p.err
}

// status asks the running daemon how it is.
func (h *crashHouse) status(ctx context.Context) (admin.Status, error) {
	var s admin.Status
	if h.client == nil {
		c, err := newClient(h.cfg)
		if err != nil {
			return s, err
		}
		h.client = c
	}
	err := h.client.call(ctx, "GET", "/api/v1/status", nil, &s)
	return s, err
}

// await waits until the daemon says of itself what is wanted.
func (h *crashHouse) await(what string, most time.Duration, wanted func(admin.Status) bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), most)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	var last admin.Status
	var lastErr error
	for {
		if s, err := h.status(ctx); err != nil {
			lastErr = err
		} else if last = s; wanted(s) {
			return
		}
		select {
		case <-ctx.Done():
			h.t.Fatalf("waited %v for: %s; %+v, %v", most, what, last, lastErr)
		case <-tick.C:
		}
	}
}

func crashLanesUp(s admin.Status) bool {
	for _, l := range s.Lanes {
		if !l.Reader.Up() {
			return false
		}
	}
	return s.Ready && len(s.Lanes) > 0
}

// firstList lets the daemon fetch the whole list once and kills it.
func (h *crashHouse) firstList() {
	h.t.Helper()
	all := len(h.fake.Tickets(h.crowd.event))
	p := h.start()
	h.await("the first list", 2*time.Minute, func(s admin.Status) bool {
		return len(s.Accounts) == 1 && s.Accounts[0].AsOf != nil && s.Accounts[0].Tickets == all
	})
	if err := p.kill(); err != nil {
		h.t.Fatal(err)
	}
}

// crashTail gives the last bytes of a file, for people.
func crashTail(path string, most int) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-most):])
}
