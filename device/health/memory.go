package health

import (
	"bufio"
	"bytes"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Memory is how much there is and how much of it this program holds, in bytes; 0
// where that cannot be told.
type Memory struct {
	Resident  uint64 // of this process
	Total     uint64 // of the box
	Available uint64 // of the box, for programs that need more
}

// MemoryOf reads self/status and meminfo below proc, which is /proc.
func MemoryOf(proc string) Memory {
	status := kilobytes(filepath.Join(proc, "self/status"))
	box := kilobytes(filepath.Join(proc, "meminfo"))
	return Memory{Resident: status["VmRSS"], Total: box["MemTotal"], Available: box["MemAvailable"]}
}

// kilobytes reads the lines "Name: 123 kB" of a file of the kernel, as bytes.
func kilobytes(path string) map[string]uint64 {
	out := make(map[string]uint64)
	raw, err := readStart(path, 64<<10)
	if err != nil {
		return out
	}
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		name, rest, found := strings.Cut(lines.Text(), ":")
		fields := strings.Fields(rest)
		if !found || len(fields) != 2 || fields[1] != "kB" {
			continue
		}
		if n, err := strconv.ParseUint(fields[0], 10, 54); err == nil {
			out[name] = n << 10
		}
	}
	return out
}

// UptimeOf tells how long the box has been running, from uptime below proc.
func UptimeOf(proc string) (since time.Duration, ok bool) {
	first, _, _ := strings.Cut(kernelLine(filepath.Join(proc, "uptime")), " ")
	seconds, err := strconv.ParseFloat(first, 64)
	const century = 100 * 365 * 24 * 3600
	if err != nil || !(seconds >= 0 && seconds < century) {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}
