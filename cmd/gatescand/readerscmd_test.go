package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const counterConfig = `
[station]
data_dir = "/var/lib/gatescand"
[[account]]
name = "lespass"
platform = "tibillet"
url = "https://lespass.example.org"
[[lane]]
name = "north"
reader = "serial:/dev/gatescand-none/north"
[[lane]]
name = "south"
reader = "virtual:"
`

func TestReadersAreListedWithTheAddressToWrite(t *testing.T) {
	c := newCounter(t)
	c.serial("1-1", "0c2e:0b6a", "Honeywell", "Voyager 1450g", "ttyACM0", "usb-Honeywell_Voyager-if00")
	c.keyboard("1-2", "046d:c31c", "Logitech", "USB Keyboard", "event0", "usb-Logitech-event-kbd")
	c.put("gatescand.toml", counterConfig)
	if err := c.list(); err != nil {
		t.Fatal(err)
	}
	want := `reader     serial    Honeywell Voyager 1450g
           why       Honeywell (Metrologic) makes bar code readers
           address   serial:/dev/serial/by-id/usb-Honeywell_Voyager-if00?profile=honeywell
           state     free
no reader  keyboard  Logitech USB Keyboard: Logitech makes keyboards for people
missing    lane north has no reader: nothing is plugged in at serial:/dev/gatescand-none/north
`
	if diff := cmp.Diff(want, c.out.String()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if said := c.errs.String(); said != "" {
		t.Errorf("it also says %q", said)
	}
}

func TestTheLaneThatUsesAReaderIsNamed(t *testing.T) {
	c := newCounter(t)
	c.serial("1-1", "0c2e:0b6a", "Honeywell", "Voyager 1450g", "ttyACM0", "usb-Honeywell_Voyager-if00")
	c.put("gatescand.toml", strings.ReplaceAll(counterConfig, "/dev/gatescand-none/north", "/dev/serial/by-id/usb-Honeywell_*"))
	if err := c.list(); err != nil {
		t.Fatal(err)
	}
	if said := c.out.String(); !strings.Contains(said, "state     used by lane north\n") || strings.Contains(said, "missing") {
		t.Errorf("list:\n%s", said)
	}
}

func TestTheListIsMachineReadable(t *testing.T) {
	c := newCounter(t)
	c.json = true
	c.serial("1-1", "0c2e:0b6a", "Honeywell", "Voyager 1450g", "ttyACM0", "usb-Honeywell_Voyager-if00")
	c.put("gatescand.toml", counterConfig)
	if err := c.list(); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(c.out.String()), &got); err != nil {
		t.Fatal(err)
	}
	devices, _ := got["devices"].([]any)
	if len(devices) != 1 {
		t.Fatalf("devices: %v", got["devices"])
	}
	device, _ := devices[0].(map[string]any)
	want := map[string]any{
		"kind": "serial", "looks": "reader", "reason": "Honeywell (Metrologic) makes bar code readers", "what": "Honeywell Voyager 1450g",
		"address": "serial:/dev/serial/by-id/usb-Honeywell_Voyager-if00?profile=honeywell", "node": "/dev/ttyACM0",
		"links": []any{"/dev/serial/by-id/usb-Honeywell_Voyager-if00"}, "access": "ok", "lanes": []any{},
		"usb": map[string]any{"vendor": "0c2e", "product": "0b6a", "maker": "Honeywell", "name": "Voyager 1450g", "port": "1-1"},
	}
	if diff := cmp.Diff(want, device); diff != "" {
		t.Errorf("device (-want +got):\n%s", diff)
	}
	missing := []any{map[string]any{"lane": "north", "address": "serial:/dev/gatescand-none/north"}}
	if diff := cmp.Diff(any(missing), got["lanes_without_reader"]); diff != "" {
		t.Errorf("lanes without a reader (-want +got):\n%s", diff)
	}
}

func TestNothingPluggedInSaysWhatToLookAt(t *testing.T) {
	for _, row := range []struct {
		name string
		plug func(c *counter)
	}{
		{"nothing at all", func(*counter) {}},
		{"a keyboard for people", func(c *counter) {
			c.keyboard("1-2", "046d:c31c", "Logitech", "USB Keyboard", "event0", "usb-L-event-kbd")
		}},
		{"a port of the board", func(c *counter) {
			c.put("sys/devices/platform/uart/tty/ttyAMA0/device", "->../..")
			c.put("sys/class/tty/ttyAMA0", "->../../devices/platform/uart/tty/ttyAMA0")
			c.put("dev/ttyAMA0", "")
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newCounter(t)
			row.plug(c)
			if err := c.list(); err != nil {
				t.Fatal(err)
			}
			if said := c.errs.String(); said != "" {
				t.Errorf("without a configuration it complains: %q", said)
			}
			for _, word := range []string{"no reader is plugged in", "cable", "lsusb", "mode"} {
				if !strings.Contains(c.out.String(), word) {
					t.Errorf("it does not speak of %q:\n%s", word, &c.out)
				}
			}
		})
	}
}

func TestAFaultyConfigurationIsNoObstacle(t *testing.T) {
	c := newCounter(t)
	c.serial("1-1", "0c2e:0b6a", "Honeywell", "Voyager 1450g", "ttyACM0", "usb-Honeywell_Voyager-if00")
	c.put("gatescand.toml", "nonsense = 1\n")
	if err := c.list(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(c.out.String(), "state     free") || !strings.Contains(c.errs.String(), "check --config-only") {
		t.Errorf("it says\n%s and\n%s", &c.out, &c.errs)
	}
}

func TestWrongUsageOfReaders(t *testing.T) {
	for _, row := range []struct {
		name string
		args []string
		want string
	}{
		{"an address without --learn", []string{"readers", "serial:/dev/x"}, `readers --learn "serial:/dev/x"`},
		{"--seconds without --learn", []string{"readers", "--seconds", "5"}, "--seconds goes with --learn"},
		{"no time at all", []string{"readers", "--learn", "--seconds", "0"}, "from 1 to 3600"},
		{"too much time", []string{"readers", "--learn", "--seconds", "3601"}, "from 1 to 3600"},
		{"an address that is none", []string{"readers", "--learn", "north"}, "KIND:"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out, errs strings.Builder
			code := run(t.Context(), row.args, stdio{out: &out, err: &errs}, func(string) string { return "" })
			if code != exitUsage || !strings.Contains(errs.String(), row.want) {
				t.Errorf("it ended with %d and said %q", code, errs.String())
			}
		})
	}
}

func TestEveryProposedAddressCanBeWritten(t *testing.T) {
	for _, ids := range []string{"0c2e:0001", "0536:0001", "05e0:0001", "05f9:0001", "1eab:0001", "6666:7777", "7777:6666", "0403:6001", "0745:0001"} {
		c := newCounter(t)
		c.serial("1-1", ids, "Maker", "Name", "ttyUSB0", "usb-x")
		devices, _, err := c.look()
		if err != nil || len(devices) != 1 {
			t.Fatalf("devices %v, error %v", devices, err)
		}
		if err := checkReader(devices[0].Address); err != nil {
			t.Errorf("%s: %s cannot be written: %v", ids, devices[0].Address, err)
		}
	}
}
