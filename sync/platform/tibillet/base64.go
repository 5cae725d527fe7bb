package tibillet

// Base64 as the server writes it, RFC 4648 section 5 with padding, read in
// either alphabet because the server reads either. The standard library's
// decoder skips CR and LF wherever they stand, which would give one ticket many
// texts; this one takes exactly one text per alphabet for each value: full
// padding, and zeros in the bits that carry nothing.

// digit gives the value of one character of either alphabet.
func digit(c byte) (uint32, bool) {
	switch {
	case c >= 'A' && c <= 'Z':
		return uint32(c - 'A'), true
	case c >= 'a' && c <= 'z':
		return uint32(c-'a') + 26, true
	case c >= '0' && c <= '9':
		return uint32(c-'0') + 52, true
	case c == '-' || c == '+':
		return 62, true
	case c == '_' || c == '/':
		return 63, true
	}
	return 0, false
}

// decodeStrict decodes text into dst and gives the number of bytes. It fails
// where text is not base64 as described above or does not fit.
func decodeStrict(dst, text []byte) (n int, ok bool) {
	if len(text) == 0 || len(text)%4 != 0 {
		return 0, false
	}
	pad := 0
	for pad < 2 && text[len(text)-1-pad] == '=' {
		pad++
	}
	n = len(text)/4*3 - pad
	if n > len(dst) {
		return 0, false
	}
	var group uint32
	at := 0
	for i, c := range text[:len(text)-pad] {
		v, ok := digit(c)
		if !ok {
			return 0, false
		}
		group = group<<6 | v
		if i%4 == 3 {
			dst[at], dst[at+1], dst[at+2] = byte(group>>16), byte(group>>8), byte(group)
			at += 3
			group = 0
		}
	}
	switch pad {
	case 1: // three characters, 18 bits, of which 16 count
		if group&0x3 != 0 {
			return 0, false
		}
		dst[at], dst[at+1] = byte(group>>10), byte(group>>2)
	case 2: // two characters, 12 bits, of which 8 count
		if group&0xf != 0 {
			return 0, false
		}
		dst[at] = byte(group >> 4)
	}
	return n, true
}

// decodeRun decodes whole groups of four characters, all of which are digits.
func decodeRun(dst, text []byte) int {
	n := 0
	for i := 0; i+3 < len(text) && n+2 < len(dst); i += 4 {
		var group uint32
		for _, c := range text[i : i+4] {
			v, _ := digit(c) // the caller has looked
			group = group<<6 | v
		}
		dst[n], dst[n+1], dst[n+2] = byte(group>>16), byte(group>>8), byte(group)
		n += 3
	}
	return n
}
