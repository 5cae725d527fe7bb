package health

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// System is what a [Clock] asks of the machine. Tests put their own there.
type System struct {
	Wall      func() time.Time
	SinceBoot func() time.Duration // suspends included
	// Synchronised tells whether the kernel's clock follows a time server.
	Synchronised func() bool
	BootID       string
}

// Kernel gives the machine's own clocks; wall is time.Now.
func Kernel(wall func() time.Time) (System, error) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return System{}, fmt.Errorf("read the kernel's boot id: %w", err)
	}
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return System{}, fmt.Errorf("read the time since boot: %w", err)
	}
	return System{Wall: wall, SinceBoot: sinceBoot, Synchronised: synchronised, BootID: strings.TrimSpace(string(id))}, nil
}

func sinceBoot() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0 // [Kernel] has seen it work; a kernel does not unlearn it
	}
	return time.Duration(ts.Nano())
}

// synchronised asks the kernel. Where a sandbox forbids that even for reading,
// the file that systemd-timesyncd makes speaks instead.
func synchronised() bool {
	var t unix.Timex // Modes 0 only reads
	_, err := unix.Adjtimex(&t)
	if err == nil {
		return t.Status&unix.STA_UNSYNC == 0
	}
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) {
		_, err = os.Stat("/run/systemd/timesync/synchronized")
		return err == nil
	}
	return false
}
