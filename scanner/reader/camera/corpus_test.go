package camera

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	qrcode "github.com/skip2/go-qrcode"
	"golang.org/x/sys/unix"
)

// hardship is one way in which a picture is worse than a drawing, at one level. Its floors are the parts of the pictures, in percent, in which
// the code must be found: in a still picture, and within five frames of a stream, the third part of a second.
type hardship struct {
	name        string
	still, live int
	spoil       func(r *rand.Rand, p *pose) func(s *scene)
}

// after makes a hardship of what happens to the light.
func after(f func(r *rand.Rand, s *scene)) func(*rand.Rand, *pose) func(*scene) {
	return func(r *rand.Rand, _ *pose) func(*scene) { return func(s *scene) { f(r, s) } }
}

// held makes a hardship of how the code is held or printed. A little noise is always there.
func held(f func(r *rand.Rand, p *pose)) func(*rand.Rand, *pose) func(*scene) {
	return func(r *rand.Rand, p *pose) func(*scene) {
		f(r, p)
		return func(s *scene) { s.noise(r, 2) }
	}
}

func sign(r *rand.Rand) float64 { return float64(2*r.IntN(2) - 1) }

// hardships is the corpus. Real photographs would be better and there are none that may be given away with the program; what stands here is
// made from a seed and the same on every machine, up to the last bit of a rounding.
func hardships() []hardship {
	noise := func(sigma float64) func(*rand.Rand, *scene) {
		return func(r *rand.Rand, s *scene) { s.noise(r, sigma) }
	}
	return []hardship{
		{"clean", 100, 100, after(noise(1))},
		{"noisy, sigma 15", 100, 100, after(noise(15))},
		{"noisy, sigma 30", 100, 100, after(noise(30))},
		{"noisy, sigma 50", 100, 100, after(noise(50))},
		{"rotated by any angle", 100, 100, held(func(r *rand.Rand, p *pose) { p.roll = r.Float64() * 360 })},
		{"tilted by 25 degrees", 100, 100, held(func(r *rand.Rand, p *pose) { p.tilt, p.pan = 25*sign(r), 10*sign(r) })},
		{"tilted by 40 degrees", 100, 100, held(func(r *rand.Rand, p *pose) { p.tilt, p.pan = 40*sign(r), 15*sign(r) })},
		{"tilted by 47 degrees", 87, 87, held(func(r *rand.Rand, p *pose) { p.tilt = 47 * sign(r) })},
		{"out of focus, sigma 1.5 px", 100, 100, after(func(r *rand.Rand, s *scene) { s.blur(1.5); s.noise(r, 3) })},
		{"out of focus, sigma 2.5 px", 62, 62, after(func(r *rand.Rand, s *scene) { s.blur(2.5); s.noise(r, 3) })},
		{"moving by 4 px", 100, 100, after(func(r *rand.Rand, s *scene) { s.drag(4); s.noise(r, 3) })},
		{"moving by 7 px", 100, 100, after(func(r *rand.Rand, s *scene) { s.drag(7); s.noise(r, 3) })},
		{"glare on a small spot", 87, 87, after(func(r *rand.Rand, s *scene) {
			s.glare(320+r.Float64()*120-60, 240+r.Float64()*120-60, 14, 300)
			s.noise(r, 3)
		})},
		{"glare on a large spot", 75, 75, after(func(r *rand.Rand, s *scene) {
			s.glare(320+r.Float64()*120-60, 240+r.Float64()*120-60, 26, 300)
			s.noise(r, 3)
		})},
		{"low light", 100, 100, func(r *rand.Rand, p *pose) func(*scene) {
			p.light, p.dark = 40, 12
			return func(s *scene) { s.noise(r, 5) }
		}},
		{"very low light", 87, 87, func(r *rand.Rand, p *pose) func(*scene) {
			p.light, p.dark = 22, 8
			return func(s *scene) { s.noise(r, 5) }
		}},
		{"low contrast", 100, 100, func(r *rand.Rand, p *pose) func(*scene) {
			p.light, p.dark = 140, 104
			return func(s *scene) { s.noise(r, 5) }
		}},
		{"uneven light with a shadow", 100, 100, after(func(r *rand.Rand, s *scene) { s.shade(0.25); s.noise(r, 3) })},
		{"white on black", 100, 100, held(func(_ *rand.Rand, p *pose) { p.light, p.dark = 25, 225 })},
		{"small, 3 px a module", 100, 100, held(func(r *rand.Rand, p *pose) { p.px = 3; p.roll = r.Float64() * 30 })},
		{"small, 2.2 px a module", 100, 100, held(func(r *rand.Rand, p *pose) { p.px = 2.2; p.roll = r.Float64() * 30 })},
		{"small, 1.7 px a module", 100, 100, held(func(r *rand.Rand, p *pose) { p.px = 1.7; p.roll = r.Float64() * 30 })},
		{"on a phone with a fine grid", 100, 100, after(func(r *rand.Rand, s *scene) { s.grid(2.3, 0.25); s.noise(r, 3) })},
		{"on a phone with a coarse grid", 100, 100, after(func(r *rand.Rand, s *scene) { s.grid(5.5, 0.3); s.noise(r, 3) })},
		{"everything a little", 75, 62, func(r *rand.Rand, p *pose) func(*scene) {
			p.tilt, p.pan, p.light, p.dark = 20*sign(r), 15*sign(r), 150, 50
			return func(s *scene) {
				s.blur(1.2)
				s.drag(3)
				s.shade(0.5)
				s.glare(320+r.Float64()*80, 240, 10, 150)
				s.noise(r, 8)
			}
		}},
	}
}

// each is how many pictures are made of a hardship.
const each = 8

// shoot makes picture number i of a hardship, 640 by 480, and gives the text on it.
func (h hardship) shoot(tb testing.TB, i int) (picture, string) {
	tb.Helper()
	r := rand.New(rand.NewPCG(uint64(i), 4))
	text := ticket(r, 56)
	p := pose{px: 5, roll: r.Float64()*30 - 15, dx: r.Float64()*60 - 30, dy: r.Float64()*40 - 20}
	spoil := h.spoil(r, &p)
	s := newScene(640, 480, 150)
	if p.light != 0 && p.light < 60 {
		s = newScene(640, 480, p.light*0.7)
	}
	s.place(modules(tb, text, qrcode.Medium), p)
	spoil(s)
	return s.picture(), text
}

func BenchmarkCorpus(b *testing.B) {
	for _, h := range hardships() {
		b.Run(h.name, func(b *testing.B) {
			pictures := make([]picture, each)
			for i := range pictures {
				pictures[i], _ = h.shoot(b, i)
			}
			b.ReportAllocs()
			d, n, found, began := &search{}, 0, 0, cpu(b)
			for b.Loop() {
				if _, err := d.live(pictures[n%each], 0, true); err == nil {
					found++
				}
				n++
			}
			b.ReportMetric(100*float64(found)/float64(n), "%found")
			b.ReportMetric(work(b, began)/float64(n), "cpu-ms/op")
		})
	}
}

// cpu gives the time the process has been at work: on a busy machine the wall clock tells nothing.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// work gives the milliseconds of work since a moment.
func work(tb testing.TB, since time.Duration) float64 {
	tb.Helper()
	return float64(cpu(tb)-since) / float64(time.Millisecond)
}

func BenchmarkFrame(b *testing.B) {
	for _, size := range [][2]int{{640, 480}, {1280, 720}} {
		empty := newScene(size[0], size[1], 120)
		empty.noise(rand.New(rand.NewPCG(1, 1)), 6)
		code := newScene(size[0], size[1], 120).place(modules(b, ticket(rand.New(rand.NewPCG(2, 2)), 56), qrcode.Medium), pose{px: 5, roll: 8})
		code.noise(rand.New(rand.NewPCG(1, 1)), 6)
		for name, p := range map[string]picture{
			"empty": empty.picture(), "with a code": code.picture(), "hostile": finders(size[0], size[1], 2),
		} {
			b.Run(fmt.Sprintf("%dx%d %s", size[0], size[1], name), func(b *testing.B) {
				b.ReportAllocs()
				d, n, found, began := &search{}, 0, 0, cpu(b)
				for b.Loop() {
					if _, err := d.live(p, n, true); err == nil {
						found++
					}
					n++
				}
				b.ReportMetric(100*float64(found)/float64(n), "%found")
				b.ReportMetric(work(b, began)/float64(n), "cpu-ms/op")
			})
		}
	}
}
