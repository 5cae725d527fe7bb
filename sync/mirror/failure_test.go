package mirror_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/mirror"
	"gatescand/sync/platform"
)

// always fails every call with err.
func always(err error) func(string, string) error {
	return func(string, string) error { return err }
}

func TestAnAccountThatCannotBeReachedIsAskedLessAndLess(t *testing.T) {
	rows := []struct {
		name  string
		class platform.Class
		state mirror.State
		code  string
	}{
		{"no network", platform.Offline, mirror.StateOffline, mirror.CodeOffline},
		{"a captive portal", platform.Captive, mirror.StateCaptive, mirror.CodeCaptive},
		{"a redirect", platform.Redirected, mirror.StateRedirected, mirror.CodeRedirected},
		{"a failing server", platform.Server, mirror.StateServer, mirror.CodeServer},
		{"an answer nobody documented", platform.Protocol, mirror.StateServer, mirror.CodeServer},
		{"a certificate nobody trusts", platform.Untrusted, mirror.StateUntrusted, mirror.CodeUntrusted},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(map[string]int{"e": 5})
				s.fail = always(fault(row.class))
				b := start(t, s)
				after(time.Second)
				want(t, "state", b.Status().State, row.state)
				want(t, "condition", slices.Equal(b.notices.list(), []string{row.code + " a"}), true)
				after(9 * time.Second)
				early := s.count("probe")
				want(t, "tries in the first seconds", early >= 2 && early <= 5, true)
				after(time.Hour)
				n := s.count("probe")
				want(t, "tries in an hour, at least every 5 minutes and never in a hurry", n >= 12 && n <= 30, true)
				want(t, "heavy requests while it fails", s.count("tickets"), 0)

				s.set(func() { s.fail = nil })
				b.Wake()
				after(time.Second)
				want(t, "state after the network came back", b.Status().State, mirror.StateIdle)
				want(t, "tickets", b.store.valid("e"), 5)
				want(t, "told the outbox", b.told(mirror.Recovered), 1)
				want(t, "conditions", len(b.notices.list()), 0)
			})
		})
	}
}

func TestPausesBeginSmallAgainAfterARecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 5})
		s.fail = always(fault(platform.Offline))
		b := start(t, s)
		after(2 * time.Hour)
		s.set(func() { s.fail = nil })
		after(5 * time.Minute)
		want(t, "came back by itself", b.store.look("e").complete, true)
		s.set(func() { s.fail = always(fault(platform.Offline)); s.calls = map[string]int{} })
		b.SweepNow()
		after(8 * time.Second)
		want(t, "tries", s.count("probe") >= 3, true)
	})
}

func TestAServerThatAsksToWaitIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 5})
		s.fail = func(call, _ string) error {
			if call == "tickets" {
				return &platform.Error{Class: platform.Throttled, RetryAfter: 20 * time.Minute}
			}
			return nil
		}
		b := start(t, s)
		after(time.Second)
		want(t, "state", b.Status().State, mirror.StateThrottled)
		b.Wake()
		after(19 * time.Minute)
		want(t, "requests for the list", s.count("tickets"), 1)
		after(2 * time.Minute)
		want(t, "requests for the list", s.count("tickets"), 2)
	})
}

func TestNobodyButAPersonShortensWhatTheServerAskedUsToWait(t *testing.T) {
	busy := &platform.Error{Class: platform.Server, Op: "list tickets", Host: "example.org", RetryAfter: 20 * time.Minute}
	for _, call := range []string{"probe", "events", "tickets"} {
		t.Run(call, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(map[string]int{"e": 5})
				s.fail = func(c, _ string) error {
					if c == call {
						return busy
					}
					return nil
				}
				b := start(t, s)
				after(time.Second)
				for range 18 {
					b.Wake()
					after(time.Minute)
				}
				want(t, "requests", s.count(call), 1)
				after(3 * time.Minute)
				want(t, "requests when the time is over", s.count(call) > 1, true)
				n := s.count(call)
				b.SweepNow()
				after(time.Second)
				want(t, "a person may ask", s.count(call) > n, true)
			})
		})
	}
}

func TestARefusedKeyStopsPullingUntilSomebodyResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 5})
		s.fail = always(fault(platform.Auth))
		b := start(t, s)
		after(time.Second)
		want(t, "state", b.Status().State, mirror.StateAuthFailed)
		want(t, "condition", slices.Equal(b.notices.list(), []string{mirror.CodeAuth + " a"}), true)
		b.Wake()
		after(9 * time.Minute)
		want(t, "probes before ten minutes, network back or not", s.count("probe"), 1)
		after(time.Hour)
		n := s.count("probe")
		want(t, "probes in an hour", n >= 5 && n <= 7, true)
		want(t, "other requests", s.count("events")+s.count("tickets"), 0)

		s.set(func() { s.fail = nil })
		b.Resume()
		after(time.Second)
		want(t, "tickets", b.store.valid("e"), 5)
		want(t, "conditions", len(b.notices.list()), 0)
		want(t, "told the outbox", b.told(mirror.Recovered), 1)
	})
}

func TestAKeyThatIsAcceptedAgainIsFoundByAProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 5})
		s.fail = always(fault(platform.Auth))
		b := start(t, s)
		after(time.Minute)
		s.set(func() { s.fail = nil })
		after(10 * time.Minute)
		want(t, "tickets", b.store.valid("e"), 5)
	})
}

func TestOneListThatFailsDelaysNoOther(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
	}{
		{"with a server error", fault(platform.Server)},
		{"with an undocumented answer", fault(platform.Protocol)},
		{"with a time-out", &platform.Error{Class: platform.Offline, Err: timeout{}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(map[string]int{"e": 50, "f": 50, "g": 50})
				s.fail = func(call, event string) error {
					if call == "tickets" && event == "f" {
						return row.err
					}
					return nil
				}
				b := start(t, s)
				after(time.Second)
				want(t, "e", b.store.look("e").complete, true)
				want(t, "g", b.store.look("g").complete, true)
				want(t, "f", b.store.look("f").complete, false)
				after(30 * time.Minute)
				want(t, "condition", slices.Equal(b.notices.list(), []string{mirror.CodeServer + " a/f"}), true)
				want(t, "state", b.Status().State, mirror.StateWaiting)
				if n := s.count("tickets"); n > 80 {
					t.Errorf("%d requests in half an hour", n)
				}
				s.set(func() { s.fail = nil })
				after(5 * time.Minute)
				want(t, "f", b.store.valid("f"), 50)
				want(t, "conditions", len(b.notices.list()), 0)
				want(t, "state", b.Status().State, mirror.StateIdle)
			})
		})
	}
}

type timeout struct{}

func (timeout) Error() string { return "i/o timeout" }
func (timeout) Timeout() bool { return true }

func TestAFailedPageHidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 100})
		n := 0
		s.fail = func(call, _ string) error {
			if call != "tickets" {
				return nil
			}
			if n++; n%3 != 0 { // two of three requests fail
				return fault(platform.Server)
			}
			return nil
		}
		b := start(t, s)
		after(2 * time.Second)
		want(t, "as of", b.Status().AsOf.IsZero(), true)
		want(t, "complete", b.store.look("e").complete, false)
		after(25 * time.Minute)
		want(t, "tickets", b.store.valid("e"), 100)
		want(t, "complete", b.store.look("e").complete, true)
		want(t, "restarts", b.store.look("e").restarts, 0)
	})
}

func TestEventsThatCannotBeHadKeepNoListFromBeingPulled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 5})
		s.fail = func(call, _ string) error {
			if call == "events" {
				return fault(platform.Protocol)
			}
			return nil
		}
		b := start(t, s, func(c *mirror.Config) {
			c.Select = func([]admission.Event) []string { return []string{"e"} }
		})
		after(5 * time.Minute)
		want(t, "tickets", b.store.valid("e"), 5)
		want(t, "condition", slices.Equal(b.notices.list(), []string{mirror.CodeServer + " a"}), true)
		s.set(func() { s.fail = nil })
		after(5 * time.Minute)
		want(t, "conditions", len(b.notices.list()), 0)
		want(t, "state", b.Status().State, mirror.StateIdle)
	})
}

func TestAServerTooOldForListsIsServedWithout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 5})
		s.fail = func(call, _ string) error {
			if call == "tickets" {
				return fault(platform.Unsupported)
			}
			return nil
		}
		b := start(t, s)
		after(50 * time.Minute)
		want(t, "state", b.Status().State, mirror.StateIdle)
		want(t, "no list", b.Status().NoList, true)
		want(t, "condition", slices.Equal(b.notices.list(), []string{mirror.CodeUnsupported + " a"}), true)
		want(t, "asked", s.count("tickets"), 1)
		s.set(func() { s.fail = nil })
		after(time.Hour)
		want(t, "tickets once the server is new enough", b.store.valid("e"), 5)
		want(t, "no list", b.Status().NoList, false)
		want(t, "conditions", len(b.notices.list()), 0)
	})
}

func TestAFullDiskLosesNothingAndIsNotTriedInAHurry(t *testing.T) {
	for _, op := range []string{"events", "begin", "page", "complete"} {
		t.Run("at "+op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(map[string]int{"e": 25})
				store := newMemory()
				full := true
				refused := 0
				store.fail = func(o string) error {
					if full && o == op {
						refused++
						return errors.New("disk full")
					}
					return nil
				}
				b := start(t, s, func(c *mirror.Config) { c.Store = store })
				after(time.Hour)
				if refused < 12 || refused > 60 {
					t.Errorf("tried %d times in an hour", refused)
				}
				want(t, "complete", store.look("e").complete, false)
				want(t, "state", b.Status().State, mirror.StateWaiting)
				store.mu.Lock()
				full = false
				store.mu.Unlock()
				after(5 * time.Minute)
				want(t, "tickets", store.valid("e"), 25)
				want(t, "complete", store.look("e").complete, true)
				want(t, "state", b.Status().State, mirror.StateIdle)
				if op == "complete" {
					want(t, "pages pulled again for it", s.count("tickets"), 2)
				}
			})
		})
	}
}

func TestAStopInTheMiddleOfARequestEndsTheMirror(t *testing.T) {
	for _, call := range []string{"probe", "tickets"} {
		t.Run(call, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(map[string]int{"e": 5})
				s.perRow = time.Second
				if call == "probe" {
					s.perProbe = time.Hour
				}
				b := start(t, s)
				after(time.Second)
				want(t, "under way", s.count(call), 1)
				t.Cleanup(func() { want(t, "conditions of a stop", len(b.notices.list()), 0) })
			})
		})
	}
}

func TestAnAccountThatFailsInTheMiddleOfASweepIsProbedBeforeItGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 100})
		s.limits = [3]int{10, 10, 10}
		s.perRow = 100 * time.Millisecond
		b := start(t, s)
		after(3500 * time.Millisecond)
		s.set(func() { s.fail = always(fault(platform.Offline)); s.calls = map[string]int{} })
		after(2 * time.Hour)
		want(t, "pages asked for while it fails", s.count("tickets"), 1)
		s.set(func() { s.fail = nil })
		after(6 * time.Minute)
		want(t, "tickets", b.store.valid("e"), 100)
		want(t, "restarts", b.store.look("e").restarts, 0)
	})
}

func TestAListThatFailedIsTriedAtOnceWhenTheAccountComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 5, "f": 5})
		s.fail = func(call, event string) error {
			if call == "tickets" && event == "f" {
				return fault(platform.Server)
			}
			return nil
		}
		b := start(t, s, func(c *mirror.Config) { c.SweepEvery = time.Hour })
		after(59 * time.Minute) // by now f is tried every few minutes only
		s.set(func() { s.fail = always(fault(platform.Offline)) })
		b.SweepNow()
		after(time.Second)
		want(t, "state", b.Status().State, mirror.StateOffline)
		s.set(func() { s.fail = nil })
		after(4 * time.Second)
		want(t, "f", b.store.look("f").complete, true)
	})
}

func TestIncrementsThatCannotGoOnBeginAnewAfterASweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &changing{server: newServer(map[string]int{"e": 5})}
		start(t, c)
		after(46 * time.Second)
		c.set(func() {
			c.fail = func(call, event string) error {
				if call == "changes" && event != "e " {
					return fault(platform.Protocol) // more is new than the platform tells
				}
				return nil
			}
		})
		after(14 * time.Minute)
		want(t, "increments that were tried", c.count("changes") <= 5, true)
		after(2 * time.Minute)
		anew := 0
		for _, entry := range c.log {
			if entry == "changes e " {
				anew++
			}
		}
		want(t, "increments that began anew, the very first included", anew, 2)
		c.set(func() { c.fail = nil })
		after(time.Minute)
		want(t, "and the one after went on from there", last(c.log, "changes"), "changes e 2")
	})
}

// last gives the newest entry of a call.
func last(log []string, call string) string {
	for _, entry := range slices.Backward(log) {
		if strings.HasPrefix(entry, call) {
			return entry
		}
	}
	return ""
}
