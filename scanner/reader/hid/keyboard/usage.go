package keyboard

import "slices"

// Report is what a USB keyboard sends for one change of its keys in the boot protocol: a byte of modifiers, a reserved byte, and the usages of
// up to six keys that are down (Device Class Definition for HID 1.11, appendix B.1).
type Report [8]byte

// Reports gives the reports that make the kernel's keyboard driver give the key events among events, for a USB gadget that stands for a reader.
// A key that has no usage, or a seventh at once, is left out.
func Reports(events []Event) []Report {
	var reports []Report
	var mods byte
	var down []byte
	for _, e := range events {
		if e.Type != typeKey {
			continue
		}
		if bit := modifierBit(e.Code); bit != 0 {
			mods &^= bit
			if e.Value == Pressed {
				mods |= bit
			}
		} else if usage := Usage(e.Code); usage != 0 {
			down = slices.DeleteFunc(down, func(u byte) bool { return u == usage })
			if e.Value == Pressed {
				down = append(down, usage)
			}
		}
		report := Report{mods}
		copy(report[2:], down)
		reports = append(reports, report)
	}
	return reports
}

// modifierBit gives the bit that a modifier has in the first byte of a report, 0 for all other keys.
func modifierBit(key uint16) byte {
	switch key {
	case KeyLeftCtrl:
		return 1 << 0
	case KeyLeftShift:
		return 1 << 1
	case KeyLeftAlt:
		return 1 << 2
	case KeyRightCtrl:
		return 1 << 4
	case KeyRightShift:
		return 1 << 5
	case KeyRightAlt:
		return 1 << 6
	default:
		return 0
	}
}

// Usage gives the usage of a key on the page of keyboards (HID Usage Tables 1.12, page 0x07), 0 for a key that no reader presses.
func Usage(key uint16) byte {
	const (
		digits  = "\x1e\x1f\x20\x21\x22\x23\x24\x25\x26\x27\x2d\x2e"     // 1 … 0 - =
		top     = "\x14\x1a\x08\x15\x17\x1c\x18\x0c\x12\x13\x2f\x30"     // Q … P [ ]
		home    = "\x04\x16\x07\x09\x0a\x0b\x0d\x0e\x0f\x33\x34\x35"     // A … L ; ' `
		bottom  = "\x31\x1d\x1b\x06\x19\x05\x11\x10\x36\x37\x38"         // \ Z … M , . /
		keypad  = "\x5f\x60\x61\x56\x5c\x5d\x5e\x57\x59\x5a\x5b\x62\x63" // 7 8 9 - 4 5 6 + 1 2 3 0 .
		special = "\x28\x2b\x2c\x39\x3a\x55\x58\x54\x67\x85\x64"         // in the order of the cases below
	)
	switch {
	case key >= firstDigit && key <= KeyEqual:
		return digits[key-firstDigit]
	case key >= firstTop && key <= KeyRightBrace:
		return top[key-firstTop]
	case key >= firstHome && key <= KeyGrave:
		return home[key-firstHome]
	case key >= KeyBackslash && key <= KeySlash:
		return bottom[key-KeyBackslash]
	case key >= KeyKP7 && key <= KeyKPDot:
		return keypad[key-KeyKP7]
	}
	order := [len(special)]uint16{
		KeyEnter, KeyTab, KeySpace, KeyCapsLock, KeyF1, KeyKPAsterisk, KeyKPEnter, KeyKPSlash, KeyKPEqual, KeyKPComma, Key102nd,
	}
	if i := slices.Index(order[:], key); i >= 0 {
		return special[i]
	}
	return 0
}
