package pos

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

func TestAnOpeningThatFailsSaysWhatToTry(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		is   error
		says string
	}{
		{"no node", unix.ENOENT, reader.ErrAbsent, "gatescand readers"},
		{"a device that is going", unix.ENODEV, reader.ErrAbsent, "cable"},
		{"no permission", unix.EACCES, reader.ErrPermission, "72-gatescand.rules"},
		{"no permission by the unit", unix.EPERM, reader.ErrPermission, "group gatescand"},
		{"held by another", unix.EWOULDBLOCK, reader.ErrBusy, "fuser"},
		{"not a hidraw node", unix.ENOTTY, reader.ErrAddress, "HID POS"},
		{"anything else", unix.ENOMEM, reader.ErrFault, "plug"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := openError("/dev/hidraw3", &fs.PathError{Op: "open", Path: "/dev/hidraw3", Err: row.err})
			if !errors.Is(err, row.is) || !errors.Is(err, row.err) {
				t.Errorf("error %v", err)
			}
			for _, want := range []string{"/dev/hidraw3", row.says} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func TestOnlyARealNodeIsOpened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hidraw0")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, path string
		is         error
	}{
		{"nothing there", filepath.Join(t.TempDir(), "hidraw0"), reader.ErrAbsent},
		{"a file", file, reader.ErrAddress},
		{"a folder", t.TempDir(), reader.ErrAddress},
		{"another kind of device", terminal(t), reader.ErrAddress},
	} {
		t.Run(row.name, func(t *testing.T) {
			address, err := reader.ParseAddress("hid:" + row.path)
			if err != nil {
				t.Fatal(err)
			}
			s, err := New(address, clock())
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Run(t.Context(), func() { t.Error("up") }, func(reader.Frame) {}); !errors.Is(err, row.is) {
				t.Errorf("Run returned %v, want %v", err, row.is)
			}
		})
	}
}

// terminal gives a device node of the test's own that is no HID device.
func terminal(t *testing.T) string {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := master.Close(); err != nil {
			t.Error(err)
		}
	})
	raw, err := master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number int
	var inner error
	err = raw.Control(func(fd uintptr) {
		if inner = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); inner == nil {
			number, inner = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err := errors.Join(err, inner); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("/dev/pts/%d", number)
}

func TestANodeIsHeldByOneAlone(t *testing.T) {
	node := terminal(t)
	first, err := openHidraw(node)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openHidraw(node); !errors.Is(err, reader.ErrBusy) {
		t.Errorf("the second opening gave %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := openHidraw(node)
	if err != nil {
		t.Fatalf("after the first has closed: %v", err)
	}
	if err := again.SetFeature(nil); !errors.Is(err, unix.EINVAL) {
		t.Errorf("an empty feature report gave %v", err)
	}
	if err := again.SetFeature([]byte{0xfe, 0x01}); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("a feature report to a terminal gave %v", err)
	}
	if _, _, err := again.ID(); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("the id of a terminal gave %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}
