package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatescand/configs"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/all"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakebittan"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/fakestebby"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// TestAnAnswerServesWhenTheNetworkIsGone: Stebby without a list.
func TestAnAnswerServesWhenTheNetworkIsGone(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic, bittan}
	h.stebby.SetManners(fakestebby.Manners{ListRefused: true})
	h.lanes += "[[lane]]\nname = \"desk\"\ndirection = \"check\"\nreader = \"virtual:\"\nhold_off = \"0s\"\n"
	seen, unseen := h.ticketOfStebby(""), h.ticketOfStebby("")
	h.start()
	h.settled()
	if r := h.scanAt("desk", seen); r.Verdict != admission.Admit {
		t.Fatalf("at the desk: %+v", r)
	}
	h.eventually("the answer is kept", func() bool {
		_, err := h.d.store.Ticket(t.Context(), admission.TicketKey{Account: stebby, ID: seen})
		return err == nil
	})
	h.stebby.CutNetwork()
	h.expect(seen, "admit", "admitted", "stale", stebby)
	h.expect(seen, "refuse", "already_redeemed", "", stebby)
	h.expect(unseen, "hold", "unknown", "", stebby)
	// A person may let it in all the same.
	if _, err := h.d.Admit(t.Context(), "north", admission.TicketKey{Account: stebby, ID: unseen}, admission.Override{By: "ana", Note: "showed the mail"}); err != nil {
		t.Errorf("by hand: %v", err)
	}
	if _, err := h.d.Admit(t.Context(), "north", admission.TicketKey{Account: stebby, ID: "no code"}, admission.Override{By: "ana", Note: "x"}); err == nil {
		t.Error("what cannot be a ticket was let in")
	}
	h.stebby.RestoreNetwork()
	h.d.current.Load().account(stebby).outbox.Retry()
	h.eventually("both uses are delivered", func() bool { return h.pending(stebby) == 0 })
	h.wantConflicts()
	for _, code := range []string{seen, unseen} {
		if s, err := h.stebby.Ticket(code); err != nil || s.Uses != 1 {
			t.Errorf("%+v, %v", s, err)
		}
	}
}

// TestWhatASilentListTakesAwayIsAskedFor: a server that gives its list to nobody
// may give an empty one, and a ticket missing from a list may have come back.
func TestWhatASilentListTakesAwayIsAskedFor(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic, bittan}
	h.stebby.SetManners(fakestebby.Manners{ListSilent: true})
	h.lanes += "[[lane]]\nname = \"desk\"\ndirection = \"check\"\nreader = \"virtual:\"\nhold_off = \"0s\"\n"
	seen := h.ticketOfStebby("")
	h.start()
	h.settled()
	if r := h.scanAt("desk", seen); r.Verdict != admission.Admit {
		t.Fatalf("at the desk: %+v", r)
	}
	a := h.d.current.Load().account(stebby)
	h.eventually("the answer is kept", func() bool {
		_, err := h.d.store.Ticket(t.Context(), admission.TicketKey{Account: stebby, ID: seen})
		return err == nil
	})
	a.mirror.SweepNow()
	h.settled()
	if k, err := h.d.store.Ticket(t.Context(), admission.TicketKey{Account: stebby, ID: seen}); err != nil || k.Used {
		t.Errorf("an empty list took what was heard of the ticket: %+v, %v", k, err)
	}

	h.stebby.SetManners(fakestebby.Manners{})
	other, late := h.ticketOfStebby(""), h.ticketOfStebby("")
	a.mirror.SweepNow()
	h.eventually("the list is there", func() bool { return !a.mirror.Status().AsOf.IsZero() })
	if err := h.stebby.UseAtDesk(late, "shop"); err != nil {
		t.Fatal(err)
	}
	h.eventually("the list has lost a ticket", func() bool {
		k, err := h.d.store.Ticket(t.Context(), admission.TicketKey{Account: stebby, ID: late})
		return err == nil && k.Used && k.Gone
	})
	if err := h.stebby.Reset(late); err != nil {
		t.Fatal(err)
	}
	h.expect(late, "admit", "admitted", "online", stebby) // asked, because only its absence spoke
	h.expect(other, "admit", "admitted", "listed", stebby)
	h.expect(seen, "admit", "admitted", "listed", stebby)
}

// TestARefusedKeyStopsOneAccountAndNoOther, and a new key in its file is taken
// into use by a reload.
func TestARefusedKeyStopsOneAccountAndNoOther(t *testing.T) {
	h := newHouse(t)
	run, ball := h.ticketOfStebby(""), h.ticketOfBittan("", fakebittan.Paid, 0)
	h.start()
	h.settled()
	if err := h.stebby.RevokeKey(h.desk); err != nil {
		t.Fatal(err)
	}
	h.expect(run, "admit", "admitted", "listed", stebby)
	h.expect(ball, "admit", "admitted", "online", bittan)
	h.eventually("BitTan has been told", func() bool { return h.pending(bittan) == 0 })
	h.eventually("the refused key is said", func() bool {
		c := h.conditions("account_auth")
		return len(c) == 1 && c[0].Subject == stebby
	})
	if h.pending(stebby) != 1 {
		t.Errorf("%d deliveries of Stebby wait, want 1", h.pending(stebby))
	}
	h.desk = h.stebby.AddDesk("gate, again")
	h.stop()
	h.start()
	h.eventually("Stebby has been told", func() bool { return h.pending(stebby) == 0 })
	h.wantConflicts()
	if s, err := h.stebby.Ticket(run); err != nil || s.Uses != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestASlowAccountDelaysNoOther: one server hangs, the others are in step and
// the lane answers.
func TestASlowAccountDelaysNoOther(t *testing.T) {
	h := newHouse(t)
	tib, run := h.ticketOfTibillet(faketibillet.Valid), h.ticketOfStebby("")
	for _, route := range []string{faketibillet.RouteProbe, faketibillet.RouteCheckTicket, faketibillet.RouteList} {
		h.tib.SetMood(route, fakeserver.Mood{Delay: time.Hour})
	}
	h.more[lespass] = "ask = \"never\""
	h.start()
	for _, name := range []string{sonic, stebby, bittan} {
		a := h.d.current.Load().account(name)
		h.eventually(name+" is in step", func() bool { return inStep(a) })
	}
	h.expect(run, "admit", "admitted", "listed", stebby)
	h.eventually("Stebby has been told", func() bool { return h.pending(stebby) == 0 })
	r := h.scan(tib)
	if r.Verdict == admission.Admit {
		t.Errorf("admitted on nothing: %+v", r)
	}
}

// TestDeliveriesOfAnAccountThatWasRemovedAreSaidToWait, and go out when it is
// back.
func TestDeliveriesOfAnAccountThatWasRemovedAreSaidToWait(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic}
	run := h.ticketOfStebby("")
	h.start()
	h.settled()
	h.stebby.CutNetwork()
	h.expect(run, "admit", "admitted", "listed", stebby)
	h.stop()
	h.without = append(h.without, stebby)
	h.start()
	h.eventually("the condition names the account", func() bool {
		c := h.conditions("account_removed")
		return len(c) == 1 && c[0].Subject == stebby
	})
	h.stop()
	h.without = h.without[:2]
	h.stebby.RestoreNetwork()
	h.start()
	h.eventually("Stebby has been told", func() bool { return h.pending(stebby) == 0 })
	h.eventually("the condition has gone", func() bool { return len(h.conditions("account_removed")) == 0 })
}

// TestCheckSaysWhatAGateGetsFromEachPlatform, asks each server and uses up
// nothing.
func TestCheckSaysWhatAGateGetsFromEachPlatform(t *testing.T) {
	h := newHouse(t)
	h.password = platformtest.BittanPassword(t) // it stands in BitTan's public source
	h.bittan.SetPassword(h.password)
	ball := h.ticketOfBittan("", fakebittan.Paid, 0)
	cfg := h.config()
	if _, code, err := h.tib.NewScanApp("north"); err != nil {
		t.Fatal(err)
	} else if _, err := pairOffline(t.Context(), cfg, lespass, code); err != nil {
		t.Fatal(err)
	}
	a := &app{getenv: func(string) string { return "" }, now: time.Now}
	found := map[string]finding{}
	for _, f := range a.examine(t.Context(), cfg) {
		found[f.What] = f
	}
	for _, row := range all.Sheet() {
		name := map[admission.PlatformName]string{
			admission.TiBillet: lespass, admission.TicketSonic: sonic, admission.Stebby: stebby, admission.BitTan: bittan,
		}[row.Platform]
		if f := found["account "+name]; f.Result != resultOK {
			t.Errorf("%s: %+v", name, f)
		}
		for what, words := range map[string]string{"proves": row.Proved, "caches": row.Cached, "is asked": row.Asked, "is told": row.Delivered} {
			if f := found["account "+name+" "+what]; !strings.Contains(f.Detail, words) {
				t.Errorf("%s %s: %+v", name, what, f)
			}
		}
	}
	if f := found["account "+bittan+" password"]; f.Result != resultWarning || strings.Contains(f.Detail, h.password) {
		t.Errorf("the default password: %+v", f)
	}
	if f := found["account "+sonic+" product"]; !strings.Contains(f.Detail, "Standing") {
		t.Errorf("products: %+v", f)
	}
	if b, err := h.bittan.Ticket(ball); err != nil || b.TimesUsed != 0 {
		t.Errorf("check used a ticket up: %+v, %v", b, err)
	}

	h.apiKey = strings.Repeat("0", 32)
	for _, f := range a.examine(t.Context(), h.config()) {
		if f.What == "account "+sonic && (f.Result != resultFailed || strings.Contains(f.Detail, h.apiKey)) {
			t.Errorf("with a wrong key: %+v", f)
		}
	}
}

func TestAnAccountWhoseKeyStandsInAFileIsNotPaired(t *testing.T) {
	h := newHouse(t)
	_, code, err := h.tib.NewScanApp("north")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pairOffline(t.Context(), h.config(), stebby, code); !errors.Is(err, errNoPairing) || !strings.Contains(err.Error(), "api_key_file") {
		t.Errorf("got %v", err)
	}
	h.without = []string{lespass}
	if _, err := pairOffline(t.Context(), h.config(), "", code); hostToConfirm(err) == "" {
		t.Errorf("where no account pairs, a person is not asked: %v", err)
	}
}

// TestAServerWhoseClockIsLostIsSaid, and the station's own clock stays trusted
// by the word of the others.
func TestAServerWhoseClockIsLostIsSaid(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass}
	h.stebby.SetMood(fakeserver.RouteAny, fakeserver.Mood{ClockOffset: -3 * time.Hour})
	h.start()
	h.settled()
	h.eventually("all servers have told the time", func() bool {
		_, far := h.d.clock.Skew(stebby)
		return far
	})
	for _, a := range h.d.current.Load().accounts {
		h.d.checkSkew(a)
	}
	c := h.conditions("account_clock")
	if len(c) != 1 || c[0].Subject != stebby || !strings.Contains(c[0].Text, "3h0m0s behind") {
		t.Errorf("conditions %+v", c)
	}
	if now := h.d.clock.Now(); !now.Trusted {
		t.Error("one lost clock outvotes two")
	}
}

// TestASealedCodeWithoutAKeyIsHeld: a TicketSonic code names its ticket only to
// whoever has the promoter's key, and at the very first start nobody has it.
func TestASealedCodeWithoutAKeyIsHeld(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, stebby, bittan}
	match := h.ticketOfSonic(nil)
	h.sonic.CutNetwork()
	h.start()
	h.expect(match, "hold", "unknown", "", sonic)
	h.expect(match[:40], "refuse", "unreadable", "", "")
	h.sonic.RestoreNetwork()
	h.d.current.Load().account(sonic).mirror.SweepNow()
	h.settled()
	h.expect(match, "admit", "unlisted", "signature", sonic)
}

// TestAnAccountThatCannotBeUsedIsAFaultOfTheConfiguration, and is named with
// file and line before anything starts.
func TestAnAccountThatCannotBeUsedIsAFaultOfTheConfiguration(t *testing.T) {
	for name, spoil := range map[string]func(*house){
		"a state that must never let in":   func(h *house) { h.more[bittan] = "admit_status = [\"FAILED_ADMIN\"]" },
		"a state in small letters":         func(h *house) { h.more[bittan] = "admit_status = [\"paid\"]" },
		"a key with quotes around it":      func(h *house) { h.desk = "\"abc\"" },
		"a password that is no text":       func(h *house) { h.password = "\xff\xfe" },
		"a key file that holds two things": func(h *house) { h.apiKey = "a b" },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			spoil(h)
			a := &app{getenv: func(string) string { return "" }, now: time.Now}
			_, err := configs.Parse("test.toml", []byte(h.configText()), a.configEnv())
			var faults *configs.FaultsError
			if !errors.As(err, &faults) || len(faults.Faults) != 1 || faults.Faults[0].Line == 0 {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// TestATitleWithABlankBehindItIsTheTitle: it is compared with what the server
// writes.
func TestATitleWithABlankBehindItIsTheTitle(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic, stebby}
	h.more[bittan] = fmt.Sprintf("event_title = %q\nunlisted = \"admit\"", ballTitle+" ")
	ball := h.ticketOfBittan("", fakebittan.Paid, 0)
	other, err := h.bittan.AddTicket(fakebittan.Ticket{
		Event: h.bittan.AddEvent(fakebittan.Event{Title: "Vårbal", At: time.Now().AddDate(0, 5, 0)}), Status: fakebittan.Paid,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.start()
	h.settled()
	h.expect(ball, "admit", "admitted", "online", bittan)
	// One of another event, admitted on its form alone, is not used up.
	h.bittan.CutNetwork()
	h.expect(other, "admit", "unknown", "unproven", bittan)
	h.bittan.RestoreNetwork()
	h.d.current.Load().account(bittan).outbox.Retry()
	h.eventually("nothing is pending", func() bool { return h.pending(bittan) == 0 })
	if b, err := h.bittan.Ticket(other); err != nil || b.TimesUsed != 0 {
		t.Errorf("%+v, %v", b, err)
	}
	h.wantConflicts(admission.DeliveryRejected)
}
