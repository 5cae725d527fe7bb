//go:build crash

package main

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// crashKills is how often the daemon is killed unless CRASH_KILLS says more.
const crashKills = 200

// TestCrashLosesNoAdmission kills the real binary at random instants under
// load and starts it again on the same files and readers, over and over. After
// every kill it looks at the files exactly as the killed process left them:
//
//   - the chain verifies, and nothing recorded before has gone or changed;
//   - every ticket whose admission was signalled has exactly one admission in
//     the journal, and no ticket has two;
//   - a code that must not get in has not got in.
//
// In the end everything is delivered and the platform says what the journal
// says. CRASH_SEED repeats the choices of an earlier run, though not the
// instants: those are the scheduler's.
func TestCrashLosesNoAdmission(t *testing.T) {
	kills := int(crashEnv(t, "CRASH_KILLS", crashKills))
	seed := crashEnv(t, "CRASH_SEED", uint64(time.Now().UnixNano()))
	t.Logf("%d kills, CRASH_SEED=%d", kills, seed)

	h := newCrashHouse(t, seed, kills)
	h.pair()
	h.firstList()
	for n := range kills {
		h.live(n, h.rnd.life())
		if t.Failed() {
			h.judging.Wait()
			t.Fatalf("stopped after kill %d; CRASH_SEED=%d", n+1, seed)
		}
	}
	h.settle()
	h.report()
}

// crashEnv gives the number an environment variable holds.
func crashEnv(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s=%q: write a whole number", name, text)
	}
	return n
}
