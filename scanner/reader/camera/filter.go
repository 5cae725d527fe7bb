package camera

// What is done to a picture in which no code was found as it is. Each helps against something else: measured over the corpus of the tests,
// smoothing and stretching finds every code in noise and in very low light where the plain picture gives few or none, doubling and smoothing
// most of those out of focus, doubling and sharpening all of those that are small.

// smoothed gives the mean over three by three pixels, in the memory of into. lines is memory for as many pixels. into may be the picture's own.
func (p picture) smoothed(into, lines []byte) picture {
	lines, into = grow(lines, len(p.pix)), grow(into, len(p.pix))
	for y := range p.h {
		row, out := p.pix[y*p.w:(y+1)*p.w], lines[y*p.w:(y+1)*p.w]
		last := len(row) - 1
		left, here := int(row[0]), int(row[0])
		for x := range out {
			right := int(row[min(x+1, last)])
			out[x] = byte((left + here + right + 1) / 3)
			left, here = here, right
		}
	}
	for y := range p.h {
		upper := lines[max(y-1, 0)*p.w:]
		here := lines[y*p.w:]
		lower := lines[min(y+1, p.h-1)*p.w:]
		out := into[y*p.w : (y+1)*p.w]
		for x := range out {
			out[x] = byte((int(upper[x]) + int(here[x]) + int(lower[x]) + 1) / 3)
		}
	}
	return picture{pix: into, w: p.w, h: p.h}
}

// stretch makes the darkest of the picture black and the lightest white, leaving one pixel in a hundred out of account at either end. The
// library takes an area with little contrast for blank.
func (p picture) stretch() {
	var many [256]int
	for _, v := range p.pix {
		many[v]++
	}
	least := len(p.pix) / 100
	dark, light := 0, 255
	for n := many[dark]; n <= least && dark < 255; n += many[dark] {
		dark++
	}
	for n := many[light]; n <= least && light > 0; n += many[light] {
		light--
	}
	if light <= dark || dark == 0 && light == 255 {
		return
	}
	var to [256]byte
	for v := range to {
		to[v] = byte(min(max((v-dark)*255/(light-dark), 0), 255))
	}
	for i, v := range p.pix {
		p.pix[i] = to[v]
	}
}

// sharpened gives the picture with three times its difference from a smooth one on top, in the memory of into. lines is memory for as many
// pixels.
func (p picture) sharpened(into, lines []byte) picture {
	smooth := p.smoothed(into, lines)
	for range 2 {
		smooth = smooth.smoothed(smooth.pix, lines)
	}
	for i, v := range p.pix {
		smooth.pix[i] = byte(min(max(4*int(v)-3*int(smooth.pix[i]), 0), 255))
	}
	return smooth
}

// doubled gives the picture at twice its size, with straight lines between the pixels, in the memory of into.
func (p picture) doubled(into []byte) picture {
	out := picture{pix: grow(into, 4*len(p.pix)), w: 2 * p.w, h: 2 * p.h}
	for y := range out.h {
		// The middle of a new pixel lies a quarter of an old one off the middle of the old one it is in.
		near, far := y/2, min(max(y/2-1+y%2*2, 0), p.h-1)
		a, b := p.pix[near*p.w:(near+1)*p.w], p.pix[far*p.w:(far+1)*p.w]
		row := out.pix[y*out.w : (y+1)*out.w]
		last := p.w - 1
		for x := range p.w {
			l, r := max(x-1, 0), min(x+1, last)
			here := 3*int(a[x]) + int(b[x])
			row[2*x] = byte((3*here + 3*int(a[l]) + int(b[l])) / 16)
			row[2*x+1] = byte((3*here + 3*int(a[r]) + int(b[r])) / 16)
		}
	}
	return out
}
