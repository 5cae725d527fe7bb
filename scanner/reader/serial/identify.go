package serial

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// identify names the USB device behind a tty node from the files of sysfs, or gives "" when it is none. A reader that was told by a setting code
// to be something else shows up here under another name.
//
// Source of the layout: Documentation/ABI/testing/sysfs-bus-usb of the kernel. The interface (for usb-serial adapters the port below it) is
// class/tty/NAME/device; the USB device above it holds idVendor, idProduct, manufacturer, product and serial.
func identify(sysfs, node string) string {
	dir, err := filepath.EvalSymlinks(filepath.Join(sysfs, "class", "tty", filepath.Base(node), "device"))
	if err != nil {
		return ""
	}
	const levels = 4
	for range levels {
		if vendor := attribute(dir, "idVendor"); vendor != "" {
			words := []string{fmt.Sprintf("USB %s:%s", vendor, attribute(dir, "idProduct"))}
			for _, name := range []string{"manufacturer", "product"} {
				if value := attribute(dir, name); value != "" {
					words = append(words, value)
				}
			}
			text := strings.Join(words, " ")
			if serial := attribute(dir, "serial"); serial != "" {
				text += ", serial " + serial
			}
			return text
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// attribute reads one line of sysfs. What stands there was written by the device and may be anything: only printable characters are kept,
// and few of them.
func attribute(dir, name string) string {
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	text := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, string(raw))
	const longest = 64
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest])
	}
	return strings.TrimSpace(text)
}
