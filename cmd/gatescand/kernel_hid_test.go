//go:build kernel

package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"gatescand/scanner/admission"
)

// Names for good: what udev makes of a reader that types, and what our rule
// makes of one that reports.
const (
	kernelSymbol = "/dev/input/by-id/usb-Symbol_Technologies__Inc__2008_Symbol_Bar_Code_Scanner_SY0001-event-kbd"
	kernelXenon  = "/dev/gate/scanner-pos-XN0001"
)

// kernelTypist is the shell that makes a reader that types.
func kernelTypist(name, serial string) string {
	return fmt.Sprintf("gadget %[1]s 05e0 1200 'Symbol Technologies, Inc, 2008' 'Symbol Bar Code Scanner' '%[2]s'; hid %[1]s 1 8 %[3]s",
		name, serial, base64.StdEncoding.EncodeToString([]byte(kernelKeyboard)))
}

// kernelTyping plugs a reader that types, once with the right to it missing,
// and scans with it.
func kernelTyping(m *kernelMachine, s *kernelStation) {
	t := m.t
	m.sh("%s", kernelTypist("k0", "SY0001"))
	s.start(m, `[[lane]]
name = "north"
reader = "hid:`+kernelSymbol+`?layout=us"
hold_off = "0s"
  [lane.signal]
  admit = ["gpio:pinctrl-bcm2711/17?pulse=300ms"]
`)
	m.awaitReader("north", "waiting")
	codes := several(10, s.short)
	m.sh("mkdir -p /run/typed")
	for _, code := range codes {
		m.put("/run/typed/"+code, "root", "600", kernelTyped(t, code))
	}
	m.firstCode(kernelSymbol, "plug k0 0", "dd bs=8 if=/run/typed/$code of=/run/k0 status=none", codes)

	// A whole signed code, 400 and more keys, capitals and all.
	onePulse(t, m.pulses(17, func() {
		m.admits(typed(t, "k0", s.code()), "-", "north")
		m.sh("nap 0.7")
	}), 300*time.Millisecond)
}

// kernelTypingPulled pulls the reader while it types.
func kernelTypingPulled(m *kernelMachine, s *kernelStation) {
	t := m.t
	code := s.code()
	reports := kernelTyped(t, code)
	m.sh("%s\nunplug k0", kernelSend("k0", "8", reports[:len(reports)/2]))
	m.awaitReader("north", "waiting")
	m.plugged("plug k0 0", "north")
	m.admits("nap 0.2\n"+typed(t, "k0", s.code()), "-", "north")
	m.sh("nap 0.5")
	if rows := m.more(); len(rows) != 0 {
		t.Errorf("half a code was decided: %+v", rows)
	}
	m.admits(typed(t, "k0", code), "-", "north")
}

// kernelTypingAlone looks at what others see of a reader that types: nothing,
// because the daemon has it for itself, and of a plain keyboard everything.
func kernelTypingAlone(m *kernelMachine, s *kernelStation) {
	t := m.t
	if owner := m.sh("stat -L -c '%%G %%a' %s", kernelSymbol); owner != "gatescand 660" {
		t.Errorf("the reader is %s, want gatescand 660", owner)
	}
	m.sh("setsid head -c 24 %s >/run/overheard & nap 0.3", kernelSymbol)
	m.admits(typed(t, "k0", s.short()), "-", "north")
	if heard := m.sh("stat -c %%s /run/overheard"); heard != "0" {
		t.Errorf("another program read %s bytes from the reader", heard)
	}
	kernelUntouched(m, s)
}

// kernelTypingDenied takes our rule away: the kernel's own rights remain, by
// which a keyboard is not the service's.
func kernelTypingDenied(m *kernelMachine, s *kernelStation) {
	t := m.t
	m.sh("unplug k0\nmv /usr/lib/udev/rules.d/72-gatescand.rules /run/\nudevadm control --reload")
	m.awaitReader("north", "waiting")
	m.sh("plug k0 0")
	m.awaitReader("north", "fault")
	m.wantNoPermission(t)
	m.sh("mv /run/72-gatescand.rules /usr/lib/udev/rules.d/\nudevadm control --reload\n" +
		"udevadm trigger --action=change --subsystem-match=input")
	m.awaitReader("north", "up")
	m.admits("nap 0.2\n"+typed(t, "k0", s.short()), "-", "north")
}

// kernelTypistsSwapped swaps two readers that cannot be told apart.
func kernelTypistsSwapped(m *kernelMachine, s *kernelStation) {
	t := m.t
	m.sh("unplug k0\n%s\n%s", kernelTypist("k1", ""), kernelTypist("k2", ""))
	const port = "/dev/input/by-path/platform-dummy_hcd.%d-usb-0:1:1.0-event-kbd"
	var lanes strings.Builder
	for i, name := range []string{"west", "east"} {
		fmt.Fprintf(&lanes, "[[lane]]\nname = %q\nreader = \"hid:"+port+"?layout=us\"\n", name, i+1)
	}
	s.configure(m, lanes.String())
	m.sh("systemctl reload gatescand")
	m.awaitReader("west", "waiting")
	for _, where := range []struct{ k1, k2 string }{{"west", "east"}, {"east", "west"}} {
		port := map[string]int{"west": 1, "east": 2}
		m.sh("plug k1 %d; plug k2 %d", port[where.k1], port[where.k2])
		m.awaitReader("west", "up")
		m.awaitReader("east", "up")
		// Both at once: what one types never gets into what the other does.
		m.sh("nap 0.2\n{ %s} &\n{ %s}\nwait", typed(t, "k1", s.short()), typed(t, "k2", s.short()))
		rows := m.scans(2)
		for _, r := range rows {
			if r.Verdict != string(admission.Admit) {
				t.Errorf("%s at lane %s: %s", r.Verdict, r.Lane, r.Reason)
			}
		}
		m.admits(typed(t, "k1", s.short()), "-", where.k1)
		m.admits(typed(t, "k2", s.short()), "-", where.k2)
		m.sh("unplug k1; unplug k2")
		m.awaitReader("west", "waiting")
		m.awaitReader("east", "waiting")
	}
}

// kernelReporting plugs a reader that reports codes as data.
func kernelReporting(m *kernelMachine, s *kernelStation) {
	t := m.t
	m.sh("gadget p0 0c2e 0b87 Honeywell 'Xenon 1900' XN0001; hid p0 0 64 %s", base64.StdEncoding.EncodeToString([]byte(kernelPOS)))
	s.start(m, `[[lane]]
name = "north"
reader = "hid:`+kernelXenon+`"
hold_off = "0s"
  [lane.signal]
  admit = ["gpio:pinctrl-bcm2711/17?pulse=300ms"]
`)
	m.awaitReader("north", "waiting")
	codes := several(10, s.code)
	m.sh("mkdir -p /run/reports")
	present := "n=$((${n:-0} + 1)); dd bs=64 if=/run/reports/$n of=/run/p0 status=none"
	for i, code := range codes {
		m.put(fmt.Sprintf("/run/reports/%d", i+1), "root", "600", kernelReported(code))
	}
	m.firstCode(kernelXenon, "plug p0 0", present, codes)
	onePulse(t, m.pulses(17, func() {
		m.admits(kernelSend("p0", "64", kernelReported(s.code())), "-", "north")
		m.sh("nap 0.7")
	}), 300*time.Millisecond)
}

// kernelReportingPulled pulls the reader between two reports of one code.
func kernelReportingPulled(m *kernelMachine, s *kernelStation) {
	t := m.t
	code := s.code()
	reports := kernelReported(code)
	m.sh("%s\nnap 0.1\nunplug p0", kernelSend("p0", "64", reports[:3*kernelPOSReport]))
	m.awaitReader("north", "waiting")
	m.plugged("plug p0 0", "north")
	m.admits("nap 0.2\n"+kernelSend("p0", "64", kernelReported(s.code())), "-", "north")
	m.sh("nap 0.5")
	if rows := m.more(); len(rows) != 0 {
		t.Errorf("half a code was decided: %+v", rows)
	}
	m.admits(kernelSend("p0", "64", reports), "-", "north")
}
