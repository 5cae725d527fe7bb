package main

import (
	"testing"
	"time"

	"gatescand/configs"
	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// TestAClosedLaneStaysClosed closes a lane, reads the configuration again,
// restarts, and only then opens it.
func TestAClosedLaneStaysClosed(t *testing.T) {
	r := newRig(t)
	ticket := r.ticket(faketibillet.Valid)
	r.start()
	if err := r.d.SetOpen(t.Context(), "north", false); err != nil {
		t.Fatal(err)
	}
	r.expect(r.print(ticket), admission.Refuse, admission.ReasonClosed)

	before := r.d.current.Load()
	r.d.renew(true)
	r.eventually("another station has taken over", func() bool { return r.d.current.Load() != before })
	r.eventually("its reader is up", func() bool { return r.d.current.Load().lanes[0].readerState().Up() })
	r.expect(r.print(ticket), admission.Refuse, admission.ReasonClosed)

	r.stop()
	r.start()
	r.expect(r.print(ticket), admission.Refuse, admission.ReasonClosed)
	if err := r.d.SetOpen(t.Context(), "north", true); err != nil {
		t.Fatal(err)
	}
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
}

// TestAHeldCodeOutlivesAReload holds a ticket while the configuration is read
// again: welcome stays welcome.
func TestAHeldCodeOutlivesAReload(t *testing.T) {
	r := newRig(t)
	slow := r.reader("south", `hold_off = "60s"`)
	code := r.print(r.ticket(faketibillet.Valid))
	r.start()
	first := r.holdAt(slow, code)
	before := r.d.current.Load()
	r.d.renew(true)
	r.eventually("another station has taken over", func() bool { return r.d.current.Load() != before })
	r.eventually("its readers are up", func() bool { return r.d.current.Load().lanes[1].readerState().Up() })
	if a := r.holdAt(slow, code); a.Verdict != string(admission.Admit) || !a.Again || a.Seq != first.Seq {
		t.Errorf("held across a reload: %+v, first %+v", a, first)
	}
}

// TestAHangingPlatformDoesNotKeepTheDoorShut takes a configuration over while
// a delivery hangs: the new lanes answer before the old outbox has let go.
func TestAHangingPlatformDoesNotKeepTheDoorShut(t *testing.T) {
	r := newRig(t)
	first, second := r.ticket(faketibillet.Valid), r.ticket(faketibillet.Valid)
	r.start()
	r.fake.SetMood(faketibillet.RouteUse, fakeserver.Mood{Delay: time.Hour})
	r.expect(r.print(first), admission.Admit, admission.ReasonAdmitted)
	r.eventually("the delivery hangs", func() bool { return r.uses() > 0 })

	before := r.d.current.Load()
	r.d.renew(true)
	r.eventually("another station has taken over", func() bool { return r.d.current.Load() != before })
	r.eventually("its reader is up", func() bool { return r.d.current.Load().lanes[0].readerState().Up() })
	r.expect(r.print(second), admission.Admit, admission.ReasonAdmitted)
	r.expect(r.print(first), admission.Refuse, admission.ReasonAlreadyRedeemed)
	r.fake.ClearMoods()
	r.eventually("both are delivered", func() bool {
		_, err := r.d.Retry(t.Context(), 0)
		return err == nil && r.pending() == 0
	})
	if c := r.conflicts(); len(c) != 0 {
		t.Errorf("conflicts: %+v", c)
	}
}

// TestWithoutAClockNoEventIsTheWrongOne serves whatever may be on while nobody
// knows which night it is.
func TestWithoutAClockNoEventIsTheWrongOne(t *testing.T) {
	now := time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)
	events := []admission.Event{
		{ID: "last week", Start: now.AddDate(0, 0, -7)}, {ID: "tonight", Start: now.Add(-time.Hour)}, {ID: "next week", Start: now.AddDate(0, 0, 7)},
	}
	a := &account{cfg: configs.Account{}}
	serves := func(at admission.Stamp, id string) bool {
		return servesEvent(admission.Policy{Events: a.choose(events, at)}, id)
	}
	for name, at := range map[string]time.Time{"a week behind": now.AddDate(0, 0, -7), "in 1970": time.Unix(0, 0)} {
		if !serves(admission.Stamp{Wall: at}, "tonight") {
			t.Errorf("with a clock that is %s, tonight's event is not served", name)
		}
	}
	trusted := admission.Stamp{Wall: now, Trusted: true}
	if !serves(trusted, "tonight") || serves(trusted, "next week") || serves(trusted, "last week") {
		t.Errorf("with a clock: %v", a.choose(events, trusted))
	}
}
