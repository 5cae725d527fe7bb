package signal_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/device/signal"
)

// Whoever was let in before a stop is let through: the gate opens for as long as
// ever, and once more for who waited.
func TestAStopLetsThroughWhoWasLetIn(t *testing.T) {
	const ms, rest = time.Millisecond, signal.Rest
	for _, c := range []struct {
		name   string
		how    string
		fired  int
		before time.Duration // between the first firing and the stop
		edges  []time.Duration
		took   time.Duration
	}{
		{"asked for right before the stop", "pulse=50ms", 1, 0, []time.Duration{0, 50 * ms}, 50 * ms},
		{"in the middle of the longest pulse", "pulse=2s", 1, 100 * ms, []time.Duration{0, 2000 * ms}, 1900 * ms},
		{"with one who waits", "pulse=300ms", 2, 100 * ms, []time.Duration{0, 300 * ms, 300*ms + rest, 600*ms + rest}, 500*ms + rest},
		{"with one who waits and two uncounted", "pulse=300ms", 4, 100 * ms, []time.Duration{0, 300 * ms, 300*ms + rest, 600*ms + rest}, 500*ms + rest},
		{"while the contacts part", "pulse=300ms", 1, 350 * ms, []time.Duration{0, 300 * ms}, 0},
		{"while a pattern is on", "pattern=100/100/100", 1, 50 * ms, []time.Duration{0, 100 * ms, 200 * ms, 300 * ms}, 250 * ms},
		{"while a pattern pauses", "pattern=100/100/100", 1, 150 * ms, []time.Duration{0, 100 * ms, 200 * ms, 300 * ms}, 150 * ms},
		{"with nobody let in", "pulse=2s", 0, 100 * ms, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &line{}
				o := signal.NewOutput(address(t, "gpio:gpiochip0/17?"+c.how), signal.NewLine(l, sinceNow()).Tap(), nil, nil)
				stop := run(t, o)
				for range c.fired {
					o.Fire()
					if c.fired > 1 {
						synctest.Wait()
					}
				}
				time.Sleep(c.before)
				began := time.Now()
				stop()
				edges, _ := l.history()
				if on, _, _ := l.state(); on || !slices.Equal(edges, c.edges) || time.Since(began) != c.took {
					t.Errorf("on %v, edges %v, want %v; stopping took %v, want %v", on, edges, c.edges, time.Since(began), c.took)
				}
			})
		})
	}
}

// However the stop and a firing meet, the gate opens or the firing came too late
// altogether: there is no opening that is too short to go through.
func TestAStopCutsNoPulseShort(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			l := &line{}
			o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=50ms"), l, nil, nil)
			stop := run(t, o)
			o.Fire()
			stop()
			if on, pulses, longest := l.state(); on || pulses != 1 || longest != 50*time.Millisecond {
				t.Fatalf("on %v, %d pulses, longest %v", on, pulses, longest)
			}
		})
	}
}

// A switch that does not obey keeps a stop no longer for having something to show.
func TestASwitchThatDoesNotObeyKeepsAStopForSeconds(t *testing.T) {
	for _, c := range []struct {
		name    string
		failing time.Duration // before the stop
	}{{"since before the stop", time.Second}, {"from the end of the last pulse on", 0}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &line{}
				o := signal.NewOutput(address(t, "gpio:gpiochip0/17?pulse=2s"), l, nil, nil)
				stop := run(t, o)
				l.change(func() { l.failing = 1 << 30 })
				o.Fire()
				synctest.Wait()
				o.Fire() // and one waits
				if c.failing > 0 {
					time.Sleep(2*time.Second + c.failing)
				}
				began := time.Now()
				stop()
				if took := time.Since(began); took > 5*time.Second+100*time.Millisecond {
					t.Errorf("stopping took %v", took)
				}
				if _, pulses, _ := l.state(); pulses != 1 {
					t.Errorf("%d pulses of a switch that cannot be switched off", pulses)
				}
			})
		})
	}
}
