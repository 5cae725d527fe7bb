package serial

import (
	"bytes"
	"encoding/binary"
	"strings"

	"gatescand/scanner/reader"
)

// The control characters that replies are made of.
const (
	soh = 0x01
	stx = 0x02
	etx = 0x03
	enq = 0x05
	ack = 0x06
	nak = 0x15
)

// gm65AnyCRC stands in place of a checksum that nobody needs to look at.
const gm65AnyCRC = 0xabcd

// gm65Reply is the form of the GM65 family: 02 00 (03 00 to a heartbeat), a type from 00 to 03, the length of the data where 00 is 256, the data,
// and the CRC of everything from the type on. A text cannot hold it: no text has a NUL.
func gm65Reply(b []byte) int {
	const header, crcLength, lastType = 4, 2, 3
	switch {
	case b[0] != stx && b[0] != etx, len(b) > 1 && b[1] != 0, len(b) > 2 && b[2] > lastType:
		return none
	case len(b) < header:
		return more
	}
	data := int(b[3])
	if data == 0 {
		data = 256
	}
	end := header + data
	if len(b) < end+crcLength {
		return more
	}
	crc := binary.BigEndian.Uint16(b[end:])
	if crc != gm65AnyCRC && crc != crc16(b[2:end]) {
		return none
	}
	return end + crcLength
}

// crc16 is CRC-16/XMODEM: polynomial 1021, beginning with 0.
func crc16(b []byte) uint16 {
	const polynomial = 0x1021
	var crc uint16
	for _, c := range b {
		crc ^= uint16(c) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ polynomial
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

// newlandReply is the form of Newland's handheld and fixed readers: STX SOH 0000, anything, ";" ETX. A longer one than fits is none.
func newlandReply(b []byte) int {
	const begin, end = "\x02\x010000", ";\x03"
	if n := min(len(b), len(begin)); string(b[:n]) != begin[:n] {
		return none
	}
	switch i := bytes.Index(b, []byte(end)); {
	case i >= 0:
		return i + len(end)
	case len(b) >= heldMax:
		return none
	default:
		return more
	}
}

// cutReplies takes what Honeywell readers answer to menu commands out of a frame, and tells whether a code is left. An answer is the command
// again with ACK, ENQ or NAK before each of its punctuation marks, or before nothing at its end; it has no end of its own, so that a code that
// follows closely is in the same frame. What stands before an answer is the answer's.
func cutReplies(f reader.Frame) (reader.Frame, bool) {
	if f.Overlong {
		return f, true
	}
	cut := 0
	for i, c := range f.Code {
		switch {
		case c != ack && c != nak && c != enq:
		case i == cut || i == len(f.Code)-1:
			cut = i + 1
		case strings.IndexByte(".!,;", f.Code[i+1]) >= 0:
			cut = i + 2
		}
	}
	if cut == 0 {
		return f, true
	}
	rest := reader.NewFrame(f.Code[cut:], f.At)
	return rest, len(rest.Code) > 0 || rest.AIM != ""
}
