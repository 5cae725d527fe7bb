package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/health"
	"gatescand/device/signal"
	"gatescand/device/signal/passage"
	"gatescand/scanner/admission"
	"gatescand/store"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// arm is the contact of a turnstile in a test's hand.
type arm struct {
	moves chan signal.Edge
	gone  chan struct{}
	once  sync.Once
}

func newArm() *arm { return &arm{moves: make(chan signal.Edge), gone: make(chan struct{})} }

// Read waits for a movement.
func (a *arm) Read() (signal.Edge, error) {
	select {
	case e := <-a.moves:
		return e, nil
	case <-a.gone:
		return signal.Edge{}, os.ErrClosed
	}
}

// Close ends a Read that waits.
func (a *arm) Close() error {
	a.once.Do(func() { close(a.gone) })
	return nil
}

// turn is one person going through.
func (a *arm) turn() {
	a.moves <- signal.Edge{Active: true}
	a.moves <- signal.Edge{}
}

// valid adds tickets of tonight's that may enter.
func (r *rig) valid(n int) []string {
	r.t.Helper()
	tickets := make([]string, n)
	for i := range tickets {
		tickets[i] = r.ticket(faketibillet.Valid)
	}
	return tickets
}

// stands tells whether a condition stands.
func (r *rig) stands(code, subject string) bool { return r.d.current.Load().stands(code, subject) }

func (s *station) stands(code, subject string) bool {
	return slices.ContainsFunc(s.d.health.registry.List(), func(c health.Condition) bool {
		return string(c.Code) == code && c.Subject == subject
	})
}

// passing gives what the journal says of the newest check-in.
func (r *rig) passing() admission.PassingState {
	r.t.Helper()
	rows, err := r.d.store.CheckIns(r.t.Context(), 0, 1000, store.CheckInFilter{})
	if err != nil || len(rows) == 0 {
		r.t.Fatal(len(rows), err)
	}
	return rows[len(rows)-1].Passing
}

func TestLetInAndGoneInAreToldApart(t *testing.T) {
	r := newRig(t)
	r.lanes += "passage = \"gpio:chip/4?window=1s&debounce=0ms\"\n"
	gate := newArm()
	r.contacts = func(a passage.Address) (passage.Input, error) {
		if a.Chip != "chip" || a.Line != 4 {
			return nil, errors.New("another line was asked for")
		}
		return gate, nil
	}
	tickets := r.valid(4)
	r.start()
	for _, ticket := range tickets[:2] {
		code := r.print(ticket)
		r.expect(code, admission.Admit, admission.ReasonAdmitted)
		gate.turn()
		r.eventually("the journal says that somebody went through", func() bool { return r.passing() == admission.PassingDone })
		r.expect(code, admission.Refuse, admission.ReasonAlreadyRedeemed)
		if p := r.passing(); p != "" {
			t.Errorf("a refusal is %q", p)
		}
	}
	r.expect(r.print(tickets[2]), admission.Admit, admission.ReasonAdmitted)
	r.eventually("the journal says that nobody went through", func() bool { return r.passing() == admission.PassingMissed })
	if r.stands("passage_unticketed", "north") {
		t.Error("somebody is said to have gone through without a ticket")
	}
	gate.turn()
	r.eventually("the page says that somebody went through without a ticket", func() bool {
		return r.stands("passage_unticketed", "north")
	})
	r.expect(r.print(tickets[3]), admission.Admit, admission.ReasonAdmitted)
	r.stop()
	db, err := store.OpenReadOnly(t.Context(), filepath.Join(r.dir, "data", databaseName), store.Options{Now: r.d.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // only read from
	rows, err := db.CheckIns(t.Context(), 0, 1000, store.CheckInFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if p := rows[len(rows)-1].Passing; p != admission.PassingUnknown {
		t.Errorf("who was let in when the station stopped is %q", p)
	}
	r.verify(db)
}

func TestAContactThatFailsIsToldAndStopsNobody(t *testing.T) {
	r := newRig(t)
	r.lanes += "passage = \"gpio:chip/4?window=1s&debounce=0ms\"\n"
	r.contacts = func(passage.Address) (passage.Input, error) { return nil, errors.New("no such line") }
	tickets := r.valid(1)
	r.start()
	r.eventually("the page says so", func() bool { return r.stands("passage_failed", "north") })
	r.expect(r.print(tickets[0]), admission.Admit, admission.ReasonAdmitted)
	r.eventually("the journal says that nobody knows", func() bool { return r.passing() == admission.PassingUnknown })
}

// An arm that swings freely fills no log, and nobody is forgotten in it.
func TestMovementsOfAFreeArmAreLoggedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := newsDesk()
		s.d.metrics = admin.NewMetrics()
		s.cfg = &configs.Config{Station: configs.Station{Location: time.UTC}}
		var err error
		if s.d.clock, err = newClock(); err != nil {
			t.Fatal(err)
		}
		c := &contact{s: s, lane: "north"}
		const movements = 3000
		for range movements {
			c.told(passage.Unauthorised, 0, 0)
			time.Sleep(100 * time.Millisecond)
		}
		if !s.stands("passage_unticketed", "north") {
			t.Error("the page does not say so")
		}
		time.Sleep(unticketedStands)
		synctest.Wait()
		if s.stands("passage_unticketed", "north") {
			t.Error("the page says so still")
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		logged := 0
		for _, line := range lines {
			_, times, _ := strings.Cut(line, "times=")
			n, err := strconv.Atoi(times)
			if err != nil {
				t.Errorf("%q: %v", line, err)
			}
			logged += n
		}
		if len(lines) != 4 || logged != movements { // at once, after two minutes, after four, and when it was over
			t.Errorf("%d lines tell of %d movements, want 4 of %d:\n%s", len(lines), logged, movements, log)
		}
	})
}
