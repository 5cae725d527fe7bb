package main

import (
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// TestAStationOutOfItsBoxIsPairedByItsReader: nobody was ever paired, so the
// code of the configured site is enough, and the first ticket comes in.
func TestAStationOutOfItsBoxIsPairedByItsReader(t *testing.T) {
	r := newPairingRig(t)
	ticket := r.ticket(faketibillet.Valid)
	r.start()
	if s := r.d.PairingState(); s.Phase != "armed" || !s.First {
		t.Fatalf("out of the box: %+v", s)
	}
	code := r.code()
	r.show(code)
	s := r.awaitPhase("paired")
	if s.Account != "lespass" || s.Name != "north" || s.Lane != "north" || s.First || s.StationID == "" {
		t.Errorf("%+v", s)
	}
	if n := r.fake.Count(faketibillet.RoutePair); n != 1 {
		t.Errorf("%d requests", n)
	}
	if r.rows() != 0 || r.gate.count() != 0 {
		t.Errorf("a pairing code made %d rows and switched %d outputs", r.rows(), r.gate.count())
	}
	r.listIsHere()
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	r.keepsSecret(code)

	// Unpaired and started anew, it is not armed by itself.
	if err := r.d.Unpair(t.Context(), "lespass", true); err != nil {
		t.Fatal(err)
	}
	r.stop()
	r.start()
	if s := r.d.PairingState(); s.Phase != "idle" || s.First {
		t.Errorf("after unpairing: %+v", s)
	}
}

// TestAPairingCodeAtAStationThatIsPairedIsNoTicket, and nothing else either.
func TestAPairingCodeAtAStationThatIsPairedIsNoTicket(t *testing.T) {
	r := newPairingRig(t)
	ticket := r.ticket(faketibillet.Valid)
	r.start()
	r.show(r.code())
	paired := r.awaitPhase("paired")
	r.listIsHere()

	stranger := r.code()
	r.expect(stranger, admission.Refuse, admission.ReasonUnreadable)
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	if n := r.fake.Count(faketibillet.RoutePair); n != 1 {
		t.Errorf("%d requests", n)
	}
	if creds, err := r.d.vault.Load("lespass"); err != nil || creds.StationID != paired.StationID {
		t.Errorf("paired anew: %v", err)
	}
	r.eventually("staff are told", func() bool { return r.hasCondition("pairing_unarmed") })
	r.keepsSecret(stranger)
}

func (r *pairingRig) hasCondition(code string) bool {
	for _, c := range r.d.health.Conditions() {
		if c.Code == code {
			return true
		}
	}
	return false
}

// TestArmedByAPersonAPairedStationIsPairedAnew: journal and what is to be
// delivered stay, and are delivered with the new key.
func TestArmedByAPersonAPairedStationIsPairedAnew(t *testing.T) {
	r := newPairingRig(t)
	ticket := r.ticket(faketibillet.Valid)
	r.start()
	r.show(r.code())
	first := r.awaitPhase("paired")
	r.listIsHere()
	if err := r.fake.DeleteApp(first.StationID); err != nil { // its key is worth nothing any more
		t.Fatal(err)
	}
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	if r.pending() != 1 {
		t.Fatalf("%d deliveries wait", r.pending())
	}
	if s := r.d.Arm("Ada"); s.Phase != "armed" || s.ArmedBy != "Ada" || s.Until == nil {
		t.Errorf("%+v", s)
	}
	r.show(r.code())
	var again admin.PairingState
	r.eventually("it is paired anew", func() bool {
		again = r.d.PairingState()
		return again.Phase == "paired" && again.StationID != first.StationID
	})
	r.eventually("the use is delivered with the new key", func() bool { return r.pending() == 0 })
	if s, err := r.fake.Ticket(ticket); err != nil || s.ScannedBy != again.StationID {
		t.Errorf("used by %q, want %q: %v", s.ScannedBy, again.StationID, err)
	}
	r.verify(r.d.store)
}

// TestACodeOfAForeignSiteWaitsForAPersonAtTheDoor, who adds the site to the
// configuration by agreeing to it.
func TestACodeOfAForeignSiteWaitsForAPersonAtTheDoor(t *testing.T) {
	r := newPairingRig(t)
	r.accounts = accountText("other", "https://other.example.org")
	ticket := r.ticket(faketibillet.Valid)
	r.start()
	before := textOf(t, r.file)
	code := r.code()
	r.show(code)
	s := r.awaitPhase("confirm")
	u, err := url.Parse(r.url)
	if err != nil || s.Host != u.Host || s.Shown != u.Host || r.fake.Count(faketibillet.RoutePair) != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := r.d.Confirm(t.Context(), "tibillet.org"); err == nil {
		t.Error("another host was agreed to")
	}
	s, err = r.d.Confirm(t.Context(), u.Host)
	if err != nil || s.Phase != "paired" || s.Account == "" || s.Account == "other" {
		t.Fatalf("%+v, %v", s, err)
	}
	if now := textOf(t, r.file); !strings.HasPrefix(now, before) || !strings.Contains(now, r.url) {
		t.Errorf("the configuration is now %q", now)
	}
	r.eventually("the new account's list is here", func() bool {
		accounts, err := r.d.Accounts(t.Context())
		return err == nil && len(accounts) == 2 && accounts[1].Tickets > 0 && !accounts[1].AsOf.IsZero()
	})
	r.readersAreUp()
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	r.keepsSecret(code)
}

// TestACodeOfAForeignSiteIsForgottenUnlessAgreedTo.
func TestACodeOfAForeignSiteIsForgottenUnlessAgreedTo(t *testing.T) {
	r := newPairingRig(t)
	r.accounts = accountText("other", "https://other.example.org")
	r.start()
	before := textOf(t, r.file)
	r.d.Arm("Ada")
	r.show(r.code())
	host := r.awaitPhase("confirm").Host
	r.d.Disarm()
	_, err := r.d.Confirm(t.Context(), host)
	if e, ok := errors.AsType[*admin.Error](err); !ok || e.Code != "nothing_to_confirm" || e.Status != 409 {
		t.Errorf("error %v", err)
	}
	if r.fake.Count(faketibillet.RoutePair) != 0 || textOf(t, r.file) != before {
		t.Error("something was sent or written")
	}
}

// TestWhatCannotBeWrittenDownIsNotPaired: nothing is sent, so the code stays
// good, and the text to add by hand is told.
func TestWhatCannotBeWrittenDownIsNotPaired(t *testing.T) {
	r := newPairingRig(t)
	r.accounts = accountText("other", "https://other.example.org")
	r.start()
	r.d.parse = nil // as where there is no file
	r.d.Arm("Ada")
	r.show(r.code())
	host := r.awaitPhase("confirm").Host
	s, err := r.d.Confirm(t.Context(), host)
	if err != nil || s.Phase != "failed" || !strings.Contains(s.Hint, "[[account]]") || !strings.Contains(s.Hint, r.url) {
		t.Errorf("%+v, %v", s, err)
	}
	if r.fake.Count(faketibillet.RoutePair) != 0 {
		t.Error("the code was spent")
	}
}

// TestPairingThatFailsAtTheDoorSaysWhy, in words with a remedy, and leaves the
// station as it was.
func TestPairingThatFailsAtTheDoorSaysWhy(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(r *pairingRig) (code string)
		want    string
		sent    int
	}{
		"a code that was used already": {func(r *pairingRig) string {
			return r.spentCode()
		}, "new", 1},
		"a server that fails": {func(r *pairingRig) string {
			r.fake.NextMood(faketibillet.RoutePair, 1, fakeserver.Mood{Fault: fakeserver.ServerError})
			return r.code()
		}, "new one", 1},
		"an answer that is lost": {func(r *pairingRig) string {
			r.fake.NextMood(faketibillet.RoutePair, 1, fakeserver.Mood{Fault: fakeserver.LostAnswer})
			return r.code()
		}, "new one", 1},
		"a network with a login page": {func(r *pairingRig) string {
			r.fake.NextMood(faketibillet.RoutePair, 1, fakeserver.Mood{Fault: fakeserver.CaptivePage})
			return r.code()
		}, "spent", 1},
		"no network": {func(r *pairingRig) string {
			code := r.code()
			r.fake.CutNetwork()
			return code
		}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newPairingRig(t)
			r.start()
			code := tc.prepare(r)
			r.show(code)
			s := r.awaitPhase("failed")
			if s.Message == "" || !strings.Contains(s.Hint, tc.want) || s.Hint == "" || !s.First {
				t.Errorf("%+v", s)
			}
			if n := r.fake.Count(faketibillet.RoutePair); n > tc.sent {
				t.Errorf("%d requests", n)
			}
			if r.gate.count() != 0 || r.rows() != 0 {
				t.Error("a pairing code moved something")
			}
			r.keepsSecret(code)
		})
	}
}

// TestAnExpiredCodeIsNotSentAtTheDoor.
func TestAnExpiredCodeIsNotSentAtTheDoor(t *testing.T) {
	r := newPairingRig(t)
	r.start()
	if !r.d.clock.Now().Trusted {
		r.d.clock.Vouch("test", time.Now(), time.Now())
	}
	u, err := url.Parse(r.url)
	if err != nil {
		t.Fatal(err)
	}
	r.show("http://" + u.Host + "/scan/" + tokenOf(time.Now().Add(-90*time.Hour)) + "/pair")
	if s := r.awaitPhase("failed"); !strings.Contains(s.Message, "expired") || r.fake.Count(faketibillet.RoutePair) != 0 {
		t.Errorf("%+v", s)
	}
}

// TestPairingCodesInAQueueLoseNobody: whoever shows pairing codes between
// tickets, armed or not, keeps no ticket from its answer.
func TestPairingCodesInAQueueLoseNobody(t *testing.T) {
	r := newPairingRig(t)
	tickets := []string{r.ticket(faketibillet.Valid), r.ticket(faketibillet.Valid), r.ticket(faketibillet.Valid), r.ticket(faketibillet.Valid)}
	r.start()
	r.show(r.code())
	r.awaitPhase("paired")
	r.listIsHere()
	r.d.Arm("Ada")
	var queue strings.Builder
	for _, id := range tickets {
		// None of these pairs: a station that is paired anew opens its readers anew.
		queue.WriteString(r.spentCode() + "\r\n" + r.print(id) + "\r\n" + r.spentCode() + "\r\n")
	}
	if _, err := r.readers[0].master.WriteString(queue.String()); err != nil {
		t.Fatal(err)
	}
	r.eventually("everybody is in", func() bool {
		counts, err := r.d.Counts(t.Context())
		return err == nil && counts.Admitted == len(tickets)
	})
	if n := r.fake.Count(faketibillet.RoutePair); n > 3 {
		t.Errorf("%d requests", n)
	}
}

// spentCode gives a code that the platform no longer takes.
func (r *pairingRig) spentCode() string {
	r.t.Helper()
	app, code, err := r.fake.NewScanApp("west")
	if err == nil {
		err = r.fake.DeleteApp(app.UUID)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return code
}

func TestACutOffPairingIsTold(t *testing.T) {
	r := newPairingRig(t)
	r.start()
	r.fake.NextMood(faketibillet.RoutePair, 1, fakeserver.Mood{Fault: fakeserver.LostAnswer})
	r.show(r.code())
	r.awaitPhase("failed")
	r.stop()
	r.start()
	if s := r.d.PairingState(); s.Account != "lespass" || !strings.Contains(s.Message, "no answer has been kept") || s.Phase != "armed" {
		t.Errorf("%+v", s)
	}
	a := &app{getenv: func(string) string { return "" }, now: time.Now, config: r.file}
	cfg, err := a.load()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range a.examine(t.Context(), cfg) {
		found = found || (f.What == "account lespass pairing" && f.Result == resultWarning)
	}
	if !found {
		t.Error("check does not tell of it")
	}
}

func TestUnpairing(t *testing.T) {
	r := newPairingRig(t)
	ticket, other := r.ticket(faketibillet.Valid), r.ticket(faketibillet.Valid)
	r.start()
	r.show(r.code())
	r.awaitPhase("paired")
	r.listIsHere()
	r.fake.CutNetwork()
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	err := r.d.Unpair(t.Context(), "lespass", false)
	if e, ok := errors.AsType[*admin.Error](err); !ok || e.Code != "outbox_not_empty" || e.Details["pending"] != "1" {
		t.Fatalf("error %v", err)
	}
	if _, err := r.d.vault.Load("lespass"); err != nil {
		t.Errorf("the key is gone all the same: %v", err)
	}
	if err := r.d.Unpair(t.Context(), "lespass", true); err != nil {
		t.Fatal(err)
	}
	if _, err := r.d.vault.Load("lespass"); err == nil {
		t.Error("the key is still there")
	}
	r.eventually("the account counts as unpaired", func() bool { return r.hasCondition("account_unpaired") })
	if found, err := r.d.SearchTickets(t.Context(), "Do", 10); err != nil || len(found) > 0 {
		t.Errorf("people of the list: %+v, %v", found, err)
	}
	if r.pending() != 1 {
		t.Errorf("%d deliveries wait", r.pending())
	}
	if a, err := r.d.Scan(t.Context(), "north", []byte(r.print(other))); err != nil || a.Verdict == admission.Admit {
		t.Errorf("a ticket of an account that is not paired: %+v, %v", a.CheckIn, err)
	}
	r.verify(r.d.store)
	// Paired again, what was left is delivered.
	r.fake.RestoreNetwork()
	r.d.Arm("Ada")
	r.show(r.code())
	r.awaitPhase("paired")
	r.eventually("it is delivered", func() bool { return r.pending() == 0 })
}

func TestOnlyOneAccountIsMadeOfAHost(t *testing.T) {
	r := newPairingRig(t)
	r.accounts = accountText("other", "https://other.example.org")
	r.start()
	u, err := url.Parse(r.url)
	if err != nil {
		t.Fatal(err)
	}
	code := r.code()
	first, err := r.d.Pair(t.Context(), admin.PairRequest{Code: code, Confirmed: u.Host})
	if err != nil {
		t.Fatal(err)
	}
	// As if the configuration had been lost between the key and the file.
	text := textOf(t, r.file)
	if err := os.WriteFile(r.file, []byte(text[:strings.Index(text, "# Added by pairing")]), 0o600); err != nil {
		t.Fatal(err)
	}
	r.eventually("the account is gone", func() bool { return r.d.current.Load().account(first.Account) == nil })
	again, err := r.d.Pair(t.Context(), admin.PairRequest{Code: code, Confirmed: u.Host})
	if err != nil || again.Account != first.Account || r.fake.Count(faketibillet.RoutePair) != 1 {
		t.Errorf("%+v after %+v, %d requests: %v", again, first, r.fake.Count(faketibillet.RoutePair), err)
	}
}
