package serial

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

// openError classifies what opening path gave and says what to try.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return fmt.Errorf("%w: there is no %s: plug the reader in, or look for its name with: gatescand readers: %w",
			reader.ErrAbsent, path, err)
	case errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV), errors.Is(err, unix.EIO):
		return fmt.Errorf("%w: nothing answers at %s: check the reader's cable and plug it in again: %w", reader.ErrAbsent, path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s may not be opened: add the service's user to the group that owns it (ls -l %s), usually dialout: %w",
			reader.ErrPermission, path, path, err)
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EWOULDBLOCK):
		return fmt.Errorf("%w: another program or lane has %s open: find it with: fuser -v %s (often ModemManager, a getty or a second gatescand): %w",
			reader.ErrBusy, path, path, err)
	case errors.Is(err, unix.ENOTTY), errors.Is(err, unix.EISDIR), errors.Is(err, unix.EINVAL):
		return notSerial(path, err)
	default:
		return fmt.Errorf("%w: %s cannot be opened: plug the reader in again: %w", reader.ErrFault, path, err)
	}
}

func notSerial(path string, err error) error {
	return fmt.Errorf("%w: %s is not a serial port: switch the reader to its USB serial mode and name what appears under /dev/serial/by-id: %w",
		reader.ErrAddress, path, err)
}

// hold is a second descriptor of the device beside the port's own: it carries the lock that makes the use exclusive and serves what the port
// cannot do. It lives as long as the port.
type hold struct {
	fd   int
	stat unix.Stat_t
	// mark says that the device gets the kernel's exclusive mark on top of the lock.
	mark bool
}

// acquire opens the node and takes the lock. The lock is a flock, which holds against root and between two lanes of one process, and which
// other careful programs honour. It is taken before the line is touched, so that a second opener disturbs nobody.
func acquire(node string) (*hold, error) {
	fd, err := retryInterrupted(func() (int, error) {
		return unix.Open(node, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, openError(node, err)
	}
	h := &hold{fd: fd}
	if err := h.lock(node); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

func (h *hold) lock(node string) error {
	if err := unix.Fstat(h.fd, &h.stat); err != nil {
		return openError(node, err)
	}
	if h.stat.Mode&unix.S_IFMT != unix.S_IFCHR {
		return notSerial(node, unix.ENOTTY)
	}
	if err := unix.Flock(h.fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return openError(node, err)
	}
	h.mark = !isPTY(h.stat)
	if err := h.respect(node); err != nil {
		return err
	}
	return h.hush(node)
}

// hush switches off the terminal's manners as soon as the device is ours: until then every byte that comes is sent back to the reader, which may
// take its own code for a command, or may not take it at all and so block the next message to it. The port sets the rest of the line.
func (h *hold) hush(node string) error {
	line, err := unix.IoctlGetTermios(h.fd, unix.TCGETS)
	if err != nil {
		return openError(node, err)
	}
	line.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	line.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR | unix.ISTRIP | unix.IXON
	line.Oflag &^= unix.OPOST
	if err := unix.IoctlSetTermios(h.fd, unix.TCSETS, line); err != nil {
		return openError(node, err)
	}
	// What was sent back meanwhile and has not gone out yet.
	_ = unix.IoctlSetInt(h.fd, unix.TCFLSH, unix.TCOFLUSH)
	return nil
}

// respect says no when another program has marked the device as its own. The kernel lets root in in spite of the mark.
func (h *hold) respect(node string) error {
	if marked, err := unix.IoctlGetInt(h.fd, unix.TIOCGEXCL); err == nil && marked != 0 && h.mark {
		return openError(node, unix.EBUSY)
	}
	return nil
}

// exclude forbids every later opening of the device to other users than root.
func (h *hold) exclude(node string) error {
	var now unix.Stat_t
	if err := unix.Stat(node, &now); err != nil {
		return openError(node, err)
	}
	if now.Dev != h.stat.Dev || now.Ino != h.stat.Ino || now.Rdev != h.stat.Rdev {
		return fmt.Errorf("%w: %s was replaced while it was being opened: it is opened again", reader.ErrGone, node)
	}
	if !h.mark {
		return nil
	}
	if err := unix.IoctlSetInt(h.fd, unix.TIOCEXCL, 0); err != nil {
		return openError(node, err)
	}
	return nil
}

// isPTY tells whether a node is a pseudo terminal. There the exclusive mark outlives the last descriptor, as long as the other end is open,
// and would lock out our own successor after a crash.
func isPTY(stat unix.Stat_t) bool {
	const firstMajor, lastMajor = 136, 143 // Documentation/admin-guide/devices.txt of the kernel
	major := unix.Major(stat.Rdev)
	return firstMajor <= major && major <= lastMajor
}

// discardOutput throws away what was written and not yet sent. It frees a write that is blocked on a reader which takes nothing, and saves
// the close from waiting for it, which by the kernel's default is 30 s. Stopping and starting the output wakes the writer: not every driver
// does that when its buffer is emptied. On a device that is gone all of this fails, and nothing is left to discard.
func (h *hold) discardOutput() {
	_ = unix.IoctlSetInt(h.fd, unix.TCFLSH, unix.TCOFLUSH)
	_ = unix.IoctlSetInt(h.fd, unix.TCXONC, unix.TCOOFF)
	_ = unix.IoctlSetInt(h.fd, unix.TCXONC, unix.TCOON)
}

// close lifts the exclusive use. It may block as long as the driver likes.
func (h *hold) close() {
	if h.mark {
		_ = unix.IoctlSetInt(h.fd, unix.TIOCNXCL, 0)
	}
	// Nothing was written through this descriptor, so a failing close loses nothing.
	_ = unix.Close(h.fd)
}

func retryInterrupted(open func() (int, error)) (int, error) {
	for {
		fd, err := open()
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

// gone tells whether an error of a read or write means that the device went away.
func gone(err error) bool {
	return errors.Is(err, unix.EIO) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENODEV) || errors.Is(err, os.ErrClosed)
}
