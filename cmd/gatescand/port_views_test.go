package main

import (
	"errors"
	"testing"

	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// What the page shows of lanes and accounts is what they are made of.
func TestThePageIsToldWhatLanesAndAccountsAreMadeOf(t *testing.T) {
	r := newRig(t)
	r.reader("garden", "accounts = [\"lespass\"]\nproducts = [\"Billet\"]\nreentry = \"after 10m\"\n[lane.signal]\nrefuse = [\"sound:/no/such/file.wav\"]")
	r.start()
	lanes := r.d.Lanes()
	if len(lanes) != 2 {
		t.Fatalf("lanes %+v", lanes)
	}
	garden := lanes[1]
	if garden.Reentry != "after 10m" || garden.HoldOff <= 0 || len(garden.Products) != 1 || len(garden.Accounts) != 1 || len(garden.Signals) != 1 {
		t.Errorf("lane %+v", garden)
	}
	if s := garden.Signals[0]; s.Verdict != "refuse" || s.Address != "sound:/no/such/file.wav" {
		t.Errorf("signal %+v", s)
	}
	r.d.health.Raise("signal_failed", "sound:/no/such/file.wav", "there is no such file")
	if s := r.d.Lanes()[1].Signals[0]; s.Fault != "there is no such file" {
		t.Errorf("signal %+v", s)
	}

	accounts, err := r.d.Accounts(t.Context())
	if err != nil || len(accounts) != 1 {
		t.Fatalf("accounts %+v, %v", accounts, err)
	}
	a := accounts[0]
	if a.URL != r.url || !a.Pairs || a.StationID == "" || a.EventsFrom != "time" || a.Ask != "unlisted" || a.Unlisted != "hold" || a.StaleAfter <= 0 || a.SweepEvery <= 0 {
		t.Errorf("account %+v", a)
	}
	if err := r.d.ChooseEvents(t.Context(), "lespass", []string{r.tonight}); err != nil {
		t.Fatal(err)
	}
	if accounts, err = r.d.Accounts(t.Context()); err != nil || accounts[0].EventsFrom != "staff" {
		t.Errorf("account %+v, %v", accounts, err)
	}
}

// What a lane would say to a listed ticket is what it then says, and saying it
// records nothing.
func TestALaneSaysWhatItWouldSay(t *testing.T) {
	r := newRig(t)
	tickets := map[string]admission.Verdict{
		r.ticket(faketibillet.Valid):    admission.Admit,
		r.ticket(faketibillet.Inactive): admission.Refuse,
	}
	r.start()
	for ticket, verdict := range tickets {
		key := admission.TicketKey{Account: "lespass", ID: ticket}
		would, err := r.d.WouldSay(t.Context(), "north", key)
		if err != nil || would.Recorded || would.Verdict != verdict {
			t.Errorf("%s (%s), want %s; %v", would.Verdict, would.Reason, verdict, err)
		}
		r.expect(r.print(ticket), would.Verdict, would.Reason)
		if again, err := r.d.WouldSay(t.Context(), "north", key); err != nil || again.Verdict != admission.Refuse {
			t.Errorf("afterwards %s, %v", again.Verdict, err)
		}
	}
	for name, key := range map[string]admission.TicketKey{"nowhere": {Account: "lespass"}, "north": {Account: "none"}} {
		if _, err := r.d.WouldSay(t.Context(), name, key); !errors.Is(err, admin.ErrNotFound) {
			t.Errorf("%s %s: %v", name, key.Account, err)
		}
	}
}

func TestALaneKnowsOfAUseThatThePlatformKeepsAfterAnUndo(t *testing.T) {
	r := newRig(t)
	ids := r.valid(2)
	r.start()
	keys := []admission.TicketKey{{Account: "lespass", ID: ids[0]}, {Account: "lespass", ID: ids[1]}}
	entry := r.expect(r.print(ids[0]), admission.Admit, admission.ReasonAdmitted)
	r.eventually("the platform is told", func() bool { return r.recorded(entry).Delivery == admission.DeliveryDone })
	if _, err := r.d.Undo(t.Context(), entry.Seq, admission.Override{By: "page", Note: "wrong guest"}); err != nil {
		t.Fatal(err)
	}
	for i, kept := range []bool{true, false} {
		if would, err := r.d.WouldSay(t.Context(), "north", keys[i]); err != nil || would.Verdict != admission.Admit || would.Undone != kept {
			t.Errorf("ticket %d: %s, undone %v, %v", i, would.Verdict, would.Undone, err)
		}
	}
}
