//go:build kernel

package main

import (
	"testing"
	"time"
)

// kernelScenario is one thing that must be so on a real kernel.
type kernelScenario struct {
	name string
	run  func(m *kernelMachine, s *kernelStation)
}

// kernelGroup is a row of scenarios in one guest: each goes on where the one
// before has left off.
type kernelGroup struct {
	name      string
	scenarios []kernelScenario
}

// kernelScenarios gives what must be so.
func kernelScenarios() []kernelGroup {
	return []kernelGroup{
		{"serial reader", []kernelScenario{
			{"decides its first code within a second of its link", kernelFirst},
			{"opens the gate once for a ticket and is told to beep", kernelOpens},
			{"moves nothing before the check-in is on the disk", kernelCommit},
			{"drops half a code when its cable is pulled and works when it is back", kernelPulled},
			{"is told from an absent one when it may not be opened", kernelDenied},
			{"leaves a plain keyboard to whoever sits there", kernelUntouched},
			{"is all the unit lets the daemon open, with the relays", kernelFenced},
			{"leaks nothing when it is unplugged and plugged twenty times", kernelCycles},
		}},
		{"keyboard reader", []kernelScenario{
			{"decides its first code within a second of its link, and a long one typed whole", kernelTyping},
			{"drops half a code when it is pulled while it types", kernelTypingPulled},
			{"is heard by nobody else, and a plain keyboard by whoever sits there", kernelTypingAlone},
			{"is told from an absent one where our rule is missing", kernelTypingDenied},
			{"keeps to its port when it is swapped with one that cannot be told from it", kernelTypistsSwapped},
		}},
		{"point-of-sale reader", []kernelScenario{
			{"decides its first code within a second of its link", kernelReporting},
			{"drops half a code when it is pulled between two reports", kernelReportingPulled},
		}},
		{"RS-232 reader behind an FTDI adapter", []kernelScenario{
			{"opens the gate, is pulled in the middle of a code and comes back", kernelCable},
		}},
		{"two readers that cannot be told apart", []kernelScenario{
			{"keep to their ports when they are swapped", kernelSwapped},
		}},
		{"relay that is on", []kernelScenario{
			{"is switched off by the kernel when the daemon is killed", kernelKilled},
			{"is switched off by the unit where the kernel leaves it", kernelKilledOnPi},
			{"is switched off after the watchdog when the daemon stands still", kernelStopped},
		}},
	}
}

// TestKernel boots Debian's kernel with real udev and systemd, our rules and
// our unit, freezes it, and plays every group in a guest restored from there.
// Guests run beside each other: what they measure does not depend on how fast
// they are.
func TestKernel(t *testing.T) {
	began := time.Now()
	station := newKernelStation(t)
	booted := kernelFolder(t)
	kernelDisks(t, booted)
	m := kernelStart(t, booted, "", kernelBoot)
	t.Logf("booted after %.1f s", time.Since(began).Seconds())
	m.prepare(station)
	m.freeze()
	t.Logf("frozen after %.1f s", time.Since(began).Seconds())
	for _, group := range kernelScenarios() {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			group.play(t, booted, *station)
		})
	}
}

// play plays a group's scenarios, one after the other, on tickets of its own.
func (g kernelGroup) play(t *testing.T, booted string, station kernelStation) {
	t.Helper()
	began := time.Now()
	station.t = t
	m := kernelRestored(t, booted)
	t.Logf("restored in %.1f s", time.Since(began).Seconds())
	for _, scenario := range g.scenarios {
		passed := t.Run(scenario.name, func(t *testing.T) {
			whole := m.t
			m.t = t
			defer func() { m.t = whole }()
			scenario.run(m, &station)
		})
		if !passed {
			t.Fatal("the scenarios after this one are not played")
		}
	}
}
