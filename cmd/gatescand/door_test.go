package main

import (
	"encoding/base64"
	"strings"
	"sync"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// TestTheDoor is one evening at one lane, with the network on.
func TestTheDoor(t *testing.T) {
	r := newRig(t)
	good, other := r.ticket(faketibillet.Valid), r.ticket(faketibillet.Valid)
	canceled, unpaid, inactive := r.ticket(faketibillet.Canceled), r.ticket(faketibillet.Created), r.ticket(faketibillet.Inactive)
	used, later := r.ticket(faketibillet.Scanned), r.ticketOf(r.tomorrow, faketibillet.Valid)
	r.start()
	admit, refuse := admission.Admit, admission.Refuse

	code := r.print(good)
	first := r.expect(code, admit, admission.ReasonAdmitted)
	if first.Grounds != string(admission.GroundsListed) {
		t.Errorf("grounds %q", first.Grounds)
	}
	again := r.expect(code, refuse, admission.ReasonAlreadyRedeemed)
	if again.Previous == "" || !strings.Contains(again.Detail, "north") {
		t.Errorf("the refusal does not say when and where: %+v", again)
	}
	r.expect(r.print(good), refuse, admission.ReasonAlreadyRedeemed) // printed again, another signature
	r.expect(r.print(canceled), refuse, admission.ReasonCanceled)
	r.expect(r.print(unpaid), refuse, admission.ReasonUnpaid)
	r.expect(r.print(inactive), refuse, admission.ReasonUnpaid)
	r.expect(r.print(used), refuse, admission.ReasonAlreadyRedeemed)
	r.expect(r.print(later), refuse, admission.ReasonWrongEvent)
	for name, forged := range forgeries(t, r.print(other)) {
		if a := r.hold(forged); a.Verdict == string(admit) {
			t.Errorf("%s got in: %+v", name, a)
		}
	}
	r.expect("4006381333931", refuse, admission.ReasonUnreadable)
	r.expect("WIFI:S:Salle;T:WPA;P:geheim;;", refuse, admission.ReasonUnreadable)
	// What came before did not spend the honest ticket.
	r.expect(r.print(other), admit, admission.ReasonAdmitted)

	r.eventually("both uses are delivered", func() bool { return r.pending() == 0 })
	if r.uses() != 2 {
		t.Errorf("the platform was told of %d uses, want 2", r.uses())
	}
	for _, id := range []string{canceled, unpaid} {
		if s, err := r.fake.Ticket(id); err != nil || s.Status == faketibillet.Scanned {
			t.Errorf("a refused ticket was used: %+v, %v", s, err)
		}
	}
	if c := r.conflicts(); len(c) != 0 {
		t.Errorf("conflicts: %+v", c)
	}
	r.verify(r.d.store)
}

// forgeries are codes made of a good one that must never get in.
func forgeries(t *testing.T, code string) map[string]string {
	t.Helper()
	payload, sig := parts(t, code)
	flip := append([]byte{}, sig...)
	flip[100] ^= 1
	enc := base64.URLEncoding.EncodeToString
	text := enc(sig)
	compact := base64.URLEncoding.EncodeToString([]byte(strings.ReplaceAll(decoded(t, payload), ": ", ":")))
	// The last character before "==" carries four bits that mean nothing.
	spare := text[:len(text)-3] + nextLetter(text[len(text)-3]) + "=="
	return map[string]string{
		"an unsigned code":            payload,
		"an empty signature":          payload + ":",
		"a signature with a bit less": payload + ":" + enc(flip),
		"a re-encoded payload":        compact + ":" + text,
		"a signature without padding": payload + ":" + strings.TrimRight(text, "="),
		"spare bits set":              payload + ":" + spare,
		"a third part":                code + ":x",
		"half a code":                 code[:200],
		"blanks in front":             "  " + code,
	}
}

func decoded(t *testing.T, payload string) string {
	t.Helper()
	b, err := base64.URLEncoding.DecodeString(payload)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// nextLetter gives another letter of the base64 alphabet that decodes to the
// same first two bits.
func nextLetter(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	i := strings.IndexByte(alphabet, c)
	return string(alphabet[i^1])
}

func TestAHeldCodeGetsItsFirstAnswerAgain(t *testing.T) {
	r := newRig(t)
	slow := r.reader("south", `hold_off = "60s"`)
	ticket := r.ticket(faketibillet.Valid)
	r.start()
	code := r.print(ticket)
	first := r.holdAt(slow, code)
	for range 5 {
		a := r.holdAt(slow, code)
		if a.Verdict != string(admission.Admit) || !a.Again || a.Seq != first.Seq {
			t.Fatalf("held too long: %+v, first %+v", a, first)
		}
	}
	// At another lane it is a second use.
	if a := r.hold(code); a.Reason != string(admission.ReasonAlreadyRedeemed) {
		t.Errorf("at the other lane: %+v", a)
	}
	if head, _, err := r.d.store.Head(t.Context()); err != nil || head != 2 {
		t.Errorf("the journal has %d rows, want 2: %v", head, err)
	}
}

// TestNetworkCutAndBack holds tickets while the network is away, and looks at
// what the platform hears once it is back.
func TestNetworkCutAndBack(t *testing.T) {
	r := newRig(t)
	tickets := []string{r.ticket(faketibillet.Valid), r.ticket(faketibillet.Valid), r.ticket(faketibillet.Valid)}
	canceled, elsewhere := r.ticket(faketibillet.Canceled), r.ticket(faketibillet.Valid)
	void := r.ticket(faketibillet.Valid)
	r.start()
	r.fake.CutNetwork()
	for _, id := range append(tickets, elsewhere, void) {
		code := r.print(id)
		r.expect(code, admission.Admit, admission.ReasonAdmitted)
		r.expect(code, admission.Refuse, admission.ReasonAlreadyRedeemed)
	}
	r.expect(r.print(canceled), admission.Refuse, admission.ReasonCanceled)
	if got := r.pending(); got != 5 {
		t.Errorf("%d deliveries wait, want 5", got)
	}
	// Meanwhile, at the box office.
	if err := r.fake.AdminScan(elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := r.fake.Cancel(void); err != nil {
		t.Fatal(err)
	}
	// The first answers after the network is back get lost, after the work.
	r.fake.NextMood(faketibillet.RouteUse, 2, fakeserver.Mood{Fault: fakeserver.LostAnswer})
	r.fake.RestoreNetwork()
	if err := r.d.Sweep(t.Context(), "lespass"); err != nil {
		t.Fatal(err)
	}
	r.eventually("everything is settled", func() bool {
		_, err := r.d.Retry(t.Context(), 0)
		return err == nil && r.pending() == 0
	})
	for _, id := range tickets {
		if s, err := r.fake.Ticket(id); err != nil || s.Status != faketibillet.Scanned || s.ScannedBy != r.gate.UUID {
			t.Errorf("not delivered as ours: %+v, %v", s, err)
		}
	}
	if s, err := r.fake.Ticket(void); err != nil || s.Status != faketibillet.Canceled {
		t.Errorf("a canceled ticket was turned into a used one: %+v, %v", s, err)
	}
	kinds := make(map[admission.ConflictKind]int)
	for _, c := range r.conflicts() {
		kinds[c.Kind]++
		if c.Theirs == "" || c.OurLane != "north" || c.OurAt.Wall.IsZero() || c.Seq == 0 {
			t.Errorf("a conflict that does not name both sides: %+v", c)
		}
	}
	if len(kinds) != 2 || kinds[admission.UsedElsewhere] != 1 || kinds[admission.AdmittedCanceled] != 1 {
		t.Errorf("conflicts %v, want one of each", kinds)
	}
	if used := r.uses(); used != 3 {
		t.Errorf("the platform was told of %d uses, want 3: a lost answer is asked after, not sent again", used)
	}
	r.verify(r.d.store)
}

// TestLostAnswerAcrossARestart cuts the power, so to speak, between a use and
// its answer: after the restart the earlier delivery is recognised as ours.
func TestLostAnswerAcrossARestart(t *testing.T) {
	r := newRig(t)
	ticket := r.ticket(faketibillet.Valid)
	r.start()
	r.fake.NextMood(faketibillet.RouteUse, 1, fakeserver.Mood{Fault: fakeserver.LostAnswer})
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	r.eventually("the use has reached the platform", func() bool { return r.uses() == 1 })
	r.stop()
	r.start()
	r.expect(r.print(ticket), admission.Refuse, admission.ReasonAlreadyRedeemed)
	r.eventually("it is settled", func() bool { return r.pending() == 0 })
	if c := r.conflicts(); len(c) != 0 || r.uses() != 1 {
		t.Errorf("%d uses, conflicts %+v", r.uses(), c)
	}
}

// TestOrganiserReset un-scans a delivered ticket at the box office: it may
// enter again, and only once.
func TestOrganiserReset(t *testing.T) {
	r := newRig(t)
	ticket := r.ticket(faketibillet.Valid)
	r.start()
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	r.eventually("it is delivered", func() bool { return r.pending() == 0 })
	r.expect(r.print(ticket), admission.Refuse, admission.ReasonAlreadyRedeemed)
	if err := r.fake.Unscan(ticket); err != nil {
		t.Fatal(err)
	}
	key := admission.TicketKey{Account: "lespass", ID: ticket}
	r.eventually("the reset is known", func() bool {
		p, err := r.d.store.Presence(t.Context(), key)
		return err == nil && p.Entries == 0
	})
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	r.expect(r.print(ticket), admission.Refuse, admission.ReasonAlreadyRedeemed)
	r.eventually("it is delivered again", func() bool { return r.pending() == 0 })
	if c := r.conflicts(); len(c) != 0 {
		t.Errorf("conflicts: %+v", c)
	}
}

// TestUnlistedIsAskedOnline shows a ticket sold after the last list.
func TestUnlistedIsAskedOnline(t *testing.T) {
	r := newRig(t)
	r.ticket(faketibillet.Valid)
	r.account = "increment_every = \"1h\"\nsweep_every = \"2h\""
	r.start()
	sold, void := r.ticket(faketibillet.Valid), r.ticket(faketibillet.Canceled)
	a := r.expect(r.print(sold), admission.Admit, admission.ReasonAdmitted)
	if a.Grounds != string(admission.GroundsOnline) {
		t.Errorf("grounds %q", a.Grounds)
	}
	r.expect(r.print(void), admission.Refuse, admission.ReasonCanceled)
	r.fake.CutNetwork()
	r.expect(r.print(r.ticket(faketibillet.Valid)), admission.Hold, admission.ReasonUnlisted)
}

// TestTwoLanesOneTicket gives two lanes the same ticket at the same instant.
func TestTwoLanesOneTicket(t *testing.T) {
	const rounds = 1000
	r := newRig(t)
	r.account = "ask = \"never\"\nincrement_every = \"1h\"\nsweep_every = \"2h\""
	r.reader("south", `hold_off = "0s"`)
	ids := make([]string, rounds)
	for i := range ids {
		ids[i] = r.ticket(faketibillet.Valid)
	}
	r.start()
	lanes := r.d.current.Load().lanes
	for i, id := range ids {
		code := []byte(r.print(id))
		var together sync.WaitGroup
		start := make(chan struct{})
		verdicts := make([]admission.Verdict, len(lanes))
		for j, l := range lanes {
			together.Go(func() {
				<-start
				res, err := l.Scan(t.Context(), code, false)
				if err != nil {
					t.Error(err)
				}
				verdicts[j] = res.CheckIn.Verdict
			})
		}
		close(start)
		together.Wait()
		admitted := 0
		for _, v := range verdicts {
			if v == admission.Admit {
				admitted++
			}
		}
		if admitted != 1 {
			t.Fatalf("round %d: %d admissions of one ticket", i, admitted)
		}
	}
	c, err := r.d.store.Counts(t.Context(), 0)
	if err != nil || c.Admitted != rounds || c.Refused != rounds {
		t.Errorf("counts %+v, %v", c, err)
	}
	r.verify(r.d.store)
}

// TestStartsWithNothing starts a station with no network, no reader and no
// pairing: it answers and says what is missing.
func TestStartsWithNothing(t *testing.T) {
	r := newRig(t)
	r.fake.CutNetwork()
	cfg := r.config()
	if err := r.readers[0].Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Lanes[0].Reader = "serial:/dev/serial/by-id/usb-none"
	d, err := openDaemon(t.Context(), cfg, newDiscard())
	if err != nil {
		t.Fatal(err)
	}
	r.d = d
	var done sync.WaitGroup
	ctx, cancel := contextOf(t)
	done.Go(func() {
		if err := d.run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); done.Wait() })
	r.eventually("it is ready", func() bool { return d.current.Load() != nil && len(d.notReady(ctx)) == 0 })
	a, err := d.Scan(t.Context(), "north", []byte(r.print(r.ticket(faketibillet.Valid))))
	if err != nil || a.Verdict != admission.Hold || !a.Recorded {
		t.Errorf("without any key a signed code is held and recorded: %+v, %v", a.CheckIn, err)
	}
	want := map[string]bool{"account_unpaired": true, "account_no_keys": true, "reader_absent": true}
	r.eventually("the station says what is missing", func() bool {
		for _, c := range d.health.Conditions() {
			delete(want, c.Code)
		}
		return len(want) == 0
	})
}

// TestBadInputAtTheReader shows a reader what no ticket is, and then a ticket.
func TestBadInputAtTheReader(t *testing.T) {
	r := newRig(t)
	ticket := r.ticket(faketibillet.Valid)
	r.start()
	for name, code := range map[string]string{
		"terminal escapes": "\x1b[2J\x1b]0;owned\x07",
		"invalid UTF-8":    "\xff\xfe\xfa\xfb",
		"a JSON bomb":      strings.Repeat("[", 4000),
		"a long line":      strings.Repeat("A", 3000),
		"another system":   "https://example.org/t/123456",
	} {
		a := r.hold(code)
		if a.Verdict == string(admission.Admit) || a.Reason == "" {
			t.Errorf("%s: %+v", name, a)
		}
	}
	// Ten megabytes without an end, then an honest code.
	junk := []byte(strings.Repeat("\xa5\x00garbage", 1<<20))
	if _, err := r.readers[0].master.Write(junk); err != nil {
		t.Fatal(err)
	}
	if err := r.readers[0].Hold(nil); err != nil {
		t.Fatal(err)
	}
	a := r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	if a.Seq == 0 {
		t.Error("not recorded")
	}
	if _, err := r.d.store.NewestStamp(t.Context()); err != nil {
		t.Error(err)
	}
}
