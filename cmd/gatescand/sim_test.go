package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestSimulation lives hours of a door in milliseconds, one venue for every
// seed: accounts of all platforms over real HTTP to the whole fakes, lanes, a
// real journal, visitors, other stations, the box office, faults of servers
// and network, kills and restarts. After every step it holds what the station
// did against what the platforms really know. Everything follows from the seed:
//
//	go test ./cmd/gatescand -run Simulation -seed 17      one seed, told step by step
//	go test ./cmd/gatescand -run Simulation -seeds 10000  many
//	go test ./cmd/gatescand -run Simulation               a few hundred
func TestSimulation(t *testing.T) {
	kit := newSimKit(t)
	// Worlds are short-lived and many: memory is cheaper than collecting it.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	if seed := simFlag("seed"); seed != 0 {
		trace := simulate(t, kit, seed, true)
		t.Logf("seed %d, trace %s\n%s", seed, trace.hash(), trace)
		return
	}
	most := simFlag("seeds")
	if most == 0 {
		most = 300
		if testing.Short() {
			most = 40
		}
	}
	began := time.Now()
	first := simFlag("first")
	next := make(chan uint64)
	var told sync.Mutex
	var failures atomic.Int64
	going, stop := context.WithCancel(t.Context())
	defer stop()
	sum := newSimSum()
	t.Run("seeds", func(t *testing.T) {
		for worker := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint(worker), func(t *testing.T) {
				t.Parallel()
				for seed := range next {
					trace := simulate(t, kit, seed, false)
					if trace.failed && failures.Add(1) >= simEnough {
						stop()
					}
					told.Lock()
					sum.add(trace)
					told.Unlock()
				}
			})
		}
		go func() {
			defer close(next)
			for seed := first + 1; seed <= first+most; seed++ {
				select {
				case next <- seed:
				case <-going.Done():
					return
				}
			}
		}()
	})
	t.Logf("%d seeds in %v\n%s", most, time.Since(began).Round(time.Millisecond), sum)
	if most >= 300 && !t.Failed() {
		sum.demand(t)
	}
}

// TestSimulationIsRepeatable lives some venues twice: the same seed gives the
// same trace, or no failing seed could ever be looked into.
func TestSimulationIsRepeatable(t *testing.T) {
	kit := newSimKit(t)
	for seed := uint64(1); seed <= 12; seed++ {
		first, second := simulate(t, kit, seed, false), simulate(t, kit, seed, false)
		if first.hash() != second.hash() {
			t.Errorf("seed %d: two runs differ:\n%s", seed, first.difference(second))
		}
	}
}

// simEnough is how many seeds may fail before the rest is left out.
const simEnough = 10

// simulate lives one seed.
func simulate(t *testing.T, kit *simKit, seed uint64, tell bool) *simTrace {
	t.Helper()
	trace := &simTrace{counts: make(map[string]int)}
	dir := filepath.Join(kit.dir, fmt.Sprint("seed-", seed))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("seed %d: %v\n%s", seed, p, trace)
			panic(p)
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		w := newSimWorld(t, kit, seed, dir, trace)
		w.live()
	})
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
	if trace.failed {
		told := ""
		if !tell {
			told = "\n" + trace.tail(40)
		}
		t.Errorf("seed %d failed; to live it again:\n\tgo test ./cmd/gatescand -run 'Simulation$' -v -seed %d%s", seed, seed, told)
	}
	return trace
}

// The command line of the simulation. A blank variable runs the function once,
// before the command line is read.
var _ = simFlags()

func simFlags() bool {
	flag.Uint64("seed", 0, "simulation: live this seed and tell of it")
	flag.Uint64("seeds", 0, "simulation: live so many seeds")
	flag.Uint64("first", 0, "simulation: leave so many seeds out")
	return true
}

func simFlag(name string) uint64 {
	getter, ok := flag.Lookup(name).Value.(flag.Getter)
	if !ok {
		return 0
	}
	n, _ := getter.Get().(uint64)
	return n
}

// simTrace tells what happened, the same for the same seed: no text of a code,
// no id that chance made.
type simTrace struct {
	lines  []string
	failed bool

	mu     sync.Mutex
	counts map[string]int
}

func (s *simTrace) add(format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

// count may be called from any goroutine.
func (s *simTrace) count(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[what]++
}

func (s *simTrace) String() string { return strings.Join(s.lines, "\n") }

func (s *simTrace) tail(n int) string {
	return strings.Join(s.lines[max(len(s.lines)-n, 0):], "\n")
}

func (s *simTrace) hash() string {
	sum := sha256.Sum256([]byte(s.String()))
	return hex.EncodeToString(sum[:8])
}

// difference shows where two traces part.
func (s *simTrace) difference(o *simTrace) string {
	for i := range max(len(s.lines), len(o.lines)) {
		at := func(t *simTrace) string {
			if i < len(t.lines) {
				return t.lines[i]
			}
			return "(ends)"
		}
		if at(s) != at(o) {
			from := max(i-8, 0)
			return strings.Join(s.lines[from:i], "\n") + "\n-" + at(s) + "\n+" + at(o)
		}
	}
	return ""
}
