package pairing

import (
	"math"
	"slices"
	"strings"
)

// The parameters of punycode, RFC 3492 section 5.
const (
	punyBase    = 36
	punyTMin    = 1
	punyTMax    = 26
	punySkew    = 38
	punyDamp    = 700
	punyBias    = 72
	punyStart   = 0x80
	punyMost    = 63 // characters of a label
	acePrefix   = "xn--"
	surrogateLo = 0xd800
	surrogateHi = 0xdfff
)

// unpuny decodes what stands behind "xn--" in a label, by RFC 3492 section 6.2.
func unpuny(text string) (string, bool) {
	if len(text) > punyMost || strings.ContainsFunc(text, func(r rune) bool { return r >= punyStart }) {
		return "", false
	}
	var out []rune
	rest := text
	if i := strings.LastIndexByte(text, '-'); i > 0 {
		out, rest = []rune(text[:i]), text[i+1:]
	}
	n, i, bias := punyStart, 0, punyBias
	for pos := 0; pos < len(rest); {
		before, weight := i, 1
		for k := punyBase; ; k += punyBase {
			if pos == len(rest) {
				return "", false
			}
			digit, ok := punyDigit(rest[pos])
			pos++
			if !ok || digit > (math.MaxInt32-i)/weight {
				return "", false
			}
			i += digit * weight
			t := min(max(k-bias, punyTMin), punyTMax)
			if digit < t {
				break
			}
			if weight > math.MaxInt32/(punyBase-t) {
				return "", false
			}
			weight *= punyBase - t
		}
		count := len(out) + 1
		bias = punyAdapt(i-before, count, before == 0)
		n += i / count
		i %= count
		if n > 0x10ffff || (n >= surrogateLo && n <= surrogateHi) {
			return "", false
		}
		out = slices.Insert(out, i, rune(n))
		i++
	}
	return string(out), true
}

func punyDigit(c byte) (int, bool) {
	switch {
	case c >= 'a' && c <= 'z':
		return int(c - 'a'), true
	case c >= 'A' && c <= 'Z':
		return int(c - 'A'), true
	case c >= '0' && c <= '9':
		return int(c-'0') + 26, true
	}
	return 0, false
}

// punyAdapt is the adaptation of RFC 3492 section 6.1.
func punyAdapt(delta, count int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / count
	k := 0
	for ; delta > ((punyBase-punyTMin)*punyTMax)/2; k += punyBase {
		delta /= punyBase - punyTMin
	}
	return k + (punyBase-punyTMin+1)*delta/(delta+punySkew)
}
