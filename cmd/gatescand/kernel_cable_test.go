//go:build kernel

package main

import (
	"path/filepath"
	"time"
)

// kernelAdapter is the name for good of an FTDI adapter.
const kernelAdapter = "/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_FT0001-if00-port0"

// kernelCable is a reader with RS-232 behind an FTDI adapter. The reader is
// this test, at the other end of a socket; the adapter is plugged while
// somebody is there.
func kernelCable(m *kernelMachine, s *kernelStation) {
	t := m.t
	s.start(m, `[[lane]]
name = "north"
reader = "serial:`+kernelAdapter+`?baud=9600&frame=cr"
hold_off = "0s"
  [lane.signal]
  admit = ["gpio:pinctrl-bcm2711/17?pulse=300ms"]
`)
	m.do("device_add", map[string]any{"driver": "usb-serial", "id": "adapter", "bus": "usb.0", "chardev": "cable", "serial": "FT0001"})
	m.awaitReader("north", "waiting")
	for range 2 {
		reader := kernelDial(t, filepath.Join(m.dir, "cable"), time.Now().Add(kernelPatience))
		say := func(text string) {
			t.Helper()
			if _, err := reader.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		m.awaitReader("north", "up")
		m.sh("nap 0.2")
		onePulse(t, m.pulses(17, func() {
			say(s.code() + "\r")
			m.admits("", "none", "north")
			m.sh("nap 0.7")
		}), 300*time.Millisecond)
		// Pulled in the middle of the next code.
		say(s.code()[:100])
		m.sh("nap 0.3")
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
		m.awaitReader("north", "waiting")
	}
	if rows := m.more(); len(rows) != 0 {
		t.Errorf("half a code was decided: %+v", rows)
	}
}
