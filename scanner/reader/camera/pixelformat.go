package camera

import "fmt"

// fourCC is the name of a pixel format: four characters, the first in the lowest byte.
type fourCC uint32

func newFourCC(name string) fourCC {
	return fourCC(name[0]) | fourCC(name[1])<<8 | fourCC(name[2])<<16 | fourCC(name[3])<<24
}

// String gives the four characters, as far as they can be printed.
func (f fourCC) String() string {
	b := [4]byte{byte(f), byte(f >> 8), byte(f >> 16), byte(f >> 24 & 0x7f)}
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return string(b[:])
}

// wanted lists the formats that can be read, the cheapest first: grey as it is; those that begin with the luminance of the whole picture;
// luminance in every second byte; and compressed pictures, which cost more to unpack than to search.
func wanted() []fourCC {
	return []fourCC{newFourCC("GREY"), newFourCC("NV12"), newFourCC("YU12"), newFourCC("YUYV"), newFourCC("MJPG"), newFourCC("JPEG")}
}

// geometry is what a driver says of its pictures, checked.
type geometry struct {
	format fourCC
	w, h   int
	stride int // bytes from one row to the next; for compressed pictures 0
}

// step is the number of bytes from one pixel's luminance to the next, 0 for compressed pictures.
func (f fourCC) step() int {
	switch f {
	case newFourCC("GREY"), newFourCC("NV12"), newFourCC("YU12"):
		return 1
	case newFourCC("YUYV"):
		return 2
	default:
		return 0
	}
}

// newGeometry checks what a driver answered. Drivers leave out the stride, and some give one that is too small.
func newGeometry(p videoPixelFormat) (geometry, error) {
	g := geometry{format: p.pixelFormat}
	if p.width > maxSide || p.height > maxSide || checkMeasures(int(p.width), int(p.height)) != nil {
		return g, fmt.Errorf("pictures of %d by %d pixels", p.width, p.height)
	}
	g.w, g.h = int(p.width), int(p.height)
	row := g.w * g.format.step()
	if row == 0 {
		return g, nil
	}
	g.stride = row
	if p.bytesPerLine != 0 {
		if p.bytesPerLine > 16*maxSide || int(p.bytesPerLine) < row {
			return g, fmt.Errorf("rows of %d bytes for %d pixels", p.bytesPerLine, g.w)
		}
		g.stride = int(p.bytesPerLine)
	}
	return g, nil
}

// needs is how many bytes of a picture hold its luminance; what follows is colour. For compressed pictures it is the least that makes one.
func (g geometry) needs() int {
	if g.stride == 0 {
		return 4
	}
	return g.stride*(g.h-1) + g.w*g.format.step()
}

// lens gives what makes luminance of such pictures.
func (g geometry) lens(tables []byte) lens {
	step := g.format.step()
	if step == 0 {
		return func(raw []byte, into *[]byte) (picture, error) { return unpackJPEG(raw, tables, into) }
	}
	return func(raw []byte, into *[]byte) (picture, error) {
		if len(raw) < g.needs() {
			return picture{}, errBroken
		}
		if step == 1 && g.stride == g.w {
			return picture{pix: raw[:g.w*g.h], w: g.w, h: g.h}, nil
		}
		*into = grow(*into, g.w*g.h)
		p := picture{pix: *into, w: g.w, h: g.h}
		for y := range g.h {
			row := raw[y*g.stride:]
			out := p.pix[y*g.w : (y+1)*g.w]
			for x := range out {
				out[x] = row[x*step]
			}
		}
		return p, nil
	}
}
