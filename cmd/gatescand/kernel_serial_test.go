//go:build kernel

package main

import (
	"fmt"
	"strings"
	"time"

	"gatescand/scanner/admission"
)

// kernelVoyager is a Honeywell reader as a serial port on USB.
const kernelVoyager = `gadget r0 0c2e 0b8a Honeywell "Voyager 1450g" SN0001; acm r0; stty -F /run/r0 raw -echo`

// kernelVoyagerLink is its name for good.
const kernelVoyagerLink = "/dev/serial/by-id/usb-Honeywell_Voyager_1450g_SN0001-if00"

// kernelNorth is a lane with that reader. It ends codes on CR alone, so that
// silence does not end half a code.
const kernelNorth = `[[lane]]
name = "north"
reader = "serial:` + kernelVoyagerLink + `?baud=115200&frame=cr"
hold_off = "0s"
  [lane.signal]
  admit = ["gpio:pinctrl-bcm2711/17?pulse=300ms", "talkback:hex:16070d"]
  refuse = ["gpio:pinctrl-bcm2711/27?pulse=800ms"]
`

// kernelShow is how that reader shows the code $code.
const kernelShow = `printf '%s\r' "$code" >/run/r0`

// plugged puts a reader in and waits until its lane has it.
func (m *kernelMachine) plugged(plug, lane string) {
	m.t.Helper()
	m.sh("%s", plug)
	m.awaitReader(lane, "up")
}

// firstCode plugs a reader and shows codes to it, one every 100 ms from the
// moment its link is there, until one of them is in the journal. It demands
// that this is within a second of the link.
func (m *kernelMachine) firstCode(link, plug, present string, codes []string) {
	m.t.Helper()
	said := m.sh(`codes=(%s)
%s
until [ -e %s ]; do :; done
now
for code in "${codes[@]}"; do
  %s
  nap 0.1
  if rows %d; then break; fi
done`, strings.Join(codes, " "), plug, link, present, m.seen+1)
	linked := kernelMoment(m.t, said)
	rows := m.scans(1)
	took := rows[0].At.Sub(linked)
	m.t.Logf("first code %v after the link", took)
	if took > time.Second {
		m.t.Errorf("the first code was decided %v after the reader's link appeared, want 1s at most", took)
	}
	m.sh("nap 1") // what else is on its way
	m.more()
}

// several gives so many codes.
func several(n int, code func() string) []string {
	var codes []string
	for range n {
		codes = append(codes, code())
	}
	return codes
}

func kernelFirst(m *kernelMachine, s *kernelStation) {
	m.sh(kernelVoyager)
	s.start(m, kernelNorth)
	m.awaitReader("north", "waiting")
	// The reader takes what the kernel echoes before the port is set raw: a real one does not stop taking bytes, either.
	m.firstCode(kernelVoyagerLink, "exec 5<>/run/r0; plug r0 0", kernelShow, several(10, s.code))
}

func kernelOpens(m *kernelMachine, s *kernelStation) {
	t := m.t
	m.awaitReader("north", "up")
	code := s.code()
	pulse := onePulse(t, m.pulses(17, func() {
		// What the kernel echoed before the port was set raw, and the beep for the first code, are read over.
		beep := m.sh(`exec 6<>/run/r0; timeout 0.3 cat <&6 >/dev/null || true
code=%s; %s; timeout 20 head -c 3 <&6 | od -An -tx1`, code, kernelShow)
		if beep != "16 07 0d" {
			t.Errorf("the reader was told %q, want a beep", beep)
		}
		m.sh("nap 0.7")
	}), 300*time.Millisecond)
	decision := m.scans(1)[0]
	if decision.Verdict != string(admission.Admit) {
		t.Errorf("%s (%s), want an admission", decision.Verdict, decision.Reason)
	}
	t.Logf("from decision to gate %v", pulse.rise.Sub(decision.At))
	if pulse.rise.Before(decision.At) {
		t.Errorf("the line rose at %v, before the decision at %v", pulse.rise, decision.At)
	}

	// A second time it is refused, on the other line.
	onePulse(t, m.pulses(27, func() {
		m.sh("code=%s; %s", code, kernelShow)
		if r := m.scans(1)[0]; r.Reason != string(admission.ReasonAlreadyRedeemed) {
			t.Errorf("a used ticket: %s (%s)", r.Verdict, r.Reason)
		}
		m.sh("nap 1.2")
	}), 800*time.Millisecond)
}

// kernelCommit holds the disk still: as long as the check-in cannot reach it,
// nothing may move.
func kernelCommit(m *kernelMachine, s *kernelStation) {
	t := m.t
	var thawed time.Time
	pulse := onePulse(t, m.pulses(17, func() {
		thawed = kernelMoment(t, m.sh("fsfreeze --freeze /var/lib/gatescand\ncode=%s; %s\nnap 1.5\nnow\n"+
			"fsfreeze --unfreeze /var/lib/gatescand", s.code(), kernelShow))
		if r := m.scans(1)[0]; r.Verdict != string(admission.Admit) {
			t.Errorf("%s (%s), want an admission", r.Verdict, r.Reason)
		}
		m.sh("nap 0.7")
	}), 300*time.Millisecond)
	if pulse.rise.Before(thawed) {
		t.Errorf("the gate opened %v before the disk could take the check-in", thawed.Sub(pulse.rise))
	}
	t.Logf("the gate opened %v after the disk was let go", pulse.rise.Sub(thawed))
}

// kernelPulled pulls the cable in the middle of a code and puts it back.
func kernelPulled(m *kernelMachine, s *kernelStation) {
	t := m.t
	code := s.code()
	m.sh("printf %%s %s >/run/r0\nnap 0.3\nunplug r0", code[:len(code)/2])
	m.awaitReader("north", "waiting")
	m.plugged("plug r0 0", "north")
	m.admits("nap 0.2; "+kernelShow, s.code(), "north")
	m.sh("nap 0.5")
	if rows := m.more(); len(rows) != 0 {
		t.Errorf("half a code was decided: %+v", rows)
	}
	// Nothing of the half was kept: the whole of it is still good.
	m.admits(kernelShow, code, "north")
}

// kernelCycles plugs and unplugs until a leak would show.
func kernelCycles(m *kernelMachine, s *kernelStation) {
	t := m.t
	const cycles = 20
	turn := func(n int) (descriptors, threads int) {
		t.Helper()
		said, err := m.run(m.control, kernelPrelude+fmt.Sprintf(`for cycle in {1..%d}; do
  plug r0 0; until reader north up; do nap 0.1; [ $SECONDS -lt 300 ]; done
  unplug r0; until reader north waiting; do nap 0.1; [ $SECONDS -lt 300 ]; done
done
pid=$(main_pid); open=(/proc/$pid/fd/*); tasks=(/proc/$pid/task/*); echo ${#open[@]} ${#tasks[@]}`, n), 2*kernelPatience)
		if err == nil {
			_, err = fmt.Sscan(said, &descriptors, &threads)
		}
		if err != nil {
			t.Fatal(err)
		}
		return descriptors, threads
	}
	m.sh("unplug r0")
	descriptors, threads := turn(3) // the runtime makes its threads
	afterDescriptors, afterThreads := turn(cycles)
	t.Logf("after %d cycles %d descriptors and %d threads, before %d and %d", cycles, afterDescriptors, afterThreads, descriptors, threads)
	if afterDescriptors > descriptors {
		t.Errorf("%d descriptors more after %d cycles", afterDescriptors-descriptors, cycles)
	}
	if afterThreads > threads+2 {
		t.Errorf("%d threads more after %d cycles", afterThreads-threads, cycles)
	}
	m.plugged("plug r0 0", "north")
	m.admits("nap 0.2; "+kernelShow, s.code(), "north")
}

// kernelSwapped gives two readers that cannot be told apart to two lanes, by
// the ports they are in, and swaps them.
func kernelSwapped(m *kernelMachine, s *kernelStation) {
	t := m.t
	for _, name := range []string{"r0", "r1"} {
		m.sh(`gadget %[1]s 0c2e 0b8a Honeywell "Voyager 1450g" ""; acm %[1]s; stty -F /run/%[1]s raw -echo`, name)
	}
	s.start(m, `[[lane]]
name = "north"
reader = "serial:/dev/serial/by-path/platform-dummy_hcd.0-usb-0:1:1.0?baud=115200"
[[lane]]
name = "south"
reader = "serial:/dev/serial/by-path/platform-dummy_hcd.1-usb-0:1:1.0?baud=115200"
`)
	const second = `printf '%s\r' "$code" >/run/r1`
	m.sh("plug r0 0")
	m.plugged("plug r1 1", "south")
	m.awaitReader("north", "up")
	if links := m.sh("ls /dev/serial/by-id | wc -l"); links != "1" {
		t.Errorf("%s links by id, want one that both readers share", links)
	}
	m.admits("nap 0.2; "+kernelShow, s.code(), "north")
	m.admits(second, s.code(), "south")

	m.sh("unplug r0; unplug r1")
	m.awaitReader("north", "waiting")
	m.awaitReader("south", "waiting")
	m.sh("plug r0 1")
	m.plugged("plug r1 0", "north")
	m.awaitReader("south", "up")
	m.admits("nap 0.2; "+kernelShow, s.code(), "south")
	m.admits(second, s.code(), "north")
}
