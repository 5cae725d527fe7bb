package keyboard

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

// openError classifies what opening path gave and says what to try.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return fmt.Errorf("%w: there is no %s: plug the reader in, or look for its name with: gatescand readers: %w", reader.ErrAbsent, path, err)
	case isGone(err):
		return fmt.Errorf("%w: nothing answers at %s: check the reader's cable and plug it in again: %w", reader.ErrAbsent, path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s may not be opened: its group must be gatescand (ls -l %s); name the reader's vendor id in "+
			"/etc/udev/rules.d/72-gatescand-local.rules as 72-gatescand.rules does for others, then plug it in again: %w",
			reader.ErrPermission, path, path, err)
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%w: another program or lane has taken %s for itself: find it with: fuser -v %s (often a second gatescand, a desktop or a "+
			"key remapper): %w", reader.ErrBusy, path, path, err)
	case errors.Is(err, unix.ENOTTY), errors.Is(err, unix.EISDIR), errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%w: %w", noKeyboard(path), err)
	default:
		return fmt.Errorf("%w: %s cannot be opened: plug the reader in again: %w", reader.ErrFault, path, err)
	}
}

func noKeyboard(path string) error {
	return fmt.Errorf("%w: %s is no keyboard with letters and Enter: of a reader that types, name the link that ends in -event-kbd under "+
		"/dev/input/by-id, or look for it with: gatescand readers", reader.ErrAddress, path)
}

// readError says why reading ended.
func readError(path string, err error) error {
	if isGone(err) || errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("%w: %s went away: plug the reader in again and check its cable: %w", reader.ErrGone, path, err)
	}
	return fmt.Errorf("%w: %s cannot be read: plug the reader in again: %w", reader.ErrFault, path, err)
}

func isGone(err error) bool {
	return errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.EIO)
}
