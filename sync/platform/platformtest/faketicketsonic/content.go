package faketicketsonic

import (
	"encoding/hex"
	"fmt"
	"time"
)

// Content is what a block says of a ticket.
type Content struct {
	Number     string // hexadecimal, the identity of the ticket
	Price      uint64 // in hundredths
	Product    uint64 // 0 leaves it out, as the server did before August 2021
	Event      uint64
	Start, End time.Time // zero leaves them out
	// Segments are sector, block, row and seat, as many as there are.
	Segments []uint64
	// Extensions are texts of the form "key=value".
	Extensions []string
}

// Write gives the text of a block in the order in which the server writes it, the checksum last.
func (c Content) Write() ([]byte, error) {
	number, err := hex.DecodeString(c.Number)
	if err != nil {
		return nil, fmt.Errorf("faketicketsonic: number of a ticket: %w", err)
	}
	text := AppendField(nil, 'V', []byte{1})
	text = AppendField(text, 'H', number)
	text = AppendNumber(text, '$', c.Price)
	if c.Product != 0 {
		text = AppendNumber(text, 'I', c.Product)
	}
	text = AppendNumber(text, 'E', c.Event)
	for i, segment := range c.Segments[:min(len(c.Segments), 4)] {
		text = AppendNumber(text, "SBRP"[i], segment)
	}
	for _, at := range []struct {
		label byte
		time  time.Time
	}{{'T', c.Start}, {'F', c.End}} {
		if !at.time.IsZero() {
			text = AppendNumber(text, at.label, uint64(at.time.Unix())) //nolint:gosec // nobody sells tickets for before 1970
		}
	}
	for _, extension := range c.Extensions {
		text = AppendField(text, 'X', []byte(extension))
	}
	return AppendChecksum(text), nil
}

// AppendField appends one field: label, length, value. A value longer than 255 bytes is cut.
func AppendField(text []byte, label byte, value []byte) []byte {
	value = value[:min(len(value), 255)]
	return append(append(text, label, byte(len(value))), value...)
}

// AppendNumber appends a number as the server writes it: little-endian, as short as it can be, zero in one byte.
func AppendNumber(text []byte, label byte, number uint64) []byte {
	value := []byte{byte(number)}
	for number >>= 8; number > 0; number >>= 8 {
		value = append(value, byte(number))
	}
	return AppendField(text, label, value)
}

// AppendChecksum appends the last field.
func AppendChecksum(text []byte) []byte {
	var sum uint16
	for _, b := range text {
		sum += uint16(b)
	}
	return AppendField(text, 'C', []byte{byte(sum), byte(sum >> 8)})
}

// numberOf finds the number of a ticket in the text of a block, as laxly as the server is known to read.
func numberOf(text []byte) string {
	for len(text) >= 2 {
		end := min(2+int(text[1]), len(text))
		if text[0] == 'H' {
			return hex.EncodeToString(text[2:end])
		}
		text = text[end:]
	}
	return ""
}
