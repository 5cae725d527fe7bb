package inventory

import (
	"os"
	"path/filepath"
)

// pointOfSale finds the HID devices that say in their descriptor that they read bar codes.
func (s *scan) pointOfSale() {
	for _, entry := range s.entries("hidraw") {
		if !s.plugged("hidraw", entry) {
			continue
		}
		descriptor, err := os.ReadFile(filepath.Join(s.sys(), "class/hidraw", entry, "device/report_descriptor"))
		if err != nil || !readsBarcodes(descriptor) {
			continue
		}
		s.add(KindPOS, "hidraw", entry)
	}
}

const (
	// pageBarcode is the usage page of bar code readers (HID Point of Sale Usage Tables 1.02). Hand Held Products used the one of the same
	// number among the vendors' own pages before.
	pageBarcode    = 0x8c
	pageBarcodeOld = 0xff8c
	// maxDescriptor is the size of the largest descriptor the kernel keeps (HID_MAX_DESCRIPTOR_SIZE).
	maxDescriptor = 4096
)

// readsBarcodes walks over a HID report descriptor and tells whether one of its usages is of the page of bar code readers. The page is looked
// for where it is used and not merely as bytes: 8C may stand in any number. A descriptor that breaks off is read as far as it goes.
//
// Source: Device Class Definition for HID 1.11, section 6.2.2.
func readsBarcodes(descriptor []byte) bool {
	const (
		usagePage = 0x04 // global item, tag 0
		usage     = 0x08 // local item, tag 0
		collected = 0xa0 // main item, tag A
		long      = 0xfe
	)
	descriptor = descriptor[:min(len(descriptor), maxDescriptor)]
	var page, own uint32
	for len(descriptor) > 0 {
		prefix := descriptor[0]
		if prefix == long {
			if len(descriptor) < 2 {
				return false
			}
			descriptor = descriptor[min(len(descriptor), 3+int(descriptor[1])):]
			continue
		}
		size := int(prefix & 3)
		if size == 3 {
			size = 4
		}
		if len(descriptor) < 1+size {
			return false
		}
		var value uint32
		for i := size; i > 0; i-- {
			value = value<<8 | uint32(descriptor[i])
		}
		switch prefix &^ 3 {
		case usagePage:
			page = value
		case usage:
			own = page
			if size == 4 {
				own = value >> 16
			}
		case collected:
			if own == pageBarcode || own == pageBarcodeOld {
				return true
			}
		}
		descriptor = descriptor[1+size:]
	}
	return false
}
