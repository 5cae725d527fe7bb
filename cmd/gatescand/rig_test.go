package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/configs"
	"gatescand/device/signal"
	"gatescand/device/signal/passage"
	"gatescand/scanner/admission"
	"gatescand/store"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// patience bounds every wait of these tests. Nothing here waits a fixed time.
const patience = 30 * time.Second

// rig is a whole station as it stands at a door: the daemon on a
// pseudo-terminal, paired with a whole fake TiBillet over real HTTP.
type rig struct {
	t        *testing.T
	fake     *faketibillet.Server
	url      string
	tonight  string
	tomorrow string
	gate     faketibillet.ScanApp
	dir      string
	readers  []*ptyReader
	lanes    string // further text of the configuration
	account  string
	listen   string                                       // of the page
	contacts func(passage.Address) (passage.Input, error) // nil where no gate has one
	lines    func(signal.Wire) (signal.Switch, error)     // nil where no lane has outputs

	unpaired bool // start leaves it so

	d    *daemon
	stop func()
}

// newRig prepares platform and readers. The station runs after start.
func newRig(t *testing.T) *rig {
	t.Helper()
	keys := platformtest.LoadTibilletVectors(t).Keys
	fake, err := faketibillet.New(faketibillet.Options{Clock: time.Now, Source: rand.NewPCG(1, 2), RowSigning: faketibillet.SignHollow})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, fake: fake, dir: t.TempDir(), listen: "127.0.0.1:0"}
	add := func(name, key string, in time.Duration) string {
		id, err := fake.AddEvent(faketibillet.Event{Name: name, Start: time.Now().Add(in), End: time.Now().Add(in + 3*time.Hour), KeyPEM: key})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	r.tonight = add("Tonight", keys[0].PrivatePEM, -time.Hour)
	r.tomorrow = add("Tomorrow", keys[1].PrivatePEM, 30*time.Hour)
	r.url = platformtest.StartTibillet(t, fake)
	r.account = "increment_every = \"100ms\"\nsweep_every = \"150ms\""
	r.reader("north", "hold_off = \"0s\"")
	return r
}

// reader adds a lane with a reader of its own.
func (r *rig) reader(name, more string) *ptyReader {
	r.t.Helper()
	p, err := newPTYReader()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = p.Close() })
	r.readers = append(r.readers, p)
	r.lanes += fmt.Sprintf("\n[[lane]]\nname = %q\nreader = %q\n%s\n", name, "serial:"+p.path+"?baud=115200", more)
	return p
}

func (r *rig) config() *configs.Config {
	r.t.Helper()
	text := fmt.Sprintf("[station]\nname = \"Door\"\nlanguage = \"en\"\ndata_dir = %q\n[admin]\nlisten = %q\n"+
		"[[account]]\nname = \"lespass\"\nplatform = \"tibillet\"\nurl = %q\n%s\n%s", filepath.Join(r.dir, "data"), r.listen, r.url, r.account, r.lanes)
	a := &app{getenv: func(string) string { return "" }, now: time.Now}
	cfg, err := configs.Parse("test.toml", []byte(text), a.configEnv())
	if err != nil {
		r.t.Fatal(err)
	}
	return cfg
}

// ticket adds a ticket of tonight's in a status and gives its identity.
func (r *rig) ticket(status faketibillet.Status) string {
	r.t.Helper()
	return r.ticketOf(r.tonight, status)
}

func (r *rig) ticketOf(event string, status faketibillet.Status) string {
	r.t.Helper()
	id, err := r.fake.AddTicket(faketibillet.Ticket{Event: event, Status: status, FirstName: "Jo", LastName: "Do", Product: "Billet", Price: "Plein"})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// print gives the text of a ticket's code, signed anew at every call.
func (r *rig) print(ticket string) string {
	r.t.Helper()
	text, err := r.fake.PrintQR(ticket)
	if err != nil {
		r.t.Fatal(err)
	}
	return text
}

// start pairs, where that has not been done, and runs the station until its
// list is complete.
func (r *rig) start() {
	r.t.Helper()
	cfg := r.config()
	if r.gate.UUID == "" && !r.unpaired {
		gate, code, err := r.fake.NewScanApp("north")
		if err != nil {
			r.t.Fatal(err)
		}
		if _, err := pairOffline(r.t.Context(), cfg, "", code); err != nil {
			r.t.Fatal(err)
		}
		r.gate = gate
	}
	d, err := openDaemon(r.t.Context(), cfg, newDiscard())
	if err != nil {
		r.t.Fatal(err)
	}
	d.contacts = r.contacts
	for _, l := range d.current.Load().lanes {
		l.lines = r.lines
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.t.Context()))
	var done sync.WaitGroup
	var runErr error
	done.Go(func() { runErr = d.run(ctx) })
	var once sync.Once
	r.d = d
	r.stop = func() {
		once.Do(func() {
			cancel()
			done.Wait()
			if runErr != nil {
				r.t.Errorf("the daemon ended with %v", runErr)
			}
		})
	}
	r.t.Cleanup(r.stop)
	if !r.fake.NetworkCut() && !r.unpaired {
		r.eventually("the list is complete", func() bool { return d.listComplete(ctx) })
	}
	r.eventually("the readers are up", func() bool {
		for _, l := range d.current.Load().lanes {
			if !l.readerState().Up() {
				return false
			}
		}
		return true
	})
}

// eventually waits until cond holds.
func (r *rig) eventually(what string, cond func() bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-ctx.Done():
			r.t.Fatalf("waited %v for: %s", patience, what)
		case <-tick.C:
		}
	}
}

// hold holds a code before the first reader and gives the gate's answer.
func (r *rig) hold(code string) heldAnswer {
	r.t.Helper()
	return r.holdAt(r.readers[0], code)
}

func (r *rig) holdAt(p *ptyReader, code string) heldAnswer {
	r.t.Helper()
	a, err := r.d.hold(r.t.Context(), p, []byte(code))
	if err != nil {
		r.t.Fatalf("%.40q…: %v", code, err)
	}
	return a
}

// expect holds a code and demands an answer.
func (r *rig) expect(code string, verdict admission.Verdict, reason admission.Reason) heldAnswer {
	r.t.Helper()
	a := r.hold(code)
	if a.Verdict != string(verdict) || a.Reason != string(reason) {
		r.t.Errorf("%s (%s), want %s (%s)", a.Verdict, a.Reason, verdict, reason)
	}
	return a
}

// uses counts the uses of a ticket that the platform was told of.
func (r *rig) uses() int { return r.fake.Count(faketibillet.RouteUse) }

func (r *rig) pending() int {
	r.t.Helper()
	pending, _, _, err := r.d.store.OutboxCounts(r.t.Context(), "lespass")
	if err != nil {
		r.t.Fatal(err)
	}
	return pending
}

func (r *rig) conflicts() []admission.Conflict {
	r.t.Helper()
	list, err := r.d.store.Conflicts(r.t.Context(), true)
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func (r *rig) verify(db *store.DB) {
	r.t.Helper()
	v, err := db.VerifyJournal(r.t.Context())
	if err != nil || !v.OK() {
		r.t.Errorf("%s, %v", verificationText(v), err)
	}
}

// parts splits a code into payload and signature bytes.
func parts(t *testing.T, code string) (payload string, sig []byte) {
	t.Helper()
	payload, text, ok := strings.Cut(code, ":")
	sig, err := base64.URLEncoding.DecodeString(text)
	if !ok || err != nil {
		t.Fatalf("not a code: %v", err)
	}
	return payload, sig
}
