package inventory_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatescand/scanner/reader/inventory"
)

func TestLanesAreFoundByWhateverAddressTheyWrite(t *testing.T) {
	b := newBox(t)
	b.usb("1-1.1", "0c2e:0b61", "Honeywell", "Voyager", "A").acm(0, "usb-Honeywell_Voyager_A-if00")
	b.usb("1-1.2", "05e0:1200", "Symbol", "Bar Code Scanner", "").keyboard(3, "usb-Symbol-event-kbd")
	b.usb("1-1.3", "0c2e:0b61", "Honeywell", "Xenon", "").pos(0, barcodePage())
	b.node("platform/soc/fe801000.csi", "video4linux/video0", "video0", "device", "../../../fe801000.csi")
	b.file("sys/class/video4linux/video0/name", "unicam\n")
	b.link("dev/ttyACM0", "dev/gate/scanner-serial-A")

	const serial, keyboard, pos, ribbon = "/dev/ttyACM0", "/dev/input/event3", "/dev/hidraw0", "/dev/video0"
	for _, row := range []struct {
		name, address string
		node          string // "" is none
		missing       bool
	}{
		{"by id", "serial:/dev/serial/by-id/usb-Honeywell_Voyager_A-if00?baud=9600", serial, false},
		{"by a pattern", "serial:/dev/serial/by-id/usb-Honeywell_*", serial, false},
		{"by path", "serial:/dev/serial/by-path/platform-soc-usb-0:1.1:1.0", serial, false},
		{"by the link of our rule", "serial:/dev/gate/scanner-serial-A", serial, false},
		{"by the node", "serial:/dev/ttyACM0", serial, false},
		{"a reader that types", "hid:/dev/input/by-id/usb-Symbol-event-kbd?layout=fr", keyboard, false},
		{"through the port", "hid:/sys/bus/usb/devices/1-1.3:1.0/*/hidraw/hidraw*", pos, false},
		{"the ribbon connector", "camera:rpicam", ribbon, false},
		{"the first of the ribbon connectors", "camera:rpicam:0", ribbon, false},
		{"one that is not plugged in", "serial:/dev/serial/by-id/usb-Zebra", "", true},
		{"a camera that is not plugged in", "camera:/dev/video9", "", true},
		{"a folder of pictures is no device", "camera:/srv/gate", "", false},
		{"a reader on the network is no device", "tcp:10.0.0.1:4001", "", false},
		{"a virtual reader is no device", "virtual:", "", false},
		{"an address nobody understands", "serial:", "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			devices := scan(t, b.roots())
			lane := inventory.Lane{Name: "north", Address: row.address}
			missing := b.roots().Assign(devices, []inventory.Lane{lane})
			got := ""
			for _, d := range devices {
				if len(d.Lanes) > 0 {
					got += d.Node
				}
			}
			if got != row.node || (len(missing) == 1) != row.missing {
				t.Errorf("it is the reader %q, missing %v; want %q, missing: %v", got, missing, row.node, row.missing)
			}
		})
	}
}

func TestTwoLanesOfOneDeviceAreBothNamed(t *testing.T) {
	b := newBox(t)
	b.usb("1-1.1", "0c2e:0b61", "Honeywell", "Voyager", "A").acm(0, "usb-Honeywell_Voyager_A-if00")
	devices := scan(t, b.roots())
	b.roots().Assign(devices, []inventory.Lane{
		{Name: "north", Address: "serial:/dev/ttyACM0"}, {Name: "south", Address: "serial:/dev/serial/by-id/usb-Honeywell_*"},
	})
	if diff := cmp.Diff([]string{"north", "south"}, devices[0].Lanes); diff != "" {
		t.Errorf("lanes (-want +got):\n%s", diff)
	}
}

func TestAHintNamesReadersThatNoLaneUses(t *testing.T) {
	const voyager = "serial:/dev/serial/by-id/usb-Honeywell_Voyager_A-if00?profile=honeywell"
	for _, row := range []struct {
		name       string
		plug       func(b *box)
		configured []string
		want       string
	}{
		{"nothing is plugged in", func(*box) {}, []string{voyager}, ""},
		{
			"the one reader is used",
			func(b *box) {
				b.usb("1-1", "0c2e:0b61", "Honeywell", "Voyager", "A").acm(0, "usb-Honeywell_Voyager_A-if00")
			},
			[]string{voyager},
			"",
		},
		{
			"another one than the configured one",
			func(b *box) {
				b.usb("1-1", "0c2e:0b61", "Honeywell", "Voyager", "A").acm(0, "usb-Honeywell_Voyager_A-if00")
			},
			[]string{"serial:/dev/serial/by-id/usb-Zebra"},
			"Plugged in and used by no lane: " + voyager + " (Honeywell Voyager)",
		},
		{
			"the configured one as something else: a setting code made it type",
			func(b *box) {
				b.usb("1-1", "0c2e:0b61", "Honeywell", "Voyager", "A").keyboard(3, "usb-Honeywell_Voyager_A-event-kbd")
			},
			[]string{voyager},
			"Plugged in and used by no lane: hid:/dev/input/by-id/usb-Honeywell_Voyager_A-event-kbd?layout=us (Honeywell Voyager)",
		},
		{
			"keyboards are not proposed: one of them may be the technician's",
			func(b *box) {
				b.usb("1-1", "0627:0001", "QEMU", "QEMU USB Keyboard", "").keyboard(0, "usb-QEMU-event-kbd")
				b.usb("1-2", "046d:c31c", "Logitech", "USB Keyboard", "").keyboard(1, "usb-Logitech-event-kbd")
			},
			[]string{voyager},
			"",
		},
		{
			"an adapter is",
			func(b *box) { b.usb("1-1", "0403:6001", "FTDI", "FT232R", "A1").adapter(0, "usb-FTDI-port0") },
			[]string{voyager},
			"Plugged in and used by no lane: serial:/dev/serial/by-id/usb-FTDI-port0?baud=9600 (FTDI FT232R)",
		},
		{
			"many are counted",
			func(b *box) {
				for n := range 5 {
					b.usb(fmt.Sprintf("1-1.%d", n+1), "0c2e:0b61", "M", fmt.Sprintf("R%d", n), "").acm(n, fmt.Sprintf("r%d", n))
				}
			},
			nil, "Plugged in and used by no lane: serial:/dev/serial/by-id/r0?profile=honeywell (M R0), " +
				"serial:/dev/serial/by-id/r1?profile=honeywell (M R1), serial:/dev/serial/by-id/r2?profile=honeywell (M R2) and 2 more",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBox(t)
			row.plug(b)
			if got := b.roots().Hint(row.configured)(); got != row.want {
				t.Errorf("hint\n%q, want\n%q", got, row.want)
			}
		})
	}
	t.Run("sysfs cannot be read", func(t *testing.T) {
		if got := (inventory.Roots{Sys: "/nowhere-gatescand"}).Hint(nil)(); got != "" {
			t.Errorf("hint %q", got)
		}
	})
}

func TestDevicesMayComeAndGoWhileTheyAreLookedAt(t *testing.T) {
	b := newBox(t)
	stop := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		for n := 0; ; n++ {
			devices, err := inventory.Scan(b.roots())
			if err != nil {
				t.Error(err)
			}
			for _, d := range devices {
				if d.Node == "" || !strings.Contains(d.Address, ":/") || d.Looks == "" || d.Reason == "" {
					t.Errorf("half a device: %+v", d)
				}
			}
			select {
			case <-stop:
				t.Logf("%d looks", n)
				return
			default:
			}
		}
	})
	defer looking.Wait()
	defer close(stop)
	for range 30 {
		u := b.usb("1-1", "0c2e:0b61", "Honeywell", "Voyager", "A")
		u.acm(0, "usb-A-if00")
		u.keyboard(0, "usb-A-event-kbd")
		u.pos(0, barcodePage())
		for _, pattern := range []string{
			"dev/ttyACM0", "dev/input/event0", "dev/hidraw0", "dev/serial", "dev/input/by-*", "sys/class/*/*[MAwt]0",
			"sys/bus/usb/devices/*", "sys/devices/platform/soc",
		} {
			b.unplug(pattern)
		}
	}
}
