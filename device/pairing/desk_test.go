package pairing

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// counter is what stands behind a desk under test: one known host, and a record
// of everything the desk did.
type counter struct {
	mu      sync.Mutex
	sent    []string // texts that were redeemed
	agreed  []string // with what host confirmed
	states  []State
	unarmed map[string]bool
	over    int
	fail    error
	hold    chan struct{} // where given, a pairing waits for it
	log     strings.Builder
}

const (
	knownCode   = "pair://known.example.org/"
	foreignCode = "pair://evil.example.org/"
)

// readTest reads "pair://host/token", and "late" tokens as expired ones.
func readTest(code []byte) (platform.Pairing, bool) {
	rest, ok := strings.CutPrefix(string(code), "pair://")
	host, token, found := strings.Cut(rest, "/")
	if !ok || !found || host == "" {
		return platform.Pairing{}, false
	}
	p := platform.Pairing{Platform: admission.TiBillet, Host: host, BaseURL: "https://" + host, StationID: "app", Token: token, ExpiresAt: noon().Add(time.Hour)}
	if strings.HasPrefix(token, "late") {
		p.ExpiresAt = noon().Add(-time.Hour)
	}
	return p, true
}

func newCounter() *counter { return &counter{unarmed: map[string]bool{}} }

func (c *counter) desk(first bool) *Desk {
	return NewDesk(DeskConfig{
		Read:  readTest,
		Judge: func(p platform.Pairing, _ bool) (string, bool) { return "lespass", p.Host == "known.example.org" },
		Pair: func(ctx context.Context, text, confirmed string) (Done, error) {
			if c.hold != nil {
				<-c.hold
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.sent, c.agreed = append(c.sent, text), append(c.agreed, confirmed)
			return Done{Account: "lespass", Name: "Gate", Tenant: "Lespass", StationID: "app"}, c.fail
		},
		Explain: func(err error) (string, string) { return err.Error(), "Try another." },
		Changed: func(s State) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.states = append(c.states, s)
		},
		Unarmed: func(lane string, stands bool) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.unarmed[lane] = stands
		},
		FirstOver: func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.over++
		},
		Clock: now, Now: time.Now, First: first,
		Log: slog.New(slog.NewTextHandler(&c.log, nil)),
	})
}

// saysUnarmed tells whether lane north was said to show codes in vain.
func (c *counter) saysUnarmed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unarmed["north"]
}

// overs counts how often the first arming ended.
func (c *counter) overs() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// runs runs a desk for the length of a test within a bubble.
func (c *counter) runs(t *testing.T, d *Desk) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { _ = d.Run(ctx) })
	t.Cleanup(func() { cancel(); done.Wait() })
}

func (c *counter) redeemed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.sent)
}

func wantPhase(t *testing.T, d *Desk, want Phase) State {
	t.Helper()
	synctest.Wait()
	s := d.State()
	if s.Phase != want {
		t.Fatalf("phase %s, want %s: %+v", s.Phase, want, s)
	}
	return s
}

func TestADeskPairsWithTheFirstCodeShownWhileArmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		d := c.desk(false)
		c.runs(t, d)
		if s := d.Arm("Ada"); s.Phase != PhaseArmed || s.By != "Ada" || time.Until(s.Until) != ArmedFor {
			t.Errorf("armed: %+v", s)
		}
		if !d.Offer("north", []byte(knownCode+"tok3n")) {
			t.Fatal("the lane was given the code")
		}
		s := wantPhase(t, d, PhasePaired)
		if s.Account != "lespass" || s.Name != "Gate" || s.Tenant != "Lespass" || s.Lane != "north" || s.Host != "known.example.org" || !s.Until.IsZero() || s.By != "" {
			t.Errorf("paired: %+v", s)
		}
		// The code is still held before the reader: that is no further showing.
		for range 20 {
			time.Sleep(time.Second)
			if !d.Offer("north", []byte(knownCode+"tok3n")) {
				t.Fatal("a code held a moment longer was refused as a ticket")
			}
		}
		// Shown again later, it is a code that nobody waits for.
		time.Sleep(10 * time.Second)
		if d.Offer("north", []byte(knownCode+"tok3n")) || c.redeemed() != 1 {
			t.Errorf("redeemed %d times", c.redeemed())
		}
		time.Sleep(resultStands)
		wantPhase(t, d, PhaseIdle)
		if strings.Contains(c.log.String(), "tok3n") {
			t.Errorf("the log tells the token: %s", c.log.String())
		}
	})
}

func TestADeskThatIsNotArmedLeavesCodesToTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		d := c.desk(false)
		c.runs(t, d)
		for range 5 {
			if d.Offer("north", []byte(knownCode+"a")) {
				t.Error("taken though nobody armed the desk")
			}
			time.Sleep(10 * time.Second)
		}
		if !c.saysUnarmed() || c.redeemed() != 0 {
			t.Errorf("said %v, redeemed %d", c.saysUnarmed(), c.redeemed())
		}
		time.Sleep(unarmedFor)
		synctest.Wait()
		if c.saysUnarmed() {
			t.Error("the notice does not clear by itself")
		}
		d.Arm("Ada")
		time.Sleep(ArmedFor)
		wantPhase(t, d, PhaseIdle)
		if d.Offer("north", []byte(knownCode+"a")) || c.redeemed() != 0 {
			t.Error("taken after two minutes")
		}
		d.Arm("Ada")
		synctest.Wait()
		if c.saysUnarmed() {
			t.Error("armed, the notice is past")
		}
		d.Disarm()
		if d.Offer("north", []byte(knownCode+"a")) {
			t.Error("taken after it was disarmed")
		}
	})
}

func TestAnArmedDeskTakesNothingButPairingCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		d := c.desk(true)
		c.runs(t, d)
		for _, code := range []string{"", "4006381333931", "pair:/known.example.org/", knownCode + strings.Repeat("x", maxText)} {
			if d.Offer("north", []byte(code)) {
				t.Errorf("%.40q was kept from its lane", code)
			}
		}
		wantPhase(t, d, PhaseArmed)
	})
}

func TestAForeignHostWaitsForAPersonsWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		d := c.desk(false)
		c.runs(t, d)
		d.Arm("Ada")
		time.Sleep(30 * time.Second)
		d.Offer("north", []byte(foreignCode+"a"))
		s := wantPhase(t, d, PhaseConfirm)
		if s.Host != "evil.example.org" || time.Until(s.Until) != ArmedFor-30*time.Second || c.redeemed() != 0 {
			t.Errorf("%+v, redeemed %d", s, c.redeemed())
		}
		// Another foreign code does not slip into the place of the one that is looked at.
		d.Offer("north", []byte("pair://worse.example.org/b"))
		if _, err := d.Confirm(t.Context(), "worse.example.org"); !errors.Is(err, ErrOtherHost) {
			t.Errorf("error %v", err)
		}
		if s, err := d.Confirm(t.Context(), "evil.example.org"); err != nil || s.Phase != PhasePaired {
			t.Errorf("%+v, %v", s, err)
		}
		if len(c.sent) != 1 || c.sent[0] != foreignCode+"a" || c.agreed[0] != "evil.example.org" {
			t.Errorf("sent %q, agreed to %q", c.sent, c.agreed)
		}
		if _, err := d.Confirm(t.Context(), "evil.example.org"); !errors.Is(err, ErrNothingWaits) {
			t.Errorf("a second word for the same code: %v", err)
		}
	})
}

func TestACodeNobodyConfirmsIsForgotten(t *testing.T) {
	for name, end := range map[string]func(*Desk){
		"when two minutes end":             func(*Desk) { time.Sleep(ArmedFor) },
		"when somebody disarms":            func(d *Desk) { d.Disarm() },
		"when somebody arms anew":          func(d *Desk) { d.Arm("Bob") },
		"when two minutes end, at a first": func(*Desk) { time.Sleep(ArmedFor) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCounter()
				first := strings.HasSuffix(name, "first")
				d := c.desk(first)
				c.runs(t, d)
				if !first {
					d.Arm("Ada")
				}
				d.Offer("north", []byte(foreignCode+"a"))
				wantPhase(t, d, PhaseConfirm)
				end(d)
				synctest.Wait()
				if _, err := d.Confirm(t.Context(), "evil.example.org"); !errors.Is(err, ErrNothingWaits) || c.redeemed() != 0 {
					t.Errorf("error %v, redeemed %d", err, c.redeemed())
				}
				if s := d.State(); s.Host != "" || s.Phase == PhaseConfirm {
					t.Errorf("still shown: %+v", s)
				}
			})
		})
	}
}

func TestTheRightCodeGoesBeforeAForeignOneThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		d := c.desk(false)
		c.runs(t, d)
		d.Arm("Ada")
		d.Offer("north", []byte(foreignCode+"a"))
		d.Offer("north", []byte(knownCode+"b"))
		wantPhase(t, d, PhasePaired)
		if len(c.sent) != 1 || c.sent[0] != knownCode+"b" {
			t.Errorf("sent %q", c.sent)
		}
	})
}

func TestAStationThatWasNeverPairedIsArmedUntilItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		d := c.desk(true)
		c.runs(t, d)
		time.Sleep(24 * time.Hour)
		if s := wantPhase(t, d, PhaseArmed); !s.First || !s.Until.IsZero() {
			t.Errorf("%+v", s)
		}
		d.Offer("north", []byte(knownCode+"a"))
		if s := wantPhase(t, d, PhasePaired); s.First || c.overs() != 1 {
			t.Errorf("%+v, over %d", s, c.overs())
		}
		time.Sleep(resultStands)
		wantPhase(t, d, PhaseIdle)
		if d.Offer("north", []byte(knownCode+"b")) {
			t.Error("a paired station takes codes by itself")
		}
	})
}

func TestAFirstPairingElsewhereEndsTheWaitingForOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, end := range map[string]func(*Desk){"by the page": (*Desk).Settle, "by hand": func(d *Desk) { d.Disarm() }} {
			c := newCounter()
			d := c.desk(true)
			end(d)
			if s := d.State(); s.First || s.Phase != PhaseIdle || c.overs() != 1 || d.Offer("north", []byte(knownCode+"a")) {
				t.Errorf("%s: %+v, over %d", name, s, c.overs())
			}
		}
	})
}

func TestAFailureIsToldAndTheNextCodeIsTakenAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		c.fail = errors.New("claimed already")
		d := c.desk(false)
		c.runs(t, d)
		d.Arm("Ada")
		d.Offer("north", []byte(knownCode+"a"))
		s := wantPhase(t, d, PhaseFailed)
		if s.Message != "claimed already" || s.Hint != "Try another." || s.Until.IsZero() {
			t.Errorf("%+v", s)
		}
		if !d.Offer("north", []byte(knownCode+"b")) || c.redeemed() != 1 {
			t.Errorf("another code at once: redeemed %d", c.redeemed())
		}
		time.Sleep(firstPause)
		c.fail = nil
		d.Offer("north", []byte(knownCode+"b"))
		wantPhase(t, d, PhasePaired)
	})
}

func TestAnExpiredCodeIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		d := c.desk(false)
		c.runs(t, d)
		for _, code := range []string{knownCode, foreignCode} {
			d.Arm("Ada")
			d.Offer("north", []byte(code+"late"))
			if s := wantPhase(t, d, PhaseFailed); !strings.Contains(s.Message, "expired") || c.redeemed() != 0 {
				t.Errorf("%+v, redeemed %d", s, c.redeemed())
			}
		}
	})
}

// Whoever floods the reader with codes of the organiser's own host makes the
// station send few requests, and keeps nobody's ticket from the lane.
func TestAFloodOfPairingCodesMakesFewRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		c.fail = errors.New("no such scan app")
		d := c.desk(false)
		c.runs(t, d)
		d.Arm("Ada")
		for i := range 1200 {
			d.Offer("north", []byte(knownCode+strings.Repeat("x", i%100)+"y"))
			if d.Offer("north", []byte("4006381333931")) {
				t.Fatal("a ticket was kept from its lane")
			}
			time.Sleep(100 * time.Millisecond)
		}
		if n := c.redeemed(); n == 0 || n > 8 {
			t.Errorf("%d requests in two minutes", n)
		}
	})
}

func TestCodesThatComeWhileOneIsRedeemedAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		c.hold = make(chan struct{})
		d := c.desk(false)
		c.runs(t, d)
		d.Arm("Ada")
		d.Offer("north", []byte(knownCode+"a"))
		wantPhase(t, d, PhasePairing)
		for _, code := range []string{knownCode + "b", foreignCode + "c", knownCode + "a"} {
			if !d.Offer("south", []byte(code)) {
				t.Errorf("%q went to the lane", code)
			}
		}
		time.Sleep(ArmedFor) // the request outlives the arming
		wantPhase(t, d, PhasePairing)
		close(c.hold)
		wantPhase(t, d, PhasePaired)
		if c.redeemed() != 1 {
			t.Errorf("redeemed %d", c.redeemed())
		}
	})
}

func FuzzDeskOffer(f *testing.F) {
	f.Add([]byte(knownCode + "a"))
	f.Add([]byte(foreignCode))
	f.Add([]byte("\x00\xff pair://"))
	f.Fuzz(func(t *testing.T, code []byte) {
		c := newCounter()
		d := c.desk(false)
		if d.Offer("north", code) {
			t.Error("taken though nobody armed the desk")
		}
		d.Arm("fuzz")
		p, isPairing := readTest(code)
		if taken := d.Offer("north", code); taken != (isPairing && len(code) <= maxText) {
			t.Errorf("taken %v, a pairing code %v", taken, isPairing)
		}
		if s := d.State(); isPairing && s.Phase == PhasePairing && p.Host != "known.example.org" {
			t.Errorf("redeemed for %q", p.Host)
		}
		if c.redeemed() != 0 {
			t.Error("redeemed on the reader's own goroutine")
		}
	})
}
