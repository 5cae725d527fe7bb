package reconcile_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/store"
	"gatescand/sync/mirror"
	"gatescand/sync/outbox"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
	"gatescand/sync/platform/tibillet"
	"gatescand/sync/reconcile"
)

const account = "lespass"

// gate is a station with its real parts: database, drawer, mirror, outbox and
// reconciler, against a fake server on a real port.
type gate struct {
	tb      testing.TB
	fake    *faketibillet.Server
	db      *store.DB
	event   string
	app     faketibillet.ScanApp
	mirror  *mirror.Mirror
	outbox  *outbox.Worker
	changed chan struct{} // something may have happened
	sweeps  chan struct{} // a list is complete
	scans   int
}

func present() admission.Stamp {
	now := time.Now()
	return admission.Stamp{Wall: now.UTC(), Trusted: true, Boot: "boot", SinceBoot: now.Sub(time.Unix(0, 0))}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// newGate opens a gate for an event for which n tickets have been sold.
func newGate(tb testing.TB, n int) (g *gate, tickets []string) {
	tb.Helper()
	g = &gate{tb: tb, changed: make(chan struct{}, 1), sweeps: make(chan struct{}, 100)}
	var err error
	g.fake, err = faketibillet.New(faketibillet.Options{Clock: time.Now, Source: rand.NewPCG(5, 6)})
	must(tb, err)
	base := platformtest.StartTibillet(tb, g.fake)
	g.event, err = g.fake.AddEvent(faketibillet.Event{
		Name: "Bal", Start: time.Now(), KeyPEM: platformtest.LoadTibilletVectors(tb).Keys[0].PrivatePEM,
	})
	must(tb, err)
	var key string
	g.app, key, err = g.fake.PairedApp("north")
	must(tb, err)
	drawer, err := tibillet.New(tibillet.Settings{
		Account: account, BaseURL: base, APIKey: key, StationID: g.app.UUID, Now: time.Now,
	})
	must(tb, err)
	tb.Cleanup(func() { must(tb, drawer.Close()) })
	g.db, err = store.Open(tb.Context(), filepath.Join(tb.TempDir(), "gatescand.db"), store.Options{Now: present})
	must(tb, err)
	tb.Cleanup(func() { must(tb, g.db.Close()) })
	tickets = g.sell(n)
	g.run(drawer)
	return g, tickets
}

// run starts everything that runs until the test ends.
func (g *gate) run(drawer *tibillet.Drawer) {
	g.tb.Helper()
	poke := func() {
		select {
		case g.changed <- struct{}{}:
		default:
		}
	}
	reconciler, err := reconcile.New(reconcile.Config{
		Store: g.db, Now: present, OnFinding: func(admission.TicketKey, reconcile.Finding) { poke() },
	})
	must(g.tb, err)
	g.mirror, err = mirror.New(mirror.Config{
		Account: account, Drawer: drawer, Store: g.db, Now: present, FirstPause: 10 * time.Millisecond,
		OnChange: func(c mirror.Change) {
			if c.Kind == mirror.SweepCompleted {
				reconciler.Request(account, c.Event)
				g.sweeps <- struct{}{}
			}
			poke()
		},
	})
	must(g.tb, err)
	g.outbox, err = outbox.New(outbox.Config{
		Account: account, Deliverer: drawer, Store: g.db, Now: present, FirstPause: 10 * time.Millisecond,
		Count: func(outbox.Tally) { poke() }, OnStatus: func(outbox.Status) { poke() },
	})
	must(g.tb, err)
	ctx, cancel := context.WithCancel(g.tb.Context())
	done := make(chan error)
	for _, run := range []func(context.Context) error{g.mirror.Run, g.outbox.Run, reconciler.Run} {
		go func() { done <- run(ctx) }()
	}
	g.tb.Cleanup(func() {
		cancel()
		for range 3 {
			must(g.tb, <-done)
		}
	})
}

// await waits until something has come about.
func (g *gate) await(what string, holds func() bool) {
	g.tb.Helper()
	timer := time.NewTimer(20 * time.Second)
	defer timer.Stop()
	for !holds() {
		select {
		case <-g.changed:
		case <-timer.C:
			g.tb.Fatalf("this has not come about: %s; mirror %+v, outbox %+v", what, g.mirror.Status(), g.outbox.Status())
		}
	}
}

// sweep pulls the list once more.
func (g *gate) sweep() {
	g.tb.Helper()
	for len(g.sweeps) > 0 {
		<-g.sweeps
	}
	g.mirror.SweepNow()
	timer := time.NewTimer(20 * time.Second)
	defer timer.Stop()
	select {
	case <-g.sweeps:
	case <-timer.C:
		g.tb.Fatalf("no sweep; mirror %+v", g.mirror.Status())
	}
}

func (g *gate) sell(n int) []string {
	g.tb.Helper()
	var ids []string
	for range n {
		id, err := g.fake.AddTicket(faketibillet.Ticket{Event: g.event, FirstName: "Jo", LastName: "Do", Product: "Billet", Price: "Plein tarif"})
		must(g.tb, err)
		ids = append(ids, id)
	}
	return ids
}

// scan presents a ticket at the door.
func (g *gate) scan(id string) admission.CheckIn {
	g.tb.Helper()
	code, err := g.fake.PrintQR(id)
	must(g.tb, err)
	g.scans++
	c, err := g.db.Record(g.tb.Context(), admission.Presentation{
		ID:   fmt.Sprintf("01SCAN%020d", g.scans),
		Scan: admission.Scan{Station: "Main entrance", Lane: "north", Direction: admission.Entry, At: present()},
		Claims: []admission.Claim{{Credential: admission.Credential{
			TicketKey: admission.TicketKey{Account: account, ID: id}, Platform: admission.TiBillet, Proof: admission.ProofGood,
		}}},
		Code: []byte(code), Digest: admission.Digest([]byte(code)),
	})
	must(g.tb, err)
	g.outbox.Wake()
	return c
}

func (g *gate) admit(ids ...string) {
	g.tb.Helper()
	for _, id := range ids {
		if c := g.scan(id); c.Verdict != admission.Admit {
			g.tb.Fatalf("%s: %s, %s", id, c.Verdict, c.Reason)
		}
	}
}

func (g *gate) pending() int {
	g.tb.Helper()
	n, _, _, err := g.db.OutboxCounts(g.tb.Context(), account)
	must(g.tb, err)
	return n
}

// conflicts counts the open ones of a ticket by kind.
func (g *gate) conflicts(id string, kind admission.ConflictKind) int {
	g.tb.Helper()
	all, err := g.db.Conflicts(g.tb.Context(), false)
	must(g.tb, err)
	n := 0
	for _, c := range all {
		if c.Ticket.ID == id && c.Kind == kind {
			n++
		}
	}
	return n
}

func (g *gate) totalConflicts() int {
	g.tb.Helper()
	all, err := g.db.Conflicts(g.tb.Context(), false)
	must(g.tb, err)
	return len(all)
}

func (g *gate) usedByUs(id string) bool {
	g.tb.Helper()
	t, err := g.fake.Ticket(id)
	must(g.tb, err)
	return t.Status == faketibillet.Scanned && t.ScannedBy == g.app.UUID
}

func TestAnEveningWithTheNetworkOnOffAndComingBack(t *testing.T) {
	g, ids := newGate(t, 60)
	g.sweep()

	// On: what is admitted is delivered, a lost answer is recognised.
	g.fake.NextMood(faketibillet.RouteUse, 1, fakeserver.Mood{Fault: fakeserver.LostAnswer})
	g.admit(ids[:20]...)
	g.await("20 deliveries", func() bool { return g.pending() == 0 })
	for _, id := range ids[:20] {
		if !g.usedByUs(id) {
			t.Errorf("%s is not used on the platform", id)
		}
	}
	if n := g.totalConflicts(); n != 0 {
		t.Errorf("%d conflicts before anything went wrong", n)
	}

	// Off: the door goes on, deliveries wait. Meanwhile others act.
	g.fake.CutNetwork()
	g.admit(ids[20:40]...)
	g.await("a pause", func() bool { return !g.outbox.Status().NextAt.IsZero() })
	must(t, g.fake.AdminScan(ids[20]))
	must(t, g.fake.Cancel(ids[21]))
	if c := g.scan(ids[22]); c.Reason != admission.ReasonAlreadyRedeemed {
		t.Errorf("a second time: %s, %s", c.Verdict, c.Reason)
	}

	// Back: everything once, and each disagreement once.
	g.fake.RestoreNetwork()
	g.mirror.Wake()
	g.outbox.Retry()
	g.await("the rest delivered", func() bool { return g.pending() == 0 })
	for _, id := range ids[22:40] {
		if !g.usedByUs(id) {
			t.Errorf("%s is not used on the platform", id)
		}
	}
	g.sweep()
	g.sweep()
	if used, canceled, all := g.conflicts(ids[20], admission.UsedElsewhere), g.conflicts(ids[21], admission.AdmittedCanceled), g.totalConflicts(); used != 1 || canceled != 1 || all != 2 {
		t.Errorf("conflicts: %d used elsewhere, %d canceled, %d in all", used, canceled, all)
	}
}

func TestWhatTheOrganiserDoesAfterwardsIsFoundByTheNextSweep(t *testing.T) {
	g, ids := newGate(t, 30)
	g.sweep()
	g.admit(ids[:10]...)
	g.await("the deliveries", func() bool { return g.pending() == 0 })
	g.sweep()
	if n := g.totalConflicts(); n != 0 {
		t.Fatalf("%d conflicts though both sides agree", n)
	}

	must(t, g.fake.Unscan(ids[0]))
	must(t, g.fake.SetStatus(ids[1], faketibillet.Canceled))
	must(t, g.fake.DeleteTicket(ids[2]))
	must(t, g.fake.DeleteTicket(ids[29])) // nobody came with it
	g.sweep()
	g.await("the canceled one", func() bool { return g.conflicts(ids[1], admission.AdmittedCanceled) == 1 })
	g.await("the one that is gone", func() bool { return g.conflicts(ids[2], admission.AdmittedUnknown) == 1 })
	g.await("the reset", func() bool { return g.scan(ids[0]).Verdict == admission.Admit })
	g.await("its delivery", func() bool { return g.pending() == 0 })
	if !g.usedByUs(ids[0]) {
		t.Error("the second entry after the reset has not reached the platform")
	}
	g.sweep()
	g.sweep()
	if n := g.totalConflicts(); n != 2 {
		t.Errorf("%d conflicts, want the two", n)
	}
	for i, id := range ids[:10] {
		if i == 2 {
			continue
		}
		if c := g.scan(id); c.Verdict == admission.Admit {
			t.Errorf("ticket %d may enter again", i)
		}
	}
}

// Staff undo an admission that the server knows of, the organiser takes its use
// back there, and the ticket comes again before the next list does.
func TestAResetBetweenAnUndoAndTheNextEntryLetsNobodyInTwice(t *testing.T) {
	g, ids := newGate(t, 3)
	g.sweep()
	c := g.scan(ids[0])
	g.await("the delivery", func() bool { return g.pending() == 0 })
	if _, err := g.db.Undo(t.Context(), store.Undo{ID: "01SCANUNDO", Seq: c.Seq, At: present(), By: "page admin"}); err != nil {
		t.Fatal(err)
	}
	must(t, g.fake.Unscan(ids[0]))
	g.admit(ids[0])
	if n := g.pending(); n != 0 {
		t.Fatalf("%d deliveries wait", n)
	}
	g.sweep()
	g.await("the entry in the outbox or delivered", func() bool {
		g.outbox.Wake()
		return g.usedByUs(ids[0])
	})
	g.await("its answer", func() bool { return g.pending() == 0 })
	g.sweep()
	if c := g.scan(ids[0]); c.Reason != admission.ReasonAlreadyRedeemed {
		t.Errorf("a second time: %s, %s", c.Verdict, c.Reason)
	}
	if n := g.totalConflicts(); n != 0 {
		t.Errorf("%d conflicts", n)
	}
}
