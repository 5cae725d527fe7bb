package camera

import (
	"errors"
	"fmt"
	"io"
)

// rawFrames cuts the stream of a program that writes one picture behind the other, in the format known as I420 or YUV420 planar: for each, a
// byte of luminance a pixel, then two planes of colour at half the width and half the height, which are thrown away. Nothing in the stream says
// where a picture begins: its length is all there is.
type rawFrames struct {
	from   io.Reader
	w, h   int  // both even
	behind bool // the colour of the last picture has not been thrown away yet
	waste  [16 << 10]byte
}

// next reads the luminance of the next picture into buf, grown if need be. It returns as soon as that is there: a program that buffers what it
// writes may keep back the end of the colour until the next picture. began, if not nil, is called when the first bytes have come. The error at
// the end of the stream is io.EOF between pictures and io.ErrUnexpectedEOF within one.
func (f *rawFrames) next(buf []byte, began func()) ([]byte, error) {
	if f.behind {
		if err := f.skip(f.w * f.h / 2); err != nil {
			return buf, err
		}
		f.behind = false
	}
	buf = grow(buf, f.w*f.h)
	n, err := io.ReadAtLeast(f.from, buf, 1)
	if err != nil {
		return buf, err
	}
	if began != nil {
		began()
	}
	if _, err := io.ReadFull(f.from, buf[n:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return buf, err
	}
	f.behind = true
	return buf, nil
}

func (f *rawFrames) skip(n int) error {
	for n > 0 {
		m, err := io.ReadFull(f.from, f.waste[:min(n, len(f.waste))])
		n -= m
		if err != nil {
			return fmt.Errorf("colour of a picture: %w", io.ErrUnexpectedEOF)
		}
	}
	return nil
}

// lens gives the luminance as it is.
func (f *rawFrames) lens() lens {
	w, h := f.w, f.h
	return func(raw []byte, _ *[]byte) (picture, error) {
		if len(raw) < w*h {
			return picture{}, errBroken
		}
		return picture{pix: raw[:w*h], w: w, h: h}, nil
	}
}
