package gpio

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"gatescand/device/signal"
)

// Flags of a line, from the kernel's header linux/gpio.h.
const (
	flagActiveLow    = 1 << 1
	flagInput        = 1 << 2
	flagOutput       = 1 << 3
	flagEdgeRising   = 1 << 4
	flagEdgeFalling  = 1 << 5
	flagOpenDrain    = 1 << 6
	flagBiasPullUp   = 1 << 8
	flagBiasPullDown = 1 << 9
	flagBiasDisabled = 1 << 10
)

// consumer is how the kernel's tools name who holds the line.
const consumer = "gatescand"

// flagsOf says how a wire is used electrically. Flags are about active and not
// active: with flagActiveLow a rising edge is one that makes the line active.
func flagsOf(w signal.Wire, direction uint64) uint64 {
	flags := direction
	if w.ActiveLow {
		flags |= flagActiveLow
	}
	switch w.Bias {
	case signal.PullUp:
		flags |= flagBiasPullUp
	case signal.PullDown:
		flags |= flagBiasPullDown
	case signal.BiasOff:
		flags |= flagBiasDisabled
	case signal.BiasAsIs:
	}
	if w.Drive == signal.OpenDrain && direction&flagOutput != 0 {
		flags |= flagOpenDrain
	}
	return flags
}

// newRequest asks for one line. Without an attribute for its value an output
// starts at 0, which is off.
func newRequest(offset int, flags uint64) unix.GPIOV2LineRequest {
	req := unix.GPIOV2LineRequest{Num_lines: 1}
	req.Offsets[0] = uint32(offset)
	copy(req.Consumer[:len(req.Consumer)-1], consumer)
	req.Config.Flags = flags
	return req
}

// debounce asks the kernel to pass on only what has been still for so many
// microseconds.
func debounce(req *unix.GPIOV2LineRequest, us uint32) {
	req.Config.Num_attrs = 1
	a := &req.Config.Attrs[0]
	a.Mask = 1
	a.Attr.Id = unix.GPIO_V2_LINE_ATTR_ID_DEBOUNCE
	// The union holds 32 bits here, at its beginning.
	*(*uint32)(unsafe.Pointer(&a.Attr.Flags)) = us
}

// request takes the line and gives its descriptor, which outlives the chip's.
func request(w signal.Wire, chip *chip, req *unix.GPIOV2LineRequest) (int, error) {
	if err := ioctl(chip.file, unix.GPIO_V2_GET_LINE_IOCTL, unsafe.Pointer(req)); err != nil {
		return 0, requestError(fmt.Sprintf("%s line %d", chip.path, req.Offsets[0]), w, err)
	}
	return int(req.Fd), nil
}

func requestError(name string, w signal.Wire, err error) error {
	switch {
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%w: %s; another program or another output of this configuration holds it", ErrLineInUse, name)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%w: %s; the chip has fewer lines, or the line cannot be used this way", ErrNoLine, name)
	case errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENXIO):
		return fmt.Errorf("%w: %s; the chip cannot do what %s asks for, so leave out bias, drive or debounce: %w", ErrNoLine, name, w.Key(), err)
	}
	return fmt.Errorf("%s cannot be had: %w", name, err)
}

// ioctl calls the kernel and leaves the file as it is: File.Fd would make it
// blocking.
func ioctl(f *os.File, number uint, arg unsafe.Pointer) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, uintptr(number), uintptr(arg)); errno != 0 {
			failed = errno
		}
	})
	runtime.KeepAlive(arg)
	return errors.Join(failed, err)
}
