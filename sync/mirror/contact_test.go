package mirror_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/mirror"
	"gatescand/sync/platform"
)

// asking is an account that can be probed and asked, and lists nothing.
type asking struct{ *server }

// The methods of server that asking must not have are hidden behind ones of
// another form.
func (asking) Tickets() {}
func (asking) Events()  {}

// telling lists its events and no tickets.
type telling struct{ *server }

func (telling) Tickets() {}

// unproved promises a list of usable tickets, if the server gives one, and can
// be asked where it does not.
type unproved struct{ *server }

func (unproved) Capabilities() platform.Capabilities {
	return platform.Capabilities{ListsTickets: true, ListsUsable: true, AsksOnline: true, KeepsAnswers: true}
}

func TestAnAccountThatListsNothingIsProbedAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(nil)
		b := start(t, asking{s})
		after(time.Second)
		st := b.Status()
		want(t, "state", st.State, mirror.StateIdle)
		want(t, "no list", st.NoList, true)
		want(t, "no age", st.AsOf.IsZero(), true)
		want(t, "nothing runs", st.Running, false)
		after(time.Hour)
		n := s.count("probe")
		want(t, "probes in an hour", n >= 10 && n <= 20, true)
		s.set(func() { s.fail = always(fault(platform.Offline)) })
		after(6 * time.Minute)
		want(t, "state", b.Status().State, mirror.StateOffline)
		want(t, "condition", slices.Equal(b.notices.list(), []string{mirror.CodeOffline + " a"}), true)
		s.set(func() { s.fail = nil })
		b.Wake()
		after(time.Second)
		want(t, "state", b.Status().State, mirror.StateIdle)
		want(t, "conditions", len(b.notices.list()), 0)
		want(t, "told the outbox", b.told(mirror.Recovered), 1)
		s.set(func() { s.fail = always(fault(platform.Auth)); s.calls = map[string]int{} })
		after(2 * time.Hour)
		want(t, "state", b.Status().State, mirror.StateAuthFailed)
		want(t, "probes of a refused key", s.count("probe") <= 13, true)
	})
}

func TestAnAccountWithEventsAndNoListKeepsItsEventsAndHasNoAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 0, "f": 0})
		b := start(t, telling{s})
		after(time.Second)
		st := b.Status()
		want(t, "events stored", len(b.store.events), 2)
		want(t, "keyring to be prepared", b.told(mirror.EventsChanged), 1)
		want(t, "state", st.State, mirror.StateIdle)
		want(t, "no list", st.NoList, true)
		want(t, "no age", st.AsOf.IsZero(), true)
		want(t, "events shown", len(st.Events), 2)
		want(t, "nothing runs", st.Running || st.Events[0].Running, false)
		want(t, "sweeps begun", len(b.store.lists), 0)
		after(time.Hour)
		n, pulls := s.count("probe"), s.count("events")
		want(t, "events every quarter of an hour", pulls, 5)
		want(t, "probes in between", n >= 10 && n <= 25, true)
		want(t, "conditions", len(b.notices.list()), 0)
	})
}

func TestAnEventThatLeavesAPlatformWithoutListsTouchesNoTicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 0})
		b := start(t, telling{s})
		after(time.Minute)
		s.set(func() { s.events = nil })
		after(20 * time.Minute)
		want(t, "state", b.Status().State, mirror.StateIdle)
		want(t, "lists", len(b.Status().Events), 0)
		want(t, "conditions", len(b.notices.list()), 0)
	})
}

func TestAListThatWasNeverPromisedIsAskedForHourlyAndAlarmsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"": 5})
		s.fail = func(call, _ string) error {
			if call == "tickets" {
				return fault(platform.Unsupported)
			}
			return nil
		}
		b := start(t, unproved{s}, func(c *mirror.Config) {
			c.Select = func([]admission.Event) []string { return []string{""} }
		})
		after(50 * time.Minute)
		want(t, "state", b.Status().State, mirror.StateIdle)
		want(t, "no list", b.Status().NoList, true)
		want(t, "nothing runs", b.Status().Running, false)
		want(t, "said", b.Status().Error, "")
		want(t, "conditions", len(b.notices.list()), 0)
		want(t, "asked", s.count("tickets"), 1)
		want(t, "probes meanwhile", s.count("probe") >= 8, true)
		after(3 * time.Hour)
		want(t, "asked", s.count("tickets"), 4)
		s.set(func() { s.fail = nil })
		after(time.Hour)
		want(t, "tickets once the server gives its list", b.store.valid(""), 5)
		want(t, "no list", b.Status().NoList, false)
		want(t, "a list of now", time.Since(b.store.look("").asOf.Wall) < time.Hour, true)
	})
}

func TestTroubleWithOneListAloneIsNoTroubleOfTheAccount(t *testing.T) {
	for _, class := range []platform.Class{
		platform.Offline, platform.Captive, platform.Redirected, platform.Untrusted, platform.Auth, platform.Server, platform.Protocol,
		platform.Rejected, platform.NotYet,
	} {
		t.Run(string(class), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(map[string]int{"e": 50, "f": 50, "g": 50})
				s.fail = func(call, event string) error {
					if call == "tickets" && event == "f" {
						return fault(class)
					}
					return nil
				}
				b := start(t, s)
				after(time.Second)
				want(t, "e", b.store.look("e").complete, true)
				want(t, "g", b.store.look("g").complete, true)
				after(time.Hour)
				want(t, "condition", slices.Equal(b.notices.list(), []string{mirror.CodeServer + " a/f"}), true)
				want(t, "state", b.Status().State, mirror.StateWaiting)
				want(t, "the outbox was not roused", b.told(mirror.Recovered), 0)
				if n := s.count("tickets"); n > 80 {
					t.Errorf("%d requests for lists in an hour", n)
				}
				want(t, "e goes on", time.Since(b.store.look("e").asOf.Wall) < 16*time.Minute, true)
				s.set(func() { s.fail = nil })
				after(5 * time.Minute)
				want(t, "f", b.store.valid("f"), 50)
				want(t, "conditions", len(b.notices.list()), 0)
			})
		})
	}
}

func TestEventsThatCannotBeHadWhileTheAccountAnswersArePulledLessAndLess(t *testing.T) {
	for _, class := range []platform.Class{platform.Offline, platform.Captive, platform.Redirected, platform.Server} {
		t.Run(string(class), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(map[string]int{"e": 5})
				s.fail = func(call, _ string) error {
					if call == "events" {
						return fault(class)
					}
					return nil
				}
				b := start(t, s, func(c *mirror.Config) {
					c.Select = func([]admission.Event) []string { return []string{"e"} }
				})
				after(time.Hour)
				want(t, "tickets", b.store.valid("e"), 5)
				want(t, "condition", slices.Equal(b.notices.list(), []string{mirror.CodeServer + " a"}), true)
				want(t, "the outbox was not roused", b.told(mirror.Recovered), 0)
				if n := s.count("events"); n > 30 {
					t.Errorf("%d requests in an hour", n)
				}
			})
		})
	}
}

func TestANetworkThatBreaksBetweenTheProbeAndTheEventsIsNoticedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 5})
		s.fail = func(call, _ string) error {
			if s.count("events") > 0 {
				return fault(platform.Offline)
			}
			return nil
		}
		b := start(t, s)
		after(time.Second)
		want(t, "state", b.Status().State, mirror.StateOffline)
		want(t, "condition", slices.Equal(b.notices.list(), []string{mirror.CodeOffline + " a"}), true)
		s.set(func() { s.fail = nil })
		after(10 * time.Second)
		want(t, "tickets", b.store.valid("e"), 5)
		want(t, "state", b.Status().State, mirror.StateIdle)
	})
}

func TestAKeyThatMayNotReadTheEventsIsARefusedKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 5})
		s.fail = func(call, _ string) error {
			if call == "events" {
				return fault(platform.Auth)
			}
			return nil
		}
		b := start(t, s)
		after(time.Second)
		want(t, "state", b.Status().State, mirror.StateAuthFailed)
		after(time.Hour)
		want(t, "asked in an hour", s.count("events") <= 7, true)
	})
}

func TestPausesAreTheSameEveryTimeWhereTheyAreSteady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 5})
		s.fail = always(fault(platform.Offline))
		start(t, s, func(c *mirror.Config) { c.Steady = true })
		for _, pause := range []int{2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
			synctest.Wait()
			n := s.count("probe")
			after(time.Duration(pause)*time.Second - 2*time.Millisecond)
			want(t, "probes before the pause is over", s.count("probe"), n)
			after(2 * time.Millisecond)
			want(t, "probes when it is", s.count("probe"), n+1)
		}
	})
}

func TestAnUnansweredQuestionElsewhereIsLookedIntoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(map[string]int{"e": 3})
		b := start(t, s)
		after(time.Minute)
		asked := s.count("probe")
		b.Doubt()
		after(time.Second)
		want(t, "probes", s.count("probe"), asked+1)
		want(t, "state", b.Status().State, mirror.StateIdle)
		s.set(func() { s.fail = func(string, string) error { return fault(platform.Offline) } })
		b.Doubt()
		after(time.Second)
		want(t, "state", b.Status().State, mirror.StateOffline)
		want(t, "told", slices.Contains(b.notices.list(), mirror.CodeOffline+" a"), true)
	})
}
