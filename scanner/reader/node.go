package reader

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Resolve finds the one device node that a path or glob means now, with all symbolic links followed: two names of one device are one device,
// and what is opened twice in a row is the same node even if a link is turned round in between. A path may also lead through sysfs, which is the
// way to name a port where udev makes no link: /sys/bus/usb/devices/1-1.2:1.0/*/hidraw/hidraw* means whatever is plugged in there. Its errors
// are of the classes Err….
func Resolve(path string) (string, error) {
	node, err := follow(path)
	if err == nil {
		return node, nil
	}
	if !errors.Is(err, fs.ErrNotExist) || !strings.ContainsAny(path, "*[") {
		return "", resolveError(path, err)
	}
	names, err := filepath.Glob(path)
	if err != nil {
		return "", fmt.Errorf("%w: %s is not a valid pattern: close every [ with a ], or name the device in full", ErrAddress, path)
	}
	var nodes, shown []string
	for _, name := range names {
		node, err := follow(name)
		if err != nil || strings.HasPrefix(filepath.Base(name), ".#") || slices.Contains(nodes, node) {
			continue // a link of a device just gone, udev's link in the making, or a second name
		}
		nodes, shown = append(nodes, node), append(shown, name)
	}
	switch len(nodes) {
	case 0:
		return "", resolveError(path, fs.ErrNotExist)
	case 1:
		return nodes[0], nil
	default:
		return "", fmt.Errorf("%w: %s fits %d devices (%s): write the one that is meant", ErrAddress, path, len(nodes), strings.Join(shown, ", "))
	}
}

// resolveError says why a path leads to no node.
func resolveError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w: there is no %s: plug the reader in, or look for its name with: gatescand readers: %w", ErrAbsent, path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s lies in a folder that may not be looked into (ls -ld %s): %w", ErrPermission, path, filepath.Dir(path), err)
	default:
		return fmt.Errorf("%w: %s cannot be followed: name the device itself: %w", ErrFault, path, err)
	}
}

// follow gives the node at the end of a path. A device of sysfs stands for its node, which its file uevent names (DEVNAME, below /dev).
func follow(path string) (string, error) {
	node, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	uevent, err := os.ReadFile(filepath.Join(node, "uevent"))
	if err != nil {
		return node, nil // the usual case: this is no folder of sysfs but the node itself
	}
	for line := range strings.Lines(string(uevent)) {
		name, found := strings.CutPrefix(strings.TrimSpace(line), "DEVNAME=")
		if found && filepath.IsLocal(name) {
			return filepath.Join("/dev", name), nil
		}
	}
	return node, nil
}

// sysfs is where paths lead through sysfs.
const sysfs = "/sys/"

// watchable gives the path to watch for a device. Sysfs tells nobody what changes in it; the node has the same name as the device there.
func watchable(path string) string {
	if !strings.HasPrefix(path, sysfs) {
		return path
	}
	name := filepath.Base(path)
	if strings.HasPrefix(name, "event") {
		return filepath.Join("/dev/input", name)
	}
	return filepath.Join("/dev", name)
}
