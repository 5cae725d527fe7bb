package pairing

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	qr "github.com/skip2/go-qrcode"

	"gatescand/scanner/reader/camera"
)

const pairingText = "https://lespass.example.org/scan/ZjNhNzQwYWQtYjk1Zi00ZjQ1LWI0OTItNjRhNzU1YzQwM2U0OjF1SjR4ZTpmSEd3X1pQZ0k2cUJ3dk9kYVhnVTJjd0xJb0xZU0FhX2hVNVJrQmxQajJB/pair"

// cameraDecode is the decoder that the program hands in.
func cameraDecode(luminance []byte, width, height int) ([]byte, error) {
	r, err := camera.Decode(luminance, width, height)
	return r.Code, err
}

// symbol draws a QR code with a whole number of pixels for each module.
func symbol(tb testing.TB, text string, scale int) image.Image {
	tb.Helper()
	q, err := qr.New(text, qr.Medium)
	if err != nil {
		tb.Fatal(err)
	}
	return q.Image(-scale)
}

func asPNG(tb testing.TB, img image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(tb testing.TB, img image.Image, quality int) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func inverted(img image.Image) image.Image {
	b := img.Bounds()
	out := image.NewGray(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			out.SetGray(x, y, color.Gray{Y: 255 - luminance(img.At(x, y))})
		}
	}
	return out
}

// transparent keeps only the dark modules.
func transparent(img image.Image) image.Image {
	b := img.Bounds()
	out := image.NewNRGBA(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if luminance(img.At(x, y)) < 128 {
				out.SetNRGBA(x, y, color.NRGBA{A: 255})
			}
		}
	}
	return out
}

// onDesk lays a picture on a large grey one.
func onDesk(img image.Image, w, h int) image.Image {
	out := image.NewGray(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.Gray{Y: 180}), image.Point{}, draw.Src)
	b := img.Bounds()
	draw.Draw(out, image.Rect(w/3, h/4, w/3+b.Dx(), h/4+b.Dy()), img, b.Min, draw.Src)
	return out
}

func TestDecodeImage(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func() []byte{
		"a PNG":                             func() []byte { return asPNG(t, symbol(t, pairingText, 4)) },
		"a JPEG":                            func() []byte { return asJPEG(t, symbol(t, pairingText, 5), 70) },
		"white on black":                    func() []byte { return asPNG(t, inverted(symbol(t, pairingText, 4))) },
		"black on nothing":                  func() []byte { return asPNG(t, transparent(symbol(t, pairingText, 4))) },
		"a large picture with a desk on it": func() []byte { return asJPEG(t, onDesk(symbol(t, pairingText, 16), 4000, 3000), 85) },
		"one pixel for each module":         func() []byte { return asPNG(t, symbol(t, pairingText, 1)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := DecodeImage(bytes.NewReader(make()), cameraDecode)
			if err != nil || got != pairingText {
				t.Errorf("read %q, %v", got, err)
			}
		})
	}
}

func TestDecodeImageGivesTheBytesAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"ABC123abc==+/", "é à ü", "12345678901234567890", "ありがとう", "A\x1bB\x00C"} {
		got, err := DecodeImage(bytes.NewReader(asPNG(t, symbol(t, text, 4))), cameraDecode)
		if err != nil || got != text {
			t.Errorf("read %q as %q, %v", text, got, err)
		}
	}
}

func TestDecodeImageSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	whole := asPNG(t, symbol(t, pairingText, 4))
	huge := bytes.Clone(whole)
	copy(huge[16:], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65536 by 65536 pixels, it says
	for name, tc := range map[string]struct {
		raw  []byte
		want string
	}{
		"nothing":                              {nil, "not a PNG or JPEG"},
		"a text file":                          {[]byte("https://example.org"), "not a PNG or JPEG"},
		"a picture without a code":             {asPNG(t, image.NewGray(image.Rect(0, 0, 300, 300))), "no QR code"},
		"half a picture":                       {whole[:len(whole)/2], "damaged"},
		"a picture that claims to be enormous": {huge, "not a PNG or JPEG"},
		"bytes that are no text":               {asPNG(t, symbol(t, "\xff\xfe\xfd\xfc", 4)), "no text"},
		"a file that never ends":               {make([]byte, maxImageBytes+1), "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := DecodeImage(bytes.NewReader(tc.raw), cameraDecode)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("read %q, error %v, want %q", got, err, tc.want)
			}
		})
	}
}

func TestDecodeImageLooksAtTheSizeFirst(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 6000, 6000))); err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeImage(&b, cameraDecode); err == nil || !strings.Contains(err.Error(), "6000 by 6000") {
		t.Errorf("error %v", err)
	}
}

// A picture tiled with finder patterns keeps the library busy for minutes when
// nothing stops it.
func TestDecodeImageGivesUpOnAPictureFullOfFinderPatterns(t *testing.T) {
	t.Parallel()
	img := image.NewGray(image.Rect(0, 0, 1280, 720))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	for y := 4; y+14 < 720; y += 18 {
		for x := 4; x+14 < 1280; x += 18 {
			for i, size := range []int{14, 10, 6} {
				c := []color.Color{color.Black, color.White, color.Black}[i]
				at := image.Rect(x+2*i, y+2*i, x+2*i+size, y+2*i+size)
				draw.Draw(img, at, image.NewUniform(c), image.Point{}, draw.Src)
			}
		}
	}
	raw := asPNG(t, img)
	// Without its bound the search would take longer than any test may: the camera's own tests count what it does.
	if _, err := DecodeImage(bytes.NewReader(raw), cameraDecode); !errors.Is(err, ErrNoCode) {
		t.Errorf("error %v", err)
	}
}

func TestReadImageNamesTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "code.png")
	if _, err := ReadImage(path, cameraDecode); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(path, asPNG(t, symbol(t, pairingText, 3)), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadImage(path, cameraDecode); err != nil || got != pairingText {
		t.Errorf("read %q, %v", got, err)
	}
}

func FuzzDecodeImage(f *testing.F) {
	f.Add(asPNG(f, symbol(f, "A", 2)))
	f.Add(asJPEG(f, symbol(f, "A", 2), 50))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, err := DecodeImage(bytes.NewReader(raw), cameraDecode)
		if err != nil && text != "" {
			t.Errorf("text %q beside error %v", text, err)
		}
	})
}
