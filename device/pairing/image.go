package pairing

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"unicode/utf8"
)

// ErrNoCode says that an image holds no QR code that could be read.
var ErrNoCode = errors.New("no QR code could be read in the image; take a sharp picture of the whole code, or paste its text")

// Limits of images. A picture of a phone's camera is let in and made smaller.
const (
	maxImageBytes  = 16 << 20
	maxImagePixels = 16 << 20
)

// Decoder finds the code in a picture given as luminance, one byte a pixel, row
// by row, and gives its bytes as they are. Its work is bounded by the number of
// pixels, whatever they show. An error means that there is none.
type Decoder func(luminance []byte, width, height int) ([]byte, error)

// ReadImage reads the QR code on a PNG or JPEG file as text.
func ReadImage(path string, decode Decoder) (text string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the image: %w", err)
	}
	text, err = DecodeImage(f, decode)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("image %s: %w", path, err)
	}
	return text, nil
}

// DecodeImage reads the QR code on a PNG or JPEG image as text.
func DecodeImage(r io.Reader, decode Decoder) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxImageBytes+1))
	if err != nil {
		return "", err
	}
	if len(raw) > maxImageBytes {
		return "", fmt.Errorf("larger than %d MiB; make the picture smaller", maxImageBytes>>20)
	}
	img, err := openImage(raw)
	if err != nil {
		return "", err
	}
	g := greyOf(img)
	code, err := codeOn(g, decode)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoCode, err)
	}
	if !utf8.Valid(code) {
		return "", errors.New("the QR code holds no text, so it is no pairing code")
	}
	return string(code), nil
}

// openImage decodes an image after looking at the size it claims. How a JPEG is
// to be turned, which phones write beside it, is left alone: a code is found
// whichever way it lies, and mirrored too.
func openImage(raw []byte) (image.Image, error) {
	if isHEIC(raw) {
		return nil, ErrHEIC
	}
	config, decode := jpeg.DecodeConfig, jpeg.Decode
	if bytes.HasPrefix(raw, []byte("\x89PNG\r\n\x1a\n")) {
		config, decode = png.DecodeConfig, png.Decode
	}
	c, err := config(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("not a PNG or JPEG image: %w", err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxImagePixels/c.Height {
		return nil, fmt.Errorf("%d by %d pixels are too many; make the picture smaller", c.Width, c.Height)
	}
	img, err := decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("the image is damaged: %w", err)
	}
	return img, nil
}

// grey is a picture in luminance, row by row.
type grey struct {
	pix  []byte
	w, h int
}

// greyOf makes a picture grey, on white where it is transparent.
func greyOf(img image.Image) grey {
	b := img.Bounds()
	g := grey{w: b.Dx(), h: b.Dy()}
	y, ofCamera := img.(*image.YCbCr) // what cameras make: its luminance is there already
	if ofCamera && b.Min == (image.Point{}) && y.YStride == g.w && len(y.Y) >= g.w*g.h {
		g.pix = y.Y[:g.w*g.h] // a photograph is large enough once
		return g
	}
	g.pix = make([]byte, g.w*g.h)
	if ofCamera {
		for row := range g.h {
			from := y.YOffset(b.Min.X, b.Min.Y+row)
			copy(g.pix[row*g.w:(row+1)*g.w], y.Y[from:])
		}
	} else {
		for row := range g.h {
			for col := range g.w {
				g.pix[row*g.w+col] = luminance(img.At(b.Min.X+col, b.Min.Y+row))
			}
		}
	}
	return g
}

func luminance(c color.Color) byte {
	r, gr, b, a := c.RGBA()
	white := 0xffff - a
	y := (299*(r+white) + 587*(gr+white) + 114*(b+white)) / 1000
	return byte(min(y, 0xffff) >> 8)
}
