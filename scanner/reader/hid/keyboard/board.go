package keyboard

// Stroke is one key going down, with what counted as held then; or, with Key 0, one character entered as an ALT code.
type Stroke struct {
	// Key is the code of the key (linux/input-event-codes.h).
	Key uint16
	// Shift, AltGr, Ctrl and Alt tell which of these were held. Ctrl and Alt together are AltGr.
	Shift, AltGr, Ctrl, Alt bool
	// Caps tells that Caps Lock was on.
	Caps bool
	// Char is the character of an ALT code.
	Char rune
}

// ends tells whether a stroke ends a code, and which character it stands for then.
func (s Stroke) ends() (byte, bool) {
	switch s.Key {
	case KeyEnter, KeyKPEnter:
		return '\r', true
	case KeyTab:
		return '\t', true
	default:
		return 0, false
	}
}

// keyState is which keys are down, as EVIOCGKEY tells it: one bit for each code, the lowest bit of the lowest byte first.
type keyState [keyStateSize]byte

// keyStateSize holds all codes up to KEY_MAX, 0x2ff.
const keyStateSize = 0x300 / 8

func (k *keyState) has(key uint16) bool {
	return int(key/8) < len(k) && k[key/8]&(1<<(key%8)) != 0
}

// any tells whether any key is down.
func (k *keyState) any() bool { return *k != keyState{} }

// board follows which modifiers are down and makes strokes of key events. Modifiers that were down before it began count when they are pressed
// again.
type board struct {
	leftShift, rightShift, leftCtrl, rightCtrl, leftAlt, rightAlt bool

	caps bool
	alt  altCode
}

// take takes one key event, and returns the stroke it makes, if it makes one. Repeats make none, nor do keys without a character.
func (b *board) take(e Event) (Stroke, bool) {
	if e.Type != typeKey || e.Value != Pressed && e.Value != Released {
		return Stroke{}, false
	}
	down := e.Value == Pressed
	if held := b.modifier(e.Code); held != nil {
		*held = down
		return b.altKey(e.Code)
	}
	if !down {
		return Stroke{}, false
	}
	if e.Code == KeyCapsLock {
		b.caps = !b.caps
		return Stroke{}, false
	}
	return b.press(e.Code)
}

// modifier gives the state of a key that changes what others mean, nil for all others.
func (b *board) modifier(key uint16) *bool {
	switch key {
	case KeyLeftShift:
		return &b.leftShift
	case KeyRightShift:
		return &b.rightShift
	case KeyLeftCtrl:
		return &b.leftCtrl
	case KeyRightCtrl:
		return &b.rightCtrl
	case KeyLeftAlt:
		return &b.leftAlt
	case KeyRightAlt:
		return &b.rightAlt
	default:
		return nil
	}
}

// altKey ends an ALT code, and begins another.
func (b *board) altKey(key uint16) (Stroke, bool) {
	if key != KeyLeftAlt {
		return Stroke{}, false
	}
	code := b.alt
	b.alt = altCode{}
	return Stroke{Char: code.char()}, code.digits > 0
}

// press takes a key other than a modifier going down.
func (b *board) press(key uint16) (Stroke, bool) {
	ctrl := b.leftCtrl || b.rightCtrl
	altGr := b.rightAlt || ctrl && b.leftAlt
	s := Stroke{
		Key: key, Shift: b.leftShift || b.rightShift, AltGr: altGr,
		Ctrl: ctrl && !altGr, Alt: b.leftAlt && !altGr, Caps: b.caps,
	}
	if digit, ok := keypadDigit(key); ok && s.Alt {
		b.alt.digit(digit)
		return Stroke{}, false
	}
	if _, ends := s.ends(); !ends && !printing(key) {
		return Stroke{}, false
	}
	return s, true
}

// settle forgets what belongs to one code, and tells whether an ALT code was left unfinished.
func (b *board) settle() bool {
	half := b.alt.digits > 0
	b.caps, b.alt = false, altCode{}
	return half
}

// resume takes the state of the modifiers from the kernel, after events were lost. Other keys need none: one that is held makes no stroke before
// it has been released and pressed again.
func (b *board) resume(down *keyState) {
	for _, key := range [6]uint16{KeyLeftShift, KeyRightShift, KeyLeftCtrl, KeyRightCtrl, KeyLeftAlt, KeyRightAlt} {
		*b.modifier(key) = down.has(key)
	}
}

// printing tells whether a key has a character on any board.
func printing(key uint16) bool {
	switch {
	case key >= firstDigit && key <= KeyEqual, key >= firstTop && key <= KeyRightBrace, key >= firstHome && key <= KeyGrave:
		return true
	case key >= KeyBackslash && key <= KeySlash, key >= KeyKP7 && key <= KeyKPDot:
		return true
	case key == KeySpace, key == Key102nd, key == KeyKPAsterisk, key == KeyKPSlash, key == KeyKPEqual, key == KeyKPComma:
		return true
	default:
		return false
	}
}
