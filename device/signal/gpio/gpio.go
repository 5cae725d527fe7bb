package gpio

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"gatescand/device/signal"
)

// Line is one requested output line. It is used from one goroutine at a time.
type Line struct {
	file *os.File
	name string
}

// OpenOutput finds the wire's chip below dir, normally /dev, and requests the
// line as an output that is off.
func OpenOutput(dir string, w signal.Wire) (*Line, error) {
	c, err := find(dir, w.Chip)
	if err != nil {
		return nil, err
	}
	defer c.close()
	offset, err := c.offset(w)
	if err != nil {
		return nil, err
	}
	req := newRequest(offset, flagsOf(w, flagOutput))
	fd, err := request(w, c, &req)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s line %d", c.path, offset)
	return &Line{file: os.NewFile(uintptr(fd), name), name: name}, nil
}

// Set switches the line.
func (l *Line) Set(on bool) error {
	values := unix.GPIOV2LineValues{Mask: 1}
	if on {
		values.Bits = 1
	}
	if err := ioctl(l.file, unix.GPIO_V2_LINE_SET_VALUES_IOCTL, unsafe.Pointer(&values)); err != nil {
		return fmt.Errorf("%s cannot be switched: %w", l.name, err)
	}
	return nil
}

// Close switches the line off and lets go of it.
func (l *Line) Close() error {
	return errors.Join(l.Set(false), l.file.Close())
}
