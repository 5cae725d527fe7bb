package inventory

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// AccessState is whether the user of this process may open a device.
type AccessState string

// The states. A device may be gone by the time it is asked about.
const (
	AccessOK     AccessState = "ok"
	AccessDenied AccessState = "denied"
	AccessGone   AccessState = "gone"
)

// Access is whether the user of this process may open a device, and what to do if not.
type Access struct {
	State AccessState
	// Group and Remedy are for when opening is denied: the group that the node belongs to, and what to do.
	Group, Remedy string
}

// access asks whether a device may be opened and opens nothing: opening moves the control lines of a serial port.
func (s *scan) access(d *Device) Access {
	may := s.MayOpen
	if may == nil {
		may = mayOpen
	}
	node := s.Real(d.Node)
	err := may(node, d.Kind != KindKeyboard) // of a keyboard nothing but reading is asked
	info, statErr := os.Stat(node)
	if statErr != nil {
		return Access{State: AccessGone}
	}
	switch {
	case err == nil:
		return Access{State: AccessOK}
	case errors.Is(err, fs.ErrNotExist):
		return Access{State: AccessGone}
	}
	group := groupOf(info)
	return Access{State: AccessDenied, Group: group, Remedy: remedyOf(d.Node, group, info.Mode(), err)}
}

// mayOpen asks the kernel. It judges the file's mode and, in a service, the devices the unit allows.
func mayOpen(path string, write bool) error {
	const readable, writable = 4, 2 // R_OK and W_OK of access(2)
	mode := uint32(readable)
	if write {
		mode |= writable
	}
	if err := syscall.Access(path, mode); err != nil {
		return &fs.PathError{Op: "access", Path: path, Err: err}
	}
	return nil
}

// groupOf names the group of a file, by its number where it has no name, and "" where nothing is known.
func groupOf(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	gid := strconv.FormatUint(uint64(stat.Gid), 10)
	group, err := user.LookupGroupId(gid)
	if err != nil {
		return gid
	}
	return group.Name
}

// remedyOf says what to do about a device that may not be opened.
func remedyOf(node, group string, mode fs.FileMode, err error) string {
	const groupRead = 0o040
	switch {
	case errors.Is(err, syscall.EPERM):
		return fmt.Sprintf("the service's own limits forbid %s: allow its class with DeviceAllow= (systemctl edit gatescand)", node)
	case mode.Perm()&groupRead != 0 && group != "" && group != "root" && group != "0":
		return fmt.Sprintf("%s is for the group %s: the service has it; for yourself use sudo, or: sudo usermod -aG %s $USER, and log in again",
			node, group, group)
	default:
		return fmt.Sprintf("%s is for root alone: install the udev rule 72-gatescand.rules, with this maker's number in it, and plug the "+
			"reader in again", node)
	}
}
