package gpio

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"gatescand/device/signal"
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
		{"line values to set", unsafe.Sizeof(unix.GPIOV2LineValues{}), unix.GPIO_V2_LINE_SET_VALUES_IOCTL},
		{"line values to get", unsafe.Sizeof(unix.GPIOV2LineValues{}), unix.GPIO_V2_LINE_GET_VALUES_IOCTL},
		{"line info", unsafe.Sizeof(unix.GPIOV2LineInfo{}), unix.GPIO_V2_GET_LINEINFO_IOCTL},
		{"chip info", unsafe.Sizeof(unix.GPIOChipInfo{}), unix.GPIO_GET_CHIPINFO_IOCTL},
	} {
		if want := uintptr(c.request >> 16 & 0x3fff); c.size != want {
			t.Errorf("%s has %d bytes, the request says %d", c.name, c.size, want)
		}
	}
	if eventSize != 48 {
		t.Errorf("an event has %d bytes", eventSize)
	}
}

// The numbers are those of linux/gpio.h, written out once more.
func TestFlagsSayHowAWireIsUsed(t *testing.T) {
	for _, c := range []struct {
		name      string
		wire      signal.Wire
		direction uint64
		want      uint64
	}{
		{"an output", signal.Wire{Drive: signal.PushPull}, flagOutput, 0x8},
		{"an output whose on is low", signal.Wire{ActiveLow: true}, flagOutput, 0xa},
		{"an open drain with a pull-up", signal.Wire{Drive: signal.OpenDrain, Bias: signal.PullUp}, flagOutput, 0x148},
		{"an input with both edges", signal.Wire{}, flagInput | flagEdgeRising | flagEdgeFalling, 0x34},
		{"an input with a pull-down", signal.Wire{Bias: signal.PullDown}, flagInput, 0x204},
		{"an input without a bias", signal.Wire{Bias: signal.BiasOff, ActiveLow: true}, flagInput, 0x406},
		{"an input has no drive", signal.Wire{Drive: signal.OpenDrain}, flagInput, 0x4},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := flagsOf(c.wire, c.direction); got != c.want {
				t.Errorf("got %#x, want %#x", got, c.want)
			}
		})
	}
}

func TestARequestIsForOneLineThatStartsOff(t *testing.T) {
	req := newRequest(17, flagOutput)
	if req.Num_lines != 1 || req.Offsets[0] != 17 || req.Config.Flags != flagOutput || req.Config.Num_attrs != 0 {
		t.Errorf("got %+v", req)
	}
	if got := unix.ByteSliceToString(req.Consumer[:]); got != "gatescand" {
		t.Errorf("the kernel will say it is held by %q", got)
	}
	debounce(&req, 20000)
	a := req.Config.Attrs[0]
	bytes := (*[4]byte)(unsafe.Pointer(&a.Attr.Flags))
	if req.Config.Num_attrs != 1 || a.Mask != 1 || a.Attr.Id != 3 || *(*uint32)(unsafe.Pointer(bytes)) != 20000 {
		t.Errorf("got %+v", a)
	}
}

func TestAMissingChipIsNamedWithWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	wire := func(chip string) signal.Wire { return signal.Wire{Chip: chip, Line: 17} }
	if _, err := OpenOutput(dir, wire("gpiochip0")); !errors.Is(err, ErrNoChip) || !strings.Contains(err.Error(), "this machine has none") {
		t.Errorf("in an empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "gpiochip3"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenInput(dir, wire("pinctrl-rp1"), 0); !errors.Is(err, ErrNoChip) || !strings.Contains(err.Error(), "gpiochip3") {
		t.Errorf("with another chip: %v", err)
	}
	if _, err := OpenOutput(dir, wire("gpiochip3")); !errors.Is(err, ErrNoChip) {
		t.Errorf("a plain file was taken for a chip: %v", err)
	}
}

func TestALineIsFoundByItsName(t *testing.T) {
	names := []string{"ID_SDA", "GPIO2", "-", "-", "GPIO17", ""}
	nameOf := func(i int) (string, error) { return names[i], nil }
	if i, err := pick("GPIO17", "/dev/gpiochip0", len(names), nameOf); i != 4 || err != nil {
		t.Errorf("got %d, %v", i, err)
	}
	if _, err := pick("GPIO99", "/dev/gpiochip0", len(names), nameOf); !errors.Is(err, ErrNoLine) || !strings.Contains(err.Error(), "GPIO99") {
		t.Errorf("a line that is not there: %v", err)
	}
	if _, err := pick("-", "/dev/gpiochip0", len(names), nameOf); !errors.Is(err, ErrAmbiguous) || !strings.Contains(err.Error(), "lines 2 and 3") {
		t.Errorf("two lines of that name: %v", err)
	}
	broken := func(int) (string, error) { return "", unix.EIO }
	if _, err := pick("GPIO17", "/dev/gpiochip0", 1, broken); !errors.Is(err, unix.EIO) {
		t.Errorf("a chip that does not say: %v", err)
	}
	numbered := chip{path: "/dev/gpiochip0", lines: 1}
	if i, err := numbered.offset(signal.Wire{Line: 5}); i != 5 || err != nil {
		t.Errorf("by number: %d, %v", i, err)
	}
}

func TestWhatTheKernelRefusesIsClassed(t *testing.T) {
	w := signal.Wire{Chip: "c", Line: 17}
	for _, c := range []struct {
		name  string
		errno unix.Errno
		want  error
	}{
		{"a line somebody holds", unix.EBUSY, ErrLineInUse},
		{"a line beyond the last", unix.EINVAL, ErrNoLine},
		{"a bias the chip does not have", unix.ENOTSUP, ErrNoLine},
		{"an input that gives no interrupts", unix.ENXIO, ErrNoLine},
		{"anything else", unix.EIO, unix.EIO},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := requestError("/dev/gpiochip0 line 17", w, c.errno); !errors.Is(err, c.want) || !strings.Contains(err.Error(), "line 17") {
				t.Errorf("got %v", err)
			}
		})
	}
	if err := openError("/dev/gpiochip0", unix.EACCES); !errors.Is(err, ErrPermission) {
		t.Errorf("got %v", err)
	}
	if err := openError("/dev/gpiochip0", unix.ENOENT); !errors.Is(err, ErrNoChip) {
		t.Errorf("got %v", err)
	}
}
