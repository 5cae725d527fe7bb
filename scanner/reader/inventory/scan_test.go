package inventory_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatescand/scanner/reader/inventory"
)

func scan(t *testing.T, r inventory.Roots) []inventory.Device {
	t.Helper()
	devices, err := inventory.Scan(r)
	if err != nil {
		t.Fatal(err)
	}
	return devices
}

// told is a device as the table below has it: looks, kind, node, address, what, and the beginning of the note.
func told(d inventory.Device) string {
	text := fmt.Sprintf("%s %s %s %s %q", d.Looks, d.Kind, d.Node, d.Address, d.What())
	if d.Note != "" {
		text += " note"
	}
	return text
}

func TestWhatIsPluggedInIsToldWithTheAddressThatLasts(t *testing.T) {
	for _, row := range []struct {
		name  string
		plug  func(b *box)
		want  []string
		wants string // in the reason or the note of the first
	}{
		{"nothing", func(*box) {}, nil, ""},
		{
			"a serial reader of a known maker", func(b *box) {
				b.usb("1-1.2", "0c2e:0b6a", "Honeywell", "Voyager 1450g", "S1").acm(0, "usb-Honeywell_Voyager_S1-if00")
			},
			[]string{`reader serial /dev/ttyACM0 serial:/dev/serial/by-id/usb-Honeywell_Voyager_S1-if00?profile=honeywell "Honeywell Voyager 1450g"`},
			"makes bar code readers",
		},
		{
			"a reader that types", func(b *box) {
				b.usb("1-1.2", "05e0:1200", "Symbol Technologies", "Bar Code Scanner", "").keyboard(3, "usb-Symbol-event-kbd")
			},
			[]string{`reader keyboard /dev/input/event3 hid:/dev/input/by-id/usb-Symbol-event-kbd?layout=us "Symbol Technologies Bar Code Scanner"`},
			"its name says so",
		},
		{
			"a point-of-sale reader without a link: named through its port", func(b *box) { b.usb("1-1.3", "0c2e:0b61", "Honeywell", "Xenon", "S2").pos(0, barcodePage()) },
			[]string{`reader pos /dev/hidraw0 hid:/sys/bus/usb/devices/1-1.3:1.0/*/hidraw/hidraw* "Honeywell Xenon" note`},
			"keep it in this port",
		},
		{
			"a point-of-sale reader with a link of our udev rule", func(b *box) {
				b.usb("1-1.3", "0c2e:0b61", "Honeywell", "Xenon", "S2").pos(0, barcodePage())
				b.link("dev/hidraw0", "dev/gate/scanner-pos-S2")
			},
			[]string{`reader pos /dev/hidraw0 hid:/dev/gate/scanner-pos-S2 "Honeywell Xenon"`},
			"descriptor",
		},
		{
			"a point-of-sale reader with a link by the serial number of the hub above: its port counts", func(b *box) {
				b.usb("1-1.3", "0c2e:0b61", "Honeywell", "Xenon", "").pos(0, barcodePage())
				b.link("dev/hidraw0", "dev/gate/scanner-pos-0000:01:00.0")
				b.link("dev/hidraw0", "dev/gate/scanner-pos-platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.3:1.0")
			},
			[]string{`reader pos /dev/hidraw0 hid:/dev/gate/scanner-pos-platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.3:1.0 "Honeywell Xenon" note`},
			"keep it in this port",
		},
		{
			"a point-of-sale reader with nothing but a link by the hub's serial number", func(b *box) {
				b.usb("1-1.3", "0c2e:0b61", "Honeywell", "Xenon", "").pos(0, barcodePage())
				b.link("dev/hidraw0", "dev/gate/scanner-pos-0000:01:00.0")
			},
			[]string{`reader pos /dev/hidraw0 hid:/sys/bus/usb/devices/1-1.3:1.0/*/hidraw/hidraw* "Honeywell Xenon" note`},
			"keep it in this port",
		},
		{
			"a point-of-sale reader with links by serial number and by port: it may be plugged in anywhere", func(b *box) {
				b.usb("1-1.3", "0c2e:0b61", "Honeywell", "Xenon", "S 2/7").pos(0, barcodePage())
				b.link("dev/hidraw0", "dev/gate/scanner-pos-0000:01:00.0")
				b.link("dev/hidraw0", "dev/gate/scanner-pos-S_2_7")
				b.link("dev/hidraw0", "dev/gate/scanner-pos-pci-0000:01:00.0-usb-0:1.3:1.0")
			},
			[]string{`reader pos /dev/hidraw0 hid:/dev/gate/scanner-pos-S_2_7 "Honeywell Xenon"`},
			"descriptor",
		},
		{
			"a link by the port of another reader", func(b *box) {
				b.usb("1-1.3", "0c2e:0b61", "Honeywell", "Xenon", "").pos(0, barcodePage())
				b.link("dev/hidraw0", "dev/gate/scanner-pos-pci-0000:01:00.0-usb-0:1.13:1.0")
			},
			[]string{`reader pos /dev/hidraw0 hid:/sys/bus/usb/devices/1-1.3:1.0/*/hidraw/hidraw* "Honeywell Xenon" note`},
			"keep it in this port",
		},
		{
			"a name that a local rule gave", func(b *box) {
				b.usb("1-1.3", "0c2e:0b61", "Honeywell", "Xenon", "").pos(0, barcodePage())
				b.link("dev/hidraw0", "dev/gate/north")
			},
			[]string{`reader pos /dev/hidraw0 hid:/dev/gate/north "Honeywell Xenon"`},
			"descriptor",
		},
		{
			"a keyboard's reports are no point-of-sale reader", func(b *box) { b.usb("1-1", "046d:c31c", "Logitech", "Keyboard", "").pos(0, keyboardPage()) },
			nil, "",
		},
		{
			"a serial adapter", func(b *box) {
				b.usb("1-1", "0403:6001", "FTDI", "FT232R USB UART", "A1").adapter(0, "usb-FTDI_FT232R_A1-if00-port0")
			},
			[]string{`maybe serial /dev/ttyUSB0 serial:/dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0?baud=9600 "FTDI FT232R USB UART" note`},
			"a reader may be behind this one",
		},
		{
			"a modem", func(b *box) { b.usb("1-1", "2c7c:0125", "Quectel", "EG25-G", "").adapter(0, "usb-Quectel-if00") },
			[]string{`other serial /dev/ttyUSB0 serial:/dev/serial/by-id/usb-Quectel-if00 "Quectel EG25-G"`},
			"modems",
		},
		{
			"the UART of a Raspberry Pi", func(b *box) {
				b.node("platform/soc/fe201000.serial", "tty/ttyAMA0", "ttyAMA0", "device", "../../../fe201000.serial")
				b.file("sys/class/tty/ttyAMA0/type", "32\n")
				b.link("dev/ttyAMA0", "dev/serial0")
			},
			[]string{`maybe serial /dev/ttyAMA0 serial:/dev/serial0?baud=9600 "/dev/ttyAMA0" note`},
			"a port of this board",
		},
		{
			"a plain keyboard", func(b *box) {
				b.usb("1-1", "046d:c31c", "Logitech", "USB Keyboard", "").keyboard(0, "usb-Logitech-event-kbd")
			},
			[]string{`other keyboard /dev/input/event0 hid:/dev/input/by-id/usb-Logitech-event-kbd "Logitech USB Keyboard"`},
			"keyboards for people",
		},
		{
			"a keyboard nobody knows", func(b *box) {
				b.usb("1-1", "0627:0001", "QEMU", "QEMU USB Keyboard", "").keyboard(0, "usb-QEMU-event-kbd")
			},
			[]string{`maybe keyboard /dev/input/event0 hid:/dev/input/by-id/usb-QEMU-event-kbd "QEMU USB Keyboard"`},
			"its maker is not known",
		},
		{
			"a keyboard with a touch pad", func(b *box) {
				u := b.usb("1-1", "1997:2433", "", "mini keyboard", "")
				u.keyboard(0, "usb-mini-event-kbd")
				u.mouse(1)
			},
			[]string{`other keyboard /dev/input/event0 hid:/dev/input/by-id/usb-mini-event-kbd "mini keyboard"`},
			"with a mouse",
		},
		{
			"the keyboard of a laptop", func(b *box) { b.input("platform/i8042/serio0", 2, 0x11, "AT Translated Set 2 keyboard", allKeys()) },
			[]string{`other keyboard /dev/input/event2 hid:/dev/input/event2 "AT Translated Set 2 keyboard" note`},
			"built into this computer",
		},
		{
			"a keyboard without a cable", func(b *box) { b.input("virtual/misc/uhid/0005:1234:5678.0001", 2, 5, "Pocket", allKeys()) },
			[]string{`maybe keyboard /dev/input/event2 hid:/dev/input/event2 "Pocket" note`},
			"without a cable",
		},
		{"a power button has no letters", func(b *box) { b.input("LNXPWRBN:00", 1, 0x19, "Power Button", "10000000000000 0") }, nil, ""},
		{
			"a USB camera: only its first node gives pictures", func(b *box) {
				b.usb("1-1", "046d:0825", "Logitech", "Webcam C270", "9").camera(0, "usb-Logitech_C270_9")
			},
			[]string{`maybe camera /dev/video0 camera:/dev/v4l/by-id/usb-Logitech_C270_9-video-index0 "Logitech Webcam C270"`},
			"a camera",
		},
		{
			"the camera at the ribbon connector, with the codecs beside it", func(b *box) {
				for n, name := range []string{"unicam-image", "unicam-embedded", "bcm2835-codec-decode"} {
					video := fmt.Sprintf("video%d", n)
					b.node("platform/soc/fe801000.csi", "video4linux/"+video, video, "device", "../../../fe801000.csi")
					b.file("sys/class/video4linux/"+video+"/name", name+"\n")
					b.file("sys/class/video4linux/"+video+"/index", "0\n")
				}
			},
			[]string{`maybe camera /dev/video0 camera:rpicam "unicam-image"`},
			"",
		},
		{
			"a device that sends terminal escapes", func(b *box) { b.usb("1-1", "1234:5678", "\x1b]0;owned\a", "x\u202ey\x1b[2J", "").acm(0, "usb-x-if00") },
			[]string{`maybe serial /dev/ttyACM0 serial:/dev/serial/by-id/usb-x-if00 "]0;owned xy[2J"`},
			"",
		},
		{
			"links that could not stand in an address, or are in the making", func(b *box) {
				b.usb("1-1", "0c2e:0b6a", "", "", "").acm(0, "")
				for _, name := range []string{"a?b", "a*", "a[b", ".#usb-Honeywell", "a\tb"} {
					b.link("dev/ttyACM0", "dev/serial/by-id/"+name)
				}
			},
			[]string{`reader serial /dev/ttyACM0 serial:/dev/serial/by-path/platform-soc-usb-0:1:1.0?profile=honeywell "USB 0c2e:0b6a" note`},
			"",
		},
		{
			"a device that has gone from /dev and not yet from sysfs", func(b *box) {
				u := b.usb("1-1", "0c2e:0b6a", "Honeywell", "Voyager", "S1")
				u.acm(0, "usb-Honeywell-if00")
				u.pos(0, barcodePage())
				u.keyboard(0, "usb-Honeywell-event-kbd")
				u.camera(0, "usb-Honeywell")
				b.unplug("dev/[tvh][tvi]*")
				b.unplug("dev/input/event0")
			},
			nil, "",
		},
		{
			"a device that is half gone from sysfs", func(b *box) {
				b.usb("1-1", "0c2e:0b6a", "Honeywell", "Voyager", "S1").acm(0, "usb-Honeywell-if00")
				b.unplug("sys/devices/platform/soc/usb1/1-1/*:1.0/tty/*/*")
			},
			nil, "",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBox(t)
			row.plug(b)
			devices := scan(t, b.roots())
			var got []string
			for _, d := range devices {
				got = append(got, told(d))
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Fatalf("devices (-want +got):\n%s", diff)
			}
			if row.wants != "" && !strings.Contains(devices[0].Reason+devices[0].Note, row.wants) {
				t.Errorf("reason %q and note %q, want %q in one", devices[0].Reason, devices[0].Note, row.wants)
			}
		})
	}
}

// addresses gives the addresses of all devices by their port.
func addresses(devices []inventory.Device) map[string]string {
	found := make(map[string]string)
	for _, d := range devices {
		found[d.Identity.Port] = d.Address
	}
	return found
}

func TestTwoReadersOfOneNameAreToldApartByTheirPorts(t *testing.T) {
	for _, row := range []struct {
		name string
		plug func(u usb, n int)
		want map[string]string
	}{
		{
			"serial readers", func(u usb, n int) { u.acm(n, "usb-Honeywell_Voyager-if00") },
			map[string]string{
				"1-1.1": "serial:/dev/serial/by-path/platform-soc-usb-0:1.1:1.0?profile=honeywell",
				"1-1.2": "serial:/dev/serial/by-path/platform-soc-usb-0:1.2:1.0?profile=honeywell",
			},
		},
		{
			"readers that type", func(u usb, n int) { u.keyboard(n, "usb-Honeywell_Voyager-event-kbd") },
			map[string]string{
				"1-1.1": "hid:/dev/input/by-path/platform-soc-usb-0:1.1:1.0-event-kbd?layout=us",
				"1-1.2": "hid:/dev/input/by-path/platform-soc-usb-0:1.2:1.0-event-kbd?layout=us",
			},
		},
		{
			"point-of-sale readers", func(u usb, n int) { u.pos(n, barcodePage()) },
			map[string]string{
				"1-1.1": "hid:/sys/bus/usb/devices/1-1.1:1.0/*/hidraw/hidraw*",
				"1-1.2": "hid:/sys/bus/usb/devices/1-1.2:1.0/*/hidraw/hidraw*",
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBox(t)
			row.plug(b.usb("1-1.1", "0c2e:0b61", "Honeywell", "Voyager", ""), 0)
			row.plug(b.usb("1-1.2", "0c2e:0b61", "Honeywell", "Voyager", ""), 1)
			devices := scan(t, b.roots())
			if diff := cmp.Diff(row.want, addresses(devices)); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			for _, d := range devices {
				if !strings.Contains(d.Note, "told apart by its port") {
					t.Errorf("%s has the note %q", d.Node, d.Note)
				}
			}
			// Written so into the configuration, each lane has its own.
			lanes := []inventory.Lane{{Name: "north", Address: row.want["1-1.1"]}, {Name: "south", Address: row.want["1-1.2"]}}
			missing := b.roots().Assign(devices, lanes)
			if diff := cmp.Diff(map[string]string{"1-1.1": "north", "1-1.2": "south"}, lanesOf(devices)); diff != "" || len(missing) > 0 {
				t.Errorf("lanes, missing %v (-want +got):\n%s", missing, diff)
			}
		})
	}
}

func lanesOf(devices []inventory.Device) map[string]string {
	found := make(map[string]string)
	for _, d := range devices {
		found[d.Identity.Port] = strings.Join(d.Lanes, "+")
	}
	return found
}

func TestTwoPointOfSaleReadersUnderOneHubAreToldApartByThePortsInOurLinks(t *testing.T) {
	b := newBox(t)
	b.usb("1-1.3", "0c2e:0b61", "Honeywell", "Xenon", "").pos(0, barcodePage())
	b.usb("1-1.4", "0c2e:0b61", "Honeywell", "Xenon", "").pos(1, barcodePage())
	b.link("dev/hidraw1", "dev/gate/scanner-pos-0000:01:00.0") // the hub's, and whoever came last has it
	b.link("dev/hidraw0", "dev/gate/scanner-pos-pci-0000:01:00.0-usb-0:1.3:1.0")
	b.link("dev/hidraw1", "dev/gate/scanner-pos-pci-0000:01:00.0-usb-0:1.4:1.0")
	want := map[string]string{
		"1-1.3": "hid:/dev/gate/scanner-pos-pci-0000:01:00.0-usb-0:1.3:1.0",
		"1-1.4": "hid:/dev/gate/scanner-pos-pci-0000:01:00.0-usb-0:1.4:1.0",
	}
	devices := scan(t, b.roots())
	if diff := cmp.Diff(want, addresses(devices)); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
	if !strings.Contains(devices[0].Note, "bears the same name") {
		t.Errorf("note %q", devices[0].Note)
	}
}

func TestSwappedReadersKeepTheLaneOfTheirPort(t *testing.T) {
	lanes := []inventory.Lane{
		{Name: "north", Address: "serial:/dev/serial/by-path/platform-soc-usb-0:1.1:1.0"},
		{Name: "south", Address: "serial:/dev/serial/by-path/platform-soc-usb-0:1.2:1.0"},
	}
	for _, numbers := range [][2]int{{0, 1}, {1, 0}} {
		b := newBox(t)
		b.usb("1-1.1", "0c2e:0b61", "Honeywell", "Voyager", "").acm(numbers[0], "usb-Honeywell_Voyager-if00")
		b.usb("1-1.2", "0c2e:0b61", "Honeywell", "Voyager", "").acm(numbers[1], "usb-Honeywell_Voyager-if00")
		devices := scan(t, b.roots())
		b.roots().Assign(devices, lanes)
		if diff := cmp.Diff(map[string]string{"1-1.1": "north", "1-1.2": "south"}, lanesOf(devices)); diff != "" {
			t.Errorf("with the numbers %v, lanes by port (-want +got):\n%s", numbers, diff)
		}
	}
}

func TestOneMakeInTwoModesIsToldApartByItsNames(t *testing.T) {
	b := newBox(t)
	b.usb("1-1.1", "0c2e:0b61", "Honeywell", "Voyager", "").acm(0, "usb-Honeywell_Voyager-if00")
	b.usb("1-1.2", "0c2e:0b61", "Honeywell", "Voyager", "").keyboard(1, "usb-Honeywell_Voyager-event-kbd")
	want := map[string]string{
		"1-1.1": "serial:/dev/serial/by-id/usb-Honeywell_Voyager-if00?profile=honeywell",
		"1-1.2": "hid:/dev/input/by-id/usb-Honeywell_Voyager-event-kbd?layout=us",
	}
	if diff := cmp.Diff(want, addresses(scan(t, b.roots()))); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
}

func TestReadersWithSerialNumbersKeepTheirNamesInAnyPort(t *testing.T) {
	b := newBox(t)
	b.usb("1-1.1", "0c2e:0b61", "Honeywell", "Voyager", "A").acm(0, "usb-Honeywell_Voyager_A-if00")
	b.usb("1-1.2", "0c2e:0b61", "Honeywell", "Voyager", "B").acm(1, "usb-Honeywell_Voyager_B-if00")
	want := map[string]string{
		"1-1.1": "serial:/dev/serial/by-id/usb-Honeywell_Voyager_A-if00?profile=honeywell",
		"1-1.2": "serial:/dev/serial/by-id/usb-Honeywell_Voyager_B-if00?profile=honeywell",
	}
	if diff := cmp.Diff(want, addresses(scan(t, b.roots()))); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
}

func TestAReaderThatCannotBeOpenedSaysWhatToDo(t *testing.T) {
	for _, row := range []struct {
		name  string
		mode  fs.FileMode
		err   error
		want  inventory.AccessState
		wants string
	}{
		{"it may be opened", 0o660, nil, inventory.AccessOK, ""},
		{"nobody but root may: the udev rule is missing", 0o600, syscall.EACCES, inventory.AccessDenied, "72-gatescand.rules"},
		{"the unit forbids it", 0o660, syscall.EPERM, inventory.AccessDenied, "DeviceAllow="},
		{"it has just gone", 0o660, syscall.ENOENT, inventory.AccessGone, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBox(t)
			b.usb("1-1", "0c2e:0b61", "Honeywell", "Voyager", "S1").acm(0, "usb-Honeywell-if00")
			b.check(os.Chmod(filepath.Join(b.root, "dev/ttyACM0"), row.mode))
			r := b.roots()
			r.MayOpen = func(string, bool) error {
				if row.err == nil {
					return nil
				}
				return &fs.PathError{Op: "access", Path: "x", Err: row.err}
			}
			got := scan(t, r)[0].Access
			if got.State != row.want || !strings.Contains(got.Remedy, row.wants) || (row.wants == "") != (got.Remedy == "") {
				t.Errorf("access %+v, want %s and %q in the remedy", got, row.want, row.wants)
			}
		})
	}
}

func TestTheKernelIsAskedAndNothingIsOpened(t *testing.T) {
	b := newBox(t)
	b.usb("1-1", "0c2e:0b61", "Honeywell", "Voyager", "S1").acm(0, "usb-Honeywell-if00")
	// Opening a FIFO for reading would wait for a writer; asking does not.
	node := filepath.Join(b.root, "dev/ttyACM0")
	b.check(os.Remove(node))
	b.check(syscall.Mkfifo(node, 0o600))
	if got := scan(t, b.roots())[0].Access.State; got != inventory.AccessOK {
		t.Errorf("access %q, want ok", got)
	}
}

func TestWithoutSysfsTheErrorSaysSo(t *testing.T) {
	_, err := inventory.Scan(inventory.Roots{Sys: filepath.Join(t.TempDir(), "none")})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "mount sysfs") {
		t.Errorf("error %v", err)
	}
}

func TestThisBoxCanBeLookedAt(t *testing.T) {
	if _, err := inventory.Scan(inventory.Roots{}); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
