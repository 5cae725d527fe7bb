package store_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// TestNoOrderOfEventsAdmitsATicketTwice runs random evenings: scans at entry,
// exit and check lanes, complete and broken sweeps, increments, deliveries and
// resets. Under re-entry "never" a ticket enters once between two resets, and
// the counts and the chain always hold.
func TestNoOrderOfEventsAdmitsATicketTwice(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		s := newStation()
		path := filepath.Join(dir, fmt.Sprintf("evening-%d.db", runs))
		db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
		ok(t, err)
		defer func() {
			ok(t, db.Close())
			ok(t, os.Remove(path))
		}()
		const tickets = 4
		entered := map[string]int64{} // ticket to its entry since the last reset
		inside := map[string]bool{}
		var total store.Counts
		sweep(t, db, s, ticketRange(0, tickets))
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			n := rapid.IntRange(0, tickets-1).Draw(rt, "ticket")
			id := ticketID(n)
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			default:
				direction := rapid.SampledFrom([]admission.Direction{admission.Entry, admission.Entry, admission.Exit, admission.Check}).Draw(rt, "direction")
				c := record(t, db, s.scan(id, direction))
				if direction == admission.Check {
					continue
				}
				switch c.Verdict {
				case admission.Refuse:
					total.Refused++
				case admission.Hold:
					total.Held++
				case admission.Admit:
					if direction == admission.Exit {
						inside[id] = false
						continue
					}
					total.Admitted++
					if seq, again := entered[id]; again {
						rt.Fatalf("%s entered as %d and again as %d", id, seq, c.Seq)
					}
					entered[id], inside[id] = c.Seq, true
				}
			case 6:
				from := rapid.IntRange(0, tickets).Draw(rt, "from")
				sweep(t, db, s, ticketRange(from, tickets))
			case 7:
				w := begin(t, db, s)
				page(t, db, w, "more", false, ticketRange(0, n)...)
				must(db.RestartSweep(t.Context(), must(db.BeginSweep(t.Context(), "lespass", "event-a", s.now()))(t), s.now()))(t)
			case 8:
				ok(t, db.ApplyChanges(t.Context(), "lespass", "event-a", []admission.Ticket{ticket(n)}, s.now(), "m"))
				for _, d := range must(db.Due(t.Context(), "lespass", s.now().Wall, n))(t) {
					ok(t, db.Settle(t.Context(), d.Seq, admission.Outcome{Kind: admission.OutcomeDelivered}))
				}
			case 9:
				want := entered[id] != 0
				if got := must(db.ResetPresence(t.Context(), key(id), entered[id], "reset"))(t); got != want {
					rt.Fatalf("reset of %s: %v, want %v", id, got, want)
				}
				delete(entered, id)
				inside[id] = false
			}
		}
		for _, in := range inside {
			if in {
				total.Inside++
			}
		}
		if got := must(db.Counts(t.Context(), 0))(t); got != total {
			rt.Fatalf("counts %+v, want %+v", got, total)
		}
		wantVerified(t, db)
	})
}

// TestWhateverWasAcknowledgedSurvivesAPulledPlug copies the files at random
// moments while two lanes and a mirror work, as a power cut would leave them,
// and opens the copies.
func TestWhateverWasAcknowledgedSurvivesAPulledPlug(t *testing.T) {
	s := newStation()
	dir := t.TempDir()
	path := filepath.Join(dir, "gatescand.db")
	db := openAt(t, path, s)
	const tickets = 4000
	sweep(t, db, s, ticketRange(0, tickets))

	var acknowledged atomic.Int64
	stop := make(chan struct{})
	var busy sync.WaitGroup
	for lane := range 2 {
		busy.Go(func() {
			for n := lane; ; n += 2 {
				select {
				case <-stop:
					return
				default:
				}
				c, err := db.Record(t.Context(), s.scan(ticketID(n%tickets), admission.Entry))
				if err != nil {
					t.Error(err)
					return
				}
				for {
					seen := acknowledged.Load()
					if seen >= c.Seq || acknowledged.CompareAndSwap(seen, c.Seq) {
						break
					}
				}
			}
		})
	}
	busy.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				sweepQuietly(t, db, s)
			}
		}
	})
	defer busy.Wait()
	defer close(stop)
	for cut := range 20 {
		for acknowledged.Load() < int64(cut*20) {
			if t.Failed() {
				return
			}
			time.Sleep(time.Millisecond)
		}
		promised := acknowledged.Load()
		at := filepath.Join(dir, fmt.Sprintf("cut-%d.db", cut))
		// No checkpoint runs, so the file stands still and only the log grows:
		// file first and log after is a state the disk could have had.
		copyFile(t, path, at)
		copyFile(t, path+"-wal", at+"-wal")
		wantSurvived(t, at, s, promised)
	}
}

func sweepQuietly(t *testing.T, db *store.DB, s *station) {
	t.Helper()
	w, err := db.BeginSweep(t.Context(), "lespass", "event-a", s.now())
	if err == nil {
		_, err = db.ApplyPage(t.Context(), w, admission.SweepPage{Tickets: ticketRange(0, 4000)}, true)
	}
	if err != nil {
		t.Error(err)
	}
}

func wantSurvived(t *testing.T, path string, s *station, promised int64) {
	t.Helper()
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
	ok(t, err)
	v := wantVerified(t, db)
	if v.Head < promised {
		t.Errorf("%d check-ins were acknowledged and %d survived", promised, v.Head)
	}
	admittedOnce := map[string]bool{}
	for _, c := range must(db.CheckIns(t.Context(), 0, int(v.Head), store.CheckInFilter{Verdict: admission.Admit}))(t) {
		if admittedOnce[c.Ticket.ID] {
			t.Errorf("ticket %s was admitted twice", c.Ticket.ID)
		}
		admittedOnce[c.Ticket.ID] = true
		if c.Delivery != admission.DeliveryPending {
			t.Errorf("check-in %d has delivery %s", c.Seq, c.Delivery)
		}
	}
	for id := range admittedOnce {
		wantDecision(t, record(t, db, s.scan(id, admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
		break
	}
	ok(t, db.Close())
}

// copyFile leaves the reading to another process: closing a file that SQLite
// has open in this one would drop its locks.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "cp", from, to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
}
