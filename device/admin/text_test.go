package admin

import (
	"os"
	"regexp"
	"testing"
	"unicode"
)

func TestWhatActsOnTextIsShownByItsNumber(t *testing.T) {
	t.Parallel()
	for _, r := range []rune{
		0, 0x1b, 0x7f, 0x9b, 0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180e, 0x200b, 0x200e, 0x202e, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064,
		0x2066, 0x2069, 0x206a, 0x206b, 0x206c, 0x206d, 0x206e, 0x206f, 0x3164, 0xfeff, 0xffa0, 0xfff9, 0xfffa, 0xfffb, 0xfffd, 0x1bca0, 0x1d173, 0xe0001, 0xe007f,
	} {
		if !unruly(r) {
			t.Errorf("U+%04X is let through", r)
		}
	}
	for _, r := range "\n\t\u200c\u200d aÄßõž漢한निנ🎉👩\u0301\u00a0\ufe0f" {
		if unruly(r) {
			t.Errorf("U+%04X is taken for unruly", r)
		}
	}
}

// What a script writes is as plain as what the station writes itself.
func TestTheScriptsKnowTheSameUnrulyCharacters(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("assets/common.js")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`text\.replace\(/(.*)/gu,`).FindSubmatch(script)
	if m == nil {
		t.Fatal("plain is not where it was")
	}
	// The escapes of one language in the words of the other.
	pattern := regexp.MustCompile(`\\u\{?([0-9a-f]{4,6})\}?`).ReplaceAll(m[1], []byte(`\x{$1}`))
	plain, err := regexp.Compile(string(pattern))
	if err != nil {
		t.Fatal(err)
	}
	for r := range rune(unicode.MaxRune) {
		if r >= 0xd800 && r <= 0xdfff {
			continue
		}
		if got := plain.MatchString(string(r)); got != unruly(r) {
			t.Errorf("U+%04X: the script %v, the station %v", r, got, unruly(r))
		}
	}
}
