package reader

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// Identity is what the USB device behind a node says of itself. A reader that was told by a setting code to be something else shows another
// identity, and two readers of one make differ only in their serial number, if they have one, and in the port they are plugged into.
type Identity struct {
	// Vendor and Product are the USB ids, such as 0x0c2e and 0x0b61.
	Vendor, Product uint16
	// Maker, Name and Serial are the device's own words, "" where it has none. They are cleaned: printable and short.
	Maker, Name, Serial string
	// Port is the kernel's name of the port the device is plugged into, such as "1-1.2": bus, then the hubs on the way.
	Port string
}

// String names the device without its port, as in "USB 0c2e:0b61 Honeywell Voyager, serial 1234".
func (i Identity) String() string {
	words := []string{fmt.Sprintf("USB %04x:%04x", i.Vendor, i.Product)}
	for _, name := range []string{i.Maker, i.Name} {
		if name != "" {
			words = append(words, name)
		}
	}
	text := strings.Join(words, " ")
	if i.Serial != "" {
		text += ", serial " + i.Serial
	}
	return text
}

// Identify gives the identity of the USB device behind a device node, from the files of sysfs (normally /sys) and the class of the node there
// ("tty", "input", "hidraw", "video4linux"). It is false for a node that is not of a USB device.
//
// Source of the layout: Documentation/ABI/testing/sysfs-bus-usb of the kernel. class/CLASS/NAME/device leads to the interface or to something
// below it; the USB device above holds idVendor, idProduct, manufacturer, product and serial, and its folder is named by its port.
func Identify(sysfs, class, node string) (Identity, bool) {
	dir, err := filepath.EvalSymlinks(filepath.Join(sysfs, "class", class, filepath.Base(node), "device"))
	if err != nil {
		return Identity{}, false
	}
	// An input device is the deepest: inputN, input, the HID device, the interface, the USB device.
	const levels = 6
	for range levels {
		if vendor, err := usbID(dir, "idVendor"); err == nil {
			product, err := usbID(dir, "idProduct")
			return Identity{
				Vendor: vendor, Product: product, Maker: attribute(dir, "manufacturer"), Name: attribute(dir, "product"),
				Serial: attribute(dir, "serial"), Port: filepath.Base(dir),
			}, err == nil
		}
		dir = filepath.Dir(dir)
	}
	return Identity{}, false
}

// usbID reads one of the two numbers, which sysfs writes as four hexadecimal digits.
func usbID(dir, name string) (uint16, error) {
	n, err := strconv.ParseUint(attribute(dir, name), 16, 16)
	return uint16(n), err
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
