package inventory

import (
	"path/filepath"
	"strings"
)

// gate gives the names in the folder of our udev rule that will still mean this device after the next plugging in: one that goes by the device
// itself, and one that goes by the port it is plugged into; "" where there is none.
//
// The rule makes scanner-KIND- and the serial number or the path of the port. A name of that form with anything else in it was made of what
// some other device says, as the hub above does, and leads here only until one more device is plugged in. A name of another form is one that
// somebody gave the device by a rule of their own.
func (d Device) gate() (own, port string) {
	serial := linkText(d.Identity.Serial)
	for _, link := range d.Links {
		if filepath.Dir(link) != filepath.Join(devfs, "gate") {
			continue
		}
		text, ours := scannerName(filepath.Base(link))
		switch {
		case serial != "" && text == serial || !ours:
			if own == "" {
				own = link
			}
		case d.portIn(text) && port == "":
			port = link
		}
	}
	return own, port
}

// scannerName gives what stands behind scanner-KIND- in a name that our udev rule has made.
func scannerName(name string) (text string, ours bool) {
	rest, ours := strings.CutPrefix(name, "scanner-")
	if !ours {
		return "", false
	}
	_, text, ours = strings.Cut(rest, "-")
	return text, ours
}

// portIn tells whether a path as udev's path_id makes it ("platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.3:1.0") goes through the port of
// this device, which the kernel calls "1-1.3".
func (d Device) portIn(path string) bool {
	_, ports, usb := strings.Cut(d.Identity.Port, "-")
	return usb && ports != "" && strings.Contains(path, "-0:"+ports+":")
}

// linkText gives a serial number as it stands in a link's name. udev takes runs of blanks for one underscore, and so every character but
// letters, digits and #+-.:=@_ (util_replace_whitespace and udev_replace_chars of systemd). It makes no name of one with a comma or with
// characters beyond ASCII.
func linkText(serial string) string {
	if strings.ContainsFunc(serial, func(r rune) bool { return r == ',' || r < ' ' || r > '~' }) {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("#+-.:=@_", r):
			return r
		}
		return '_'
	}, strings.Join(strings.Fields(serial), "_"))
}
