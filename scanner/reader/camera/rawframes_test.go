package camera

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// dribble reads a stream in pieces of given lengths, over and over.
type dribble struct {
	from   io.Reader
	pieces []byte
	n      int
}

func (d *dribble) Read(b []byte) (int, error) {
	if len(d.pieces) > 0 {
		b = b[:min(len(b), 1+int(d.pieces[d.n%len(d.pieces)]))]
		d.n++
	}
	return d.from.Read(b)
}

func FuzzRawFrames(f *testing.F) {
	f.Add(bytes.Repeat([]byte("abcdefghi"), 30), []byte{0, 5, 200})
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, stream, pieces []byte) {
		const w, h, whole = 6, 4, 36
		frames := rawFrames{from: &dribble{from: bytes.NewReader(stream), pieces: pieces}, w: w, h: h}
		n, began := 0, 0
		for {
			raw, err := frames.next(nil, func() { began++ })
			if err == nil {
				if !bytes.Equal(raw, stream[n*whole:n*whole+w*h]) {
					t.Fatalf("picture %d is %q", n, raw)
				}
				n++
				continue
			}
			rest := len(stream) - (n-1)*whole
			if n == 0 {
				rest = len(stream) + whole
			}
			if whole <= rest && rest < whole+w*h && (rest == whole) == errors.Is(err, io.EOF) && (rest == whole) != errors.Is(err, io.ErrUnexpectedEOF) {
				break
			}
			if rest < whole && errors.Is(err, io.ErrUnexpectedEOF) {
				break
			}
			t.Fatalf("after %d of %d bytes: %v", n*whole, len(stream), err)
		}
		if began < n || began > n+1 {
			t.Errorf("%d pictures began, %d came", began, n)
		}
	})
}

func TestAPictureIsThereBeforeItsColour(t *testing.T) {
	t.Parallel()
	out, in := io.Pipe()
	defer letGo(out)
	frames := rawFrames{from: out, w: 4, h: 2}
	go func() {
		_, _ = in.Write([]byte("luminous")) // and nothing of the colour
	}()
	if raw, err := frames.next(nil, nil); err != nil || string(raw) != "luminous" {
		t.Errorf("%q, %v", raw, err)
	}
	broken := rawFrames{from: iotest.ErrReader(io.ErrClosedPipe), w: 4, h: 2}
	if _, err := broken.next(nil, nil); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}
