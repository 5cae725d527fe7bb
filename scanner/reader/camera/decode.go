package camera

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"slices"
)

const (
	// maxLook is the longest side of a picture that is searched at first; larger ones are halved until they fit. A code that fills a tenth of
	// the picture still has three pixels a module then.
	maxLook = 1600
	// minLook is the shortest side of a picture that is halved once more.
	minLook = 160
	// mostCodes is how many codes are told apart in one picture. What is beyond is not looked for.
	mostCodes = 3
	// enough corner marks for more than one code: the search may have put together those of two.
	enough = 4
)

// Result is a code found in a picture.
type Result struct {
	// Code is the text of the code, byte for byte.
	Code []byte
	// AIM is the symbology identifier that a barcode reader would put in front: "]Q1" for a plain QR code, "]Q2" to "]Q6" for one with a
	// character set or a GS1 mark.
	AIM string
}

// Decode reads the QR code in a picture given as luminance, one byte a pixel, row by row, 0 for black. It tries the picture as it is and
// inverted, large and small, and reads mirrored codes as well; of several codes it takes the one nearest to the middle. It does not change or
// keep luminance, has no state, and is safe for concurrent use.
//
// Errors: [ErrNoCode], [ErrCrowded], [ErrPart]; any other is about the measures of the picture. The work is bounded by the number of pixels,
// whatever they show.
func Decode(luminance []byte, width, height int) (Result, error) {
	if err := checkMeasures(width, height); err != nil {
		return Result{}, err
	}
	if len(luminance) < width*height {
		return Result{}, fmt.Errorf("%d bytes are too few for a picture of %d by %d", len(luminance), width, height)
	}
	d := &search{}
	symbols, err := d.still(picture{pix: luminance[:width*height], w: width, h: height}, true)
	if err != nil {
		return Result{}, err
	}
	s := central(symbols)
	return Result{Code: s.code, AIM: s.aim}, nil
}

func checkMeasures(width, height int) error {
	if width < minSide || height < minSide || width > maxSide || height > maxSide || width*height > maxPixels {
		return fmt.Errorf("a picture of %d by %d pixels cannot be searched: it must have %d to %d on a side and %d million at most",
			width, height, minSide, maxSide, maxPixels>>20)
	}
	return nil
}

// central gives the symbol nearest to the middle of the picture. There must be one.
func central(symbols []symbol) symbol {
	best := symbols[0]
	for _, s := range symbols[1:] {
		if s.off < best.off {
			best = s
		}
	}
	return best
}

// search looks for codes in pictures and keeps the memory it needs for that. It is not safe for concurrent use.
type search struct {
	smaller, larger, negative, painted, part, filtered, lines []byte
	// What was done since the counts were last set to zero.
	looks, candidates, worst int
}

// scan looks once and counts.
func (d *search) scan(p picture) (symbol, int, error) {
	s, n, err := scan(p)
	d.looks++
	d.candidates += n
	d.worst = max(d.worst, n)
	return s, n, err
}

// still looks through a picture that is all there is: at several sizes, filtered, as it is and inverted, whole and in parts,
// and at last as a drawing of one symbol.
func (d *search) still(p picture, invert bool) ([]symbol, error) {
	large := p
	for p.w > maxLook || p.h > maxLook {
		large, p = p, p.half(nil)
	}
	why := ErrNoCode
	for _, view := range []func() (picture, bool){
		func() (picture, bool) { return p, true },
		func() (picture, bool) { return d.smoothed(p), true },
		func() (picture, bool) { return d.halved(p), min(p.w, p.h) >= minLook },
		func() (picture, bool) { return d.smoothed(d.doubled(p)), max(p.w, p.h) <= maxLook/2 },
		func() (picture, bool) { return d.sharpened(d.doubled(p)), max(p.w, p.h) <= maxLook/2 },
		func() (picture, bool) { return d.halved(d.halved(p)), min(p.w, p.h) >= 2*minLook },
		func() (picture, bool) { return large, large.w > p.w },
	} {
		view, fits := view()
		if !fits {
			continue
		}
		symbols, err := d.bothWays(view, invert)
		if err == nil {
			return symbols, nil
		}
		why = graver(why, err)
	}
	s, err := clean(large)
	if err != nil && invert {
		negative := large.inverted(d.negative)
		d.negative = negative.pix
		s, err = clean(negative)
	}
	if err == nil {
		return []symbol{s}, nil
	}
	return nil, graver(why, err)
}

func (d *search) bothWays(p picture, invert bool) ([]symbol, error) {
	all := []int{0, 1, 2, 3}
	symbols, err := d.codes(p, all)
	if err == nil || !invert {
		return symbols, err
	}
	p = p.inverted(d.negative)
	d.negative = p.pix
	symbols, other := d.codes(p, all)
	if other == nil {
		return symbols, nil
	}
	return nil, graver(err, other)
}

// live looks through frame number n of a stream. What fails in one frame has another chance in the next, so the ways of looking take turns:
// frames with an even number are taken as they are, the others inverted; each is looked at whole, and then once more in a way that changes from
// frame to frame: smoothed, at half its size, or the middle of it doubled. Where the whole has corner marks of more than one code, one of four
// parts is looked at too.
func (d *search) live(p picture, n int, invert bool) ([]symbol, error) {
	if invert && n%2 == 1 {
		p = p.inverted(d.negative)
		d.negative = p.pix
	}
	turn := n / 2
	symbols, err := d.codes(p, []int{turn % 4})
	if err == nil || min(p.w, p.h) < minLook {
		return symbols, err
	}
	var view picture
	switch turn % 6 {
	case 0, 3:
		view = d.smoothed(p)
	case 1:
		view = d.halved(p)
	case 2, 5:
		view = d.sharpened(d.doubled(d.middle(p)))
	default:
		view = d.smoothed(d.doubled(d.middle(p)))
	}
	symbols, other := d.codes(view, nil)
	if other == nil {
		return symbols, nil
	}
	return nil, graver(err, other)
}

func (d *search) halved(p picture) picture {
	p = p.half(d.smaller)
	d.smaller = p.pix
	return p
}

func (d *search) doubled(p picture) picture {
	p = p.doubled(d.larger)
	d.larger = p.pix
	return p
}

func (d *search) smoothed(p picture) picture {
	d.lines = grow(d.lines, len(p.pix))
	p = p.smoothed(d.filtered, d.lines)
	p.stretch()
	d.filtered = p.pix
	return p
}

func (d *search) sharpened(p picture) picture {
	d.lines = grow(d.lines, len(p.pix))
	p = p.sharpened(d.filtered, d.lines)
	d.filtered = p.pix
	return p
}

// middle gives the half of a picture, either way, that is in the middle.
func (d *search) middle(p picture) picture {
	p = p.window(image.Rect(p.w/4, p.h/4, p.w/4+p.w/2, p.h/4+p.h/2), d.part)
	d.part = p.pix
	return p
}

// graver gives the error that says more.
func graver(a, b error) error {
	for _, err := range []error{ErrPart, ErrCrowded} {
		if errors.Is(a, err) || errors.Is(b, err) {
			return err
		}
	}
	return a
}

// codes looks for up to mostCodes codes in one view: each that is found is painted over, and the rest is looked at again. parts says in which
// parts of the view to look when the whole has the marks of several codes and gives none.
func (d *search) codes(p picture, parts []int) ([]symbol, error) {
	s, err := d.one(p, parts)
	if err != nil {
		return nil, err
	}
	symbols := []symbol{s}
	rest := p.copied(d.painted)
	d.painted = rest.pix
	for range mostCodes - 1 {
		rest.blank(s.area)
		more, found := d.another(rest, parts)
		if !found {
			break
		}
		s = more
		if !slices.ContainsFunc(symbols, func(other symbol) bool { return bytes.Equal(other.code, s.code) }) {
			symbols = append(symbols, s)
		}
	}
	return symbols, nil
}

// one looks for a code in the whole view, and then in parts of it.
func (d *search) one(p picture, parts []int) (symbol, error) {
	s, n, err := d.scan(p)
	if errors.Is(err, ErrNoCode) && n >= enough {
		return d.inParts(p, parts)
	}
	return s, err
}

// another does the same where a code has been found: whatever else there is takes nothing from that.
func (d *search) another(p picture, parts []int) (symbol, bool) {
	s, err := d.one(p, parts)
	return s, err == nil
}

// inParts looks at parts of a picture, of three fifths each, until one gives a code.
func (d *search) inParts(p picture, parts []int) (symbol, error) {
	for _, i := range parts {
		r := partOf(p, i)
		view := p.window(r, d.part)
		d.part = view.pix
		s, _, err := d.scan(view)
		if err == nil {
			s.area = s.area.shifted(point{float64(r.Min.X), float64(r.Min.Y)})
			s.off = p.off(s.area.middle())
			return s, nil
		}
	}
	return symbol{}, ErrNoCode
}

// partOf gives one of four parts: the left, the right, the upper or the lower three fifths.
func partOf(p picture, i int) image.Rectangle {
	w, h := max(p.w*3/5, 1), max(p.h*3/5, 1)
	switch i {
	case 0:
		return image.Rect(0, 0, w, p.h)
	case 1:
		return image.Rect(p.w-w, 0, p.w, p.h)
	case 2:
		return image.Rect(0, 0, p.w, h)
	default:
		return image.Rect(0, p.h-h, p.w, p.h)
	}
}
