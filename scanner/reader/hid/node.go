package hid

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

// kind is which of the two a reader is.
type kind string

const (
	kindNone     kind = ""
	kindKeyboard kind = "keyboard"
	kindPOS      kind = "pos"
)

// typesAt tells whether a path can lead to nothing but a reader that types: it lies where the kernel and udev have input devices, or is the
// name that our udev rule gives to readers that type.
func typesAt(path string) bool {
	path = filepath.Clean(path)
	return strings.HasPrefix(path, "/dev/input/") || strings.HasPrefix(path, "/dev/gate/scanner-kbd-")
}

// kindOf tells which kind of reader a device node is of: by its name as the kernel gives it, else by what sysfs (normally at /sys) says of its
// device number.
func kindOf(sysfs, node string) (kind, error) {
	switch name := filepath.Base(node); {
	case strings.HasPrefix(name, "event"):
		return kindKeyboard, nil
	case strings.HasPrefix(name, "hidraw"):
		return kindPOS, nil
	}
	var stat unix.Stat_t
	if err := unix.Stat(node, &stat); err != nil {
		return kindNone, statError(node, err)
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFCHR {
		number := fmt.Sprintf("%d:%d", unix.Major(stat.Rdev), unix.Minor(stat.Rdev))
		// Where sysfs does not know the number, the node is of neither kind.
		subsystem, _ := filepath.EvalSymlinks(filepath.Join(sysfs, "dev", "char", number, "subsystem"))
		switch filepath.Base(subsystem) {
		case "input":
			return kindKeyboard, nil
		case "hidraw":
			return kindPOS, nil
		}
	}
	return kindNone, fmt.Errorf("%w: %s is neither a keyboard (/dev/input/event…) nor a HID point-of-sale reader (/dev/hidraw…): find the reader "+
		"with: gatescand readers; the address of one that appears as ttyACM or ttyUSB begins with serial: instead of hid:…", reader.ErrAddress, node)
}

// statError says why a node cannot be looked at.
func statError(node string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return fmt.Errorf("%w: there is no %s: plug the reader in, or look for its name with: gatescand readers: %w", reader.ErrAbsent, node, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s lies in a folder that may not be looked into (ls -ld %s): %w", reader.ErrPermission, node, filepath.Dir(node), err)
	default:
		return fmt.Errorf("%w: %s cannot be looked at: plug the reader in again: %w", reader.ErrFault, node, err)
	}
}
