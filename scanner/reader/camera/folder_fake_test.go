package camera

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gatescand/scanner/reader"
)

// asPNG, asJPEG and asPGM pack a picture into a file.
func asPNG(tb testing.TB, p picture) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, &image.Gray{Pix: p.pix, Stride: p.w, Rect: image.Rect(0, 0, p.w, p.h)}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(tb testing.TB, p picture) []byte {
	tb.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, p.w, p.h))
	for i, v := range p.pix {
		img.Set(i%p.w, i/p.w, color.NRGBA{v, v, v, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func asPGM(p picture) []byte {
	return append(fmt.Appendf(nil, "P5\n# a comment\n%d %d\n255\n", p.w, p.h), p.pix...)
}

// box is a folder that is looked through by hand, with a clock of its own.
type box struct {
	*inbox
	time    time.Duration
	codes   []string
	notices []string
}

func newBox(t *testing.T) *box {
	t.Helper()
	dir := t.TempDir()
	a, err := reader.ParseAddress("camera:" + dir)
	if err != nil {
		t.Fatal(err)
	}
	b := &box{time: time.Hour}
	s, err := newSource(a, func() time.Duration { return b.time })
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	b.inbox = &inbox{
		Source: s, dir: dir, home: home, book: newBook(),
		emit:   func(f reader.Frame) { b.codes = append(b.codes, string(f.Code)) },
		gripes: &gripes{notify: func(n reader.Notice) { b.notices = append(b.notices, n.Detail) }},
	}
	return b
}

func (b *box) write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (b *box) rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(b.dir, from), filepath.Join(b.dir, to)); err != nil {
		t.Fatal(err)
	}
}

// pass compares the folder, and looks into what is calm after each of some times.
func (b *box) pass(t *testing.T, times ...time.Duration) {
	t.Helper()
	if err := b.rescan(true); err != nil {
		t.Fatal(err)
	}
	for _, d := range times {
		b.time += d
		b.work(t.Context())
	}
}

func (b *box) want(t *testing.T, codes ...string) {
	t.Helper()
	if !slices.Equal(b.codes, codes) {
		t.Errorf("handed over %q, want %q", b.codes, codes)
	}
}
