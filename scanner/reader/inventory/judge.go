package inventory

import (
	"strings"
)

// judge decides what a device looks like, and says why. What it says of its own purpose counts most, then who made it.
func (s *scan) judge(d *Device) {
	maker, known := makerOf(d.Identity.Vendor, d.Identity.Product)
	known = known && d.USB()
	switch {
	case d.Kind == KindPOS:
		d.Looks, d.Reason = LooksReader, "says in its descriptor that it reads bar codes"
	case d.Kind == KindCamera:
		d.Looks, d.Reason = LooksMaybe, "a camera, which can read codes"
	case d.namedReader():
		d.Looks, d.Reason = LooksReader, "its name says so"
	case known && maker.looks == LooksReader:
		d.Looks, d.Reason = LooksReader, maker.name+" "+maker.what
	case d.Kind == KindKeyboard:
		d.Looks, d.Reason = s.judgeKeyboard(d, maker, known)
	default:
		d.Looks, d.Reason = judgeSerial(d, maker, known)
	}
}

func (s *scan) judgeKeyboard(d *Device, maker maker, known bool) (Looks, string) {
	switch bus := s.bus(d); {
	case bus == busI8042:
		return LooksOther, "the keyboard built into this computer"
	case bus == busBluetooth:
		return LooksMaybe, "types without a cable; whether it is a reader cannot be seen"
	case bus != busUSB || !d.USB():
		return LooksOther, "not plugged into a port"
	case known && maker.looks == LooksOther:
		return LooksOther, maker.name + " " + maker.what
	case s.points(d.Identity.Port):
		return LooksOther, "a keyboard with a mouse or a touch pad"
	}
	return LooksMaybe, "types like a keyboard, and its maker is not known"
}

func judgeSerial(d *Device, maker maker, known bool) (Looks, string) {
	switch {
	case known:
		return maker.looks, maker.name + " " + maker.what
	case d.USB():
		return LooksMaybe, "a serial port on USB, and its maker is not known"
	}
	return LooksMaybe, "a port of this board; a reader may be wired to it"
}

// namedReader tells whether a device calls itself a reader.
func (d *Device) namedReader() bool {
	name := strings.ToLower(strings.Join([]string{d.Identity.Maker, d.Identity.Name, d.Name}, " "))
	for _, word := range []string{"barcode", "bar code", "bar-code", "scanner", "scan engine", "qr code", "qrcode", "imager"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// points tells whether the USB device in a port also points, as a mouse or a touch pad does.
func (s *scan) points(port string) bool {
	for _, entry := range s.entries("input") {
		if !strings.HasPrefix(entry, "mouse") {
			continue
		}
		if id, usb := s.identify("input", entry); usb && id.Port == port {
			return true
		}
	}
	return false
}
