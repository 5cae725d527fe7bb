package keyboard

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

func TestWhatIsNoKeyboardIsRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, path string
		want       error
		text       string
	}{
		{"nothing there", filepath.Join(dir, "none"), reader.ErrAbsent, "gatescand readers"},
		{"a file", file, reader.ErrAddress, "-event-kbd"},
		{"a folder", dir, reader.ErrAddress, "-event-kbd"},
		{"another kind of device", os.DevNull, reader.ErrAddress, "-event-kbd"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSource(t, row.path, "")
			err := s.Run(t.Context(), func() { t.Error("up") }, func(reader.Frame) { t.Error("a code") })
			if !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.text) {
				t.Errorf("Run returned %v, want %v with %q", err, row.want, row.text)
			}
		})
	}
}

func TestErrorsOfOpeningAreClassified(t *testing.T) {
	for _, row := range []struct {
		err  error
		want error
		text string
	}{
		{unix.ENOENT, reader.ErrAbsent, "gatescand readers"},
		{unix.ENODEV, reader.ErrAbsent, "cable"},
		{unix.ENXIO, reader.ErrAbsent, "cable"},
		{unix.EACCES, reader.ErrPermission, "72-gatescand-local.rules"},
		{unix.EPERM, reader.ErrPermission, "72-gatescand-local.rules"},
		{unix.EBUSY, reader.ErrBusy, "fuser -v"},
		{unix.ENOTTY, reader.ErrAddress, "-event-kbd"},
		{unix.EMFILE, reader.ErrFault, "plug the reader in again"},
	} {
		err := openError("/dev/input/event9", row.err)
		if !errors.Is(err, row.want) || !errors.Is(err, row.err) || !strings.Contains(err.Error(), row.text) {
			t.Errorf("%v became %v", row.err, err)
		}
	}
}

func TestADeviceTypesWhenItHasTheLettersAndEnter(t *testing.T) {
	all := func() *keyState {
		var k keyState
		for _, key := range append(letters(), KeyEnter) {
			k[key/8] |= 1 << (key % 8)
		}
		return &k
	}
	if n := len(letters()); n != 26 {
		t.Errorf("%d letters", n)
	}
	if !types(all()) {
		t.Error("a keyboard is none")
	}
	for _, key := range append(letters(), KeyEnter) {
		k := all()
		k[key/8] &^= 1 << (key % 8)
		if types(k) {
			t.Errorf("without key %d it is a keyboard", key)
		}
	}
	k := all()
	k[KeyEnter/8] &^= 1 << (KeyEnter % 8)
	k[KeyKPEnter/8] |= 1 << (KeyKPEnter % 8)
	if !types(k) {
		t.Error("Enter of the keypad is not enough")
	}
}

func TestAddressesAreJudged(t *testing.T) {
	for _, row := range []struct {
		name, address string
		want          []string // in the message; none: it is right
	}{
		{"nothing said", "hid:/dev/x", nil},
		{"all said", "hid:/dev/x?layout=nordic&gap=1s", nil},
		{"another kind", "serial:/dev/x", []string{"not a hid address"}},
		{"an unknown layout", "hid:/dev/x?layout=qwerty", []string{"layout=qwerty", "us, uk, de, fr, es, it, se, no, dk"}},
		{"no duration", "hid:/dev/x?gap=300", []string{"gap=300", "300ms"}},
		{"too short", "hid:/dev/x?gap=10ms", []string{"50ms to 5s"}},
		{"too long", "hid:/dev/x?gap=1m", []string{"50ms to 5s"}},
		{"an unknown option, and another fault", "hid:/dev/x?baud=9600&gap=0s", []string{`"baud"`, "use layout or gap", "gap=0s"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			address, err := reader.ParseAddress(row.address)
			if err != nil {
				t.Fatal(err)
			}
			s, err := New(address, func() time.Duration { return 0 })
			if len(row.want) == 0 {
				if err != nil || s.Path() != "/dev/x" {
					t.Fatalf("New gave %v", err)
				}
				return
			}
			if !errors.Is(err, reader.ErrAddress) {
				t.Fatalf("New gave %v", err)
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestTextsOfDevicesAreCleaned(t *testing.T) {
	if got := clean(" A\x1b]0;x\a\xffB" + strings.Repeat("c", 100) + "\n"); got != "A]0;xB"+strings.Repeat("c", 57) {
		t.Errorf("cleaned to %q (%d)", got, len(got))
	}
}
