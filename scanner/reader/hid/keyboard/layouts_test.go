package keyboard

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// printable is every printable ASCII character.
func printable() string {
	var b strings.Builder
	for char := ' '; char <= '~'; char++ {
		b.WriteRune(char)
	}
	return b.String()
}

func TestEverySheetHasAWordForEveryKey(t *testing.T) {
	for _, s := range sheets() {
		for i, keys := range rows() {
			words := strings.Fields(s.rows[i])
			if len(words) != len(keys) {
				t.Errorf("%s, row %d: %d words for %d keys", s.name, i, len(words), len(keys))
			}
			for _, word := range words {
				if n := len([]rune(word)); n > levels {
					t.Errorf("%s, row %d: %q has %d characters", s.name, i, word, n)
				}
			}
		}
	}
}

func TestEveryPrintingKeyHasACharacterInEveryLayout(t *testing.T) {
	for _, l := range tables(DefaultLayout) {
		for key := range uint16(keyCount) {
			if has := l.keys[key][levelPlain].char != 0; has != printing(key) {
				t.Errorf("%s, key %d: has %v, printing %v", l.name, key, has, printing(key))
			}
		}
	}
}

func TestNoLayoutHasACharacterTwiceAtOneLevelOnTheMainBoard(t *testing.T) {
	// The 102nd key of the US board is of other boards; and Euro came late, to 5 in some places and to E in others.
	twice := map[string]string{"us": `\|`, "es": "€", "it": "€", "se": "€", "no": "€", "dk": "€"}
	for _, l := range tables(DefaultLayout) {
		for level := range levels {
			seen := ""
			for _, keys := range rows() {
				for _, key := range keys {
					char := l.keys[key][level].char
					if char == 0 || strings.ContainsRune(twice[l.name], char) {
						continue
					}
					if strings.ContainsRune(seen, char) {
						t.Errorf("%s has %q twice at level %d", l.name, char, level)
					}
					seen += string(char)
				}
			}
		}
	}
}

func TestEveryLayoutHasAllLettersAndDigitsOnKeysOfTheirOwn(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for _, l := range tables(DefaultLayout) {
		for _, char := range alphabet {
			s, g := l.find(char)
			if s.Key == 0 || g.dead || s.AltGr {
				t.Errorf("%s has no plain key for %q", l.name, char)
			}
			if unicode.IsLetter(char) && !l.cased(s.Key) {
				t.Errorf("%s: Caps Lock does nothing to %q", l.name, char)
			}
		}
	}
}

// Which characters have no key: readers of that country enter them as ALT codes.
func TestEveryPrintableCharacterHasAKeyInEveryLayout(t *testing.T) {
	for _, l := range tables(DefaultLayout) {
		for _, char := range printable() {
			if typed, ok := l.strokes(char); !ok {
				t.Errorf("%s has no key for %q", l.name, char)
			} else if s := typed[0]; s.AltGr && l.name == "us" {
				t.Errorf("us needs AltGr for %q", char)
			}
		}
	}
}

// Facts about boards, told by what is printed on their keys; the places are those of the US board.
func TestBoardsAreAsTheirKeysArePrinted(t *testing.T) {
	on := map[string][]string{ // place, plain, Shift, AltGr
		"us": {"1 1!", "2 2@", "' '\"", "\\ \\|", "` `~"},
		"uk": {"2 2\"", "3 3£", "4 4$€", "' '@", "\\ #~", "` `¬¦", "< \\|"},
		"de": {"y zZ", "z yY", "q qQ@", "- ß?\\ẞ", "[ üÜ", "] +*~", "/ -_", "< <>|", "7 7/{", "0 0=}", "\\ #'", "; öÖ", "m mMµ"},
		"fr": {"q aA", "w zZ", "a qQ", "z wW", "; mM", "m ,?", "1 &1", "6 -6|", "8 _8\\", "0 à0@", "= =+}", ". :/", "/ !§", "' ù%", "\\ *µ"},
		"es": {"1 1!|", "2 2\"@", "; ñÑ", "7 7/", "- '?", "= ¡¿", "` ºª\\", "\\ çÇ}", "< <>"},
		"it": {"` \\|", "[ èé[{", "] +*]}", "; òç@", "' à°#", "3 3£", "- '?`", "= ì^~"},
		"se": {"2 2\"@", "[ åÅ", "; öÖ", "' äÄ", "- +?\\", "4 4¤$", "< <>|", "/ -_", "\\ '*"},
		"no": {"; øØ", "' æÆ", "= \\`´", "` |§", "< <>"},
		"dk": {"; æÆ", "' øØ", "= ´`|", "` ½§", "< <>\\"},
	}
	us := unitedStates().build()
	for _, l := range tables(DefaultLayout) {
		if len(on[l.name]) == 0 {
			t.Errorf("nothing is known of %s", l.name)
		}
		for _, fact := range on[l.name] {
			place, want, _ := strings.Cut(fact, " ")
			key := Key102nd
			if place != "<" {
				s, _ := us.find([]rune(place)[0])
				key = s.Key
				if place == "\\" {
					key = KeyBackslash
				}
			}
			got := ""
			for level := range levels {
				if char := l.keys[key][level].char; char != 0 {
					got += string(char)
				}
			}
			if got != want {
				t.Errorf("%s, at the place of %s: %q, want %q", l.name, place, got, want)
			}
		}
	}
}

func TestDeadKeysAreWhereWindowsHasThem(t *testing.T) {
	want := map[string]string{
		"us": "", "uk": "", "de": "^´`", "fr": "^¨~`", "es": "`^´¨~", "it": "", "se": "´`¨^~", "no": "`¨´^~", "dk": "´`¨^~",
	}
	for _, l := range tables(DefaultLayout) {
		got := ""
		for _, keys := range rows() {
			for _, key := range keys {
				for level := range levels {
					if g := l.keys[key][level]; g.dead {
						got += string(g.char)
					}
				}
			}
		}
		a, b := []rune(got), []rune(want[l.name])
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s has the dead keys %q, want %q", l.name, got, want[l.name])
		}
	}
}

func TestLayoutsHaveOtherNames(t *testing.T) {
	for name, want := range map[string]string{"nordic": "se", "fi": "se", "se": "se", "us": "us", "uk": "uk"} {
		if got, found := LayoutOf(name); !found || got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	for _, name := range []string{"", "gb", "US", "dvorak"} {
		if got, found := LayoutOf(name); found {
			t.Errorf("%q is %q", name, got)
		}
	}
	if first := tables("fr"); first[0].name != "fr" || first[1].name != "us" || len(first) != len(Layouts()) {
		t.Error("the named layout is not first, or one is missing")
	}
}

func TestTheAltCodesOfBothCodePagesAreComplete(t *testing.T) {
	if n := len([]rune(codePage437)); n != 128 {
		t.Errorf("code page 437 has %d characters above ASCII", n)
	}
	if n := len([]rune(windows1252)); n != 32 {
		t.Errorf("Windows-1252 has %d characters that are not Latin-1", n)
	}
	for _, row := range []struct {
		digits string
		want   rune
	}{
		{"65", 'A'},
		{"065", 'A'},
		{"0065", 'A'},
		{"32", ' '},
		{"126", '~'},
		{"0126", '~'},
		{"130", 'é'},
		{"0130", '‚'},
		{"0233", 'é'},
		{"233", 'Θ'},
		{"0128", '€'},
		{"128", 'Ç'},
		{"255", '\u00a0'},
		{"0255", 'ÿ'},
		{"0159", 'Ÿ'},
		{"29", 0x1d},
		{"029", 0x1d},
		{"13", '\r'},
		{"0", 0},
		{"127", 0x7f},
		{"256", lacking},
		{"0256", lacking},
		{"8364", lacking},
		{"18446744073709551681", lacking},
		{"99999999999999999999", lacking},
	} {
		var code altCode
		for _, d := range row.digits {
			code.digit(int(d - '0'))
		}
		if got := code.char(); got != row.want {
			t.Errorf("Alt+%s is %q, want %q", row.digits, got, row.want)
		}
	}
}
