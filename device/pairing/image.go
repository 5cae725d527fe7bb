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

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// ErrNoCode says that an image holds no QR code that could be read.
var ErrNoCode = errors.New("no QR code could be read in the image; take a sharp picture of the whole code, or paste its text")

// Limits of images. A picture of a phone's camera is let in and made smaller.
const (
	maxImageBytes  = 16 << 20
	maxImagePixels = 16 << 20
	maxSide        = 1600 // pixels that a code is looked for in
	maxCandidates  = 64   // finder patterns; a symbol has three or four
)

// ReadImage reads the QR code on a PNG or JPEG file as text.
func ReadImage(path string) (text string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the image: %w", err)
	}
	text, err = DecodeImage(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("image %s: %w", path, err)
	}
	return text, nil
}

// DecodeImage reads the QR code on a PNG or JPEG image as text.
func DecodeImage(r io.Reader) (string, error) {
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
	code, err := search(greyOf(img))
	if err != nil {
		return "", err
	}
	if !utf8.Valid(code) {
		return "", errors.New("the QR code holds no text, so it is no pairing code")
	}
	return string(code), nil
}

// openImage decodes an image after looking at the size it claims.
func openImage(raw []byte) (image.Image, error) {
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

// greyOf makes a picture grey, on white where it is transparent, and small
// enough to look through.
func greyOf(img image.Image) grey {
	b := img.Bounds()
	g := grey{pix: make([]byte, b.Dx()*b.Dy()), w: b.Dx(), h: b.Dy()}
	if y, ok := img.(*image.YCbCr); ok { // what cameras make: its luminance is there already
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
	for g.w > maxSide || g.h > maxSide {
		g = g.half()
	}
	return g
}

func luminance(c color.Color) byte {
	r, gr, b, a := c.RGBA()
	white := 0xffff - a
	y := (299*(r+white) + 587*(gr+white) + 114*(b+white)) / 1000
	return byte(min(y, 0xffff) >> 8)
}

// half gives the picture at half its size, each pixel the mean of four.
func (g grey) half() grey {
	out := grey{w: max(g.w/2, 1), h: max(g.h/2, 1)}
	out.pix = make([]byte, out.w*out.h)
	for row := range out.h {
		upper, lower := 2*row*g.w, min(2*row+1, g.h-1)*g.w
		for col := range out.w {
			left, right := 2*col, min(2*col+1, g.w-1)
			sum := int(g.pix[upper+left]) + int(g.pix[upper+right]) + int(g.pix[lower+left]) + int(g.pix[lower+right])
			out.pix[row*out.w+col] = byte(sum / 4)
		}
	}
	return out
}

func (g grey) inverted() grey {
	out := grey{pix: make([]byte, len(g.pix)), w: g.w, h: g.h}
	for i, p := range g.pix {
		out.pix[i] = 255 - p
	}
	return out
}

// search looks for a code at several sizes, and white on black: the library
// finds either only when asked.
func search(g grey) ([]byte, error) {
	for range 3 {
		for _, view := range []grey{g, g.inverted()} {
			if code, err := decode(view); err == nil {
				return code, nil
			}
		}
		if g.w < 200 || g.h < 200 {
			break
		}
		g = g.half()
	}
	return nil, ErrNoCode
}

// crowded is what a picture full of finder patterns ends its search with.
type crowded struct{}

// decode reads the one code in a picture, byte for byte. The library's search
// takes time cubic in the number of finder patterns, so it is stopped when
// there are more than any symbol has; and it may panic on what nobody tried.
func decode(g grey) (code []byte, err error) {
	defer func() {
		if recover() != nil {
			code, err = nil, ErrNoCode
		}
	}()
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.pix, g.w, g.h, 0, 0, g.w, g.h, false)
	if err != nil {
		return nil, err
	}
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(source))
	if err != nil {
		return nil, err
	}
	candidates := 0
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_TRY_HARDER: true,
		// One rune for each byte: the only way to the bytes as they are.
		gozxing.DecodeHintType_CHARACTER_SET: "ISO-8859-1",
		gozxing.DecodeHintType_NEED_RESULT_POINT_CALLBACK: gozxing.ResultPointCallback(func(gozxing.ResultPoint) {
			if candidates++; candidates > maxCandidates {
				panic(crowded{})
			}
		}),
	})
	if err != nil {
		return nil, err
	}
	if _, part := result.GetResultMetadata()[gozxing.ResultMetadataType_STRUCTURED_APPEND_SEQUENCE]; part {
		return nil, ErrNoCode
	}
	text := result.GetText()
	code = make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, ErrNoCode
		}
		code = append(code, byte(r))
	}
	return code, nil
}
