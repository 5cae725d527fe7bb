package health

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Power is what the board says of its power supply. Whatever it does not tell is
// not known.
type Power struct {
	Known bool
	// Low says that the voltage is too low now, Slowed that the processor runs
	// slower for it or for heat now.
	Low, Slowed bool
	// WasLow and WasSlowed say the same of some moment since the box was switched
	// on.
	WasLow, WasSlowed bool
}

// PowerOf asks the board below sys, which is /sys. A Raspberry Pi tells in two
// places: the sensor rpi_volt of its kernel has in0_lcrit_alarm, 1 while the
// supply is below 4.63 V; and the firmware's get_throttled is a hexadecimal
// number whose bit 0 is low voltage, bits 1 to 3 a slowed processor (capped,
// throttled, soft limit of temperature), and whose bits 16 to 19 say the same of
// any moment since the start.
func PowerOf(sys string) Power {
	var p Power
	if alarm, ok := voltageAlarm(sys); ok {
		p.Known, p.Low = true, alarm
	}
	if bits, ok := throttled(sys); ok {
		const low, slowed, wasLow, wasSlowed = 1, 0b1110, 1 << 16, 0b1110 << 16
		p.Known = true
		p.Low = p.Low || bits&low != 0
		p.Slowed = bits&slowed != 0
		p.WasLow = bits&wasLow != 0
		p.WasSlowed = bits&wasSlowed != 0
	}
	p.WasLow = p.WasLow || p.Low
	p.WasSlowed = p.WasSlowed || p.Slowed
	return p
}

func voltageAlarm(sys string) (alarm, ok bool) {
	names, err := filepath.Glob(filepath.Join(sys, "class/hwmon/hwmon*/name"))
	if err != nil {
		return false, false
	}
	for _, name := range names {
		if kernelLine(name) != "rpi_volt" {
			continue
		}
		switch kernelLine(filepath.Join(filepath.Dir(name), "in0_lcrit_alarm")) {
		case "0":
			return false, true
		case "1":
			return true, true
		}
	}
	return false, false
}

func throttled(sys string) (bits uint64, ok bool) {
	text := kernelLine(filepath.Join(sys, "devices/platform/soc/soc:firmware/get_throttled"))
	bits, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 32)
	return bits, err == nil
}

// kernelLine reads the first line of a small file of the kernel, "" where there
// is none. What cannot be printed is left out.
func kernelLine(path string) string {
	raw, err := readStart(path, 4<<10)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(line, "")))
}

// readStart reads at most so many bytes of a file.
func readStart(path string, most int) (raw []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	raw = make([]byte, most)
	n := 0
	for n < most {
		more, err := f.Read(raw[n:])
		n += more
		if err != nil || more == 0 {
			break // the end, or what there is
		}
	}
	return raw[:n], nil
}
