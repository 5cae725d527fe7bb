// Package gpio switches one line of a GPIO chip through the kernel's character
// device, uAPI version 2 (Linux 5.10 and later).
//
// It promises that a line is requested as an output that is off, that the chip
// is found by its device name or its label and never by a number that changes
// between models, and that closing switches the line off before letting go. It
// cannot promise what happens to the line after the process has died: that is
// the kernel's, and Raspberry Pi kernels keep the last level unless told
// otherwise (dtparam=strict_gpiod).
//
// It is code of ours because the library that does this well is not to be had
// as a dependency, and those that are drive the registers behind the kernel's
// back, which fails on a Raspberry Pi 5.
package gpio

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The classes of errors of [Open].
var (
	ErrNoChip     = errors.New("no such GPIO chip")
	ErrPermission = errors.New("no permission to use the GPIO chip")
	ErrLineInUse  = errors.New("the GPIO line is in use")
	ErrNoLine     = errors.New("no such GPIO line")
)

// Flags of a line, from the kernel's uAPI header linux/gpio.h.
const (
	flagActiveLow = 1 << 1
	flagOutput    = 1 << 3
)

// consumer is how the kernel's tools name who holds the line.
const consumer = "gatescand"

// Line is one requested output line.
type Line struct {
	fd   int
	name string
}

// Open finds the chip below dir, normally /dev, by device name or label, and
// requests the line as an output that is off.
func Open(dir, chip string, line int, activeLow bool) (*Line, error) {
	path, err := find(dir, chip)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, openError(path, err)
	}
	defer f.Close() //nolint:errcheck // the requested line outlives the chip's descriptor; nothing was written to it
	name := fmt.Sprintf("%s line %d", path, line)
	req := unix.GPIOV2LineRequest{Num_lines: 1}
	req.Offsets[0] = uint32(line)
	copy(req.Consumer[:len(req.Consumer)-1], consumer)
	req.Config.Flags = flagOutput
	if activeLow {
		req.Config.Flags |= flagActiveLow
	}
	// Without an attribute for its value an output starts at 0, which is off.
	if err := ioctl(int(f.Fd()), unix.GPIO_V2_GET_LINE_IOCTL, unsafe.Pointer(&req)); err != nil {
		return nil, requestError(name, err)
	}
	return &Line{fd: int(req.Fd), name: name}, nil
}

// Set switches the line.
func (l *Line) Set(on bool) error {
	values := unix.GPIOV2LineValues{Mask: 1}
	if on {
		values.Bits = 1
	}
	if err := ioctl(l.fd, unix.GPIO_V2_LINE_SET_VALUES_IOCTL, unsafe.Pointer(&values)); err != nil {
		return fmt.Errorf("%s cannot be switched: %w", l.name, err)
	}
	return nil
}

// Close switches the line off and lets go of it.
func (l *Line) Close() error {
	return errors.Join(l.Set(false), unix.Close(l.fd))
}

// find gives the path of the chip with that device name or label.
func find(dir, chip string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "gpiochip*"))
	if err != nil {
		return "", fmt.Errorf("%w: %q: %w", ErrNoChip, chip, err)
	}
	var seen []string
	for _, path := range paths {
		if filepath.Base(path) == chip {
			return path, nil
		}
		label, err := label(path)
		if err != nil {
			seen = append(seen, fmt.Sprintf("%s (%v)", filepath.Base(path), err))
			continue
		}
		if label == chip {
			return path, nil
		}
		seen = append(seen, fmt.Sprintf("%s (%s)", filepath.Base(path), label))
	}
	if len(seen) == 0 {
		return "", fmt.Errorf("%w: %q; this machine has none", ErrNoChip, chip)
	}
	return "", fmt.Errorf("%w: %q; this machine has %s", ErrNoChip, chip, strings.Join(seen, ", "))
}

func label(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", openError(path, err)
	}
	defer f.Close() //nolint:errcheck // only read from
	var info unix.GPIOChipInfo
	if err := ioctl(int(f.Fd()), unix.GPIO_GET_CHIPINFO_IOCTL, unsafe.Pointer(&info)); err != nil {
		return "", fmt.Errorf("%s is no GPIO chip: %w", path, err)
	}
	return unix.ByteSliceToString(info.Label[:]), nil
}

func openError(path string, err error) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: %s; add the user gatescand to the group that owns it, or install the udev rule", ErrPermission, path)
	}
	return fmt.Errorf("%w: %s: %w", ErrNoChip, path, err)
}

func requestError(name string, err error) error {
	switch {
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%w: %s; another program or another output of this configuration holds it", ErrLineInUse, name)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%w: %s; the chip has fewer lines, or the line cannot be an output", ErrNoLine, name)
	}
	return fmt.Errorf("%s cannot be had: %w", name, err)
}

func ioctl(fd int, request uint, arg unsafe.Pointer) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(arg))
	runtime.KeepAlive(arg)
	if errno != 0 {
		return errno
	}
	return nil
}
