package reader_test

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatescand/scanner/reader"
)

// ms is a moment on the test's clock.
func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// collector gathers what a framer emits.
type collector struct{ frames []reader.Frame }

func (c *collector) emit(f reader.Frame) { c.frames = append(c.frames, f) }

func (c *collector) codes() []string {
	codes := []string{}
	for _, f := range c.frames {
		code := string(f.Code)
		if f.AIM != "" {
			code = "<" + f.AIM + ">" + code
		}
		if f.Overlong {
			code = "overlong"
		}
		codes = append(codes, code)
	}
	return codes
}

// heard is bytes at a moment; silence between them is told to the framer.
type heard struct {
	at    int
	bytes string
}

func TestFramerCutsBytesIntoCodes(t *testing.T) {
	long := strings.Repeat("x", reader.MaxCode)
	for _, row := range []struct {
		name  string
		frame string // as in an address
		in    []heard
		until int // the line is silent until then
		want  []string
	}{
		{"CR ends a code", "auto", []heard{{0, "A\rB\r"}}, 0, []string{"A", "B"}},
		{"LF ends a code", "auto", []heard{{0, "A\nB\n"}}, 0, []string{"A", "B"}},
		{"CR LF ends one code and not two", "auto", []heard{{0, "A\r\nB\r\n"}}, 0, []string{"A", "B"}},
		{"CR LF in two reads ends one code", "auto", []heard{{0, "A\r"}, {1, "\nB\r"}, {2, "\n"}}, 0, []string{"A", "B"}},
		{"TAB ends a code", "auto", []heard{{0, "A\tB\t"}}, 0, []string{"A", "B"}},
		{"STX and ETX frame a code", "auto", []heard{{0, "\x02A\x03\x02B\x03"}}, 0, []string{"A", "B"}},
		{"NUL is never part of a code", "auto", []heard{{0, "\x00A\x00B\x00\r\x00"}}, 0, []string{"AB"}},
		{"blanks stay", "auto", []heard{{0, "  A B \r"}}, 0, []string{"  A B "}},
		{"bytes above 127 stay", "auto", []heard{{0, "\xff\xfe\x1b\r"}}, 0, []string{"\xff\xfe\x1b"}},
		{"no code is no frame", "auto", []heard{{0, "\r\n\r\n\t\x03\x02\x00"}}, 1000, []string{}},
		{"silence ends a code", "auto", []heard{{0, "AB"}}, 150, []string{"AB"}},
		{"less silence does not", "auto", []heard{{0, "AB"}}, 149, []string{}},
		{"silence counts from the last byte", "auto", []heard{{0, "A"}, {100, "B"}, {200, "C"}}, 349, []string{}},
		{"silence parts two codes", "auto", []heard{{0, "A1"}, {150, "B1"}}, 300, []string{"A1", "B1"}},
		{"a longer gap may be set", "auto&gap=400ms", []heard{{0, "A1"}, {350, "B1"}}, 750, []string{"A1B1"}},
		{"a check byte behind the terminator is no code", "auto", []heard{{0, "A\rq"}}, 500, []string{"A"}},
		{"one byte after a pause is a code", "auto", []heard{{0, "A\r"}, {300, "q"}}, 500, []string{"A", "q"}},
		{"a lone ACK is no code", "auto", []heard{{0, "\x06"}}, 500, []string{}},

		{"cr: only CR ends a code", "cr", []heard{{0, "A\tB\nC\x03D\rE"}}, 1999, []string{"A\tB\nC\x03D"}},
		{"cr: the LF of CR LF is swallowed", "cr", []heard{{0, "A\r\nB\r\n"}}, 0, []string{"A", "B"}},
		{"lf: only LF ends a code", "lf", []heard{{0, "A\tB\rC\n"}}, 0, []string{"A\tB\rC"}},
		{"lf: the CR of CR LF is swallowed", "lf", []heard{{0, "A\r\nB\r\n"}}, 0, []string{"A", "B"}},
		{"crlf: CR or LF alone does not end a code", "crlf", []heard{{0, "A\rB\nC\r\r\nD\r\n"}}, 0, []string{"A\rB\nC\r", "D"}},
		{"crlf: split between CR and LF", "crlf", []heard{{0, "A\r"}, {1, "\nB"}, {2, "\r\n"}}, 0, []string{"A", "B"}},
		{"tab: only TAB ends a code", "tab", []heard{{0, "A\rB\t\r\nC\t"}}, 0, []string{"A\rB", "C"}},
		{"etx: only ETX ends a code", "etx", []heard{{0, "\x02A\rB\x03\r\n\x02C\x03"}}, 0, []string{"A\rB", "C"}},
		{"cr: silence does not end a code", "cr", []heard{{0, "A"}, {1500, "B\r"}}, 0, []string{"AB"}},
		{"cr: what was broken off long ago is dropped", "cr", []heard{{0, "A"}, {2000, "B\r"}}, 0, []string{"B"}},
		{"idle: only silence ends a code", "idle:50ms", []heard{{0, "A\tB\rC"}}, 50, []string{"A\tB\rC"}},
		{"idle: terminators at the end are cleaned off", "idle:50ms", []heard{{0, "AB\r\n"}, {60, "CD\x03"}}, 200, []string{"AB", "CD"}},

		{"the AIM identifier is taken off", "auto", []heard{{0, "]Q1A\r"}}, 0, []string{"<]Q1>A"}},
		{"so is that of another symbology", "auto", []heard{{0, "]C0123\r]z3x\r"}}, 0, []string{"<]C0>123", "<]z3>x"}},
		{"an identifier alone is an empty code", "auto", []heard{{0, "]Q1\r"}}, 0, []string{"<]Q1>"}},
		{"a bracket that is no identifier stays", "auto", []heard{{0, "]\r]Q\r]1Q\r]Qx\rA]Q1\r"}}, 0, []string{"]", "]Q", "]1Q", "]Qx", "A]Q1"}},

		{"the longest code is whole", "auto", []heard{{0, long + "\r"}}, 0, []string{long}},
		{"the longest code is whole with CR LF", "crlf", []heard{{0, long + "\r\n"}}, 0, []string{long}},
		{"one byte more is overlong, once", "auto", []heard{{0, long + "y" + long + long + "\rA\r"}}, 0, []string{"overlong", "A"}},
		{"an overlong code ends with silence", "auto", []heard{{0, long + "yy"}, {150, "A\r"}}, 0, []string{"overlong", "A"}},
		{"an overlong code ends with silence in every mode", "cr", []heard{{0, long + "yy"}, {150, "A\r"}}, 0, []string{"overlong", "A"}},
		{"crlf: an overlong code ends with CR LF", "crlf", []heard{{0, long + "yy\r"}, {1, "\nA\r\n"}}, 0, []string{"overlong", "A"}},
		{"idle: an overlong code ends with silence", "idle:50ms", []heard{{0, long + "y\ry"}, {60, "A"}}, 150, []string{"overlong", "A"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, got := framer(t, row.frame), &collector{}
			for _, h := range row.in {
				f.Tick(ms(h.at), got.emit)
				f.Push(ms(h.at), []byte(h.bytes), got.emit)
			}
			f.Tick(ms(row.until), got.emit)
			if diff := cmp.Diff(row.want, got.codes()); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

// framer gives the framer of an address's frame option.
func framer(tb testing.TB, option string) *reader.Framer {
	tb.Helper()
	address, err := reader.ParseAddress("serial:/dev/x?frame=" + option)
	if err != nil {
		tb.Fatal(err)
	}
	return reader.NewFramer(address.Framing)
}

func TestFramesCarryTheTimeTheCodeWasComplete(t *testing.T) {
	f, got := framer(t, "auto"), &collector{}
	f.Push(ms(10), []byte("A"), got.emit)
	f.Push(ms(20), []byte("\r"), got.emit)
	f.Push(ms(30), []byte("BC"), got.emit)
	f.Tick(ms(500), got.emit)
	want := []reader.Frame{
		{Code: []byte("A"), At: ms(20), End: reader.EndCR},
		{Code: []byte("BC"), At: ms(30), End: reader.EndSilence},
	}
	if diff := cmp.Diff(want, got.frames); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
}

func TestBytesReadLateDoNotTearACodeApart(t *testing.T) {
	f, got := framer(t, "auto"), &collector{}
	f.Push(0, []byte("first half, "), got.emit)
	f.Push(ms(900), []byte("second half\r"), got.emit) // the process was held up: nobody called Tick
	if diff := cmp.Diff([]string{"first half, second half"}, got.codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestDeadlineIsSetWhileACodeIsUnfinished(t *testing.T) {
	f, got := framer(t, "auto"), &collector{}
	if _, pending := f.Deadline(); pending {
		t.Error("a new framer has a deadline")
	}
	f.Push(ms(5), []byte("A"), got.emit)
	if due, pending := f.Deadline(); !pending || due != ms(5)+reader.DefaultGap {
		t.Errorf("deadline %v %v, want %v", due, pending, ms(5)+reader.DefaultGap)
	}
	f.Push(ms(6), []byte("\r"), got.emit)
	if _, pending := f.Deadline(); pending {
		t.Error("a deadline is left after the end of a code")
	}
}

func TestAfterDropTheBrokenOffPartNeverComes(t *testing.T) {
	f, got := framer(t, "auto"), &collector{}
	f.Push(0, []byte("half a co"), got.emit)
	f.Drop()
	f.Tick(ms(500), got.emit)
	f.Push(ms(600), []byte("whole\r"), got.emit)
	if diff := cmp.Diff([]string{"whole"}, got.codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestAfterDesyncTheRestOfABegunCodeIsThrownAway(t *testing.T) {
	f, got := framer(t, "cr"), &collector{}
	f.Push(0, []byte("half a co"), got.emit)
	f.Desync()
	f.Push(ms(10), []byte("de\rwhole\r"), got.emit)
	f.Desync() // nothing is begun: nothing is thrown away
	f.Push(ms(20), []byte("next\r"), got.emit)
	if diff := cmp.Diff([]string{"whole", "next"}, got.codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestTheReceiverOwnsTheCode(t *testing.T) {
	f, got := framer(t, "auto"), &collector{}
	in := []byte("AAAA\r")
	f.Push(0, in, got.emit)
	copy(in, "XXXX")
	f.Push(0, []byte("BBBB\r"), got.emit)
	got.frames[1].Code[0] = 'Z'
	if string(got.frames[0].Code) != "AAAA" {
		t.Errorf("the first code became %q", got.frames[0].Code)
	}
}

// modes are the frame options all properties hold for.
func modes() []string { return []string{"auto", "cr", "lf", "crlf", "tab", "etx", "idle:50ms"} }

// noise draws bytes that are mostly terminators, prefixes and letters.
func noise() *rapid.Generator[[]byte] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"\r", "\n", "\r\n", "\t", "\x02", "\x03", "\x00", "]Q1", "]", " ", "\x06", strings.Repeat("z", reader.MaxCode-1)}),
		rapid.StringMatching(`[A-Za-z0-9]{1,12}`),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 20), func(b []byte) string { return string(b) }),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 30), func(pieces []string) []byte { return []byte(strings.Join(pieces, "")) })
}

func TestSplittingTheBytesAnywhereChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := noise().Draw(t, "in")
		address, err := reader.ParseAddress("serial:/dev/x?frame=" + rapid.SampledFrom(modes()).Draw(t, "mode"))
		if err != nil {
			t.Fatal(err)
		}
		whole, split := &collector{}, &collector{}
		f := reader.NewFramer(address.Framing)
		f.Push(0, in, whole.emit)
		f.Tick(time.Hour, whole.emit)

		f = reader.NewFramer(address.Framing)
		for rest := in; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			f.Push(0, rest[:n], split.emit)
			rest = rest[n:]
		}
		f.Tick(time.Hour, split.emit)
		if !reflect.DeepEqual(whole.frames, split.frames) {
			t.Fatalf("frames (-whole +split):\n%s", cmp.Diff(whole.frames, split.frames))
		}
	})
}

func TestAfterAnyNoiseAndSilenceAGoodCodeIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := noise().Draw(t, "in")
		address, err := reader.ParseAddress("serial:/dev/x?frame=" + rapid.SampledFrom(modes()).Draw(t, "mode"))
		if err != nil {
			t.Fatal(err)
		}
		f, got := reader.NewFramer(address.Framing), &collector{}
		f.Push(0, in, got.emit)
		f.Tick(time.Hour, got.emit)
		got.frames = nil
		f.Push(time.Hour, []byte("\x02GOOD"), got.emit)
		end := map[reader.Mode]string{
			reader.ModeAuto: "\r\n", reader.ModeCR: "\r", reader.ModeLF: "\n", reader.ModeCRLF: "\r\n", reader.ModeTab: "\t", reader.ModeETX: "\x03",
		}[address.Framing.Mode]
		f.Push(time.Hour, []byte(end), got.emit)
		f.Tick(2*time.Hour, got.emit)
		if diff := cmp.Diff([]string{"GOOD"}, got.codes()); diff != "" {
			t.Fatalf("codes (-want +got):\n%s", diff)
		}
	})
}

func FuzzFramer(f *testing.F) {
	f.Add([]byte("\x02]Q1ABC\r\nDEF\t\x03\x00"), uint8(0), uint16(3))
	f.Add(bytes.Repeat([]byte("x"), reader.MaxCode+9), uint8(3), uint16(4095))
	f.Fuzz(func(t *testing.T, in []byte, mode uint8, cut uint16) {
		option := modes()[int(mode)%len(modes())]
		whole, split := &collector{}, &collector{}
		a, b := framer(t, option), framer(t, option)
		a.Push(0, in, whole.emit)
		a.Tick(time.Hour, whole.emit)
		at := min(int(cut), len(in))
		b.Push(0, in[:at], split.emit)
		b.Push(0, in[at:], split.emit)
		b.Tick(time.Hour, split.emit)
		if !reflect.DeepEqual(whole.frames, split.frames) {
			t.Fatalf("frames (-whole +split):\n%s", cmp.Diff(whole.frames, split.frames))
		}
		for _, frame := range whole.frames {
			if len(frame.Code) > reader.MaxCode || len(frame.Code) == 0 && frame.AIM == "" {
				t.Fatalf("a frame of %d bytes", len(frame.Code))
			}
			if bytes.ContainsAny(frame.Code, "\x00\x02") {
				t.Fatalf("NUL or STX in %q", frame.Code)
			}
			if option == "auto" && bytes.ContainsAny(frame.Code, "\r\n\t\x03") {
				t.Fatalf("a terminator in %q", frame.Code)
			}
		}
	})
}

func TestFramingAllocatesOnlyTheCode(t *testing.T) {
	f := framer(t, "auto")
	in := []byte(strings.Repeat("c", 200) + "\r\n")
	frames := 0
	emit := func(reader.Frame) { frames++ }
	if allocs := testing.AllocsPerRun(1000, func() { f.Push(0, in, emit) }); allocs > 1 {
		t.Errorf("%v allocations per frame, want 1", allocs)
	}
	endless := bytes.Repeat([]byte("x"), 64<<10)
	f.Push(0, endless, emit)
	if allocs := testing.AllocsPerRun(100, func() { f.Push(0, endless, emit) }); allocs > 0 {
		t.Errorf("%v allocations per 64 KiB of an endless code, want none", allocs)
	}
}

func BenchmarkFramerTicket(b *testing.B) {
	f := framer(b, "auto")
	in := []byte("]Q1" + strings.Repeat("c", 220) + "\r\n")
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		f.Push(0, in, func(reader.Frame) {})
	}
}

func BenchmarkFramerNoise(b *testing.B) {
	f := framer(b, "auto")
	in := make([]byte, 4096)
	chacha := rand.NewChaCha8([32]byte{1})
	if _, err := chacha.Read(in); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		f.Push(0, in, func(reader.Frame) {})
	}
}
