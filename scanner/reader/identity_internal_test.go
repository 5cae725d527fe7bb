package reader

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sysTree makes a tree as sysfs has it and gives its root.
func sysTree(t *testing.T, device string, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	port := filepath.Join(root, "devices/usb1", device)
	tty := filepath.Join(root, "class/tty/ttyACM0")
	for _, dir := range []string{port, tty} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(port, filepath.Join(tty, "device")); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, "devices/usb1/1-1", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestADeviceIsNamedByWhatItSaysOfItself(t *testing.T) {
	all := map[string]string{"idVendor": "0c2e\n", "idProduct": "0b61\n", "manufacturer": "Honeywell\n", "product": "Voyager\n", "serial": "S1\n"}
	for _, row := range []struct {
		name, device string
		files        map[string]string
		want         string
	}{
		{"cdc_acm", "1-1/1-1:1.0", all, "USB 0c2e:0b61 Honeywell Voyager, serial S1"},
		{"usb-serial", "1-1/1-1:1.0/ttyUSB0", all, "USB 0c2e:0b61 Honeywell Voyager, serial S1"},
		{"a device of few words", "1-1/1-1:1.0", map[string]string{"idVendor": "0403\n", "idProduct": "6001\n"}, "USB 0403:6001"},
		{
			"a device that sends terminal escapes", "1-1/1-1:1.0",
			map[string]string{"idVendor": "0403\n", "idProduct": "6001\n", "product": "\x1b]0;x\a" + strings.Repeat("p", 500) + "\xff\n"},
			"USB 0403:6001 ]0;x" + strings.Repeat("p", 60),
		},
		{"an input device, five folders deep", "1-1/1-1:1.0/0003:05E0:1200.0001/input/input5", all, "USB 0c2e:0b61 Honeywell Voyager, serial S1"},
		{"a device without a number for its product", "1-1/1-1:1.0", map[string]string{"idVendor": "0403\n"}, ""},
		{"no USB device", "1-1/1-1:1.0", nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			id, found := Identify(sysTree(t, row.device, row.files), "tty", "/dev/ttyACM0")
			if found != (row.want != "") {
				t.Fatalf("found: %v", found)
			}
			if found && (id.String() != row.want || id.Port != "1-1") {
				t.Errorf("it is %q at port %q, want %q at 1-1", id, id.Port, row.want)
			}
		})
	}
	if id, found := Identify("/sys", "tty", "/dev/pts/0"); found {
		t.Errorf("a pty is %q", id)
	}
}
