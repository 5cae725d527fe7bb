package pos

// itemKind is what an item of a report descriptor belongs to.
type itemKind byte

// The kinds of items. A long item carries nothing that any standard defines.
const (
	itemMain   itemKind = 0
	itemGlobal itemKind = 1
	itemLocal  itemKind = 2
	itemLong   itemKind = 3
)

// The tags of items (Device Class Definition for HID 1.11, sections 6.2.2.4 to 6.2.2.8).
const (
	tagInput         = 0x8
	tagOutput        = 0x9
	tagCollection    = 0xa
	tagFeature       = 0xb
	tagEndCollection = 0xc

	tagUsagePage   = 0x0
	tagReportSize  = 0x7
	tagReportID    = 0x8
	tagReportCount = 0x9
	tagPush        = 0xa
	tagPop         = 0xb

	tagUsage        = 0x0
	tagUsageMinimum = 0x1
	tagUsageMaximum = 0x2
)

// item is one item of a report descriptor.
type item struct {
	kind itemKind
	tag  byte
	// size is the number of bytes the value was coded in: 0, 1, 2 or 4.
	size int
	// value is the item's data, unsigned.
	value uint32
}

// nextItem takes the first item off a descriptor. It is false when the descriptor ends in the middle of it.
//
// A short item is a byte of tag (4 bits), type (2) and size (2, where 3 means 4 bytes), then its data, least byte first. The byte 0xFE begins a
// long item: a byte of data length, a byte of tag, the data (HID 1.11, section 6.2.2.2 and 6.2.2.3).
func nextItem(b []byte) (item, []byte, bool) {
	const longItem, longHeader = 0xfe, 3
	prefix := b[0]
	if prefix == longItem {
		if len(b) < longHeader || len(b) < longHeader+int(b[1]) {
			return item{}, nil, false
		}
		return item{kind: itemLong}, b[longHeader+int(b[1]):], true
	}
	size := int(prefix & 3)
	if size == 3 {
		size = 4
	}
	if len(b) < 1+size {
		return item{}, nil, false
	}
	it := item{kind: itemKind(prefix >> 2 & 3), tag: prefix >> 4, size: size}
	for i := range size {
		it.value |= uint32(b[1+i]) << (8 * i)
	}
	return it, b[1+size:], true
}
