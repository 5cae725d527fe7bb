package camera

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common/reedsolomon"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
	qrcode "github.com/skip2/go-qrcode"
	"pgregory.net/rapid"
)

func TestAnyBytesComeOutExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "payload")
		level := rapid.SampledFrom([]qrcode.RecoveryLevel{qrcode.Low, qrcode.Medium, qrcode.High}).Draw(t, "level")
		q, err := qrcode.New(string(payload), level)
		if err != nil {
			t.Fatal(err)
		}
		bits := q.Bitmap()
		scale := rapid.IntRange(2, 4).Draw(t, "scale")
		side := len(bits) * scale
		pix := bytes.Repeat([]byte{255}, side*side)
		for i := range pix {
			if bits[i/side/scale][i%side/scale] {
				pix[i] = 0
			}
		}
		result, err := Decode(pix, side, side)
		if err != nil {
			t.Fatalf("%d bytes, version %d: %v", len(payload), q.VersionNumber, err)
		}
		if !bytes.Equal(result.Code, payload) {
			t.Fatalf("%x came out as %x", payload, result.Code)
		}
		if result.AIM != "]Q1" {
			t.Fatalf("the symbology is %q", result.AIM)
		}
	})
}

func TestASymbolWhoseDataLookLikeACornerIsReadWhereItIsDrawn(t *testing.T) {
	t.Parallel()
	for _, invert := range []bool{false, true} {
		q, err := qrcode.New("\x00\x05\x12", qrcode.High)
		if err != nil {
			t.Fatal(err)
		}
		bits := q.Bitmap()
		const scale = 4
		side := len(bits) * scale
		pix := make([]byte, side*side)
		for i := range pix {
			if bits[i/side/scale][i%side/scale] == invert {
				pix[i] = 255
			}
		}
		if r, err := Decode(pix, side, side); err != nil || string(r.Code) != "\x00\x05\x12" || r.AIM != "]Q1" {
			t.Errorf("inverted %v: %q %q, %v", invert, r.Code, r.AIM, err)
		}
	}
}

// segments is a stream of bits for a symbol of version 5.
type segments struct{ gozxing.BitArray }

func (s *segments) bits(value, n int) *segments {
	if err := s.AppendBits(value, n); err != nil {
		panic(err)
	}
	return s
}

func (s *segments) bytes(b string) *segments {
	s.bits(4, 4).bits(len(b), 8)
	for i := range len(b) {
		s.bits(int(b[i]), 8)
	}
	return s
}

// forge makes a picture of a symbol from its very bits, so that it can say what no encoder would.
func forge(tb testing.TB, s *segments) picture {
	tb.Helper()
	const data, correction = 108, 26 // of version 5, level L: one block
	s.bits(0, 4)
	for s.GetSize()%8 != 0 {
		s.bits(0, 1)
	}
	for i := 0; s.GetSize() < 8*data; i++ {
		s.bits([]int{0xec, 0x11}[i%2], 8)
	}
	words := make([]int, data+correction)
	for i := range data {
		for bit := range 8 {
			if s.Get(8*i + bit) {
				words[i] |= 0x80 >> bit
			}
		}
	}
	if err := reedsolomon.NewReedSolomonEncoder(reedsolomon.GenericGF_QR_CODE_FIELD_256).Encode(words, correction); err != nil {
		tb.Fatal(err)
	}
	all := &segments{}
	for _, w := range words {
		all.bits(w, 8)
	}
	version, err := decoder.Version_GetVersionForNumber(5)
	if err != nil {
		tb.Fatal(err)
	}
	matrix := encoder.NewByteMatrix(37, 37)
	if err := encoder.MatrixUtil_buildMatrix(&all.BitArray, decoder.ErrorCorrectionLevel_L, version, 3, matrix); err != nil {
		tb.Fatal(err)
	}
	const scale, quiet = 4, 4
	side := (37 + 2*quiet) * scale
	p := picture{pix: bytes.Repeat([]byte{255}, side*side), w: side, h: side}
	for i := range p.pix {
		x, y := i%side/scale-quiet, i/side/scale-quiet
		if x >= 0 && y >= 0 && x < 37 && y < 37 && matrix.Get(x, y) == 1 {
			p.pix[i] = 0
		}
	}
	return p
}

func TestWhatASymbolSaysOfItself(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		made *segments
		code string
		aim  string
		err  error
	}{
		{"plain bytes", (&segments{}).bytes("ticket \xff\x00\xe9"), "ticket \xff\x00\xe9", "]Q1", nil},
		{"declared as UTF-8 keeps its bytes", (&segments{}).bits(7, 4).bits(26, 8).bytes("caf\u00e9 1"), "caf\u00e9 1", "]Q2", nil},
		{"declared as Latin-1 keeps its bytes", (&segments{}).bits(7, 4).bits(3, 8).bytes("caf\xe9 1"), "caf\xe9 1", "]Q2", nil},
		{"declared as UTF-8 and not being it is refused, not guessed", (&segments{}).bits(7, 4).bits(26, 8).bytes("caf\xe9 1"), "", "", ErrNoCode},
		{"of an unknown character set is refused", (&segments{}).bits(7, 4).bits(99, 8).bytes("abc"), "", "", ErrNoCode},
		{"Kanji is refused", (&segments{}).bits(8, 4).bits(1, 8).bits(0x0d9f, 13), "", "", ErrNoCode},
		{"a GS1 symbol says so", (&segments{}).bits(5, 4).bytes("0112345"), "0112345", "]Q3", nil},
		{"one part of several is refused", (&segments{}).bits(3, 4).bits(0x01, 8).bits(0x5a, 8).bytes("half a ticket"), "", "", ErrPart},
		{"an empty symbol is no code", &segments{}, "", "", ErrNoCode},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := forge(t, row.made)
			result, err := Decode(p.pix, p.w, p.h)
			if !errors.Is(err, row.err) || string(result.Code) != row.code || result.AIM != row.aim {
				t.Errorf("gives %q %q %v", result.Code, result.AIM, err)
			}
		})
	}
}

func TestDecodeReadsMirroredAndInvertedCodesAndLeavesThePictureAlone(t *testing.T) {
	t.Parallel()
	p := plain(t, "MIRROR-0001", 4)
	mirrored := p.copied(nil)
	for y := range p.h {
		for x := range p.w {
			mirrored.pix[y*p.w+x] = p.pix[y*p.w+p.w-1-x]
		}
	}
	for name, p := range map[string]picture{"plain": p, "mirrored": mirrored, "inverted": p.inverted(nil)} {
		before := bytes.Clone(p.pix)
		result, err := Decode(p.pix, p.w, p.h)
		if err != nil || string(result.Code) != "MIRROR-0001" {
			t.Errorf("%s: %q, %v", name, result.Code, err)
		}
		if !bytes.Equal(before, p.pix) {
			t.Errorf("%s: the picture was changed", name)
		}
	}
}

func TestMeasuresAreCheckedBeforeAnything(t *testing.T) {
	t.Parallel()
	for _, m := range [][3]int{{0, 0, 0}, {-1, 20, 400}, {640, 480, 640*480 - 1}, {1 << 30, 4, 10}, {20000, 20, 400000}, {8192, 8192, 10}, {10, 100, 1000}} {
		result, err := Decode(make([]byte, m[2]), m[0], m[1])
		if err == nil || errors.Is(err, ErrNoCode) {
			t.Errorf("%v: %v, %v", m, result, err)
		}
	}
}

func TestOfSeveralCodesTheOneInTheMiddleIsRead(t *testing.T) {
	t.Parallel()
	a, b, c := plain(t, "CODE-A", 4), plain(t, "CODE-B", 4), plain(t, "CODE-C", 4)
	for _, row := range []struct {
		name  string
		parts map[[2]int]picture
		want  string
		all   int
	}{
		{"the left one is nearer", map[[2]int]picture{{220, 180}: a, {450, 180}: b}, "CODE-A", 2},
		{"the right one is nearer", map[[2]int]picture{{60, 180}: a, {330, 180}: b}, "CODE-B", 2},
		{"one above the other", map[[2]int]picture{{260, 10}: a, {260, 200}: b}, "CODE-B", 2},
		{"three in a row", map[[2]int]picture{{20, 180}: a, {260, 180}: b, {500, 180}: c}, "CODE-B", 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := on(640, 480, row.parts)
			symbols, err := new(search).still(p, true)
			if err != nil || len(symbols) != row.all || string(central(symbols).code) != row.want {
				t.Errorf("found %d, in the middle %v, %v", len(symbols), symbols, err)
			}
		})
	}
}

func TestHostilePicturesAreGivenUpAfterAFewCandidates(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		w, h, scale int
	}{{640, 480, 2}, {640, 480, 1}, {1280, 720, 2}, {1280, 720, 1}} {
		t.Run(fmt.Sprintf("%dx%d at %d", row.w, row.h, row.scale), func(t *testing.T) {
			t.Parallel()
			p := finders(row.w, row.h, row.scale)
			d := &search{}
			if _, err := d.still(p, true); !errors.Is(err, ErrCrowded) {
				t.Errorf("a still picture of them: %v", err)
			}
			if d.worst != maxCandidates+1 || d.looks > 40 {
				t.Errorf("%d looks with at most %d candidates", d.looks, d.worst)
			}
			for n := range 12 {
				if _, err := d.live(p, n, true); err == nil {
					t.Errorf("frame %d of them gave a code", n)
				}
			}
			if d.worst > maxCandidates+1 {
				t.Errorf("a frame was searched with %d candidates", d.worst)
			}
		})
	}
}

func TestAnHonestCodeAfterAHostilePictureIsRead(t *testing.T) {
	t.Parallel()
	d := &search{}
	for n := range 4 {
		_, _ = d.live(finders(640, 480, 2), n, true)
	}
	symbols, err := d.live(on(640, 480, map[[2]int]picture{{200, 150}: plain(t, "HONEST", 5)}), 4, true)
	if err != nil || string(symbols[0].code) != "HONEST" {
		t.Errorf("%v, %v", symbols, err)
	}
}

func TestFiltersKeepToTheMemoryTheyAreGiven(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 40).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h")
		fill := rapid.Byte().Draw(t, "fill")
		p := picture{pix: bytes.Repeat([]byte{fill}, w*h), w: w, h: h}
		for name, q := range map[string]picture{
			"smoothed": p.smoothed(nil, nil), "sharpened": p.sharpened(nil, nil), "doubled": p.doubled(nil), "half": p.half(nil),
			"half in place": p.copied(nil).half(make([]byte, w*h)),
		} {
			if len(q.pix) != q.w*q.h {
				t.Fatalf("%s: %d bytes for %d by %d", name, len(q.pix), q.w, q.h)
			}
			for _, v := range q.pix {
				if v != fill {
					t.Fatalf("%s made %d out of a field of %d", name, v, fill)
				}
			}
		}
		p.stretch()
		p.blank(quad{{-1e300, -1e300}, {1e300, -5}, {1e300, 1e300}, {0, 1e300}})
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0, 255, 0, 255}, uint8(30))
	f.Add(bytes.Repeat([]byte{0, 0, 255}, 400), uint8(33))
	r := rand.New(rand.NewPCG(1, 2))
	code := plain(f, ticket(r, 4), 1)
	f.Add(code.pix, uint8(code.w))
	marks := finders(99, 99, 1)
	f.Add(marks.pix, uint8(99))
	f.Fuzz(func(t *testing.T, pix []byte, width uint8) {
		w := int(width)
		if w < minSide || len(pix)/w < minSide {
			return
		}
		d := &search{}
		p := picture{pix: pix[:len(pix)/w*w], w: w, h: len(pix) / w}
		symbols, err := d.still(p, true)
		if (err == nil) != (len(symbols) > 0) || d.worst > maxCandidates+1 || d.looks > 60 {
			t.Errorf("%d symbols, %v, %d looks, %d candidates", len(symbols), err, d.looks, d.worst)
		}
		for n := range 4 {
			_, _ = d.live(p, n, true)
		}
	})
}
