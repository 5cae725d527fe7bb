package inventory

import (
	"strings"

	"gatescand/scanner/reader"
)

// Kind is how a device delivers its codes.
type Kind string

// The kinds. A serial device speaks through a tty, a keyboard types, a point-of-sale reader sends HID reports, a camera sends pictures.
const (
	KindSerial   Kind = "serial"
	KindKeyboard Kind = "keyboard"
	KindPOS      Kind = "pos"
	KindCamera   Kind = "camera"
)

// Looks is whether a device looks like a reader.
type Looks string

// What a device may look like. LooksMaybe is a device that codes may come through and that does not say what it is: a serial adapter, a camera,
// a keyboard of a maker nobody knows.
const (
	LooksReader Looks = "reader"
	LooksMaybe  Looks = "maybe"
	LooksOther  Looks = "other"
)

// Device is one device node through which codes could come.
type Device struct {
	Kind Kind
	// Node is the device node, such as /dev/ttyACM0. Its number is another after every plugging in.
	Node string
	// Identity is what the USB device says of itself; its zero value for a device that is not on USB.
	Identity reader.Identity
	// Name is what the kernel calls an input device or a camera, cleaned; "" for others.
	Name string
	// Links are the names udev has given the node, in order.
	Links []string
	// Address is what to write into the configuration, with the options that are known to fit.
	Address string
	// Note says what there is to know about the address, "" if nothing.
	Note string
	// Looks tells whether this is a reader, and Reason why.
	Looks  Looks
	Reason string
	Access Access
	// Lanes are the lanes of the configuration whose address means this device. More than one is a mistake in the configuration.
	Lanes []string
}

// What names the device in a few words for people.
func (d Device) What() string {
	var words []string
	for _, word := range []string{d.Identity.Maker, d.Identity.Name} {
		if word != "" {
			words = append(words, word)
		}
	}
	if len(words) > 0 {
		// Many devices put the maker into the name too.
		if len(words) == 2 && strings.HasPrefix(words[1], words[0]) {
			words = words[1:]
		}
		return strings.Join(words, " ")
	}
	if d.Name != "" {
		return d.Name
	}
	if d.USB() {
		return d.Identity.String()
	}
	return d.Node
}

// USB tells whether the device is on USB.
func (d Device) USB() bool { return d.Identity.Port != "" }

// twin tells whether two devices cannot be told apart by what they say of themselves, and are two all the same.
func (d Device) twin(other Device) bool {
	a, b := d.Identity, other.Identity
	apart := a.Port != b.Port
	a.Port, b.Port = "", ""
	return d.USB() && other.USB() && apart && d.Kind == other.Kind && a == b
}
