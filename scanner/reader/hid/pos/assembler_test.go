package pos

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/reader"
)

// forms are all the forms there are, by name.
func forms(tb testing.TB) map[string]form {
	tb.Helper()
	all := map[string]form{
		"conforming": formIn(tb, conforming()), "long": formIn(tb, long()), "flat": formIn(tb, flat()), "old": formIn(tb, old()), "wide": formIn(tb, wide()),
	}
	for _, p := range profiles() {
		all["profile "+p.name] = p.form
	}
	return all
}

func TestReportsBecomeCodes(t *testing.T) {
	sixty := strings.Repeat("0123456789", 6)
	for _, row := range []struct {
		name    string
		raw     []byte
		reports []string
		codes   []string
		aim     string
		drops   []drop
	}{
		{"a short code", conforming(), []string{"\x02\x03]Q1ABC" + nuls(54)}, []string{"ABC"}, "]Q1", nil},
		{"a code of 60 bytes in 56 and 4", conforming(), []string{
			"\x02\x38]Q1" + sixty[:56] + "\x01", "\x02\x04]Q1" + sixty[56:] + nuls(53),
		}, []string{sixty}, "]Q1", nil},
		{"a code of 56 bytes whose last report is empty", conforming(), []string{
			"\x02\x38]Q1" + sixty[:56] + "\x01", "\x02\x00]Q1" + nuls(57),
		}, []string{sixty[:56]}, "]Q1", nil},
		{"a code in pieces that are not full", conforming(), []string{
			"\x02\x01]Q1A" + nuls(55) + "\x01", "\x02\x01]Q1B" + nuls(55) + "\x01", "\x02\x01]Q1C" + nuls(56),
		}, []string{"ABC"}, "]Q1", nil},
		{"the last piece without an identifier", conforming(), []string{
			"\x02\x01]Q1A" + nuls(55) + "\x01", "\x02\x01\x00\x00\x00B" + nuls(56),
		}, []string{"AB"}, "]Q1", nil},
		{"CR LF at the end", conforming(), []string{"\x02\x05]Q1ABC\r\n" + nuls(52)}, []string{"ABC"}, "]Q1", nil},
		{"CR in the middle and blanks at the ends", conforming(), []string{"\x02\x05]Q1 A\rB " + nuls(52)}, []string{" A\rB "}, "]Q1", nil},
		{"bytes of every kind", conforming(), []string{"\x02\x04]Q1\x00\x1b\xff\x80" + nuls(53)}, []string{"\x00\x1b\xff\x80"}, "]Q1", nil},
		{"no identifier in its place", conforming(), []string{"\x02\x03\x00\x00\x00ABC" + nuls(54)}, []string{"ABC"}, "", nil},
		{"an identifier in front of the data", flat(), []string{"\x02\x07]Q1ABC\r" + nuls(55)}, []string{"ABC"}, "]Q1", nil},
		{"what looks like a second identifier stays", conforming(), []string{"\x02\x06]Q1]C1ABC" + nuls(51)}, []string{"]C1ABC"}, "]Q1", nil},
		{"no count", unnumbered(), []string{"ABC" + nuls(29)}, []string{"ABC"}, "", nil},
		{"an empty report", conforming(), []string{"\x02\x00]Q1" + nuls(57)}, nil, "", nil},
		{"an empty report that announces more", conforming(), []string{"\x02\x00]Q1" + nuls(56) + "\x01", "\x02\x03]Q1ABC" + nuls(54)}, []string{"ABC"}, "]Q1", nil},
		{"a report of no bytes", conforming(), []string{""}, nil, "", nil},
		{"a terminator alone", conforming(), []string{"\x02\x01]Q1\r" + nuls(56)}, nil, "", nil},
		{"another report of the device", conforming(), []string{"\x07\x03]Q1ABC" + nuls(54)}, nil, "", nil},
		{"more announced than fits", conforming(), []string{"\x02\x39]Q1" + sixty[:56] + "\x00"}, nil, "", []drop{dropDamaged}},
		{"all bits set", conforming(), []string{strings.Repeat("\x02", 1) + strings.Repeat("\xff", 61)}, nil, "", []drop{dropDamaged}},
		{"a report cut off behind the count", conforming(), []string{"\x02\x03"}, nil, "", []drop{dropDamaged}},
		{"a report cut off before the count", conforming(), []string{"\x02"}, nil, "", []drop{dropDamaged}},
		{"a report cut off behind its data", conforming(), []string{"\x02\x03]Q1ABC"}, []string{"ABC"}, "]Q1", nil},
		{"a full report cut off before it says whether more comes", conforming(), []string{"\x02\x38]Q1" + sixty[:56]}, nil, "", []drop{dropDamaged}},
		{"a damaged piece takes the whole code with it", conforming(), []string{
			"\x02\x38]Q1" + sixty[:56] + "\x01", "\x02\xff]Q1" + sixty[:56] + "\x01", "\x02\x04]Q1tail" + nuls(53), "\x02\x03]Q1ABC" + nuls(54),
		}, []string{"ABC"}, "]Q1", []drop{dropDamaged}},
		{"a first piece cut off takes the rest with it", conforming(), []string{
			"\x02\x38]Q1", "\x02\x04]Q1tail" + nuls(53), "\x02\x03]Q1ABC" + nuls(54),
		}, []string{"ABC"}, "]Q1", []drop{dropDamaged}},
		{"the end of one code is lost and another kind of code follows", conforming(), []string{
			"\x02\x38]E0" + sixty[:56] + "\x01", "\x02\x38]Q1" + sixty[:56] + "\x01", "\x02\x04]Q1tail" + nuls(53), "\x02\x03]Q1ABC" + nuls(54),
		}, []string{"ABC"}, "]Q1", []drop{dropMixed}},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := newAssembler(recognised{form: formIn(t, row.raw)})
			var reports [][]byte
			for _, r := range row.reports {
				reports = append(reports, []byte(r))
			}
			frames, drops := pushAll(a, reports...)
			wantFrames(t, frames, row.aim, row.codes...)
			if !slices.Equal(drops, row.drops) {
				t.Errorf("losses %v, want %v", drops, row.drops)
			}
		})
	}
}

func nuls(n int) string { return strings.Repeat("\x00", n) }

func wantFrames(t *testing.T, frames []reader.Frame, aim string, codes ...string) {
	t.Helper()
	if len(frames) != len(codes) {
		t.Fatalf("%d codes, want %d: %+v", len(frames), len(codes), frames)
	}
	for i, f := range frames {
		if string(f.Code) != codes[i] || f.AIM != aim || f.Overlong || f.End != reader.EndReport {
			t.Errorf("code %q %q %v, want %q %q", f.Code, f.AIM, f.Overlong, codes[i], aim)
		}
	}
}

func TestTheFlagIsOneBitWhateverStandsBesideIt(t *testing.T) {
	a := newAssembler(recognised{form: formIn(t, long())})
	f := a.form.report("]Q1", 0, []byte("ABC"), false)
	f[63] = 0xfe
	frames, _ := pushAll(a, f)
	wantFrames(t, frames, "]Q1", "ABC")
}

func TestAnswersToCommandsAreNoCodes(t *testing.T) {
	honeywell, _ := profileOf("honeywell", 0)
	newland, _ := profileOf("newland", 0)
	product := "Product Name: Gate\r\nSerial Number: 1234\r\nSupported IF: Cable\r\n"
	for _, row := range []struct {
		name     string
		p        profile
		aim, say string
	}{
		{"text of a Honeywell", honeywell, "]X0", product},
		{"what became of a Honeywell command", honeywell, "]Z6", "REVINF\x06."},
		{"more text than any code", honeywell, "]X0", strings.Repeat(product, 100)},
		{"a Newland's answer to a 7E 00 command", newland, "", "\x02\x00\x00\x01\x00\x331"},
		{"a Newland's answer to a ~ command", newland, "", "\x02\x010000#ABC1\x06;\x03"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := newAssembler(recognised{form: row.p.form, replies: row.p.replies})
			frames, drops := pushAll(a, a.form.encode(row.aim, '?', []byte(row.say))...)
			if len(frames) != 0 || len(drops) != 0 {
				t.Errorf("codes %+v, losses %v", frames, drops)
			}
			aim := ""
			if row.aim != "" {
				aim = "]Q1"
			}
			frames, _ = pushAll(a, a.form.encode(aim, 's', []byte("ABC"))...)
			wantFrames(t, frames, aim, "ABC")
		})
	}
}

func TestAnIdentifierOneByteLaterIsUnderstood(t *testing.T) {
	for _, name := range []string{"zebra", "datalogic"} {
		t.Run(name, func(t *testing.T) {
			for _, f := range []form{slippingForm(), recognisedAs(t, profileAuto, vendorOf(t, name), long()).form} {
				code := strings.Repeat("0123456789", 12)
				reports := f.encode("]Q1", 0, []byte(code))
				for _, report := range reports {
					copy(report[3:62], slices.Clone(report[2:61]))
					report[2] = 0
				}
				reports[len(reports)-1] = append(reports[len(reports)-1], 0, 0)
				frames, drops := pushAll(newAssembler(recognised{form: f}), reports...)
				wantFrames(t, frames, "]Q1", code)
				if len(drops) > 0 {
					t.Errorf("losses %v", drops)
				}
			}
		})
	}
}

func TestAFormThatNeedsItsIdentifierTakesNothingElse(t *testing.T) {
	a := newAssembler(recognised{form: slippingForm()})
	frames, drops := pushAll(a, []byte("\x02\x03ABCDEF"+nuls(56)))
	if len(frames) != 0 || !slices.Equal(drops, []drop{dropDamaged}) {
		t.Errorf("codes %+v, losses %v", frames, drops)
	}
}

func TestACodeAsLongAsAllowedIsWholeAndALongerOneIsMarked(t *testing.T) {
	for name, f := range forms(t) {
		t.Run(name, func(t *testing.T) {
			a := newAssembler(recognised{form: f})
			aim := "]Q1"
			if f.aim[0].size == 0 {
				aim = ""
			}
			code := bytes.Repeat([]byte("x"), reader.MaxCode)
			frames, drops := pushAll(a, f.encode(aim, 0, code)...)
			wantFrames(t, frames, aim, string(code))
			long := bytes.Repeat([]byte("x"), reader.MaxCode+1)
			endless := bytes.Repeat([]byte("y"), 1<<16)
			for _, tooLong := range [][]byte{long, endless} {
				frames, more := pushAll(a, f.encode(aim, 0, tooLong)...)
				if len(frames) != 1 || !frames[0].Overlong || !bytes.Equal(frames[0].Code, tooLong[:reader.MaxCode]) || frames[0].AIM != aim {
					t.Fatalf("%d codes", len(frames))
				}
				drops = append(drops, more...)
			}
			frames, _ = pushAll(a, f.encode(aim, 0, []byte("ABC"))...)
			wantFrames(t, frames, aim, "ABC")
			if len(drops) > 0 {
				t.Errorf("losses %v", drops)
			}
		})
	}
}

func TestSilenceEndsWhatNeverEnds(t *testing.T) {
	f := formIn(t, conforming())
	head := f.report("]Q1", 0, bytes.Repeat([]byte("x"), 56), true)
	a := newAssembler(recognised{form: f})
	if _, pending := a.deadline(); pending {
		t.Error("something is pending before anything came")
	}
	if o := a.push(time.Second, head); o.whole || o.drop != dropNothing {
		t.Fatalf("half a code gave %+v", o)
	}
	if due, pending := a.deadline(); !pending || due != time.Second+silence {
		t.Errorf("due %v, %v", due, pending)
	}
	if o := a.tick(time.Second + silence - 1); o.drop != dropNothing {
		t.Error("given up too soon")
	}
	if o := a.tick(time.Second + silence); o.drop != dropUnended {
		t.Errorf("silence gave %v", o.drop)
	}
	if _, pending := a.deadline(); pending {
		t.Error("something is still pending")
	}
	frames, _ := pushAll(a, f.encode("]Q1", 0, []byte("ABC"))...)
	wantFrames(t, frames, "]Q1", "ABC")
}

func TestSilenceEndsTheThrowingAway(t *testing.T) {
	f := formIn(t, conforming())
	a := newAssembler(recognised{form: f})
	if _, drops := pushAll(a, []byte("\x02\xff]Q1"+strings.Repeat("z", 56)+"\x01")); len(drops) != 1 {
		t.Fatalf("losses %v", drops)
	}
	if o := a.tick(a.last + silence); o.drop != dropNothing {
		t.Errorf("one loss was told twice: %v", o.drop)
	}
	frames, _ := pushAll(a, f.encode("]Q1", 0, []byte("ABC"))...)
	wantFrames(t, frames, "]Q1", "ABC")
}

func TestAnEmptyReportBeginsNoCode(t *testing.T) {
	a := newAssembler(recognised{form: formIn(t, conforming())})
	pushAll(a, a.form.report("]Q1", 0, nil, true))
	if _, pending := a.deadline(); pending {
		t.Error("a code without a byte is waited for")
	}
}

func TestReportsThatWereMissedTakeTheirCodeWithThem(t *testing.T) {
	f := formIn(t, conforming())
	a := newAssembler(recognised{form: f})
	pieces := f.encode("]Q1", 0, bytes.Repeat([]byte("x"), 150))
	if frames, _ := pushAll(a, pieces[0]); len(frames) > 0 {
		t.Fatal("half a code")
	}
	if o := a.missed(a.last); o.drop != dropMissed {
		t.Errorf("missed gave %v", o.drop)
	}
	if frames, drops := pushAll(a, pieces[2]); len(frames) > 0 || len(drops) > 0 {
		t.Errorf("the rest of a torn code gave %+v %v", frames, drops)
	}
	frames, _ := pushAll(a, f.encode("]Q1", 0, []byte("ABC"))...)
	wantFrames(t, frames, "]Q1", "ABC")
}

func TestEveryCodeComesBackWholeThroughEveryForm(t *testing.T) {
	for name, f := range forms(t) {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			a := newAssembler(recognised{form: f})
			for range rapid.IntRange(1, 5).Draw(t, "codes") {
				code := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "code")
				code[len(code)-1] |= 0x40 // no terminator
				code[0] &^= 0x5d          // no identifier in front of the data
				aim := ""
				if f.aim[0].size > 0 {
					aim = rapid.SampledFrom([]string{"]Q1", "]Q3", "]d1", "]C0"}).Draw(t, "aim")
				}
				frames, drops := pushAll(a, f.encode(aim, 's', slices.Concat(code, []byte("\r\n")))...)
				if len(drops) > 0 || len(frames) != 1 || !bytes.Equal(frames[0].Code, code) || frames[0].AIM != aim {
					t.Fatalf("codes %+v, losses %v, want %q %q", frames, drops, aim, code)
				}
			}
		}))
	}
}

func TestNoCodeSpansALossThatTheReportsTell(t *testing.T) {
	f := formIn(t, conforming())
	rapid.Check(t, func(t *rapid.T) {
		a := newAssembler(recognised{form: f})
		sent := make(map[string]bool)
		damage := rapid.SampledFrom([]string{"lost end", "damaged", "missed"}).Draw(t, "loss")
		before := false
		for i := range 6 {
			code := fmt.Sprintf("<%d%s>", i, strings.Repeat(string(rune('a'+i)), rapid.IntRange(0, 200).Draw(t, "length")))
			sent[code] = true
			reports := f.encode([]string{"]Q1", "]d1"}[i%2], 0, []byte(code))
			before = !before && rapid.Bool().Draw(t, "hurt") // two in a row could be of one kind, and nothing would tell
			if before {
				hurt := rapid.IntRange(0, len(reports)-1).Draw(t, "which")
				switch damage {
				case "lost end":
					reports = reports[:len(reports)-1]
				case "damaged":
					reports[hurt][1] = 0x80
				case "missed":
					pushed, _ := pushAll(a, reports[:hurt]...)
					reports = reports[hurt+1:]
					if len(pushed) > 0 {
						t.Fatalf("half a code: %+v", pushed)
					}
					a.missed(a.last)
				}
			}
			frames, _ := pushAll(a, reports...)
			for _, frame := range frames {
				if !sent[string(frame.Code)] {
					t.Fatalf("a code that nobody sent: %q", frame.Code)
				}
			}
		}
	})
}

func FuzzAssembler(f *testing.F) {
	std, _ := formOf(parsed(f, conforming()))
	for _, code := range []string{"ABC\r\n", strings.Repeat("x", 200)} {
		f.Add(byte(0), bytes.Join(std.encode("]Q1", 's', []byte(code)), nil), 62)
	}
	f.Add(byte(5), bytes.Repeat([]byte{0x02, 0xff, 0x5d}, 100), 64)
	all := []form{std, formIn(f, flat()), formIn(f, wide()), formIn(f, unnumbered())}
	for _, p := range profiles() {
		all = append(all, p.form)
	}
	f.Fuzz(func(t *testing.T, which byte, stream []byte, size int) {
		form := all[int(which)%len(all)]
		a := newAssembler(recognised{form: form, replies: [][]byte{{2, 0, 0}}})
		size = max(1, min(size, 128))
		at, given, got := time.Duration(0), 0, 0
		for i := 0; len(stream) > 0; i++ {
			n := min(size, len(stream))
			at += 100 * time.Millisecond
			o := a.push(at, stream[:n])
			given += n
			stream = stream[n:]
			if i%7 == 6 {
				at += silence
				a.tick(at)
				if _, pending := a.deadline(); pending {
					t.Fatal("silence settled nothing")
				}
			}
			if o.whole {
				got += len(o.frame.Code)
				if len(o.frame.Code) > reader.MaxCode || len(o.frame.Code) == 0 && o.frame.AIM == "" || o.frame.At > at {
					t.Fatalf("frame %+v", o.frame)
				}
				if o.frame.AIM == "]Z6" && form.marked {
					t.Fatal("an answer was taken for a code")
				}
			}
		}
		if got > given {
			t.Fatalf("%d bytes of codes from %d", got, given)
		}
		a.tick(at + silence)
		aim := ""
		if form.aim[0].size > 0 {
			aim = "]Q1"
		}
		frames, _ := pushAll(a, form.encode(aim, 0, []byte("honest"))...)
		if len(frames) != 1 || string(frames[0].Code) != "honest" {
			t.Fatalf("the next honest code gave %+v", frames)
		}
	})
}
