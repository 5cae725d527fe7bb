package inventory

import (
	"strconv"
	"strings"
)

// keyboards finds the input devices that can type a code. A mouse that comes with a keyboard says that it is for people.
func (s *scan) keyboards() {
	for _, entry := range s.entries("input") {
		if !strings.HasPrefix(entry, "event") || !s.plugged("input", entry) {
			continue
		}
		if !types(s.file("input", entry, "device/capabilities/key"), strconv.IntSize) {
			continue
		}
		d := s.add(KindKeyboard, "input", entry)
		d.Name = s.file("input", entry, "device/name")
	}
}

// bus gives the number of the bus an input device is on.
func (s *scan) bus(d *Device) uint64 {
	entry := strings.TrimPrefix(d.Node, "/dev/input/")
	n, err := strconv.ParseUint(s.file("input", entry, "device/id/bustype"), 16, 16)
	if err != nil {
		return 0
	}
	return n
}

// The buses of include/uapi/linux/input.h that matter here.
const (
	busUSB       = 0x03
	busBluetooth = 0x05
	busI8042     = 0x11
)

// types tells whether the keys of an input device are enough to type a code: all letters and Enter. The text is that of capabilities/key in
// sysfs: the bits as hexadecimal words of so many bits, the highest word first, leading words of zero left out.
func types(capabilities string, wordBits int) bool {
	words := strings.Fields(capabilities)
	has := func(key int) bool {
		i := len(words) - 1 - key/wordBits
		if i < 0 {
			return false
		}
		word, err := strconv.ParseUint(words[i], 16, 64)
		return err == nil && word>>(key%wordBits)&1 == 1
	}
	// include/uapi/linux/input-event-codes.h: the three rows of letters, and Enter.
	const enter = 28
	for _, row := range [][2]int{{16, 25}, {30, 38}, {44, 50}} {
		for key := row[0]; key <= row[1]; key++ {
			if !has(key) {
				return false
			}
		}
	}
	return has(enter)
}
