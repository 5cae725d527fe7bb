package pairing

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"testing"
)

// turned gives a picture as a phone stores it that was held otherwise: turned by
// quarters, and mirrored where it is told.
func turned(img image.Image, quarters int, mirrored bool) image.Image {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if quarters%2 == 1 {
		w, h = h, w
	}
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range b.Dy() {
		for x := range b.Dx() {
			tx, ty := x, y
			switch quarters {
			case 1:
				tx, ty = b.Dy()-1-y, x
			case 2:
				tx, ty = b.Dx()-1-x, b.Dy()-1-y
			case 3:
				tx, ty = y, b.Dx()-1-x
			}
			if mirrored {
				tx = w - 1 - tx
			}
			out.SetGray(tx, ty, color.Gray{Y: luminance(img.At(b.Min.X+x, b.Min.Y+y))})
		}
	}
	return out
}

// withOrientation puts an EXIF segment into a JPEG that says how it is to be
// turned, as cameras write it: CIPA DC-008 section 4.6, tag 0x0112.
func withOrientation(jpeg []byte, orientation uint16) []byte {
	tiff := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	binary.BigEndian.PutUint16(tiff[18:], orientation)
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := append([]byte{0xff, 0xe1, 0, byte(len(body) + 2)}, body...)
	return bytes.Join([][]byte{jpeg[:2], segment, jpeg[2:]}, nil)
}

func TestAPhotographIsReadWhicheverWayThePhoneWasHeld(t *testing.T) {
	t.Parallel()
	// The eight orientations of EXIF are four turns, each plain and mirrored.
	for orientation := range 8 {
		img := turned(onDesk(symbol(t, pairingText, 6), 1200, 900), orientation/2, orientation%2 == 1)
		raw := withOrientation(asJPEG(t, img, 80), uint16(orientation+1))
		got, err := DecodeImage(bytes.NewReader(raw), cameraDecode)
		if err != nil || got != pairingText {
			t.Errorf("orientation %d: %q, %v", orientation+1, got, err)
		}
	}
}

// noisy is what a small lens makes of a picture in the dark.
func noisy(img *image.Gray, amount int) *image.Gray {
	r := rand.New(rand.NewPCG(1, 2))
	for i, p := range img.Pix {
		img.Pix[i] = byte(min(max(int(p)+r.IntN(2*amount+1)-amount, 0), 255))
	}
	return img
}

func TestAPhotographOfTwelveMegapixelsInTheDark(t *testing.T) {
	t.Parallel()
	photo := image.NewGray(image.Rect(0, 0, 4032, 3024))
	draw.Draw(photo, photo.Bounds(), onDesk(symbol(t, pairingText, 20), 4032, 3024), image.Point{}, draw.Src)
	raw := asJPEG(t, noisy(photo, 60), 80)
	got, err := DecodeImage(bytes.NewReader(raw), cameraDecode)
	if err != nil || got != pairingText {
		t.Errorf("%q, %v", got, err)
	}
}

func TestALargePictureIsSearchedSmallFirstAndThenWhole(t *testing.T) {
	t.Parallel()
	var widths []int
	none := func(_ []byte, w, h int) ([]byte, error) {
		widths = append(widths, w*h)
		return nil, errors.New("nothing here")
	}
	raw := asPNG(t, image.NewGray(image.Rect(0, 0, 4000, 3000)))
	if _, err := DecodeImage(bytes.NewReader(raw), none); !errors.Is(err, ErrNoCode) {
		t.Errorf("error %v", err)
	}
	if len(widths) != 2 || widths[0] > workingPixels || widths[1] != 12_000_000 {
		t.Errorf("searched %v", widths)
	}
}

func TestASmallCodeOnALargePhotographIsFound(t *testing.T) {
	t.Parallel()
	raw := asPNG(t, onDesk(symbol(t, pairingText, 6), 4000, 3000))
	if got, err := DecodeImage(bytes.NewReader(raw), cameraDecode); err != nil || got != pairingText {
		t.Errorf("%q, %v", got, err)
	}
}

func TestHEICIsRefusedWithWords(t *testing.T) {
	t.Parallel()
	for brand, want := range map[string]bool{"heic": true, "mif1": true, "avif": true, "mp42": false} {
		raw := append([]byte("\x00\x00\x00\x18ftyp"+brand), make([]byte, 1000)...)
		_, err := DecodeImage(bytes.NewReader(raw), cameraDecode)
		if errors.Is(err, ErrHEIC) != want || err == nil {
			t.Errorf("%s: %v", brand, err)
		}
	}
}
