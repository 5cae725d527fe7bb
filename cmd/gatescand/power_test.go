//go:build crash

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// powerCuts is how often the power of each disk is cut unless POWER_CUTS says
// more.
const powerCuts = 100

// TestPowerCut runs the real binary under load on a disk that loses what was
// not flushed, and takes the power away at random instants, over and over, as
// often as not the moment after an admission was signalled. What comes back is
// judged as in TestCrashLosesNoAdmission: no admission that was signalled is
// missing, none is there twice, the chain is whole; and in the end the platform
// says what the journal says.
func TestPowerCut(t *testing.T) {
	cuts := int(crashEnv(t, "POWER_CUTS", powerCuts))
	seed := crashEnv(t, "CRASH_SEED", uint64(time.Now().UnixNano()))
	for name, disk := range powerDisks() {
		t.Run(name, func(t *testing.T) {
			t.Logf("%d cuts, CRASH_SEED=%d", cuts, seed)
			h := newCrashHouse(t, seed, cuts, func(h *crashHouse) { h.disk = disk(t, h.rnd) })
			h.evening(cuts)
			h.settle()
			h.report()
			t.Logf("writes that the cuts swallowed: %d", h.disk.lost())
			if h.disk.lost() == 0 {
				t.Error("no cut lost a write: this disk proves nothing")
			}
		})
	}
}

// powerDisks are the disks, by what becomes of what was not flushed.
func powerDisks() map[string]func(*testing.T, *crashChoice) powerDisk {
	return map[string]func(*testing.T, *crashChoice) powerDisk{
		"the page cache is lost":              func(t *testing.T, _ *crashChoice) powerDisk { t.Helper(); return newShutDisk(t) },
		"writes are lost, torn and reordered": func(t *testing.T, rnd *crashChoice) powerDisk { t.Helper(); return newTornDisk(t, rnd) },
	}
}

// evening pairs, fetches the list and lives so many lives.
func (h *crashHouse) evening(lives int) {
	h.t.Helper()
	h.pair()
	h.firstList()
	for n := range lives {
		h.live(n, h.rnd.life())
		if h.t.Failed() {
			h.judging.Wait()
			h.t.Fatalf("stopped after life %d", n+1)
		}
	}
}

// TestPowerHarnessSees plants faults that lose admissions, and wants each to be
// found. A harness that finds none of them proves nothing about the program.
func TestPowerHarnessSees(t *testing.T) {
	for _, plant := range []struct {
		name, file  string
		from, to    []string // texts of the source and what stands in their place
		withoutDisk bool
	}{
		{
			name: "a journal written with synchronous=NORMAL", file: "store/file.go",
			from: []string{`"_synchronous": {"FULL"}`, `{"synchronous", "2"}`},
			to:   []string{`"_synchronous": {"NORMAL"}`, `{"synchronous", "1"}`},
		},
		{
			name: "a signal that runs ahead of the commit", file: "scanner/present.go", withoutDisk: true,
			from: []string{"	before := l.deps.Clock.Now()\n	c, err := l.deps.Journal.Record(ctx, p)\n"},
			to: []string{"	before := l.deps.Clock.Now()\n	if f, ferr := l.deps.Journal.Facts(ctx, p); ferr == nil {\n		l.deps.Signals.Show(admission.Decide(f, p.Scan).Verdict, false)\n	}\n" +
				"	c, err := l.deps.Journal.Record(ctx, p)\n"},
		},
	} {
		t.Run(plant.name, func(t *testing.T) {
			const lives = 60
			var mu sync.Mutex
			var found error
			seed := crashEnv(t, "CRASH_SEED", uint64(time.Now().UnixNano()))
			h := newCrashHouse(t, seed, lives, func(h *crashHouse) {
				if !plant.withoutDisk {
					h.disk = newShutDisk(t)
				}
				h.overlay = planted(t, plant.file, plant.from, plant.to)
				h.wrong = func(err error) {
					mu.Lock()
					defer mu.Unlock()
					found = errors.Join(found, err)
				}
			})
			h.pair()
			h.firstList()
			for n := range lives {
				life := h.rnd.life()
				life.mode, life.admits, life.after, life.network = crashSignalled, 1+h.rnd.below(5), time.Second, networkGood
				h.live(n, life)
				h.judging.Wait()
				mu.Lock()
				err := found
				mu.Unlock()
				if err != nil {
					told := err.Error()
					if !strings.Contains(told, "LOST") && !strings.Contains(told, "TWICE") && !strings.Contains(told, "is not any more") &&
						!strings.Contains(told, "has schema 0") { // nothing at all was left

						t.Fatalf("something else was found: %v", err)
					}
					t.Logf("found at end %d: %.120s", n+1, told)
					return
				}
			}
			t.Errorf("not found in %d lives", lives)
		})
	}
}

// planted writes a source with a fault in the place of a file of the project.
func planted(t *testing.T, file string, from, to []string) map[string]string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", file))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	source := string(raw)
	for i := range from {
		if !strings.Contains(source, from[i]) {
			t.Fatalf("%s has nothing like %q any more: plant the fault elsewhere", file, from[i])
		}
		source = strings.ReplaceAll(source, from[i], to[i])
	}
	other := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(other, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]string{path: other}
}
