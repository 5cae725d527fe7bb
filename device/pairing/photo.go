package pairing

import (
	"bytes"
	"errors"
	"slices"
)

// ErrHEIC says that a picture is in a form that this program does not read.
var ErrHEIC = errors.New("this picture is HEIC, which phones make and few programs read: " +
	"send a screenshot of it, set the phone's camera to the most compatible format, or paste the code's text")

// isHEIC tells a picture of the HEIF family by its brand: ISO/IEC 14496-12
// section 4.3, brands of ISO/IEC 23008-12.
func isHEIC(raw []byte) bool {
	if len(raw) < 12 || !bytes.Equal(raw[4:8], []byte("ftyp")) {
		return false
	}
	return slices.Contains([]string{"heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1", "avif", "avis"}, string(raw[8:12]))
}

// workingPixels is how many pixels of a photograph are searched at first. A code
// that fills a tenth of such a picture still has three for each module.
const workingPixels = 3 << 20

// halved gives a picture of half the width and height, each pixel the mean of
// four: what is finer than that is the noise of a small lens.
func (g grey) halved() grey {
	half := grey{pix: make([]byte, (g.w/2)*(g.h/2)), w: g.w / 2, h: g.h / 2}
	for y := range half.h {
		above, below := g.pix[2*y*g.w:], g.pix[(2*y+1)*g.w:]
		row := half.pix[y*half.w : (y+1)*half.w]
		for x := range row {
			row[x] = byte((int(above[2*x]) + int(above[2*x+1]) + int(below[2*x]) + int(below[2*x+1]) + 2) / 4)
		}
	}
	return half
}

// codeOn finds the code on a picture: first on one made smaller, where that is
// quicker and the noise is gone, then on the picture as it is.
func codeOn(g grey, decode Decoder) ([]byte, error) {
	if g.w*g.h > workingPixels {
		small := g.halved()
		for small.w*small.h > workingPixels {
			small = small.halved()
		}
		if code, err := decode(small.pix, small.w, small.h); err == nil {
			return code, nil
		}
	}
	return decode(g.pix, g.w, g.h)
}
