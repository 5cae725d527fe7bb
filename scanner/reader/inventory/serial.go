package inventory

import (
	"os"
	"path/filepath"
)

// serial finds the serial ports that have a device behind them: not the consoles, and not the ports a PC might have had.
func (s *scan) serial() {
	for _, entry := range s.entries("tty") {
		if _, err := os.Lstat(filepath.Join(s.sys(), "class/tty", entry, "device")); err != nil {
			continue
		}
		// include/uapi/linux/serial.h of the kernel: type 0 is a port without a UART.
		if s.file("tty", entry, "type") == "0" || !s.plugged("tty", entry) {
			continue
		}
		s.add(KindSerial, "tty", entry)
	}
}
