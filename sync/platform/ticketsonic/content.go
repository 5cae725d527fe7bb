package ticketsonic

import (
	"time"

	"gatescand/scanner/admission"
)

// What a block says is a row of fields, each a label of one ASCII character, one
// byte of length and the value. Integers are little-endian and as short as they
// can be; zero is one byte.
const (
	labelVersion   = 'V' // first, one byte, 1
	labelNumber    = 'H' // the ticket's number, random bytes
	labelPrice     = '$' // in hundredths
	labelProduct   = 'I' // since August 2021
	labelEvent     = 'E'
	labelSector    = 'S'
	labelBlock     = 'B'
	labelRow       = 'R'
	labelSeat      = 'P'
	labelStart     = 'T' // unix seconds; until June 2021 the expiry
	labelEnd       = 'F' // unix seconds, since June 2021
	labelExtension = 'X' // "key=value", as often as wanted
	labelChecksum  = 'C' // last
)

const (
	version = 1
	// The server makes numbers of 16 bytes. Fewer than 8 would be too few to
	// tell tickets apart; more than 32 leave no room for the rest in a block of
	// the usual size.
	numberMin, numberMax = 8, 32
	integerMax           = 8 // bytes
	// lastSecond is the end of the year 9999.
	lastSecond = 253402300799
	// renamed is when T changed its meaning from expiry to start, 2021-06-11.
	renamed = 1623369600
)

// content is what a block says. The zero value has no field.
type content struct {
	number   []byte // points into the block
	price    uint64
	product  uint64
	event    uint64
	segments [4]uint64 // sector, block, row, seat
	start    uint64
	end      uint64
	given    uint16 // which fields of the list in place are there
	unknown  int    // fields with labels nobody here knows
	more     int    // extensions
}

// place gives where a label stands among those that occur once, -1 for others.
func place(label byte) int {
	const once = "VH$IESBRPTFC"
	for i := range len(once) {
		if once[i] == label {
			return i
		}
	}
	return -1
}

func (c *content) has(label byte) bool { return c.given&(1<<place(label)) != 0 }

// readContent reads the text of a block. It is true only where every field is
// whole, the version is first and 1, number, event and checksum are there, no
// known field but the extension stands there twice, and the checksum is last
// and right. Fields with labels nobody knows are passed over.
func readContent(text []byte, c *content) bool {
	for at := 0; len(text)-at >= 2; {
		label, end := text[at], at+2+int(text[at+1])
		if end > len(text) || (at == 0) != (label == labelVersion) {
			return false
		}
		value := text[at+2 : end]
		if !c.take(label, value) {
			return false
		}
		if label == labelChecksum {
			return end == len(text) && isSum(value, text[:at]) && c.has(labelNumber) && c.has(labelEvent)
		}
		at = end
	}
	return false
}

// take reads one field. It is false where the field is not as documented.
func (c *content) take(label byte, value []byte) bool {
	if i := place(label); i >= 0 {
		if c.given&(1<<i) != 0 {
			return false
		}
		c.given |= 1 << i
	}
	switch label {
	case labelVersion:
		return len(value) == 1 && value[0] == version
	case labelNumber:
		c.number = value
		return len(value) >= numberMin && len(value) <= numberMax
	case labelPrice:
		return integer(value, &c.price)
	case labelProduct:
		return integer(value, &c.product)
	case labelEvent:
		return integer(value, &c.event)
	case labelSector:
		return integer(value, &c.segments[0])
	case labelBlock:
		return integer(value, &c.segments[1])
	case labelRow:
		return integer(value, &c.segments[2])
	case labelSeat:
		return integer(value, &c.segments[3])
	case labelStart:
		return integer(value, &c.start) && c.start <= lastSecond
	case labelEnd:
		return integer(value, &c.end) && c.end <= lastSecond
	case labelExtension:
		c.more++
		return true
	case labelChecksum:
		return true // judged by the caller, who has the bytes before it
	}
	c.unknown++
	return label > ' ' && label <= '~'
}

// integer reads a little-endian integer written as short as it can be.
func integer(value []byte, to *uint64) bool {
	n := len(value)
	if n < 1 || n > integerMax || (n > 1 && value[n-1] == 0) {
		return false
	}
	*to = 0
	for i := n - 1; i >= 0; i-- {
		*to = *to<<8 | uint64(value[i])
	}
	return true
}

// isSum tells whether value is the checksum of text: the sum of its bytes
// modulo 65536, little-endian. Two bytes are what the server writes; one byte
// is the same number as short as it can be.
func isSum(value, text []byte) bool {
	var sum uint16
	for _, b := range text {
		sum += uint16(b)
	}
	switch len(value) {
	case 2:
		return sum == uint16(value[0])|uint16(value[1])<<8
	case 1:
		return sum == uint16(value[0])
	}
	return false
}

// window gives when the ticket is valid. A bound of zero is taken for none. A T
// without an F that lies before the day on which T changed its meaning is the
// expiry it was then.
func (c *content) window() admission.Window {
	from, until := c.start, c.end
	if until == 0 && from < renamed {
		from, until = 0, from
	}
	return admission.Window{From: second(from), Until: second(until)}
}

func second(unix uint64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(int64(unix), 0).UTC() //nolint:gosec // at most lastSecond
}
