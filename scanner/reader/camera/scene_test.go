package camera

import (
	"math"
	"math/rand/v2"
	"testing"

	qrcode "github.com/skip2/go-qrcode"
)

// A scene is a picture in the making: luminance from 0 to 255 with fractions, so that light, blur and noise add up as they do before a lens.
type scene struct {
	w, h int
	v    []float64
}

// pose is how a code is held before the camera.
type pose struct {
	px              float64 // pixels a module, in the middle
	roll, tilt, pan float64 // degrees: in the plane of the picture, about the horizontal and about the vertical axis
	dx, dy          float64 // pixels off the middle
	light, dark     float64 // of paper and ink; zero values mean 225 and 25
}

// modules gives the modules of a code with its quiet zone, true for dark.
func modules(tb testing.TB, text string, level qrcode.RecoveryLevel) [][]bool {
	tb.Helper()
	q, err := qrcode.New(text, level)
	if err != nil {
		tb.Fatal(err)
	}
	return q.Bitmap()
}

func newScene(w, h int, background float64) *scene {
	s := &scene{w: w, h: h, v: make([]float64, w*h)}
	for i := range s.v {
		s.v[i] = background
	}
	return s
}

// place draws a code into the scene, each pixel the mean of nine rays.
func (s *scene) place(bits [][]bool, p pose) *scene {
	if p.light == 0 && p.dark == 0 {
		p.light, p.dark = 225, 25
	}
	inverse := p.inverse(float64(s.w)/2+p.dx, float64(s.h)/2+p.dy)
	n := float64(len(bits))
	for y := range s.h {
		for x := range s.w {
			if u, v := apply(inverse, float64(x)+0.5, float64(y)+0.5); math.Abs(u) > n/2+2 || math.Abs(v) > n/2+2 {
				continue
			}
			sum, hits := 0.0, 0
			for i := range 9 {
				u, v := apply(inverse, float64(x)+(float64(i%3)+0.5)/3, float64(y)+(float64(i/3)+0.5)/3)
				u, v = u+n/2, v+n/2
				if u < 0 || v < 0 || u >= n || v >= n {
					continue
				}
				hits++
				if bits[int(v)][int(u)] {
					sum += p.dark
				} else {
					sum += p.light
				}
			}
			if hits > 0 {
				at := &s.v[y*s.w+x]
				*at = (sum + *at*float64(9-hits)) / 9
			}
		}
	}
	return s
}

// inverse maps pixels to modules: the inverse of a pinhole camera that looks at a turned plane.
func (p pose) inverse(cx, cy float64) [9]float64 {
	const distance = 1100 // pixels from the lens to the code
	rad := math.Pi / 180
	sr, cr := math.Sincos(p.roll * rad)
	st, ct := math.Sincos(p.tilt * rad)
	sp, cp := math.Sincos(p.pan * rad)
	// Columns of pan * tilt * roll.
	a := [3]float64{cp*cr + sp*st*sr, ct * sr, -sp*cr + cp*st*sr}
	b := [3]float64{-cp*sr + sp*st*cr, ct * cr, sp*sr + cp*st*cr}
	m := [9]float64{
		distance*p.px*a[0] + cx*p.px*a[2], distance*p.px*b[0] + cx*p.px*b[2], cx * distance,
		distance*p.px*a[1] + cy*p.px*a[2], distance*p.px*b[1] + cy*p.px*b[2], cy * distance,
		p.px * a[2], p.px * b[2], distance,
	}
	return invert3(m)
}

func invert3(m [9]float64) [9]float64 {
	c := func(a, b, c, d int) float64 { return m[a]*m[d] - m[b]*m[c] }
	out := [9]float64{
		c(4, 5, 7, 8), -c(1, 2, 7, 8), c(1, 2, 4, 5),
		-c(3, 5, 6, 8), c(0, 2, 6, 8), -c(0, 2, 3, 5),
		c(3, 4, 6, 7), -c(0, 1, 6, 7), c(0, 1, 3, 4),
	}
	det := m[0]*out[0] + m[1]*out[3] + m[2]*out[6]
	for i := range out {
		out[i] /= det
	}
	return out
}

func apply(m [9]float64, x, y float64) (u, v float64) {
	z := m[6]*x + m[7]*y + m[8]
	return (m[0]*x + m[1]*y + m[2]) / z, (m[3]*x + m[4]*y + m[5]) / z
}

// picture is what the sensor makes of the scene.
func (s *scene) picture() picture {
	p := picture{pix: make([]byte, len(s.v)), w: s.w, h: s.h}
	for i, v := range s.v {
		p.pix[i] = byte(math.Round(min(max(v, 0), 255)))
	}
	return p
}

// noise adds noise of a standard deviation.
func (s *scene) noise(r *rand.Rand, sigma float64) {
	for i := range s.v {
		s.v[i] += r.NormFloat64() * sigma
	}
}

// blur takes the picture out of focus.
func (s *scene) blur(sigma float64) {
	radius := int(math.Ceil(3 * sigma))
	kernel := make([]float64, 2*radius+1)
	total := 0.0
	for i := range kernel {
		d := float64(i - radius)
		kernel[i] = math.Exp(-d * d / (2 * sigma * sigma))
		total += kernel[i]
	}
	for i := range kernel {
		kernel[i] /= total
	}
	s.convolve(kernel, 1, 0)
	s.convolve(kernel, 0, 1)
}

// drag moves the code sideways by so many pixels while the picture is taken.
func (s *scene) drag(pixels int) {
	kernel := make([]float64, pixels)
	for i := range kernel {
		kernel[i] = 1 / float64(pixels)
	}
	s.convolve(kernel, 1, 0)
}

func (s *scene) convolve(kernel []float64, dx, dy int) {
	out := make([]float64, len(s.v))
	for y := range s.h {
		for x := range s.w {
			sum := 0.0
			for i, k := range kernel {
				d := i - len(kernel)/2
				sx, sy := min(max(x+d*dx, 0), s.w-1), min(max(y+d*dy, 0), s.h-1)
				sum += k * s.v[sy*s.w+sx]
			}
			out[y*s.w+x] = sum
		}
	}
	s.v = out
}

// glare lets a lamp be mirrored at a place.
func (s *scene) glare(cx, cy, size, strength float64) {
	s.each(func(x, y, v float64) float64 {
		d := (x-cx)*(x-cx) + (y-cy)*(y-cy)
		return v + strength*math.Exp(-d/(2*size*size))
	})
}

// shade lets the light fall off to a part of itself from left to right, with a hard edge of shadow across.
func (s *scene) shade(least float64) {
	w, h := float64(s.w), float64(s.h)
	s.each(func(x, y, v float64) float64 {
		f := 1 - (1-least)*x/w
		if x/w+y/h < 0.9 {
			f *= 0.75
		}
		return v * f
	})
}

// grid lays the lines of a phone's screen over it, which beat with the pixels of the camera, and the band of its backlight.
func (s *scene) grid(period, depth float64) {
	s.each(func(x, y, v float64) float64 {
		f := 1 + depth*math.Sin(2*math.Pi*x/period)*math.Sin(2*math.Pi*y/(period*1.07))
		return v * f * (1 + depth/2*math.Sin(2*math.Pi*y/180))
	})
}

func (s *scene) each(f func(x, y, v float64) float64) {
	for y := range s.h {
		for x := range s.w {
			at := &s.v[y*s.w+x]
			*at = f(float64(x), float64(y), *at)
		}
	}
}

// ticket gives a text such as tickets have.
func ticket(r *rand.Rand, length int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	b := make([]byte, length)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

// plain gives a clean picture of a code, so many pixels a module.
func plain(tb testing.TB, text string, scale int) picture {
	tb.Helper()
	bits := modules(tb, text, qrcode.Medium)
	side := len(bits) * scale
	p := picture{pix: make([]byte, side*side), w: side, h: side}
	for i := range p.pix {
		if !bits[i/side/scale][i%side/scale] {
			p.pix[i] = 255
		}
	}
	return p
}

// on puts pictures side by side onto a white one.
func on(w, h int, parts map[[2]int]picture) picture {
	out := picture{pix: make([]byte, w*h), w: w, h: h}
	for i := range out.pix {
		out.pix[i] = 230
	}
	for at, p := range parts {
		for y := range p.h {
			copy(out.pix[(at[1]+y)*w+at[0]:], p.pix[y*p.w:(y+1)*p.w])
		}
	}
	return out
}

// finders tiles a picture with the corner marks of codes, so many pixels a module.
func finders(w, h, scale int) picture {
	p := picture{pix: make([]byte, w*h), w: w, h: h}
	for i := range p.pix {
		x, y := i%w/scale%9, i/w/scale%9
		ring := max(abs(x-4), abs(y-4))
		if ring == 2 || ring == 4 {
			p.pix[i] = 255
		}
	}
	return p
}

func abs(n int) int { return max(n, -n) }
