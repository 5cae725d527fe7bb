package keyboard

// The codes of the keys (linux/input-event-codes.h). A code names a place on the board and not a letter: KeyY is the key right of T, which is
// printed Z in Germany.
const (
	KeyMinus      uint16 = 12
	KeyEqual      uint16 = 13
	KeyTab        uint16 = 15
	KeyLeftBrace  uint16 = 26
	KeyRightBrace uint16 = 27
	KeyEnter      uint16 = 28
	KeyLeftCtrl   uint16 = 29
	KeySemicolon  uint16 = 39
	KeyApostrophe uint16 = 40
	KeyGrave      uint16 = 41
	KeyLeftShift  uint16 = 42
	KeyBackslash  uint16 = 43
	KeySlash      uint16 = 53
	KeyRightShift uint16 = 54
	KeyKPAsterisk uint16 = 55
	KeyLeftAlt    uint16 = 56
	KeySpace      uint16 = 57
	KeyCapsLock   uint16 = 58
	KeyF1         uint16 = 59
	KeyKP7        uint16 = 71
	KeyKP8        uint16 = 72
	KeyKP9        uint16 = 73
	KeyKPMinus    uint16 = 74
	KeyKP4        uint16 = 75
	KeyKP5        uint16 = 76
	KeyKP6        uint16 = 77
	KeyKPPlus     uint16 = 78
	KeyKP1        uint16 = 79
	KeyKP2        uint16 = 80
	KeyKP3        uint16 = 81
	KeyKP0        uint16 = 82
	KeyKPDot      uint16 = 83
	Key102nd      uint16 = 86 // between left Shift and the bottom row, on boards made for Europe
	KeyKPEnter    uint16 = 96
	KeyRightCtrl  uint16 = 97
	KeyKPSlash    uint16 = 98
	KeyRightAlt   uint16 = 100 // AltGr
	KeyKPEqual    uint16 = 117
	KeyKPComma    uint16 = 121
)

// The first keys of the rows; a row goes on upwards from there.
const (
	firstDigit  uint16 = 2  // 1
	firstTop    uint16 = 16 // Q
	firstHome   uint16 = 30 // A
	firstBottom uint16 = 44 // Z
)

// keyCount is above every key that has a character.
const keyCount = 128

// rows gives the keys that every layout has characters for, as they lie: the row of digits, the top row, the home row, the bottom row.
func rows() [4][]uint16 {
	return [4][]uint16{
		append([]uint16{KeyGrave}, span(firstDigit, KeyEqual)...),
		span(firstTop, KeyRightBrace),
		append(span(firstHome, KeyApostrophe), KeyBackslash),
		append([]uint16{Key102nd}, span(firstBottom, KeySlash)...),
	}
}

func span(first, last uint16) []uint16 {
	keys := make([]uint16, 0, last-first+1)
	for key := first; key <= last; key++ {
		keys = append(keys, key)
	}
	return keys
}

// letters are the keys that have the letters A to Z on a US board.
func letters() []uint16 {
	return append(append(span(firstTop, firstTop+9), span(firstHome, firstHome+8)...), span(firstBottom, firstBottom+6)...)
}

// keypadDigit tells which digit a key of the keypad has, with Num Lock on.
func keypadDigit(key uint16) (int, bool) {
	switch key {
	case KeyKP0:
		return 0, true
	case KeyKP1, KeyKP2, KeyKP3:
		return int(key-KeyKP1) + 1, true
	case KeyKP4, KeyKP5, KeyKP6:
		return int(key-KeyKP4) + 4, true
	case KeyKP7, KeyKP8, KeyKP9:
		return int(key-KeyKP7) + 7, true
	default:
		return 0, false
	}
}

// keypadKey is the key of the keypad that has a digit.
func keypadKey(digit int) uint16 {
	keys := [10]uint16{KeyKP0, KeyKP1, KeyKP2, KeyKP3, KeyKP4, KeyKP5, KeyKP6, KeyKP7, KeyKP8, KeyKP9}
	return keys[digit%10]
}
