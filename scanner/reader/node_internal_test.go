package reader

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsnotify/fsnotify"
)

// tree makes files and links (text that begins with "->") below a fresh folder and gives that folder.
func tree(t *testing.T, entries map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range entries {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, link := strings.CutPrefix(text, "->"); link {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestAPathThroughSysfsLeadsToTheNode(t *testing.T) {
	const port = "sys/devices/usb1/1-1/1-1.2/1-1.2:1.0"
	const pattern = "sys/bus/usb/devices/1-1.2:1.0/*/hidraw/hidraw*"
	entries := func(more map[string]string) map[string]string {
		all := map[string]string{
			"sys/bus/usb/devices/1-1.2:1.0":                         "->../../../devices/usb1/1-1/1-1.2/1-1.2:1.0",
			port + "/0003:0C2E:0B61.0001/hidraw/hidraw3/uevent":     "MAJOR=241\nMINOR=3\nDEVNAME=hidraw3\n",
			port + "/0003:0C2E:0B61.0001/input/input9/unrelated":    "",
			"sys/devices/usb1/1-1/1-1.3/1-1.3:1.0/hidraw/hidraw0/x": "",
		}
		maps.Copy(all, more)
		return all
	}
	for _, row := range []struct {
		name, path string
		more       map[string]string
		want       string
		fails      error
	}{
		{"what is plugged into the port", pattern, nil, "/dev/hidraw3", nil},
		{"a port with nothing in it", "sys/bus/usb/devices/1-1.4:1.0/*/hidraw/hidraw*", nil, "", ErrAbsent},
		{"the device itself", port + "/0003:0C2E:0B61.0001/hidraw/hidraw3", nil, "/dev/hidraw3", nil},
		{
			"two devices behind one port", pattern,
			map[string]string{port + "/0003:0C2E:0B61.0002/hidraw/hidraw4/uevent": "DEVNAME=hidraw4\n"},
			"", ErrAddress,
		},
		{
			"a name that leads out of /dev is none", "sys/evil",
			map[string]string{"sys/evil/uevent": "DEVNAME=../etc/shadow\n"},
			"/sys/evil", nil,
		},
		{"an input device is in a folder", "sys/event5", map[string]string{"sys/event5/uevent": "DEVNAME=input/event5\n"}, "/dev/input/event5", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			root := tree(t, entries(row.more))
			got, err := Resolve(filepath.Join(root, row.path))
			if !errors.Is(err, row.fails) {
				t.Fatalf("error %v, want %v", err, row.fails)
			}
			if got = strings.TrimPrefix(got, root); got != row.want {
				t.Errorf("it leads to %q, want %q", got, row.want)
			}
		})
	}
}

func TestWhatIsPluggedIntoAPortIsWatchedForUnderDev(t *testing.T) {
	for path, want := range map[string]string{
		"/sys/bus/usb/devices/1-1.2:1.0/*/hidraw/hidraw*":    "/dev/hidraw*",
		"/sys/bus/usb/devices/1-1.2:1.0/*/input/*/event*":    "/dev/input/event*",
		"/dev/serial/by-id/usb-Honeywell_Voyager_1450g-if00": "/dev/serial/by-id/usb-Honeywell_Voyager_1450g-if00",
	} {
		if got := watchable(path); got != want {
			t.Errorf("for %s it watches %s, want %s", path, got, want)
		}
	}
	w, err := NewWatch("/sys/bus/usb/devices/1-1.2:1.0/*/hidraw/hidraw*")
	if err != nil {
		t.Fatal(err)
	}
	if !w.concerns(fsnotify.Event{Name: "/dev/hidraw3", Op: fsnotify.Create}) {
		t.Error("a node that appears does not count")
	}
	if err := w.watcher.Close(); err != nil {
		t.Error(err)
	}
}
