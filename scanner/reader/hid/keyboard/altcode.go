package keyboard

// altCode is a number being typed on the keypad while Alt is down, which stands for one character.
type altCode struct {
	n, digits   int
	leadingZero bool
}

// digit takes one more digit. Numbers of more digits than any code has stay too large.
func (a *altCode) digit(d int) {
	if a.digits == 0 {
		a.leadingZero = d == 0
	}
	a.digits++
	if a.n < 1000 {
		a.n = 10*a.n + d
	}
}

// char gives the character of the number: with a leading zero by Windows-1252, without by code page 437, as Windows does it; and below 32 the
// control character itself, which is what a reader means and a picture of Windows is not. A number above 255 means nothing.
func (a *altCode) char() rune {
	switch {
	case a.n > 255:
		return lacking
	case a.n < 128 || a.leadingZero && a.n >= 160:
		return rune(a.n)
	case a.leadingZero:
		return []rune(windows1252)[a.n-128]
	default:
		return []rune(codePage437)[a.n-128]
	}
}

// The upper half of code page 437 and the part of Windows-1252 that differs from Latin-1, in their order. Source: the tables of the Unicode
// Consortium, MAPPINGS/VENDORS/MICSFT/PC/CP437.TXT and MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT; the five places that the latter leaves empty
// are the C1 controls, as Windows has it.
const (
	codePage437 = "ÇüéâäàåçêëèïîìÄÅ" +
		"ÉæÆôöòûùÿÖÜ¢£¥₧ƒ" +
		"áíóúñÑªº¿⌐¬½¼¡«»" +
		"░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
		"└┴┬├─┼╞╟╚╔╩╦╠═╬╧" +
		"╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" +
		"αßΓπΣσµτΦΘΩδ∞φε∩" +
		"≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0"
	windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"
)
