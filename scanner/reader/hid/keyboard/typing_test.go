package keyboard

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatescand/scanner/reader"
)

// read decodes events from their bytes, by a layout.
func read(size int, layout string, events []Event) *desk {
	d := newDesk(layout)
	d.play(NewParser(size).Parse(nil, AppendEvents(nil, size, events...))...)
	return d
}

func TestEveryPrintableCharacterGoesThroughEveryLayoutAndBack(t *testing.T) {
	for _, layout := range append(Layouts(), "nordic", "fi") {
		for _, style := range []Style{ShiftEach, ShiftRuns, Rollover} {
			for _, char := range printable() {
				text := "x" + string(char) + "y"
				d := read(LongEvent, layout, typed(t, text+"\r", layout, style))
				if diff := cmp.Diff([]string{text}, d.codes()); diff != "" {
					t.Errorf("%s, style %d (-want +got):\n%s", layout, style, diff)
				}
			}
			d := read(ShortEvent, layout, typed(t, printable()+"\r", layout, style))
			if diff := cmp.Diff([]string{printable()}, d.codes()); diff != "" {
				t.Errorf("%s, style %d, all in one (-want +got):\n%s", layout, style, diff)
			}
		}
	}
}

func TestEveryCharacterGoesThroughAltCodesAndBack(t *testing.T) {
	text := printable() + windows1252
	for char := rune(160); char < 256; char++ {
		text += string(char)
	}
	var strokes []Stroke
	for _, char := range text {
		s, ok := AltCode(char)
		if !ok {
			t.Fatalf("%q has no ALT code", char)
		}
		strokes = append(strokes, s)
	}
	d := read(LongEvent, "fr", Events(append(strokes, Stroke{Key: KeyEnter}), ShiftEach, ms(1)))
	if diff := cmp.Diff([]string{text}, d.codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

// ticket draws texts of printable ASCII that no AIM identifier is taken off and that are longer than what is dropped as a check byte.
func ticket() *rapid.Generator[string] {
	return rapid.Map(rapid.StringMatching(`[ -~]{1,80}`), func(s string) string { return "T" + s })
}

func TestTypingAndReadingIsIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		layout := rapid.SampledFrom(Layouts()).Draw(t, "layout")
		texts := rapid.SliceOfN(ticket(), 1, 4).Draw(t, "texts")
		style := rapid.SampledFrom([]Style{ShiftEach, ShiftRuns, Rollover}).Draw(t, "style")
		size := rapid.SampledFrom([]int{LongEvent, ShortEvent}).Draw(t, "size")
		strokes, err := Type(strings.Join(texts, "\r")+"\r", layout)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "caps") {
			strokes = CapsAround(strokes, layout)
		}
		if rapid.Bool().Draw(t, "alt") {
			strokes[0] = Stroke{Char: 'T'} // the first of every text
		}
		d := read(size, layout, Events(strokes, style, ms(1)))
		if diff := cmp.Diff(texts, d.codes()); diff != "" {
			t.Fatalf("codes (-want +got):\n%s", diff)
		}
	})
}

func TestAReaderSetToAnotherLayoutIsAmongTheReadings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scanner := rapid.SampledFrom(Layouts()).Draw(t, "scanner")
		daemon := rapid.SampledFrom(append(Layouts(), "nordic")).Draw(t, "daemon")
		caps := rapid.Bool().Draw(t, "caps")
		text := ticket().Draw(t, "text")
		strokes, err := Type(text+"\r", scanner)
		if err != nil {
			t.Fatal(err)
		}
		if caps {
			strokes = CapsInverted(strokes, scanner)
		}
		d := read(LongEvent, daemon, Events(strokes, ShiftEach, ms(1)))
		if len(d.frames) != 1 || d.frames[0].Layout != daemon {
			t.Fatalf("%+v", d.frames)
		}
		f := d.frames[0]
		texts := []string{string(f.Code)}
		found := string(f.Code) == text
		for _, r := range f.Readings {
			if slices.Contains(texts, string(r.Code)) {
				t.Errorf("%q stands there twice", r.Code)
			}
			texts = append(texts, string(r.Code))
			found = found || string(r.Code) == text && (r.CapsLock || !caps)
		}
		if !found {
			t.Fatalf("%s read by %s: %q is not among %q", scanner, daemon, text, texts)
		}
	})
}

func TestReadingsAreNamedAndOrdered(t *testing.T) {
	for _, row := range []struct {
		name, scanner, daemon, text string
		want                        []string
	}{
		{"digits of a US board are the same nearly everywhere", "us", "us", "123", []string{"fr &é\""}},
		{
			"France typed, US expected", "fr", "us", "AZ-1",
			[]string{"fr AZ-1", "us caps qw6!", "fr caps az-1"},
		},
		{"the name is that of the address", "se", "nordic", "a-", []string{
			"us a/", "fr q!", "nordic caps A-", "us caps A/", "fr caps Q!",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := read(LongEvent, row.daemon, typed(t, row.text+"\r", row.scanner, ShiftRuns))
			var got []string
			for _, r := range d.frames[0].Readings {
				name := r.Layout
				if r.CapsLock {
					name += " caps"
				}
				got = append(got, name+" "+string(r.Code))
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("readings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadingsAreOfTheirOwnCodeOnly(t *testing.T) {
	d := newDesk("us")
	d.play(typed(t, "first\r", "us", ShiftEach)...)
	d.play(typed(t, "lost", "us", ShiftEach)...)
	d.lose(d.now)
	d.play(typed(t, "\rAZ\r", "fr", ShiftEach)...)
	d.play(typed(t, "silence", "us", ShiftEach)...)
	d.rest(time.Second)
	d.play(typed(t, "MQ\r", "fr", ShiftEach)...)
	var got []string
	for _, f := range d.frames {
		for _, r := range f.Readings {
			if r.Layout == "fr" && !r.CapsLock {
				got = append(got, string(r.Code))
			}
		}
	}
	if diff := cmp.Diff([]string{"AZ", "MQ"}, got); diff != "" {
		t.Errorf("readings by fr (-want +got):\n%s", diff)
	}
}

func TestAReadingThatIsTooLongIsLeftOut(t *testing.T) {
	d := read(LongEvent, "us", typed(t, strings.Repeat("[", reader.MaxCode)+"\r", "us", ShiftEach))
	if d.frames[0].Overlong || len(d.frames[0].Readings) == 0 {
		t.Error("the code is not read")
	}
	for _, r := range d.frames[0].Readings {
		if strings.ContainsAny(string(r.Code), "üÜåÅèé") {
			t.Errorf("%s has two bytes for each character, and is there with %d", r.Layout, len(r.Code))
		}
	}
}

func TestReadingsAreCleanedAsCodesAre(t *testing.T) {
	d := read(LongEvent, "fr", typed(t, "]Q1TICKET-9\r", "us", ShiftRuns))
	var got []string
	for _, r := range d.frames[0].Readings {
		if r.Layout == "us" {
			got = append(got, string(r.Code))
		}
		if strings.ContainsRune(string(r.Code), lacking) {
			t.Errorf("%s lacks a character: %q", r.Layout, r.Code)
		}
	}
	for _, r := range read(LongEvent, "de", typed(t, "T@-[\r", "de", ShiftEach)).frames[0].Readings {
		if r.Layout == "us" {
			t.Errorf("the US board has nothing at the place of @, and it is read as %q", r.Code)
		}
	}
	if diff := cmp.Diff([]string{"TICKET-9", "ticket-9"}, got); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeTypedIsSaid(t *testing.T) {
	if _, err := Type("a", "dvorak"); err == nil {
		t.Error("dvorak is typed")
	}
	if _, err := Type("日", "us"); err == nil {
		t.Error("a character of Japan is typed")
	}
	for _, text := range []string{"\x01\x1d\x1b\x7f", "éÿ€Œ", "\r\n\t"} {
		for _, layout := range Layouts() {
			if _, err := Type(text, layout); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestControlCharactersGoThroughEveryLayout(t *testing.T) {
	for _, layout := range Layouts() {
		text := "a\x01b\x1dc\x1bd\x1ae\x1c\x1e\x1f\x7ff"
		d := read(LongEvent, layout, typed(t, text+"\r", layout, ShiftEach))
		if diff := cmp.Diff([]string{text}, d.codes()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", layout, diff)
		}
	}
}

func TestUsagesAreThoseOfTheStandard(t *testing.T) {
	want := map[uint16]byte{
		KeyEnter: 0x28, KeyTab: 0x2b, KeySpace: 0x2c, KeyMinus: 0x2d, KeyEqual: 0x2e, KeyLeftBrace: 0x2f, KeyRightBrace: 0x30,
		KeyBackslash: 0x31, KeySemicolon: 0x33, KeyApostrophe: 0x34, KeyGrave: 0x35, KeySlash: 0x38, KeyCapsLock: 0x39, KeyF1: 0x3a,
		KeyKPSlash: 0x54, KeyKPAsterisk: 0x55, KeyKPMinus: 0x56, KeyKPPlus: 0x57, KeyKPEnter: 0x58, KeyKPDot: 0x63, Key102nd: 0x64,
		KeyKPEqual: 0x67, KeyKPComma: 0x85,
	}
	us := unitedStates().build()
	for i, char := range "abcdefghijklmnopqrstuvwxyz1234567890" { // from 0x04 on, in this order
		s, _ := us.find(char)
		want[s.Key] = 0x04 + byte(i)
	}
	for i, digit := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 0} {
		want[keypadKey(digit)] = 0x59 + byte(i)
	}
	for key, usage := range want {
		if got := Usage(key); got != usage {
			t.Errorf("key %d has usage %#02x, want %#02x", key, got, usage)
		}
	}
}

// A USB gadget that sends the reports makes the kernel give these events again; this is the part of the kernel's driver that does it.
func TestReportsGiveTheSameKeyEvents(t *testing.T) {
	var table [256]uint16
	for key := range uint16(keyCount) {
		if u := Usage(key); u != 0 {
			if table[u] != 0 {
				t.Errorf("keys %d and %d have one usage", table[u], key)
			}
			table[u] = key
		} else if printing(key) {
			t.Errorf("key %d has no usage", key)
		}
	}
	for _, style := range []Style{ShiftEach, ShiftRuns, Rollover} {
		events := typed(t, printable()+"éß€\x1d\r", "de", style)
		var got, want []Event
		for _, e := range events {
			if e.Type == typeKey {
				want = append(want, Event{0, typeKey, e.Code, e.Value})
			}
		}
		var last Report
		for _, r := range Reports(events) {
			got = append(got, difference(last, r, &table)...)
			last = r
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("style %d: events (-want +got):\n%s", style, diff)
		}
		if last != (Report{}) {
			t.Errorf("style %d leaves keys down: %x", style, last)
		}
	}
}

// difference gives the key events between two reports.
func difference(from, to Report, table *[256]uint16) []Event {
	var events []Event
	modifiers := [8]uint16{KeyLeftCtrl, KeyLeftShift, KeyLeftAlt, 0, KeyRightCtrl, KeyRightShift, KeyRightAlt, 0}
	for i, key := range modifiers {
		if was, is := from[0]>>i&1, to[0]>>i&1; was != is {
			events = append(events, Event{0, typeKey, key, int32(is)})
		}
	}
	for _, u := range from[2:] {
		if u != 0 && !slices.Contains(to[2:], u) {
			events = append(events, Event{0, typeKey, table[u], Released})
		}
	}
	for _, u := range to[2:] {
		if u != 0 && !slices.Contains(from[2:], u) {
			events = append(events, Event{0, typeKey, table[u], Pressed})
		}
	}
	return events
}

func BenchmarkTicket(b *testing.B) {
	strokes, err := Type(strings.Repeat("AbC-09_z", 25)+"\r", "us")
	if err != nil {
		b.Fatal(err)
	}
	events := Events(strokes, ShiftEach, ms(1))
	a := newAssembler("us", DefaultGap, func(reader.Frame) {})
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range events {
			a.take(0, e)
		}
	}
}
