package serial

import (
	"bytes"
	"encoding/binary"
)

// The parts of a packet: length (of everything but the checksum), opcode, source, status, data, and two bytes of checksum, the high one first.
// Source: Zebra, Simple Serial Interface Programmer's Guide (72E-40451); Symbol SE-923 Integration Guide, chapter 6.
const (
	ssiHeader   = 4
	ssiChecksum = 2
	// ssiMax is the longest packet, with its checksum, in the plain form.
	ssiMax = 0xff + ssiChecksum
	// The long form, of modules that send a code whole: FF, opcode, length in two bytes, opcode again, source, status. Source: public programs
	// for the GM67.
	ssiLongMark   = 0xff
	ssiLongHeader = 7
	ssiLongMax    = 4352 // a code of [reader.MaxCode] bytes with room for what the module adds

	ssiFromHost    = 0x04
	ssiFromDecoder = 0x00
	// Bits of the status.
	ssiRetransmit = 0x01
	ssiContinues  = 0x02 // another packet of the same message follows
)

// Opcodes.
const (
	ssiManagement   = 0x80
	ssiRevision     = 0xa4
	ssiParamSend    = 0xc6
	ssiACK          = 0xd0
	ssiNAK          = 0xd1
	ssiCapabilities = 0xd4
	ssiStartDecode  = 0xe4
	ssiStopDecode   = 0xe5
	ssiBeep         = 0xe6
	ssiLEDOn        = 0xe7
	ssiLEDOff       = 0xe8
	ssiScanEnable   = 0xe9
	ssiScanDisable  = 0xea
	ssiDecodeData   = 0xf3
	ssiDecodeLong   = 0xf4
	ssiEvent        = 0xf6
)

// What commands carry.
const (
	nakResend       = 0x01
	beepShortHigh   = 0x00
	beepTwoShortLow = 0x06
	noBeep          = 0xff
	paramPacketed   = 0xee // decoded data in packets, not as text
)

// ssiCommand makes a packet from the host. Its status is 0: what it sets is not kept in the reader's memory.
func ssiCommand(opcode byte, data ...byte) []byte {
	b := append([]byte{byte(ssiHeader + len(data)), opcode, ssiFromHost, 0}, data...)
	return binary.BigEndian.AppendUint16(b, ssiSum(b))
}

// ssiSum is the two's complement of the sum of all bytes.
func ssiSum(b []byte) uint16 {
	var sum uint16
	for _, c := range b {
		sum -= uint16(c)
	}
	return sum
}

// ssiPacket is a packet of the reader, taken apart.
type ssiPacket struct {
	opcode, status byte
	data           []byte
}

// ssiSize gives the length of the packet that begins with b, checksum included, more when b is too short to tell, or none.
func ssiSize(b []byte) int {
	if len(b) < 2 {
		if len(b) == 1 && b[0] < ssiHeader {
			return none
		}
		return more
	}
	header, length := ssiHeader, int(b[0])
	switch b[1] {
	case ssiManagement, ssiRevision, ssiParamSend, ssiACK, ssiNAK, ssiCapabilities, ssiDecodeData, ssiEvent:
	case ssiDecodeLong:
		if b[0] != ssiLongMark {
			break
		}
		header = ssiLongHeader
		if len(b) < header {
			return more
		}
		length = int(binary.BigEndian.Uint16(b[2:]))
		if b[4] != ssiDecodeLong {
			return none
		}
	default:
		return none
	}
	switch {
	case length < header || length+ssiChecksum > ssiLongMax:
		return none
	case len(b) < header:
		return more
	case b[header-2] != ssiFromDecoder:
		return none
	}
	return length + ssiChecksum
}

// parseSSI takes apart a packet of which ssiSize gave the length of b. It is false when the checksum is wrong. The data are b's.
func parseSSI(b []byte) (ssiPacket, bool) {
	end := len(b) - ssiChecksum
	header := ssiHeader
	if b[1] == ssiDecodeLong && b[0] == ssiLongMark {
		header = ssiLongHeader
	}
	p := ssiPacket{opcode: b[1], status: b[header-1], data: b[header:end]}
	return p, binary.BigEndian.Uint16(b[end:]) == ssiSum(b[:end])
}

// same tells whether two packets differ in nothing but that one is sent again.
func (p ssiPacket) same(q ssiPacket) bool {
	return p.opcode == q.opcode && p.status|ssiRetransmit == q.status|ssiRetransmit && bytes.Equal(p.data, q.data)
}

// ssiAIM gives the AIM identifier of a bar code type, in its plain form, where the type leaves no doubt about the symbology. Source: SSI
// Programmer's Guide, table of bar code types; types from F0 on: public programs for the GM67.
func ssiAIM(kind byte) string {
	switch kind {
	case 0x01:
		return "]A0" // Code 39
	case 0x03:
		return "]C0" // Code 128
	case 0x0b:
		return "]E0" // EAN-13
	case 0x0f:
		return "]C1" // GS1-128
	case 0x1b, 0xf2:
		return "]d1" // Data Matrix
	case 0x1c, 0xf1:
		return "]Q1" // QR Code
	case 0x2d, 0xf3:
		return "]z0" // Aztec
	default:
		return ""
	}
}
