package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/fakebittan"
	"gatescand/sync/platform/platformtest/fakestebby"
	"gatescand/sync/platform/platformtest/faketibillet"
	"gatescand/sync/platform/platformtest/faketicketsonic"
)

// TestOneGateServesFourPlatformsAtOnce is one evening with the network on.
func TestOneGateServesFourPlatformsAtOnce(t *testing.T) {
	h := newHouse(t)
	tib, match := h.ticketOfTibillet(faketibillet.Valid), h.ticketOfSonic(nil)
	run, ball := h.ticketOfStebby(""), h.ticketOfBittan("", fakebittan.Paid, 0)
	unpaid, used, failed := h.ticketOfBittan("", fakebittan.Reserved, 0), h.ticketOfBittan("", fakebittan.Paid, 2), h.ticketOfBittan("", fakebittan.FailedAdmin, 0)
	other := h.bittan.AddEvent(fakebittan.Event{Title: "Vårbal", At: time.Now().AddDate(0, 5, 0)})
	elsewhere, err := h.bittan.AddTicket(fakebittan.Ticket{Event: other, Status: fakebittan.Paid})
	if err != nil {
		t.Fatal(err)
	}
	past := h.ticketOfSonic(func(c *faketicketsonic.Content) {
		c.Start, c.End = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
	})
	forged, err := h.sonic.Forge(promoter, faketicketsonic.Content{
		Number: strings.Repeat("ab", 16), Price: 15000, Product: h.standing, Event: h.match,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.start()
	h.settled()

	h.expect(tib, "admit", "admitted", "listed", lespass)
	first := h.expect(match, "admit", "unlisted", "signature", sonic)
	if first.Product != "Standing" || first.Event != fmt.Sprint(h.match) {
		t.Errorf("product %q, event %q", first.Product, first.Event)
	}
	h.expect(run, "admit", "admitted", "listed", stebby)
	h.expect(ball, "admit", "admitted", "online", bittan)
	for code, account := range map[string]string{tib: lespass, match: sonic, run: stebby, ball: bittan} {
		h.expect(code, "refuse", "already_redeemed", "", account)
	}
	h.expect(strings.ToLower(run[:4])+"-"+run[4:], "refuse", "already_redeemed", "", stebby) // the same ticket, written otherwise
	h.expect(" "+strings.ToLower(ball)+"\r\n", "refuse", "already_redeemed", "", bittan)
	h.expect(match[:20]+flipped(match[20])+match[21:], "refuse", "forged", "", sonic)
	h.expect(past, "refuse", "expired", "", sonic)
	h.expect(unpaid, "refuse", "unpaid", "", bittan)
	h.expect(failed, "refuse", "canceled", "", bittan)
	h.expect(used, "refuse", "already_redeemed", "", bittan)
	h.expect(elsewhere, "refuse", "wrong_event", "", bittan)
	h.expect("QQQQQQ", "refuse", "unknown", "", "")
	h.expect("https://example.org/vip?x=1", "refuse", "unreadable", "", "")
	h.expect("WIFI:T:WPA;S:Salle;P:geheim;;", "refuse", "unreadable", "", "")

	for _, account := range []string{lespass, sonic, stebby, bittan} {
		h.eventually("the deliveries of "+account, func() bool { return h.pending(account) == 0 })
	}
	if b, err := h.bittan.Ticket(ball); err != nil || b.TimesUsed != 1 {
		t.Errorf("BitTan counts %+v, %v", b, err)
	}
	if s, err := h.stebby.Ticket(run); err != nil || s.Uses != 1 {
		t.Errorf("Stebby has %+v, %v", s, err)
	}
	if n := len(h.sonic.Validations()); n != 1 {
		t.Errorf("%d validations, want 1", n)
	}
	for _, id := range []string{unpaid, failed, elsewhere} {
		if b, err := h.bittan.Ticket(id); err != nil || b.TimesUsed != 0 {
			t.Errorf("a refused ticket was used: %+v, %v", b, err)
		}
	}
	h.wantConflicts()

	// A block that the promoter's weak key made and the promoter never sold.
	h.expect(forged, "admit", "unlisted", "signature", sonic)
	v, err := h.d.store.VerifyJournal(t.Context())
	if err != nil || !v.OK() {
		t.Errorf("%s, %v", verificationText(v), err)
	}
}

// flipped gives another letter of base64.
func flipped(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

// TestABareCodeThatTwoAccountsMayOwn is held while nobody can tell whose it is,
// and belongs to whom the platforms say when they can be asked.
func TestABareCodeThatTwoAccountsMayOwn(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic}
	h.stebby.SetManners(fakestebby.Manners{ListRefused: true})
	both := h.ticketOfStebby("ABCD1234")
	h.ticketOfBittan("ABCD1234", fakebittan.Paid, 0)
	mine := h.ticketOfStebby("SBCD12345678")
	h.start()
	h.settled()
	h.expect(both, "hold", "ambiguous", "", "")
	h.expect(mine, "admit", "admitted", "online", stebby)
	h.expect("ZZZZ99999999", "refuse", "unknown", "", "") // neither has it
	h.bittan.CutNetwork()
	h.stebby.CutNetwork()
	h.expect("YYYY99999999", "hold", "ambiguous", "", "")
	h.expect(mine, "refuse", "already_redeemed", "", stebby)
}

// TestBareCodesWithoutANetwork: BitTan refuses by default, and records and
// admits where the organiser says so; what comes out later is a conflict.
func TestBareCodesWithoutANetwork(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic, stebby}
	good, reserved := h.ticketOfBittan("", fakebittan.Paid, 0), h.ticketOfBittan("", fakebittan.Reserved, 0)
	spent := h.ticketOfBittan("", fakebittan.Paid, 1)
	h.start()
	h.settled()
	h.bittan.CutNetwork()
	h.expect(good, "refuse", "unknown", "", bittan)
	h.stop()

	h.more[bittan] = "unlisted = \"admit\""
	h.start()
	h.expect(good, "admit", "unknown", "unproven", bittan)
	h.expect(good, "refuse", "already_redeemed", "", bittan)
	h.expect(reserved, "admit", "unknown", "unproven", bittan)
	h.expect(spent, "admit", "unknown", "unproven", bittan)
	h.expect("QQQQQQ", "admit", "unknown", "unproven", bittan)
	h.bittan.RestoreNetwork()
	h.d.current.Load().account(bittan).outbox.Retry()
	h.eventually("everything is settled", func() bool { return h.pending(bittan) == 0 })
	h.wantConflicts(admission.AdmittedUnpaid, admission.UsedElsewhere, admission.AdmittedUnknown)
	for id, want := range map[string]int{good: 1, reserved: 0, spent: 1} {
		if b, err := h.bittan.Ticket(id); err != nil || b.TimesUsed != want {
			t.Errorf("%+v, %v, want %d uses", b, err, want)
		}
	}
}

// TestAServerThatCannotBeAskedIsNotAsked: on the form of 2024 every question
// uses a ticket up.
func TestAServerThatCannotBeAskedIsNotAsked(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic, stebby}
	h.more[bittan] = "unlisted = \"admit\""
	h.bittan.SetForm(fakebittan.Bare2024)
	good := h.ticketOfBittan("", fakebittan.Paid, 0)
	h.start()
	h.eventually("the gate knows the events", func() bool { return len(*h.d.current.Load().account(bittan).served.Load()) > 0 })
	h.expect(good, "admit", "unknown", "unproven", bittan)
	h.eventually("the use is delivered", func() bool { return h.pending(bittan) == 0 })
	if b, err := h.bittan.Ticket(good); err != nil || b.TimesUsed != 1 {
		t.Errorf("%+v, %v, want one use", b, err)
	}
	if len(h.conditions("account_blind")) == 0 {
		t.Error("nobody says that the server cannot be asked")
	}
	h.wantConflicts()
}
