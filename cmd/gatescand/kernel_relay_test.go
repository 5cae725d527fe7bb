//go:build kernel

package main

import (
	"time"

	"gatescand/scanner/admission"
)

// kernelLongPulse is a lane whose relay is on long enough to be caught so.
const kernelLongPulse = `[[lane]]
name = "north"
reader = "serial:` + kernelVoyagerLink + `?baud=115200&frame=cr"
hold_off = "0s"
  [lane.signal]
  admit = ["gpio:pinctrl-bcm2711/17?pulse=2s"]
`

// kernelSlowRestart keeps systemd from starting the daemon again before it has
// been seen what is so without one: a daemon that starts switches its lines
// off too.
const kernelSlowRestart = `mkdir -p /run/systemd/system/gatescand.service.d
printf '[Service]\nRestartSec=6\n' >/run/systemd/system/gatescand.service.d/slow.conf
systemctl daemon-reload`

// caught opens the gate, sends a signal to the daemon while the relay is on,
// and demands that the line falls in time and before the daemon is started
// again; and then that the daemon comes back, remembers, and works. keeps
// says what the kernel does with a line that nobody holds any more: "N"
// switches it off, "Y" leaves it, as on a Raspberry Pi.
func (m *kernelMachine) caught(s *kernelStation, keeps, signal string, most time.Duration) kernelPulse {
	m.t.Helper()
	m.sh("echo %s >/sys/module/gpio_sim/parameters/keep_released", keeps)
	code := s.code()
	var sent time.Time
	pulses := m.pulses(17, func() {
		sent = kernelMoment(m.t, m.sh(`pid=$(main_pid)
file=$(line 17)
code=%s; %s
for try in {1..100000}; do read -r level <$file; [ "$level" = 0 ] || break; done
kill -%s $pid
now
[ "$level" = 1 ]`, code, kernelShow, signal))
		m.awaitFor("systemd to have noticed", "substate auto-restart", kernelPatience)
		m.sh(`read -r level <$(line 17); [ "$level" = 0 ] || { echo "the relay is still on"; exit 1; }`)
	})
	if len(pulses) != 1 || pulses[0].fall.IsZero() {
		m.t.Fatalf("the line was on %d times, want once: %v", len(pulses), pulses)
	}
	after := pulses[0].fall.Sub(sent)
	m.t.Logf("the line fell %v after the signal, on for %v in all", after, pulses[0].width())
	if after > most {
		m.t.Errorf("the line fell %v after the signal, want %v at most", after, most)
	}
	m.awaitFor("the daemon to be back", "substate running", kernelPatience)
	m.awaitReader("north", "up")
	m.seen++ // the admission
	m.sh("nap 0.2; code=%s; %s", code, kernelShow)
	if r := m.scans(1)[0]; r.Reason != string(admission.ReasonAlreadyRedeemed) {
		m.t.Errorf("the ticket that opened the gate before: %s (%s)", r.Verdict, r.Reason)
	}
	return pulses[0]
}

func kernelKilled(m *kernelMachine, s *kernelStation) {
	m.sh(kernelVoyager)
	m.sh(kernelSlowRestart)
	s.start(m, kernelLongPulse)
	m.plugged("plug r0 0", "north")
	m.sh("nap 0.2")
	m.caught(s, "N", "KILL", 500*time.Millisecond)
}

func kernelKilledOnPi(m *kernelMachine, s *kernelStation) {
	m.caught(s, "Y", "KILL", 5*time.Second)
}

// kernelStopped stops the daemon without ending it, which no timer of its own
// survives.
func kernelStopped(m *kernelMachine, s *kernelStation) {
	t := m.t
	if p := m.caught(s, "Y", "STOP", 20*time.Second); p.width() < 3*time.Second {
		t.Errorf("the line was on for %v: the daemon was not caught with the relay on", p.width())
	}
}
