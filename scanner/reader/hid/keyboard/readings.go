package keyboard

import (
	"bytes"
	"unicode/utf8"

	"gatescand/scanner/reader"
)

// readings gives what the strokes of a code mean otherwise: by every other layout, then by every layout with Caps Lock the other way round.
// Readings that are the code itself, or one another, or that lack a character, are left out.
func (a *assembler) readings(code []byte) []reader.Reading {
	var found []reader.Reading
	for _, caps := range [2]bool{false, true} {
		for i, l := range a.layouts {
			if i == 0 && !caps {
				continue // the code itself
			}
			text, ok := a.read(l, caps)
			if !ok || bytes.Equal(text, code) || known(found, text) {
				continue
			}
			name := l.name
			if i == 0 {
				name = a.name
			}
			found = append(found, reader.Reading{Layout: name, CapsLock: caps, Code: text})
		}
	}
	return found
}

// read gives what the strokes mean by a layout, cleaned as any code is: through a framer, which takes off what is no part of a code and the
// AIM identifier.
func (a *assembler) read(l *layout, caps bool) ([]byte, bool) {
	c := composer{layout: l, caps: caps}
	a.whole = a.whole[:0]
	for _, s := range a.strokes {
		a.whole = c.add(a.whole, s)
	}
	a.whole = append(c.end(a.whole), '\r')
	if bytes.ContainsRune(a.whole, utf8.RuneError) {
		return nil, false
	}
	var frames []reader.Frame
	a.scratch.Drop()
	a.scratch.Push(0, a.whole, func(f reader.Frame) { frames = append(frames, f) })
	if len(frames) != 1 || frames[0].Overlong || len(frames[0].Code) == 0 {
		return nil, false
	}
	return frames[0].Code, true
}

func known(found []reader.Reading, code []byte) bool {
	for _, r := range found {
		if bytes.Equal(r.Code, code) {
			return true
		}
	}
	return false
}
