package camera

import "image"

// Bounds of pictures. A picture beyond them is refused before memory is taken for it.
const (
	maxSide   = 16384    // pixels
	maxPixels = 16 << 20 // what the camera of a phone makes
	minSide   = 11       // pixels; the smallest symbol has 21 modules, and no code of less than one pixel a module was ever read
)

// picture is what a camera saw, as luminance: one byte a pixel, row by row, 0 is black.
type picture struct {
	pix  []byte
	w, h int
}

// grow gives n bytes, taken from old if it is large enough. What they hold is not defined.
func grow(old []byte, n int) []byte {
	if cap(old) >= n {
		return old[:n]
	}
	return make([]byte, n)
}

// copied gives the same picture in the memory of into.
func (p picture) copied(into []byte) picture {
	into = grow(into, len(p.pix))
	copy(into, p.pix)
	return picture{pix: into, w: p.w, h: p.h}
}

// inverted gives the negative, in the memory of into.
func (p picture) inverted(into []byte) picture {
	into = grow(into, len(p.pix))
	for i, v := range p.pix {
		into[i] = 255 - v
	}
	return picture{pix: into, w: p.w, h: p.h}
}

// half gives the picture at half its size, each pixel the mean of four, in the memory of into, which may be the
// picture's own.
func (p picture) half(into []byte) picture {
	out := picture{w: max(p.w/2, 1), h: max(p.h/2, 1)}
	out.pix = grow(into, out.w*out.h)
	for y := range out.h {
		upper := p.pix[2*y*p.w:]
		lower := p.pix[min(2*y+1, p.h-1)*p.w:]
		row := out.pix[y*out.w : (y+1)*out.w]
		for x := range row {
			l, r := 2*x, min(2*x+1, p.w-1)
			row[x] = byte((int(upper[l]) + int(upper[r]) + int(lower[l]) + int(lower[r])) / 4)
		}
	}
	return out
}

// window gives the part of the picture within r, in the memory of into. r must lie within the picture.
func (p picture) window(r image.Rectangle, into []byte) picture {
	out := picture{w: r.Dx(), h: r.Dy()}
	out.pix = grow(into, out.w*out.h)
	for y := range out.h {
		from := (r.Min.Y+y)*p.w + r.Min.X
		copy(out.pix[y*out.w:(y+1)*out.w], p.pix[from:from+out.w])
	}
	return out
}

// point is a place in a picture, in pixels.
type point struct{ x, y float64 }

func (a point) plus(b point) point        { return point{a.x + b.x, a.y + b.y} }
func (a point) minus(b point) point       { return point{a.x - b.x, a.y - b.y} }
func (a point) times(f float64) point     { return point{a.x * f, a.y * f} }
func (a point) cross(b point) float64     { return a.x*b.y - a.y*b.x }
func (a point) half(b point) point        { return a.plus(b).times(0.5) }
func (a point) distance2(b point) float64 { d := a.minus(b); return d.x*d.x + d.y*d.y }
func (q quad) middle() point              { return q[0].half(q[2]) }
func (q quad) shifted(by point) (out quad) {
	for i, c := range q {
		out[i] = c.plus(by)
	}
	return out
}

// quad is a convex area between four corners, in order around it.
type quad [4]point

// blank paints q white, so that what is left of the picture can be searched for another code.
func (p picture) blank(q quad) {
	left, top, right, bottom := q[0].x, q[0].y, q[0].x, q[0].y
	for _, c := range q[1:] {
		left, right = min(left, c.x), max(right, c.x)
		top, bottom = min(top, c.y), max(bottom, c.y)
	}
	x0, x1 := clamp(left, p.w), clamp(right, p.w)
	y0, y1 := clamp(top, p.h), clamp(bottom, p.h)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			if q.holds(point{float64(x), float64(y)}) {
				p.pix[y*p.w+x] = 255
			}
		}
	}
}

// holds tells whether c lies within q, whichever way round its corners are listed.
func (q quad) holds(c point) bool {
	left, right := false, false
	for i := range q {
		side := q[(i+1)%len(q)].minus(q[i]).cross(c.minus(q[i]))
		left, right = left || side < 0, right || side > 0
	}
	return !left || !right
}

// clamp makes a coordinate, which may be anything at all, one from 0 to limit.
func clamp(v float64, limit int) int {
	if !(v > 0) { // also for what is no number
		return 0
	}
	if v >= float64(limit) {
		return limit
	}
	return int(v)
}

// luminance makes a picture grey, and white where it is transparent, in the memory of into.
func luminance(img image.Image, into []byte) picture {
	b := img.Bounds()
	p := picture{pix: grow(into, b.Dx()*b.Dy()), w: b.Dx(), h: b.Dy()}
	for y := range p.h {
		row := p.pix[y*p.w : (y+1)*p.w]
		switch img := img.(type) {
		case *image.YCbCr: // what cameras make: the luminance is there already
			copy(row, img.Y[img.YOffset(b.Min.X, b.Min.Y+y):])
		case *image.Gray:
			copy(row, img.Pix[img.PixOffset(b.Min.X, b.Min.Y+y):])
		case image.RGBA64Image:
			for x := range row {
				c := img.RGBA64At(b.Min.X+x, b.Min.Y+y)
				row[x] = grey(uint32(c.R), uint32(c.G), uint32(c.B), uint32(c.A))
			}
		default:
			for x := range row {
				row[x] = grey(img.At(b.Min.X+x, b.Min.Y+y).RGBA())
			}
		}
	}
	return p
}

// grey gives the luminance of a colour of sixteen bits a channel, multiplied with its opacity, before white.
func grey(r, g, b, a uint32) byte {
	white := 0xffff - a
	return byte(min((299*(r+white)+587*(g+white)+114*(b+white))/1000, 0xffff) >> 8)
}
