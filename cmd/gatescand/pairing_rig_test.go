package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/signal"
)

// pairingRig is a station on a pseudo-terminal that is yet to be paired, with a
// configuration that stands in a file.
type pairingRig struct {
	*rig

	file     string
	accounts string // of the configuration
	hosts    string // allow_hosts, in brackets
	log      *lockedText
	gate     countingSwitch
}

// lockedText is a log that is read while it is written.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// countingSwitch is an output that counts how often it was switched on.
type countingSwitch struct {
	mu sync.Mutex
	on int
}

func (c *countingSwitch) Set(on bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if on {
		c.on++
	}
	return nil
}

func (c *countingSwitch) Close() error { return nil }

func (c *countingSwitch) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.on
}

// newPairingRig gives a station whose configuration names the platform's site,
// with one lane, whose gate and lamps are counted.
func newPairingRig(t *testing.T) *pairingRig {
	t.Helper()
	r := &pairingRig{rig: newRig(t), log: &lockedText{}, hosts: `["*.tibillet.org"]`}
	r.lanes += "  [lane.signal]\n  admit = [\"gpio:gpiochip0/17?pulse=10ms\"]\n  refuse = [\"gpio:gpiochip0/27?pulse=10ms\"]\n  hold = [\"gpio:gpiochip0/22?pulse=10ms\"]\n"
	r.lines = func(signal.Wire) (signal.Switch, error) { return &r.gate, nil }
	r.accounts = accountText("lespass", r.url)
	return r
}

func accountText(name, url string) string {
	return fmt.Sprintf("[[account]]\nname = %q\nplatform = \"tibillet\"\nurl = %q\nincrement_every = \"100ms\"\nsweep_every = \"150ms\"\n", name, url)
}

// start writes the configuration, where that has not been done, and runs the
// station on it until its readers are up.
func (r *pairingRig) start() {
	r.t.Helper()
	if r.file == "" {
		r.file = filepath.Join(r.dir, "etc", "gatescand.toml")
		text := fmt.Sprintf("[station]\nname = \"Door\"\nlanguage = \"en\"\ndata_dir = %q\n[admin]\nlisten = \"127.0.0.1:0\"\n[pairing]\nallow_hosts = %s\n%s%s",
			filepath.Join(r.dir, "data"), r.hosts, r.accounts, r.lanes)
		if err := os.MkdirAll(filepath.Dir(r.file), 0o700); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(r.file, []byte(text), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	a := &app{getenv: func(string) string { return "" }, now: time.Now, config: r.file}
	cfg, err := a.load()
	if err != nil {
		r.t.Fatal(err)
	}
	d, err := openDaemon(r.t.Context(), cfg, slog.New(slog.NewTextHandler(r.log, nil)))
	if err != nil {
		r.t.Fatal(err)
	}
	d.reload = a.load
	d.parse = func(text []byte) (*configs.Config, error) { return configs.Parse(a.config, text, a.configEnv()) }
	for _, l := range d.current.Load().lanes {
		l.lines = r.lines
	}
	r.d = d
	r.runs(d)
	r.readersAreUp()
}

// readersAreUp waits until codes that are shown are read: with a new key comes a
// new station, which opens its readers anew.
func (r *pairingRig) readersAreUp() {
	r.t.Helper()
	r.eventually("the readers are up", func() bool {
		for _, l := range r.d.current.Load().lanes {
			if !l.readerState().Up() {
				return false
			}
		}
		return true
	})
}

// runs runs a daemon until stop, or the end of the test.
func (r *pairingRig) runs(d *daemon) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.t.Context()))
	var done sync.WaitGroup
	var err error
	done.Go(func() { err = d.run(ctx) })
	var once sync.Once
	r.stop = func() {
		once.Do(func() {
			cancel()
			done.Wait()
			if err != nil {
				r.t.Errorf("the daemon ended with %v", err)
			}
		})
	}
	r.t.Cleanup(r.stop)
}

// code makes a scan app and gives the text of its pairing code.
func (r *pairingRig) code() string {
	r.t.Helper()
	_, code, err := r.fake.NewScanApp("north")
	if err != nil {
		r.t.Fatal(err)
	}
	return code
}

// show holds a code before the reader and waits for no answer.
func (r *pairingRig) show(code string) {
	r.t.Helper()
	r.readersAreUp()
	if err := r.readers[0].Hold([]byte(code)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *pairingRig) awaitPhase(phase string) admin.PairingState {
	r.t.Helper()
	var s admin.PairingState
	r.eventually("pairing is "+phase, func() bool {
		s = r.d.PairingState()
		return s.Phase == phase
	})
	return s
}

// rows counts the rows of the journal.
func (r *pairingRig) rows() int64 {
	r.t.Helper()
	head, _, err := r.d.store.Head(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return head
}

// listIsHere waits for the list of tickets of everybody who is paired.
func (r *pairingRig) listIsHere() {
	r.t.Helper()
	r.eventually("the list is complete", func() bool { return r.d.listComplete(r.t.Context()) })
	r.readersAreUp()
}

// keepsSecret looks for the token of a code wherever it must not be.
func (r *pairingRig) keepsSecret(code string) {
	r.t.Helper()
	token := strings.TrimSuffix(code[strings.Index(code, "/scan/")+len("/scan/"):], "/pair")
	if strings.Contains(r.log.String(), token) {
		r.t.Errorf("the log tells the token: %s", r.log)
	}
	err := filepath.WalkDir(r.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(raw), token) {
			r.t.Errorf("%s holds the token", path)
		}
		return err
	})
	if err != nil {
		r.t.Error(err)
	}
}

// tokenOf makes a token as the platform would have made it then; nobody has
// signed it.
func tokenOf(at time.Time) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var stamp []byte
	for n := at.Unix(); n > 0; n /= 62 {
		stamp = append([]byte{digits[n%62]}, stamp...)
	}
	return base64.RawURLEncoding.EncodeToString([]byte("f3a740ad-b95f-4f45-b492-64a755c403e4:" + string(stamp) + ":" + strings.Repeat("A", 43)))
}
