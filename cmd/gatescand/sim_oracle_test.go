package main

import (
	"hash/fnv"
	"sync"
	"sync/atomic"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// simOracle decides how a server treats each request: how slow it is and what
// goes wrong. It looks at nothing but the seed, the request and how many of its
// kind came before, so that it does not matter in which order the goroutines of
// one instant happen to run.
type simOracle struct {
	seed uint64
	name string
	site simSite

	direct atomic.Bool  // the request comes from somebody else, and nothing goes wrong
	rate   atomic.Int64 // of faults, in thousandths
	skew   atomic.Int64 // of the Date header, nanoseconds
	trace  func(string)

	mu     sync.Mutex
	before map[string]uint64
}

func newSimOracle(seed uint64, name string, site simSite, count func(string)) *simOracle {
	return &simOracle{seed: seed, name: name, site: site, trace: count, before: make(map[string]uint64)}
}

// simHash mixes numbers and texts to one number.
func simHash(seed uint64, parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p))
		_, _ = h.Write([]byte{0})
	}
	return simMix(h.Sum64() ^ simMix(seed))
}

// simMix is the finisher of splitmix64.
func simMix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (o *simOracle) mood(a fakeserver.Arrival) fakeserver.Mood {
	if o.direct.Load() {
		return fakeserver.Mood{}
	}
	key := a.Route + " " + a.Method + " " + o.site.canon(a)
	o.mu.Lock()
	n := o.before[key]
	o.before[key] = n + 1
	o.mu.Unlock()
	h := simMix(simHash(o.seed, o.name, key) + n)
	// Distinct to the nanosecond: no two answers come at the same instant.
	m := fakeserver.Mood{
		Delay:       time.Millisecond + time.Duration(h%40_000_000),
		Linger:      time.Millisecond + time.Duration(simMix(h+1)%40_000_000),
		ClockOffset: time.Duration(o.skew.Load()),
	}
	rate := uint64(o.rate.Load())
	if a.Route == simUse {
		rate = min(3*rate, 800) // where it hurts
	}
	if simMix(h+2)%1000 < rate {
		o.spoil(&m, a.Route, simMix(h+3))
	}
	return m
}

// simUse is what the fakes call the route on which tickets are used.
const simUse = "use"

// spoil lets one request go wrong.
func (o *simOracle) spoil(m *fakeserver.Mood, route string, h uint64) {
	const kinds = 20
	pick := (h >> 32) % kinds
	if route == simUse && h%2 == 0 {
		pick = (h >> 40) % 2 * 16 // its answer is lost, or its effect comes late
	}
	switch pick {
	case 0, 1, 2, 3:
		o.trace("lost answer")
		m.Fault = fakeserver.LostAnswer
	case 4:
		m.Fault = fakeserver.CutBody
	case 5:
		m.Fault = fakeserver.HalfJSON
	case 6:
		m.Fault, m.RetryAfter = fakeserver.Throttled, [...]string{"1", "20", "90"}[h%3]
	case 7:
		m.Fault, m.RetryAfter = fakeserver.Unavailable, [...]string{"2", "45"}[h%2]
	case 8:
		m.Fault = fakeserver.ServerError
	case 9:
		m.Fault, m.AfterWork = fakeserver.ErrorPage, h%2 == 0
	case 10:
		m.Fault, m.AfterWork = fakeserver.BadGateway, h%2 == 0
	case 11:
		m.Fault = fakeserver.ForeignJSON
	case 12:
		m.Fault = fakeserver.CaptivePage
	case 13:
		m.Fault = fakeserver.CaptiveRedirect
	case 14:
		m.Fault = fakeserver.ForeignRedirect
	case 15:
		m.Fault = fakeserver.Offline
	case 16, 17:
		o.trace("late effect")
		m.Delay += o.site.late(route, h)
	case 18:
		m.Delay += time.Duration(h % uint64(8*time.Second))
	case 19:
		m.Linger += time.Duration(h % uint64(90*time.Second))
	}
}
