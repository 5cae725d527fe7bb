//go:build kernel

package main

import (
	"encoding/base64"
	"strings"
	"testing"
)

// Report descriptors of the two kinds of HID readers, item by item (HID 1.11,
// section 6.2.2). The first is the boot keyboard of appendix B without its
// lamps; the second is a bar code scanner of the point-of-sale usage tables
// (1.02, page 0x8C) in the arrangement of Honeywell: 64 bytes with id 2,
// length, three characters of AIM identifier, 56 bytes of data, two of the
// maker's own, and a bit that says that more comes.
const (
	kernelKeyboard = "\x05\x01\x09\x06\xa1\x01" +
		"\x05\x07\x19\xe0\x29\xe7\x15\x00\x25\x01\x75\x01\x95\x08\x81\x02" + // eight modifiers
		"\x75\x08\x95\x01\x81\x03" + // a byte that means nothing
		"\x05\x07\x19\x00\x29\xff\x15\x00\x26\xff\x00\x75\x08\x95\x06\x81\x00" + // six keys
		"\xc0"
	kernelPOS = "\x05\x8c\x09\x02\xa1\x01\x09\x12\xa1\x02\x85\x02\x15\x00\x26\xff\x00\x75\x08" +
		"\x95\x01\x05\x01\x09\x3b\x81\x02" + // byte count
		"\x05\x8c\x95\x01\x09\xfb\x81\x02\x09\xfc\x81\x02\x09\xfd\x81\x02" + // symbology identifier
		"\x95\x38\x09\xfe\x82\x02\x01" + // decoded data, buffered bytes
		"\x06\x66\xff\x95\x02\x09\x04\x81\x02" + // the maker's own
		"\x05\x8c\x25\x01\x75\x01\x95\x01\x09\xff\x81\x02" + // data continued
		"\x75\x07\x81\x03" +
		"\xc0\xc0"
)

const (
	kernelKeyReport = 8
	kernelPOSReport = 64
	kernelPOSData   = 56
)

// kernelTyped gives the reports with which a reader set to US types a text and
// Enter: each key down, alone or with Shift, and up again.
func kernelTyped(t *testing.T, text string) []byte {
	t.Helper()
	const shifted = `ABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()_+{}|:"~<>?`
	const plain = "abcdefghijklmnopqrstuvwxyz1234567890-=[]\\;'`,./"
	var out []byte
	for _, c := range text + "\n" {
		var key, modifier byte
		if i := strings.IndexRune(shifted, c); i >= 0 {
			modifier = 0x02
			c = rune(plain[i])
		}
		switch i := strings.IndexRune("1234567890\n\x1b\b\t -=[]\\\x00;'`,./", c); {
		case 'a' <= c && c <= 'z':
			key = byte(c-'a') + 0x04 // HID usage tables 1.4, section 10
		case i >= 0:
			key = byte(i) + 0x1e
		default:
			t.Fatalf("%q cannot be typed", c)
		}
		out = append(out, modifier, 0, key, 0, 0, 0, 0, 0)
		out = append(out, make([]byte, kernelKeyReport)...)
	}
	return out
}

// kernelReported gives the reports in which a point-of-sale reader sends a
// code.
func kernelReported(code string) []byte {
	var out []byte
	for len(code) > 0 {
		n := min(len(code), kernelPOSData)
		report := make([]byte, kernelPOSReport)
		report[0], report[1] = 2, byte(n)
		copy(report[2:], "]Q1")
		copy(report[5:], code[:n])
		report[61] = 's'
		if code = code[n:]; code != "" {
			report[63] = 1
		}
		out = append(out, report...)
	}
	return out
}

// kernelSend is the shell that writes reports to a gadget, each with one
// write.
func kernelSend(gadget string, size string, reports []byte) string {
	return "base64 -d <<'END' | dd bs=" + size + " iflag=fullblock of=/run/" + gadget + " status=none\n" +
		base64.StdEncoding.EncodeToString(reports) + "\nEND\n"
}

// typed is the shell that types a text on the keyboard of a gadget.
func typed(t *testing.T, gadget, text string) string {
	t.Helper()
	return kernelSend(gadget, "8", kernelTyped(t, text))
}
