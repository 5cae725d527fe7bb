package admin

import (
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// A volunteer who knows the staff's password does not get at the
// administrator's by typing the one between guesses at the other.
func TestALoginAsStaffForgivesNoGuesses(t *testing.T) {
	t.Parallel()
	srv := guarded(t, access(t, adminWord, staffWord))
	for guesses := range 2 * attemptsFree {
		if guesses%(attemptsFree-1) == attemptsFree-2 {
			logIn(t, srv, staffWord)
		}
		resp, _ := ask(t, srv, http.MethodPost, "/login", loginBody("a wrong guess"), stranger, asForm)
		if resp.StatusCode == http.StatusTooManyRequests {
			if guesses < attemptsFree {
				t.Errorf("put off after %d guesses", guesses)
			}
			return
		}
	}
	t.Error("guesses at the administrator's password without end, none put off")
}

func TestAnAttemptThatIsTakenBackCountsForNothing(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(nil), scanTime()
	from := netip.MustParseAddr("192.0.2.1")
	for i := range 5 * attemptsFree { // a night of logins as staff
		now = now.Add(time.Minute)
		if wait := a.begin(from, now); wait != 0 {
			t.Fatalf("login %d waits %v", i, wait)
		}
		a.takeBack(from, now)
	}
	if len(a.by) != 0 {
		t.Errorf("%d addresses are kept for nothing", len(a.by))
	}
	for range attemptsFree - 1 {
		a.begin(from, now)
	}
	wrong := now
	// The right one in between neither waits longer nor renews the guesses.
	now = now.Add(time.Minute)
	if wait := a.begin(from, now); wait != 0 {
		t.Fatalf("waits %v", wait)
	}
	a.takeBack(from, now)
	if g := a.by[from]; g == nil || g.wrong != attemptsFree-1 || !g.last.Equal(wrong) || g.until.After(now) {
		t.Errorf("%+v", g)
	}
	if a.begin(from, now); a.begin(from, now) != attemptsFirst {
		t.Error("the next guess was forgiven")
	}
	a.takeBack(netip.MustParseAddr("192.0.2.2"), now) // who never began
}

// Attempts at once: each takes back itself and not the wait of another.
func TestTakingBackOneAttemptForgivesNoOther(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(nil), scanTime()
	from := netip.MustParseAddr("192.0.2.1")
	for i := range attemptsFree {
		a.begin(from, now.Add(time.Duration(i)))
	}
	a.takeBack(from, now) // the first of them
	if wait := a.begin(from, now.Add(time.Second)); wait == 0 {
		t.Error("the last one's wait is over with the first one's success")
	}
}

// A station that was too busy to look at a password does not count it as wrong.
func TestAPasswordThatWasNotLookedAtIsNotWrong(t *testing.T) {
	t.Parallel()
	a := access(t, adminWord, staffWord)
	srv := guarded(t, a)
	boss, _ := logIn(t, srv, adminWord)
	a.queue.Store(hashQueue) // as many as may wait
	for i := range 2 * attemptsFree {
		if resp, _ := ask(t, srv, http.MethodPost, "/login", loginBody(adminWord), stranger, asForm); resp.StatusCode != http.StatusServiceUnavailable {
			t.Fatalf("login %d: %d", i, resp.StatusCode)
		}
		resp, raw := ask(t, srv, http.MethodPost, "/api/v1/passwords", `{"role":"staff","password":"something new","current":"`+adminWord+`"}`, boss)
		wantFault(t, resp, raw, http.StatusServiceUnavailable, "busy")
	}
	a.queue.Store(0)
	logIn(t, srv, adminWord)
}
