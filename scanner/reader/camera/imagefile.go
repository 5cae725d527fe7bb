package camera

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
)

const (
	// maxFile is the longest file that is looked into.
	maxFile = 16 << 20
	// maxUnpacked is how much memory unpacking one picture may take, by its own claims. A photograph of 16 million pixels fits.
	maxUnpacked = 80 << 20
)

// The reasons for which a file gives no picture.
var (
	errNoImage  = errors.New("it is no PNG, JPEG or PGM image")
	errTooLarge = errors.New("the picture is too large: make it smaller")
	errCut      = errors.New("the picture is damaged or not whole")
)

// readImage reads a PNG, JPEG or PGM file from its bytes. What it claims to measure is checked before memory is taken for it. Errors are
// [errNoImage], [errTooLarge] or [errCut]; the last may also mean that the file is still being written.
func readImage(raw []byte) (picture, error) {
	config, decode, ok := formatOf(raw)
	if !ok {
		if len(raw) < 16 {
			return picture{}, errCut
		}
		return picture{}, errNoImage
	}
	c, err := config(bytes.NewReader(raw))
	if err != nil {
		return picture{}, errCut
	}
	if c.Width < minSide || c.Height < minSide {
		return picture{}, errNoImage
	}
	if err := checkMeasures(c.Width, c.Height); err != nil {
		return picture{}, fmt.Errorf("%w: %w", errTooLarge, err)
	}
	if cost := c.Width * c.Height * unpackedPixel(raw, c.ColorModel); cost > maxUnpacked {
		return picture{}, fmt.Errorf("%w: unpacking it takes %d MiB", errTooLarge, cost>>20)
	}
	img, err := decode(bytes.NewReader(raw))
	if err != nil {
		return picture{}, errCut
	}
	return luminance(img, nil), nil
}

type (
	configReader func(io.Reader) (image.Config, error)
	imageReader  func(io.Reader) (image.Image, error)
)

// formatOf tells a format by its first bytes; names and their endings say nothing.
func formatOf(raw []byte) (configReader, imageReader, bool) {
	switch {
	case bytes.HasPrefix(raw, []byte("\x89PNG\r\n\x1a\n")):
		return png.DecodeConfig, png.Decode, true
	case bytes.HasPrefix(raw, []byte("\xff\xd8\xff")):
		return jpeg.DecodeConfig, jpeg.Decode, true
	case bytes.HasPrefix(raw, []byte("P5")):
		return pgmConfig, pgmDecode, true
	default:
		return nil, nil, false
	}
}

// unpackedPixel gives the bytes that one pixel takes while a picture is being unpacked.
func unpackedPixel(raw []byte, model color.Model) int {
	if bytes.HasPrefix(raw, []byte("\xff\xd8")) {
		if progressive(raw) {
			return 3 + 3*4 // the coefficients of all components are kept to the end
		}
		return 3
	}
	switch model {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, paletted := model.(color.Palette); paletted {
		return 1
	}
	return 4
}

// progressive tells whether a JPEG comes in several passes: its frame begins with SOF2.
func progressive(raw []byte) bool {
	const markSOF2 = 0xc2
	_, _, found := findSegment(raw, markSOF2)
	return found
}

// A PGM file in its binary form, as documented by the netpbm project: "P5", the width, the height and the highest value in decimal, each behind
// blanks or comments from "#" to the end of the line, one blank, then a byte a pixel. Two bytes a pixel, for values above 255, are not read.

func pgmConfig(r io.Reader) (image.Config, error) {
	c, _, err := pgmHeader(bufio.NewReader(r))
	return c, err
}

func pgmDecode(r io.Reader) (image.Image, error) {
	b := bufio.NewReader(r)
	c, highest, err := pgmHeader(b)
	if err != nil {
		return nil, err
	}
	img := image.NewGray(image.Rect(0, 0, c.Width, c.Height))
	if _, err := io.ReadFull(b, img.Pix); err != nil {
		return nil, err
	}
	if highest != 255 {
		for i, v := range img.Pix {
			img.Pix[i] = byte(min(int(v), highest) * 255 / highest)
		}
	}
	return img, nil
}

// pgmHeader reads up to the first pixel.
func pgmHeader(b *bufio.Reader) (image.Config, int, error) {
	var magic [2]byte
	if _, err := io.ReadFull(b, magic[:]); err != nil || string(magic[:]) != "P5" {
		return image.Config{}, 0, errCut
	}
	var numbers [3]int
	for i := range numbers {
		n, err := pgmNumber(b)
		if err != nil {
			return image.Config{}, 0, err
		}
		numbers[i] = n
	}
	if numbers[0] < 1 || numbers[1] < 1 || numbers[2] < 1 || numbers[2] > 255 {
		return image.Config{}, 0, errCut
	}
	return image.Config{ColorModel: color.GrayModel, Width: numbers[0], Height: numbers[1]}, numbers[2], nil
}

// pgmNumber reads one number and the blank behind it.
func pgmNumber(b *bufio.Reader) (int, error) {
	const highest = 1 << 20
	n, digits, comment := 0, 0, false
	for {
		c, err := b.ReadByte()
		switch {
		case err != nil:
			return 0, errCut
		case comment:
			comment = c != '\n'
		case c >= '0' && c <= '9':
			digits++
			if n = n*10 + int(c-'0'); n > highest {
				return 0, errCut
			}
		case c == '#' && digits == 0:
			comment = true
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			return 0, errCut
		case digits > 0:
			return n, nil
		}
	}
}
