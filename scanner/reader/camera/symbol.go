package camera

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// The reasons for which a picture gives no code.
var (
	// ErrNoCode: there is no QR code in the picture, or none that could be read.
	ErrNoCode = errors.New("no QR code could be read: hold the whole code into view, sharp, and without reflections")
	// ErrCrowded: there are more marks like the corners of a QR code than any honest picture has. The search was ended: its time grows with
	// the third power of their number.
	ErrCrowded = errors.New("too many marks like the corners of a QR code: this is no ticket, or the background must be covered")
	// ErrPart: the code is one part of a text spread over several symbols. No ticket is made that way, and a part of one is none.
	ErrPart = errors.New("the QR code is one part of several: no ticket is made that way")
)

// maxCandidates is how many marks like the corners of a symbol one look may find. A symbol has three, and four with its alignment pattern; the
// library's search for the best three among them is cubic.
const maxCandidates = 64

// symbol is one code found in a picture.
type symbol struct {
	code []byte
	aim  string
	area quad    // where it is, with a margin
	off  float64 // squared distance of its middle from the middle of the picture; the picture's width is 1
}

// crowded is what a search is ended with that finds too many candidates.
type crowded struct{}

// scan takes one look at a picture for one code. It says how many candidates for the corners of a symbol it met, whatever became of them.
//
// The text comes out exact through one character set that has a rune for each byte; the library would guess another otherwise. The library is
// not known to panic, and has nothing that would catch it if it did.
func scan(p picture) (s symbol, candidates int, err error) {
	defer func() {
		if r := recover(); r != nil {
			s, err = symbol{}, ErrNoCode
			if _, ok := r.(crowded); ok {
				err = ErrCrowded
			}
		}
	}()
	source, err := gozxing.NewPlanarYUVLuminanceSource(p.pix, p.w, p.h, 0, 0, p.w, p.h, false)
	if err != nil {
		return symbol{}, 0, ErrNoCode
	}
	matrix, err := gozxing.NewHybridBinarizer(source).GetBlackMatrix()
	if err != nil {
		return symbol{}, 0, ErrNoCode
	}
	hints := map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_TRY_HARDER:    true,
		gozxing.DecodeHintType_CHARACTER_SET: "ISO-8859-1",
		gozxing.DecodeHintType_NEED_RESULT_POINT_CALLBACK: gozxing.ResultPointCallback(func(gozxing.ResultPoint) {
			if candidates++; candidates > maxCandidates {
				panic(crowded{})
			}
		}),
	}
	found, err := detector.NewDetector(matrix).Detect(hints)
	if err != nil {
		return symbol{}, candidates, ErrNoCode
	}
	modules := found.GetBits().GetWidth()
	area, ok := areaOf(found.GetPoints(), modules)
	if !ok {
		return symbol{}, candidates, ErrNoCode
	}
	result, err := decoder.NewDecoder().Decode(found.GetBits(), hints)
	if err != nil {
		return symbol{}, candidates, ErrNoCode
	}
	if result.HasStructuredAppend() {
		return symbol{}, candidates, ErrPart
	}
	modifier := result.GetSymbologyModifier()
	code, ok := exact(result.GetText(), result.GetByteSegments())
	if !ok || len(code) == 0 {
		return symbol{}, candidates, ErrNoCode
	}
	return symbol{code: code, aim: "]Q" + strconv.Itoa(modifier), area: area, off: p.off(area.middle())}, candidates, nil
}

// off is how far c is from the middle of the picture, squared, in widths of the picture.
func (p picture) off(c point) float64 {
	return c.distance2(point{float64(p.w) / 2, float64(p.h) / 2}) / float64(p.w*p.w)
}

// areaOf gives the area of a symbol from the middles of its corner marks (bottom left, top left, top right) and its modules on a side. The
// marks' middles are 3.5 modules inside; one and a half more are a margin for perspective, within the quiet zone of four.
func areaOf(points []gozxing.ResultPoint, modules int) (quad, bool) {
	const inside, margin, mark = 3.5, 1.5, 7
	if len(points) < 3 || modules <= mark {
		return quad{}, false
	}
	corner := func(i int) point { return point{points[i].GetX(), points[i].GetY()} }
	bl, tl, tr := corner(0), corner(1), corner(2)
	out := (inside + margin) / float64(modules-mark)
	along, down := tr.minus(tl), bl.minus(tl)
	br := tr.plus(down)
	dx, dy := along.times(out), down.times(out)
	return quad{
		tl.minus(dx).minus(dy), tr.plus(dx).minus(dy),
		br.plus(dx).plus(dy), bl.minus(dx).plus(dy),
	}, true
}

// exact gives the bytes of a text that came as runes, one a byte. Where the symbol itself names another character set, the library has
// converted what it could: the text is then put back into bytes in the one way that agrees with the segments it came from. A text for which
// there is no such way is refused rather than guessed.
func exact(text string, segments [][]byte) ([]byte, bool) {
	code := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			code = nil
			break
		}
		code = append(code, byte(r))
	}
	if code != nil && holdsInOrder(code, segments) {
		return code, true
	}
	if code = []byte(text); len(segments) > 0 && holdsInOrder(code, segments) {
		return code, true
	}
	return nil, false
}

// holdsInOrder tells whether all parts stand in whole one behind the other, with anything between them.
func holdsInOrder(whole []byte, parts [][]byte) bool {
	for _, part := range parts {
		at := bytes.Index(whole, part)
		if at < 0 {
			return false
		}
		whole = whole[at+len(part):]
	}
	return true
}
