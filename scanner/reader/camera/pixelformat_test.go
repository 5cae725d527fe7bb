package camera

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"testing"
)

func FuzzTables(f *testing.F) {
	tables, err := standardTables()
	if err != nil {
		f.Fatal(err)
	}
	if len(tables) != 420 || binary.BigEndian.Uint16(tables[2:]) != 418 {
		f.Fatalf("the tables are %d bytes", len(tables))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("\xff\xd8\xff\xff\xff\xda\x00\x02"))
	f.Add([]byte("\xff\xd8\xff\xe0\xff\xff"))
	f.Add([]byte("\xff\xd8\xff\x01\xff\xda\x00\x04\x00\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		out := withTables(raw, tables)
		if !bytes.Equal(raw, before) {
			t.Error("the picture was changed in place")
		}
		if len(out) != len(raw) && (len(out) != len(raw)+len(tables) || !bytes.Contains(out, tables)) {
			t.Errorf("%d bytes became %d", len(raw), len(out))
		}
		if again := withTables(out, tables); !bytes.Equal(again, out) {
			t.Error("the tables were put in twice")
		}
		var into []byte
		if p, err := unpackJPEG(raw, tables, &into); err == nil && len(p.pix) != p.w*p.h {
			t.Errorf("%d bytes for %d by %d", len(p.pix), p.w, p.h)
		}
	})
}

func FuzzGeometry(f *testing.F) {
	f.Add(uint32(640), uint32(480), uint32(1280), uint8(3), []byte("x"))
	f.Fuzz(func(t *testing.T, w, h, stride uint32, format uint8, raw []byte) {
		g, err := newGeometry(videoPixelFormat{
			width: w, height: h, bytesPerLine: stride, pixelFormat: wanted()[int(format)%len(wanted())],
		})
		if err != nil {
			return
		}
		var into []byte
		p, err := g.lens(nil)(raw, &into)
		if err == nil && (len(p.pix) != p.w*p.h || g.stride > 0 && len(raw) < g.needs()) {
			t.Error(fmt.Sprint(g, len(raw), len(p.pix)))
		}
	})
}
