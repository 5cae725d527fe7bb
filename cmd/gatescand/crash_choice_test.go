//go:build crash

package main

import (
	"math/rand/v2"
	"sync"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// crashMode says what a life of the daemon is killed in the middle of.
type crashMode string

const (
	// crashStarting: the kill falls from the first instruction of the process
	// on, while the readers are already shouting codes.
	crashStarting crashMode = "starting"
	// crashLoaded: at any instant while all lanes are busy.
	crashLoaded crashMode = "loaded"
	// crashSignalled: the very moment an admission was seen at a lane. A signal
	// that runs ahead of the commit has nowhere to hide from this one.
	crashSignalled crashMode = "signalled"
	// crashSweeping: while all lanes are busy and a full list is coming in.
	crashSweeping crashMode = "sweeping"
)

// crashLife is how one life of the daemon goes and ends.
type crashLife struct {
	mode    crashMode
	after   time.Duration // from the start, or from the lanes being up
	admits  int           // of crashSignalled: the kill follows this admission
	network crashNetwork
	sell    int // tickets sold while it lives
}

// crashNetwork is how the platform is reached during one life.
type crashNetwork string

const (
	networkGood crashNetwork = "good"
	networkCut  crashNetwork = "cut"
	// networkDeaf loses the answers of uses and of questions after the work.
	networkDeaf crashNetwork = "deaf"
	// networkSlow keeps a use's answer back, so that kills fall between.
	networkSlow crashNetwork = "slow"
	networkSick crashNetwork = "sick" // answers 500
)

// apply puts the fake platform into the mood.
func (n crashNetwork) apply(fake *faketibillet.Server) {
	fake.RestoreNetwork()
	for _, route := range []string{faketibillet.RouteUse, faketibillet.RouteCheckTicket, faketibillet.RouteList} {
		fake.SetMood(route, fakeserver.Mood{})
	}
	switch n {
	case networkGood:
	case networkCut:
		fake.CutNetwork()
	case networkDeaf:
		fake.NextMood(faketibillet.RouteUse, 4, fakeserver.Mood{Fault: fakeserver.LostAnswer})
		fake.NextMood(faketibillet.RouteCheckTicket, 1, fakeserver.Mood{Fault: fakeserver.CutBody})
	case networkSlow:
		fake.SetMood(faketibillet.RouteUse, fakeserver.Mood{Linger: 60 * time.Millisecond})
		fake.SetMood(faketibillet.RouteList, fakeserver.Mood{Linger: 30 * time.Millisecond})
	case networkSick:
		fake.SetMood(faketibillet.RouteUse, fakeserver.Mood{Fault: fakeserver.ServerError})
	}
}

// crashChoice is a seeded source that all goroutines may draw from.
type crashChoice struct {
	mu  sync.Mutex
	rnd *rand.Rand
}

func newCrashChoice(seed uint64) *crashChoice {
	return &crashChoice{rnd: rand.New(rand.NewPCG(seed, 0x6a09e667f3bcc908))}
}

// below gives a number from 0 on that is less than n.
func (c *crashChoice) below(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rnd.IntN(n)
}

func (c *crashChoice) upTo(most time.Duration) time.Duration {
	return time.Duration(c.below(int(most)))
}

// life draws how the next life goes.
func (c *crashChoice) life() crashLife {
	l := crashLife{network: networkGood}
	switch n := c.below(100); {
	case n < 25:
		l.mode, l.after = crashStarting, c.upTo(450*time.Millisecond)
	case n < 55:
		l.mode, l.after = crashLoaded, c.upTo(300*time.Millisecond)
	case n < 85:
		l.mode, l.admits, l.after = crashSignalled, 1+c.below(10), time.Second
	default:
		l.mode, l.after = crashSweeping, c.upTo(250*time.Millisecond)
	}
	switch n := c.below(100); {
	case n < 55:
	case n < 65:
		l.network = networkCut
	case n < 80:
		l.network = networkDeaf
	case n < 93:
		l.network = networkSlow
	default:
		l.network = networkSick
	}
	l.sell = c.below(3)
	return l
}
