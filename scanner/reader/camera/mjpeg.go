package camera

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
)

// Markers of JPEG, from ITU-T T.81 annex B.
const (
	markSOI = 0xd8
	markDHT = 0xc4
	markSOS = 0xda
	markTEM = 0x01
	markRST = 0xd0 // to 0xd7
	markEOI = 0xd9
)

// standardTables gives the segment with the Huffman tables of ITU-T T.81 annex K, which cameras leave out of their pictures because everybody
// is supposed to have them. The encoder of the standard library writes just these, so they are cut out of a picture of its making.
func standardTables() ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 8, 8), image.YCbCrSubsampleRatio444), nil); err != nil {
		return nil, err
	}
	raw := b.Bytes()
	at, end, found := findSegment(raw, markDHT)
	if !found {
		return nil, fmt.Errorf("the standard tables: %w", errBroken)
	}
	return bytes.Clone(raw[at:end]), nil
}

// findSegment looks for the first segment with a marker among the headers of a picture, which the start of a scan ends. It gives where the
// segment begins, at its 0xff, and where it ends. For the start of a scan itself the end is that of its header.
func findSegment(raw []byte, marker byte) (at, end int, found bool) {
	if len(raw) < 2 || raw[0] != 0xff || raw[1] != markSOI {
		return 0, 0, false
	}
	for i := 2; i+4 <= len(raw); {
		if raw[i] != 0xff {
			return 0, 0, false
		}
		m := raw[i+1]
		switch {
		case m == 0xff: // fill
			i++
			continue
		case m == markTEM || m >= markRST && m <= markSOI: // no length follows
			i += 2
			continue
		case m == 0 || m == markEOI:
			return 0, 0, false
		}
		size := int(binary.BigEndian.Uint16(raw[i+2:]))
		next := i + 2 + size
		if size < 2 || next > len(raw) {
			return 0, 0, false
		}
		if m == marker {
			return i, next, true
		}
		if m == markSOS {
			return 0, 0, false
		}
		i = next
	}
	return 0, 0, false
}

// withTables puts the tables in front of the scan of a picture that has none of its own. Any other picture is returned as it is.
func withTables(raw, tables []byte) []byte {
	if _, _, has := findSegment(raw, markDHT); has {
		return raw
	}
	scan, _, found := findSegment(raw, markSOS)
	if !found {
		return raw
	}
	out := make([]byte, 0, len(raw)+len(tables))
	out = append(out, raw[:scan]...)
	out = append(out, tables...)
	return append(out, raw[scan:]...)
}

// unpackJPEG gives the luminance of a picture from a camera.
func unpackJPEG(raw, tables []byte, into *[]byte) (picture, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(raw))
	if err != nil || checkMeasures(c.Width, c.Height) != nil {
		return picture{}, errBroken
	}
	img, err := jpeg.Decode(bytes.NewReader(withTables(raw, tables)))
	if err != nil {
		return picture{}, errBroken
	}
	*into = grow(*into, c.Width*c.Height)
	return luminance(img, *into), nil
}
