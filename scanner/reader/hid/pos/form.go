package pos

import "gatescand/scanner/reader"

// span is a place in a report: size bits from bit on, counted from the first byte as it is read, the report id included. A size of 0 says that
// the report has no such place.
type span struct{ bit, size int }

const byteBits = 8

// byteAt is the span of one whole byte.
func byteAt(i int) span { return span{i * byteBits, byteBits} }

// end is the first bit behind the span.
func (s span) end() int { return s.bit + s.size }

// read takes the bits of a span, at most 32 of them, least first (HID 1.11, section 8.1). It is false when the report ends before.
func (s span) read(report []byte) (uint32, bool) {
	if s.size == 0 || s.end() > len(report)*byteBits {
		return 0, false
	}
	var value uint32
	for i := range min(s.size, 32) {
		bit := s.bit + i
		value |= uint32(report[bit/byteBits]>>(bit%byteBits)&1) << i
	}
	return value, true
}

// form says where in a report of scanned data everything stands.
type form struct {
	numbered bool
	id       byte
	// count holds the number of bytes of data in this report. Without it the data ends with the last byte that is not NUL.
	count span
	// aim holds the three characters of the AIM symbology identifier.
	aim [3]span
	// marked says that a report without an AIM identifier is none of this form.
	marked bool
	// slips says that the identifier and the data may stand one byte later than here.
	slips bool
	// data is the place of the code.
	data span
	// symbology is the maker's own letter for the kind of code.
	symbology span
	// more is not 0 when the code goes on in the next report.
	more span
}

// reach is the number of bytes of a report that the form looks at.
func (f form) reach() int {
	end := max(f.count.end(), f.data.end(), f.symbology.end(), f.more.end())
	if f.slips {
		end += byteBits
	}
	return (end + byteBits - 1) / byteBits
}

// piece is what one report says.
type piece struct {
	data      []byte
	aim       string
	symbology byte
	more      bool
}

// finding is what a report is to a form.
type finding byte

// The findings.
const (
	// foreign: another report of the same device.
	foreign finding = iota
	// damaged: a report of scanned data that contradicts itself. Of its piece only more holds, true when it cannot be told.
	damaged
	sound
)

// read takes a report apart. The data of the piece is the report's own.
func (f form) read(report []byte) (piece, finding) {
	if len(report) == 0 || f.numbered && report[0] != f.id {
		return piece{}, foreign
	}
	count, counted := f.count.read(report)
	if f.count.size > 0 && !counted {
		return piece{more: true}, damaged
	}
	flag, flagged := f.more.read(report)
	p := piece{more: flag != 0}
	data, aim, known := f.locate(report)
	if empty := counted && count == 0; !known && !empty {
		p.more = p.more || !flagged && f.more.size > 0
		return p, damaged
	}
	p.aim = aim
	if symbology, ok := f.symbology.read(report); ok {
		p.symbology = byte(symbology)
	}
	if !counted {
		p.data = withoutPadding(bytesAt(report, data))
		return p, sound
	}
	need := int64(count) * byteBits
	if need > int64(f.room(data.bit, len(report))-data.bit) {
		p.more = p.more || !flagged && f.more.size > 0
		return p, damaged
	}
	if need == int64(f.data.size) && f.more.size > 0 && !flagged {
		// Only a full report can have a successor. Where it broke off before it could say so, nobody knows.
		p.more = true
		return p, damaged
	}
	data.size = int(need)
	p.data = bytesAt(report, data)
	return p, sound
}

// room is the bit before which data that begins at bit must end.
func (f form) room(bit, length int) int {
	end := min(length*byteBits, f.data.end())
	if f.slips && bit != f.data.bit {
		end = min(length*byteBits, f.data.end()+byteBits)
	}
	for _, s := range []span{f.symbology, f.more} {
		if s.size > 0 && s.bit > bit {
			end = min(end, s.bit)
		}
	}
	return end
}

// locate finds the AIM identifier and the data of a report. It is false when the form wants an identifier and there is none.
func (f form) locate(report []byte) (data span, aim string, ok bool) {
	if aim := f.aimAt(report, 0); aim != "" {
		return f.data, aim, true
	}
	if f.slips {
		if aim := f.aimAt(report, byteBits); aim != "" {
			return span{f.data.bit + byteBits, f.data.size}, aim, true
		}
	}
	return f.data, "", !f.marked
}

// aimAt reads the identifier, shifted by some bits; "" when there is none.
func (f form) aimAt(report []byte, shift int) string {
	var text [3]byte
	for i, s := range f.aim {
		s.bit += shift
		c, ok := s.read(report)
		if !ok {
			return ""
		}
		text[i] = byte(c)
	}
	// The contract of all readers knows what an identifier looks like.
	return reader.NewFrame(text[:], 0).AIM
}

// bytesAt copies the bytes of a span, or gives the report's own where they are whole ones. What lies behind the report's end is left out.
func bytesAt(report []byte, s span) []byte {
	n := min(s.size, len(report)*byteBits-s.bit) / byteBits
	if n <= 0 {
		return nil
	}
	if s.bit%byteBits == 0 {
		return report[s.bit/byteBits:][:n]
	}
	data := make([]byte, n)
	for i := range data {
		c, _ := span{s.bit + i*byteBits, byteBits}.read(report)
		data[i] = byte(c)
	}
	return data
}

// withoutPadding cuts the NULs that fill up a report.
func withoutPadding(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}

// formOf reads the form out of a descriptor. It is false when the descriptor does not say where the code stands.
func formOf(d descriptor) (form, bool) {
	decoded, at, run, ok := d.find(usageDecodedData, func(f field) bool {
		return f.direction == input && f.size == byteBits && f.app.barCode()
	})
	if !ok {
		return form{}, false
	}
	same := func(u usage) span {
		place, at, _, ok := d.find(u, func(f field) bool { return f.direction == input && f.report == decoded.report })
		if !ok {
			return span{}
		}
		return span{d.start() + place.bit + at*place.size, min(place.size, 32)}
	}
	return form{
		numbered: d.numbered,
		id:       decoded.report,
		count:    same(usageByteCount),
		aim:      [3]span{same(usageSymbology1), same(usageSymbology2), same(usageSymbology3)},
		data:     span{d.start() + decoded.bit + at*byteBits, run * byteBits},
		more:     same(usageDataContinued),
	}, true
}
