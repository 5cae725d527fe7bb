package pos

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

// device is an open HID device. Read gives one report; SetReadDeadline ends a Read that waits; Close may block as long as a Write does.
type device interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
	// Descriptor gives the report descriptor.
	Descriptor() ([]byte, error)
	// ID gives the vendor and the product id.
	ID() (vendor, product uint16, err error)
	// SetFeature sends a feature report, its id first.
	SetFeature(report []byte) error
}

// opener opens a device node for the use of one alone. Its errors are of the classes reader.Err….
type opener func(node string) (device, error)

// hidraw is a device node of the kernel (Documentation/hid/hidraw.rst). The file is never asked for its descriptor with Fd, which would make it
// blocking, and a Read could then not be ended.
type hidraw struct{ *os.File }

// openHidraw opens a node and takes the lock. The lock is a flock, which holds against root and between two lanes of one process.
func openHidraw(node string) (device, error) {
	file, err := os.OpenFile(node, os.O_RDWR|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, openError(node, err)
	}
	h := hidraw{file}
	if err := h.lock(); err != nil {
		// Nothing was written, so a failing close loses nothing.
		_ = file.Close()
		return nil, openError(node, err)
	}
	return h, nil
}

func (h hidraw) lock() error {
	return h.control(func(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
}

// Descriptor gives the report descriptor.
func (h hidraw) Descriptor() ([]byte, error) {
	var raw unix.HIDRawReportDescriptor
	err := h.control(func(fd int) error {
		size, err := unix.IoctlGetInt(fd, unix.HIDIOCGRDESCSIZE)
		if err != nil {
			return err
		}
		raw.Size = uint32(min(max(size, 0), len(raw.Value)))
		return unix.IoctlHIDGetDesc(fd, &raw)
	})
	if err != nil {
		return nil, err
	}
	return raw.Value[:min(int(raw.Size), len(raw.Value))], nil
}

// ID gives the vendor and the product id.
func (h hidraw) ID() (vendor, product uint16, err error) {
	err = h.control(func(fd int) error {
		info, err := unix.IoctlHIDGetRawInfo(fd)
		if err == nil {
			vendor, product = uint16(info.Vendor), uint16(info.Product)
		}
		return err
	})
	return vendor, product, err
}

// SetFeature sends a feature report, its id first. It may block for as long as a USB transfer, 5 s.
func (h hidraw) SetFeature(report []byte) error {
	// HIDIOCSFEATURE(len) of linux/hidraw.h: _IOC(_IOC_WRITE|_IOC_READ, 'H', 0x06, len), here in the layout of asm-generic/ioctl.h.
	const readWrite, sizeBits, maxSize = uintptr(3 << 30), 16, 1<<14 - 1
	if len(report) == 0 || len(report) > maxSize {
		return unix.EINVAL
	}
	request := readWrite | uintptr(len(report))<<sizeBits | 'H'<<8 | 0x06
	return h.control(func(fd int) error {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(&report[0])))
		if errno != 0 {
			return errno
		}
		return nil
	})
}

// control calls do with the file descriptor.
func (h hidraw) control(do func(fd int) error) error {
	conn, err := h.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := conn.Control(func(fd uintptr) { inner = do(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// openError classifies what opening a node gave and says what to try.
func openError(node string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return fmt.Errorf("%w: there is no %s: plug the reader in, or look for its name with: gatescand readers: %w", reader.ErrAbsent, node, err)
	case errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV), errors.Is(err, unix.EIO):
		return fmt.Errorf("%w: nothing answers at %s: check the reader's cable and plug it in again: %w", reader.ErrAbsent, node, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s may not be opened: install the udev rule 72-gatescand.rules with this reader's maker in it, so that the group "+
			"gatescand gets the device (ls -l %s): %w", reader.ErrPermission, node, node, err)
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EWOULDBLOCK):
		return fmt.Errorf("%w: another program or lane has %s open: find it with: fuser -v %s (often a second gatescand): %w",
			reader.ErrBusy, node, node, err)
	case errors.Is(err, unix.ENOTTY), errors.Is(err, unix.EISDIR), errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%w: %s is not a hidraw device: switch the reader to HID POS with its manual's setting code and look for its name with: "+
			"gatescand readers: %w", reader.ErrAddress, node, err)
	default:
		return fmt.Errorf("%w: %s cannot be opened: plug the reader in again: %w", reader.ErrFault, node, err)
	}
}

// notReader says what a node is, since it is not a reader of this kind.
func notReader(node, profile string, d descriptor) error {
	const switchMode = "switch it to HID POS with its manual's setting code"
	for _, app := range d.apps {
		if app.keyboard() {
			return fmt.Errorf("%w: %s is %s and no HID point-of-sale reader: name its link /dev/input/by-id/…-event-kbd, or %s",
				reader.ErrAddress, node, app, switchMode)
		}
	}
	what := "a device that does not say what it is"
	if len(d.apps) > 0 {
		what = d.apps[0].String()
	}
	if profile == profileStandard && d.barCodeApp() {
		return fmt.Errorf("%w: %s is %s: write profile=auto, or the reader's make", reader.ErrAddress, node, what)
	}
	return fmt.Errorf("%w: %s is %s and no HID point-of-sale reader: if it is a reader, %s, or name its make with profile=", reader.ErrAddress,
		node, what, switchMode)
}

// lost says what became of an open device that cannot be read any more.
func lost(node string, err error) error {
	if errors.Is(err, unix.EIO) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) || errors.Is(err, io.EOF) ||
		errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("%w: %s went away: plug the reader in again and check its cable: %w", reader.ErrGone, node, err)
	}
	return fmt.Errorf("%w: %s cannot be read: plug the reader in again: %w", reader.ErrFault, node, err)
}
