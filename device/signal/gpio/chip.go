package gpio

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"gatescand/device/signal"
)

// The classes of errors of this package.
var (
	ErrNoChip     = errors.New("no such GPIO chip")
	ErrPermission = errors.New("no permission to use the GPIO chip")
	ErrLineInUse  = errors.New("the GPIO line is in use")
	ErrNoLine     = errors.New("no such GPIO line")
	ErrAmbiguous  = errors.New("more than one GPIO line or chip is called so")
	ErrGone       = errors.New("the GPIO chip has gone")
	ErrHangs      = errors.New("the GPIO chip does not answer")
)

// chip is an open GPIO chip.
type chip struct {
	file  *os.File
	path  string
	name  string // the kernel's, whatever link it was found through
	label string
	lines int
}

func (c *chip) close() { _ = c.file.Close() } // nothing was written to it

// find opens the chip below dir that has that device name or label.
func find(dir, wanted string) (*chip, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "gpiochip*"))
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrNoChip, wanted, err)
	}
	var found *chip
	var seen []string
	var denied error
	for _, path := range paths {
		c, err := openChip(path)
		switch {
		case filepath.Base(path) == wanted:
			if found != nil {
				found.close()
			}
			return c, err
		case err != nil:
			if errors.Is(err, ErrPermission) {
				denied = err
			}
			seen = append(seen, fmt.Sprintf("%s (%v)", filepath.Base(path), err))
			continue
		}
		seen = append(seen, fmt.Sprintf("%s (%s)", filepath.Base(path), c.label))
		switch {
		case c.label != wanted:
			c.close()
		case found == nil:
			found = c
		case found.name == c.name: // a link: some systems give a chip its old name too
			c.close()
		default:
			found.close()
			c.close()
			return nil, fmt.Errorf("%w: %s and %s both have the label %q; write the device name", ErrAmbiguous, found.path, c.path, wanted)
		}
	}
	switch {
	case found != nil:
		return found, nil
	case len(seen) == 0:
		return nil, fmt.Errorf("%w: %q; this machine has none", ErrNoChip, wanted)
	case denied != nil:
		return nil, denied // the one that is wanted may be behind it
	}
	return nil, fmt.Errorf("%w: %q; this machine has %s", ErrNoChip, wanted, strings.Join(seen, ", "))
}

func openChip(path string) (*chip, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, openError(path, err)
	}
	var info unix.GPIOChipInfo
	if err := ioctl(f, unix.GPIO_GET_CHIPINFO_IOCTL, unsafe.Pointer(&info)); err != nil {
		_ = f.Close() // only read from
		return nil, fmt.Errorf("%w: %s is none: %w", ErrNoChip, path, err)
	}
	return &chip{
		file: f, path: path, lines: int(info.Lines),
		name: unix.ByteSliceToString(info.Name[:]), label: unix.ByteSliceToString(info.Label[:]),
	}, nil
}

// offset gives the offset of the wire's line.
func (c *chip) offset(w signal.Wire) (int, error) {
	if w.Name == "" {
		return w.Line, nil
	}
	return pick(w.Name, c.path, c.lines, func(i int) (string, error) {
		info := unix.GPIOV2LineInfo{Offset: uint32(i)}
		if err := ioctl(c.file, unix.GPIO_V2_GET_LINEINFO_IOCTL, unsafe.Pointer(&info)); err != nil {
			return "", fmt.Errorf("%s does not name its line %d: %w", c.path, i, err)
		}
		return unix.ByteSliceToString(info.Name[:]), nil
	})
}

// pick finds the one line of that name.
func pick(name, path string, lines int, nameOf func(int) (string, error)) (int, error) {
	found := -1
	for i := range lines {
		n, err := nameOf(i)
		switch {
		case err != nil:
			return 0, err
		case n != name:
		case found >= 0:
			return 0, fmt.Errorf("%w: lines %d and %d of %s are both called %s; write the number", ErrAmbiguous, found, i, path, name)
		default:
			found = i
		}
	}
	if found < 0 {
		return 0, fmt.Errorf("%w: %s has none called %s; gpioinfo shows the names", ErrNoLine, path, name)
	}
	return found, nil
}

func openError(path string, err error) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: %s; add the user gatescand to the group that owns it, or install the udev rule", ErrPermission, path)
	}
	return fmt.Errorf("%w: %s: %w", ErrNoChip, path, err)
}
