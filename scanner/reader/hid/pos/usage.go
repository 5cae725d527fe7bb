package pos

import "fmt"

// usage is what a field or a collection is for: the usage page in the upper 16 bits, the usage in it in the lower.
type usage uint32

// Usage pages.
const (
	pageGenericDesktop = 0x01
	pageConsumer       = 0x0c
	pageDigitizer      = 0x0d
	pageBarCode        = 0x8c
	// pageOldBarCode stands for pageBarCode in readers of Hand Held Products, now Honeywell.
	pageOldBarCode  = 0xff8c
	pageFIDO        = 0xf1d0
	firstVendorPage = 0xff00
)

// Usages of the generic desktop page and of the bar code scanner page (HID Point of Sale Usage Tables 1.02, section 3).
const (
	usageByteCount usage = pageGenericDesktop<<16 | 0x3b

	usagePowerOnReset   usage = pageBarCode<<16 | 0x5e
	usagePreventRead    usage = pageBarCode<<16 | 0x5f
	usageInitiateRead   usage = pageBarCode<<16 | 0x60
	usageErrorBeep      usage = pageBarCode<<16 | 0x85
	usageGoodReadBeep   usage = pageBarCode<<16 | 0x86
	usageNotOnFileBeep  usage = pageBarCode<<16 | 0x87
	usageSymbology1     usage = pageBarCode<<16 | 0xfb
	usageSymbology2     usage = pageBarCode<<16 | 0xfc
	usageSymbology3     usage = pageBarCode<<16 | 0xfd
	usageDecodedData    usage = pageBarCode<<16 | 0xfe
	usageDataContinued  usage = pageBarCode<<16 | 0xff
	usageUndefinedInBar usage = pageBarCode << 16
)

func (u usage) page() uint32 { return uint32(u) >> 16 }

func (u usage) id() uint32 { return uint32(u) & 0xffff }

// barCode tells whether a usage is of the bar code scanner page, also where a reader writes the page as its maker's own.
func (u usage) barCode() bool { return u.page() == pageBarCode || u.page() == pageOldBarCode }

// vendor tells whether a usage means only what its maker says.
func (u usage) vendor() bool { return u.page() >= firstVendorPage }

// String names a collection as a person would.
func (u usage) String() string {
	switch {
	case u == pageGenericDesktop<<16|0x01, u == pageGenericDesktop<<16|0x02:
		return "a mouse"
	case u == pageGenericDesktop<<16|0x04, u == pageGenericDesktop<<16|0x05:
		return "a game controller"
	case u == pageGenericDesktop<<16|0x06, u == pageGenericDesktop<<16|0x07:
		return "a keyboard"
	case u.page() == pageConsumer:
		return "a set of media keys"
	case u.page() == pageDigitizer:
		return "a touch screen or pen"
	case u.page() == pageFIDO:
		return "a security key"
	case u.barCode():
		return "a bar code reader that does not say where in its reports the code stands"
	default:
		return fmt.Sprintf("a device of usage %04x:%04x", u.page(), u.id())
	}
}

// keyboard tells whether a collection is one that types.
func (u usage) keyboard() bool {
	return u == pageGenericDesktop<<16|0x06 || u == pageGenericDesktop<<16|0x07
}
