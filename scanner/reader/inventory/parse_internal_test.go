package inventory

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

func TestOnlyAUsageOfThePageOfBarCodeReadersCounts(t *testing.T) {
	for _, row := range []struct {
		name       string
		descriptor []byte
		want       bool
	}{
		{"the page in one byte", []byte{0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01}, true},
		{"the page in two bytes", []byte{0x06, 0x8c, 0x00, 0x09, 0x02, 0xa1, 0x01}, true},
		{"the page in four bytes", []byte{0x07, 0x8c, 0, 0, 0, 0x09, 0x02, 0xa1, 0x01}, true},
		{"the page within the usage", []byte{0x05, 0x01, 0x0b, 0x02, 0x00, 0x8c, 0x00, 0xa1, 0x01}, true},
		{"the vendor's page of old Hand Held readers", []byte{0x06, 0x8c, 0xff, 0x09, 0x02, 0xa1, 0x01}, true},
		{"behind a long item", []byte{0xfe, 0x02, 0x10, 0xaa, 0xbb, 0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01}, true},
		{"behind the collection of a keyboard", []byte{0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0xc0, 0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01}, true},
		{"8C as a number of something else", []byte{0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x25, 0x8c, 0x05, 0x07, 0x09, 0x8c, 0xa1, 0x00}, false},
		{"8C in the data of a long item", []byte{0xfe, 0x06, 0x10, 0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0xc0}, false},
		{"the page, and never a usage", []byte{0x05, 0x8c, 0xc0}, false},
		{"broken off within an item", []byte{0x06, 0x8c}, false},
		{"broken off within a long item", []byte{0xfe}, false},
		{"empty", nil, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := readsBarcodes(row.descriptor); got != row.want {
				t.Errorf("%x reads bar codes: %v, want %v", row.descriptor, got, row.want)
			}
		})
	}
}

func FuzzDescriptor(f *testing.F) {
	f.Add([]byte{0x06, 0x8c, 0x00, 0x09, 0x02, 0xa1, 0x01, 0xc0})
	f.Add([]byte{0xfe, 0xff, 0x10})
	f.Fuzz(func(t *testing.T, b []byte) {
		found := readsBarcodes(b)
		if found && !strings.Contains(string(b), "\x8c") {
			t.Errorf("%x has no 8C in it", b)
		}
	})
}

func TestAllLettersAndEnterAreNeededToType(t *testing.T) {
	for _, row := range []struct {
		name, capabilities string
		bits               int
		want               bool
	}{
		{"a keyboard, 64-bit kernel", "10000 7 ff800000000007ff febeffdff3cfffff fffffffffffffffe", 64, true},
		{"a keyboard, 32-bit kernel", "7 ff800000 7ff febeffdf f3cfffff ffffffff fffffffe", 32, true},
		{"no Enter", "ffffffffeffffffe", 64, false},
		{"one letter less", "fffffffffffeffff", 64, false},
		{"digits only", "ffc", 64, false},
		{"a mouse", "1f0000 0 0 0 0", 64, false},
		{"nothing", "", 64, false},
		{"rubbish", "xyz fffffffffffffffg", 64, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := types(row.capabilities, row.bits); got != row.want {
				t.Errorf("it types: %v, want %v", got, row.want)
			}
		})
	}
}

func FuzzCapabilities(f *testing.F) {
	f.Add("10000 7 ff800000000007ff febeffdff3cfffff fffffffffffffffe")
	f.Fuzz(func(t *testing.T, text string) {
		if types(text, 64) && len(text) < 13 {
			t.Errorf("%q holds too few digits for all letters", text)
		}
	})
}

func TestTheRemedyFitsTheReason(t *testing.T) {
	for _, row := range []struct {
		name, group string
		mode        fs.FileMode
		err         error
		want        string
	}{
		{"a group may", "dialout", 0o660, syscall.EACCES, "usermod -aG dialout"},
		{"a group without a name may", "977", 0o660, syscall.EACCES, "usermod -aG 977"},
		{"the group is root", "root", 0o660, syscall.EACCES, "72-gatescand.rules"},
		{"root alone may", "dialout", 0o600, syscall.EACCES, "72-gatescand.rules"},
		{"the unit's device policy", "dialout", 0o660, syscall.EPERM, "DeviceAllow="},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := remedyOf("/dev/ttyACM0", row.group, row.mode, row.err)
			if !strings.Contains(got, row.want) || !strings.Contains(got, "/dev/ttyACM0") {
				t.Errorf("remedy %q, want %q in it", got, row.want)
			}
		})
	}
}

func TestEveryMakerIsNamedOnceAndSaysWhy(t *testing.T) {
	seen := make(map[[2]uint16]bool)
	for _, m := range makers() {
		key := [2]uint16{m.vendor, m.product}
		if seen[key] || m.name == "" || m.what == "" || m.looks == "" {
			t.Errorf("%04x:%04x is there twice or not whole: %+v", m.vendor, m.product, m)
		}
		seen[key] = true
	}
}
