package keyboard

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatescand/scanner/reader"
)

func TestKeysBecomeCodes(t *testing.T) {
	for _, row := range []struct {
		name, layout, keys string
		want               []string
	}{
		{"Enter ends a code", "us", "a b 1 enter c 2 enter", []string{"ab1", "c2"}},
		{"Enter of the keypad ends a code", "us", "a b kpenter c d enter", []string{"ab", "cd"}},
		{"TAB ends a code", "us", "a b tab c d tab", []string{"ab", "cd"}},
		{"Enter and TAB end one code", "us", "a b tab enter", []string{"ab"}},
		{"Enter alone is no code", "us", "enter enter", []string{}},
		{"Shift on the left", "us", "+shift a -shift b enter", []string{"Ab"}},
		{"Shift on the right", "us", "+rshift a -rshift b enter", []string{"Ab"}},
		{"both Shifts, one released", "us", "+shift +rshift a -shift b -rshift c enter", []string{"ABc"}},
		{"Shift held over a run, and over Enter", "us", "+shift a b 1 enter -shift", []string{"AB!"}},
		{"Shift counts when the key goes down", "us", "+shift +a -shift -a +b +shift -b -shift enter", []string{"Ab"}},
		{"different keys roll over", "us", "+a +b -a +c -b -c enter", []string{"abc"}},
		{"one key twice", "us", "a a enter", []string{"aa"}},
		{"the keypad has digits, with Shift too", "us", "kp0 kp1 kp2 kp3 +shift kp4 -shift kp5 kp6 kp7 kp8 kp9 enter", []string{"0123456789"}},
		{"the keypad has signs", "us", "1 kp/ kp* kp- kp+ kp. enter", []string{"1/*-+."}},
		{"the keypad's point is a comma in Germany", "de", "1 kp. 2 enter", []string{"1,2"}},
		{"function keys and other keys without characters are ignored", "us", "a f1 esc backspace numlock vendor b enter", []string{"ab"}},
		{"Caps Lock turns letters round until it is pressed again", "us", "caps a b 1 - +shift c -shift caps d enter", []string{"AB1-cd"}},
		{"Caps Lock ends with the code", "us", "caps a b enter a b enter", []string{"AB", "ab"}},
		{"Caps Lock works on the letters of the country", "de", "caps ; minus 1 enter", []string{"Öß1"}},
		{"Ctrl and a letter are a control character", "us", "a +ctrl d -ctrl b enter", []string{"a\x04b"}},
		{"Ctrl on the right", "us", "a +rctrl d -rctrl b enter", []string{"a\x04b"}},
		{"Ctrl and a bracket are group separator and escape", "us", "a +ctrl ] [ -ctrl b enter", []string{"a\x1d\x1bb"}},
		{"where brackets are elsewhere, Ctrl is at their place", "de", "a +ctrl ] [ \\ -ctrl b enter", []string{"a\x1d\x1b\x1cb"}},
		{"Ctrl and M end a code", "us", "a b +ctrl m -ctrl c d enter", []string{"ab", "cd"}},
		{"Ctrl and @ is NUL and no part of a code", "us", "a +ctrl +shift 2 -shift -ctrl b enter", []string{"ab"}},
		{"Ctrl and a question mark is DEL", "us", "a +ctrl +shift / -shift -ctrl b enter", []string{"a\x7fb"}},
		{"Ctrl and a digit is not left out", "us", "a +ctrl 1 -ctrl b enter", []string{"a\ufffdb"}},
		{"AltGr", "de", "+altgr q 7 8 9 0 minus ] 102nd -altgr enter", []string{"@{[]}\\~|"}},
		{"Ctrl and Alt are AltGr", "de", "+ctrl +alt q -alt -ctrl a enter", []string{"@a"}},
		{"AltGr where there is nothing is not left out", "us", "a +altgr q -altgr b enter", []string{"a\ufffdb"}},
		{"Alt and a letter is not left out", "us", "a +alt q -alt b enter", []string{"a\ufffdb"}},
		{"Italy with Shift and AltGr", "it", "+shift +altgr [ ] -altgr -shift enter", []string{"{}"}},
		{"an ALT code without leading zero", "us", "+alt kp6 kp5 -alt +alt kp1 kp3 kp0 -alt enter", []string{"Aé"}},
		{"an ALT code with leading zero", "us", "+alt kp0 kp2 kp3 kp3 -alt +alt kp0 kp1 kp2 kp8 -alt enter", []string{"é€"}},
		{"an ALT code of a control character", "us", "a +alt kp0 kp2 kp9 -alt b enter", []string{"a\x1db"}},
		{"an ALT code of CR ends a code", "us", "a b +alt kp1 kp3 -alt c d enter", []string{"ab", "cd"}},
		{"an ALT code is the same in every layout", "fr", "+alt kp6 kp5 -alt enter", []string{"A"}},
		{"an ALT code that means nothing is not left out", "us", "a +alt kp9 kp9 kp9 -alt b enter", []string{"a\ufffdb"}},
		{"an ALT code that never ends is not left out", "us", "a +alt kp6 enter -alt b c enter", []string{"a\ufffd", "bc"}},
		{"Alt alone is nothing", "us", "a +alt -alt b enter", []string{"ab"}},
		{"digits of the main board are no ALT code", "us", "+alt 6 5 -alt enter", []string{"\ufffd\ufffd"}},
		{"a dead key and a letter", "de", "` a = e +shift = -shift u enter", []string{"âéù"}},
		{"a dead key and a blank", "de", "` space = space enter", []string{"^´"}},
		{"a dead key and what it does not go with", "de", "` x ` 1 enter", []string{"^x^1"}},
		{"a dead key twice", "de", "` ` a enter", []string{"^^a"}},
		{"a dead key at the end", "de", "a ` enter b c enter", []string{"a^", "bc"}},
		{"a dead key before a capital", "fr", "[ +shift e -shift +shift [ -shift +shift u -shift enter", []string{"ÊÜ"}},
		{"France: digits with Shift, signs without", "fr", "1 +shift 1 2 3 -shift 6 8 enter", []string{"&123-_"}},
		{"France: AltGr and 2 is a dead key, AltGr and 9 is none", "fr", "+altgr 2 -altgr space +altgr 9 -altgr a enter", []string{"~^q"}},
		{"Spain", "es", "; ' a [ e +altgr 4 -altgr n enter", []string{"ñáèñ"}},
		{"the AIM identifier is taken off", "us", "] +shift q -shift 1 a b enter", []string{"<]Q1>ab"}},
		{"a check digit right behind Enter is no code", "us", "a b enter q", []string{"ab"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDesk(row.layout)
			d.play(keys(t, strings.Fields(row.keys)...)...)
			d.rest(time.Second)
			if diff := cmp.Diff(row.want, d.codes()); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSilenceEndsACode(t *testing.T) {
	d := newDesk("us")
	d.play(keys(t, "a", "b")...)
	d.rest(DefaultGap - 1)
	if len(d.frames) != 0 {
		t.Fatalf("%q came before the silence was long enough", d.codes())
	}
	at := d.now - DefaultGap + 1 // B went up then, and down one millisecond before
	d.rest(1)
	want := []reader.Frame{{Code: []byte("ab"), At: at - ms(1), End: reader.EndSilence, Layout: "us"}}
	for i := range d.frames {
		d.frames[i].Readings = nil
	}
	if diff := cmp.Diff(want, d.frames); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
	if _, begun := d.deadline(); begun {
		t.Error("something waits after the silence")
	}
}

func TestSilenceIsFoundInTheKernelsStampsToo(t *testing.T) {
	d := newDesk("us")
	d.play(keys(t, "a", "b")...)
	d.now += DefaultGap // nobody called silence
	d.play(keys(t, "c", "d", "enter")...)
	if diff := cmp.Diff([]string{"ab", "cd"}, d.codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestSlowKeysOfOneAltCodeAreNoSilence(t *testing.T) {
	d := newDesk("us")
	d.play(keys(t, "a")...)
	for _, e := range keys(t, "+alt", "kp6", "kp6", "-alt", "c", "enter") {
		d.now += ms(90)
		e.Time = 0
		d.play(e)
	}
	if diff := cmp.Diff([]string{"aBc"}, d.codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestRepeatsAreIgnoredAndHoldOffNoSilence(t *testing.T) {
	d := newDesk("us")
	d.play(keys(t, "a", "+b")...)
	for range 20 {
		d.now += ms(30)
		d.take(d.now, Event{d.now, typeKey, firstBottom + 4, Repeated})
	}
	d.rest(0)
	if diff := cmp.Diff([]string{"ab"}, d.codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestOtherEventsAreIgnored(t *testing.T) {
	d := newDesk("us")
	for _, e := range []Event{{0, typeMisc, 4, 0x70004}, {0, typeSync, 0, 0}, {0, 2, 30, 1}, {0, 3, 30, 1}, {0, typeLED, 1, 1}, {0, typeKey, 30, 7}} {
		d.play(e)
	}
	d.play(keys(t, "a", "b", "enter")...)
	if diff := cmp.Diff([]string{"ab"}, d.codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestWhatWasLostTakesItsWholeCodeWithIt(t *testing.T) {
	for _, row := range []struct {
		name string
		play func(t *testing.T, d *desk)
		want []string
	}{
		{"the end of the code comes", func(t *testing.T, d *desk) {
			t.Helper()
			d.play(keys(t, "a", "b")...)
			d.lose(d.now)
			d.play(keys(t, "c", "enter", "d", "e", "enter")...)
		}, []string{"de"}},
		{"TAB is an end", func(t *testing.T, d *desk) {
			t.Helper()
			d.lose(d.now)
			d.play(keys(t, "c", "tab", "d", "e", "enter")...)
		}, []string{"de"}},
		{"silence comes", func(t *testing.T, d *desk) {
			t.Helper()
			d.play(keys(t, "a", "b")...)
			d.lose(d.now)
			d.rest(DefaultGap)
			d.play(keys(t, "d", "e", "enter")...)
		}, []string{"de"}},
		{"the end itself was lost, and the next code follows at once", func(t *testing.T, d *desk) {
			t.Helper()
			d.play(keys(t, "a", "b")...)
			d.lose(d.now)
			d.play(keys(t, "c", "d", "enter", "e", "f", "enter")...)
		}, []string{"ef"}},
		{"an end that is a control character does not count", func(t *testing.T, d *desk) {
			t.Helper()
			d.lose(d.now)
			d.play(keys(t, "c", "d", "+ctrl", "m", "-ctrl", "e", "enter", "f", "g", "enter")...)
		}, []string{"fg"}},
		{"what comes has no end", func(t *testing.T, d *desk) {
			t.Helper()
			d.lose(d.now)
			d.play(typed(t, strings.Repeat("x", 2*reader.MaxCode)+"\r", "us", ShiftEach)...)
			d.play(keys(t, "f", "g", "enter")...)
		}, []string{"fg"}},
		{"a dead key waited", func(t *testing.T, d *desk) {
			t.Helper()
			d.composer.accent = '^'
			d.lose(d.now)
			d.play(keys(t, "enter", "e", "f", "enter")...)
		}, []string{"ef"}},
		{"Caps Lock was on", func(t *testing.T, d *desk) {
			t.Helper()
			d.play(keys(t, "caps", "a")...)
			d.lose(d.now)
			d.play(keys(t, "b", "enter", "e", "f", "enter")...)
		}, []string{"ef"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDesk("us")
			row.play(t, d)
			if diff := cmp.Diff(row.want, d.codes()); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAfterALossTheModifiersAreAsTheKernelSays(t *testing.T) {
	var down keyState
	for _, key := range []uint16{KeyLeftShift, firstHome} {
		down[key/8] |= 1 << (key % 8)
	}
	d := newDesk("us")
	d.play(keys(t, "+altgr", "b")...) // its release is lost
	d.board.resume(&down)
	d.lose(d.now)
	d.play(keys(t, "enter", "b", "-a", "a", "-shift", "c", "enter")...)
	if diff := cmp.Diff([]string{"BAc"}, d.codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestAModifierHeldFromBeforeCountsWhenItIsPressedAgain(t *testing.T) {
	d := newDesk("us")
	d.play(keys(t, "b", "-a", "a", "-shift", "+shift", "c", "-shift", "enter")...)
	if diff := cmp.Diff([]string{"baC"}, d.codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestLongCodes(t *testing.T) {
	long := strings.Repeat("x", reader.MaxCode)
	for _, row := range []struct {
		name, text string
		want       []string
	}{
		{"the longest code is whole", long + "\r", []string{long}},
		{"one more is overlong, once, and the next is read", long + "yyyy\rab\r", []string{"overlong", "ab"}},
		{"far too long", strings.Repeat(long, 5) + "\rab\r", []string{"overlong", "ab"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDesk("us")
			d.play(typed(t, row.text, "us", ShiftEach)...)
			if diff := cmp.Diff(row.want, d.codes()); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
			if d.frames[0].Overlong && d.frames[0].Readings != nil {
				t.Error("an overlong code has readings")
			}
			if cap(d.strokes) > 3*maxStrokes/2 {
				t.Errorf("room for %d strokes is kept", cap(d.strokes))
			}
		})
	}
}

func TestAnOverlongCodeEndsWithSilence(t *testing.T) {
	d := newDesk("us")
	d.play(typed(t, strings.Repeat("x", reader.MaxCode+9), "us", ShiftEach)...)
	d.rest(DefaultGap)
	d.play(keys(t, "a", "b", "enter")...)
	if diff := cmp.Diff([]string{"overlong", "ab"}, d.codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}
