package gpio

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel checks the size of each structure against the number of its
// request; a structure of another size would be refused with EINVAL.
func TestStructuresHaveTheSizesTheKernelExpects(t *testing.T) {
	for _, c := range []struct {
		name    string
		size    uintptr
		request uint
	}{
		{"line request", unsafe.Sizeof(unix.GPIOV2LineRequest{}), unix.GPIO_V2_GET_LINE_IOCTL},
		{"line values", unsafe.Sizeof(unix.GPIOV2LineValues{}), unix.GPIO_V2_LINE_SET_VALUES_IOCTL},
		{"chip info", unsafe.Sizeof(unix.GPIOChipInfo{}), unix.GPIO_GET_CHIPINFO_IOCTL},
	} {
		if want := uintptr(c.request >> 16 & 0x3fff); c.size != want {
			t.Errorf("%s has %d bytes, the request says %d", c.name, c.size, want)
		}
	}
}

func TestAMissingChipIsNamedWithWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir, "gpiochip0", 17, false); !errors.Is(err, ErrNoChip) || !strings.Contains(err.Error(), "this machine has none") {
		t.Errorf("in an empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "gpiochip3"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, "pinctrl-rp1", 17, false); !errors.Is(err, ErrNoChip) || !strings.Contains(err.Error(), "gpiochip3") {
		t.Errorf("with another chip: %v", err)
	}
	if _, err := Open(dir, "gpiochip3", 17, false); err == nil {
		t.Error("a plain file was taken for a chip")
	}
}
