//go:build !race

package camera

import "testing"

// This is one goroutine's arithmetic: the race detector would find nothing in it and take twenty times as long. It runs without the detector.

func TestCodesAreFoundInSpoiltPicturesAsOftenAsPromised(t *testing.T) {
	t.Parallel()
	for _, h := range hardships() {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			still, live := 0, 0
			for i := range each {
				p, text := h.shoot(t, i)
				result, err := Decode(p.pix, p.w, p.h)
				if err == nil {
					still++
					if string(result.Code) != text {
						t.Errorf("picture %d: %q was read as %q", i, text, result.Code)
					}
				}
				// A third of a second in view, at fifteen frames a second.
				d := &search{}
				for n := range 5 {
					if symbols, err := d.live(p, n, true); err == nil && string(symbols[0].code) == text {
						live++
						break
					}
				}
			}
			t.Logf("%-32s still %3d %%, five frames %3d %%", h.name, 100*still/each, 100*live/each)
			if 100*still < h.still*each || 100*live < h.live*each {
				t.Errorf("found in %d %% of the pictures and %d %% of the views, promised are %d %% and %d %%",
					100*still/each, 100*live/each, h.still, h.live)
			}
		})
	}
}
