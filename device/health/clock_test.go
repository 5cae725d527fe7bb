package health

import (
	"testing"
	"time"

	"gatescand/scanner/admission"
)

// machine is a computer whose clocks a test sets.
type machine struct {
	wall   time.Time
	boot   time.Duration
	synced bool
	asked  int
}

func (m *machine) system() System {
	return System{
		Wall:         func() time.Time { return m.wall },
		SinceBoot:    func() time.Duration { return m.boot },
		Synchronised: func() bool { m.asked++; return m.synced },
		BootID:       "boot-1",
	}
}

func (m *machine) pass(d time.Duration) { m.wall, m.boot = m.wall.Add(d), m.boot+d }

func evening() time.Time { return time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC) }

func TestClockTrust(t *testing.T) {
	t.Parallel()
	built := evening().AddDate(0, -1, 0)
	for name, tc := range map[string]struct {
		setUp   func(*machine, *Clock)
		trusted bool
		why     string
	}{
		"a clock nobody confirms is not trusted":             {func(*machine, *Clock) {}, false, "No time server and no platform has confirmed it since the start"},
		"a clock the kernel keeps synchronised is trusted":   {func(m *machine, _ *Clock) { m.synced = true }, true, ""},
		"a platform's Date near ours vouches":                {func(m *machine, c *Clock) { c.Vouch("a", m.wall.Add(90*time.Second), m.wall) }, true, ""},
		"a platform's Date two minutes behind still vouches": {func(m *machine, c *Clock) { c.Vouch("a", m.wall.Add(-2*time.Minute), m.wall) }, true, ""},
		"a platform's Date far off tells the difference":     {func(m *machine, c *Clock) { c.Vouch("a", m.wall.Add(3*time.Hour), m.wall) }, false, "A platform's clock differs from it by 3 hours"},
		"two platforms outvote one whose clock is lost": {func(m *machine, c *Clock) {
			c.Vouch("a", m.wall, m.wall)
			c.Vouch("b", m.wall, m.wall)
			c.Vouch("c", m.wall.Add(-72*time.Hour), m.wall)
		}, true, ""},
		"one platform's word stands against another's": {func(m *machine, c *Clock) {
			c.Vouch("b", m.wall.Add(-72*time.Hour), m.wall)
			c.Vouch("a", m.wall, m.wall)
		}, true, ""},
		"two platforms speak against the clock and one for it": {func(m *machine, c *Clock) {
			c.Vouch("a", m.wall, m.wall)
			c.Vouch("b", m.wall.Add(3*time.Hour), m.wall)
			c.Vouch("c", m.wall.Add(3*time.Hour), m.wall)
		}, false, "A platform's clock differs from it by 3 hours"},
		"a later Date far off takes the vouching back": {func(m *machine, c *Clock) {
			c.Vouch("a", m.wall, m.wall)
			c.Vouch("a", m.wall.Add(-72*time.Hour), m.wall)
		}, false, "A platform's clock differs from it by 3 days"},
		"a synchronised clock needs nobody's word":               {func(m *machine, c *Clock) { m.synced = true; c.Vouch("a", m.wall.Add(3*time.Hour), m.wall) }, true, ""},
		"no time before the program was made can be true":        {func(m *machine, _ *Clock) { m.synced = true; m.wall = built.Add(-time.Hour) }, false, "It shows a time before this program was made"},
		"no time before the newest journal row can be true":      {func(m *machine, c *Clock) { m.synced = true; c.SetFloor(m.wall.Add(time.Minute)) }, false, "It shows a time before the newest entry of the journal"},
		"a step back of a second by the time server is forgiven": {func(m *machine, c *Clock) { m.synced = true; c.SetFloor(m.wall.Add(time.Second)) }, true, ""},
		"the floor never goes back": {func(m *machine, c *Clock) {
			m.synced = true
			c.SetFloor(m.wall.Add(time.Hour))
			c.SetFloor(m.wall.Add(-time.Hour))
		}, false, "It shows a time before the newest entry of the journal"},
		"setting the clock voids a vouching":                {func(m *machine, c *Clock) { c.Vouch("a", m.wall, m.wall); m.wall = m.wall.Add(10 * time.Minute) }, false, "No time server and no platform has confirmed it since the start"},
		"a vouching lasts as long as the clock runs evenly": {func(m *machine, c *Clock) { c.Vouch("a", m.wall, m.wall); m.pass(9 * time.Hour) }, true, ""},
		"a vouching without a time is none":                 {func(m *machine, c *Clock) { c.Vouch("a", time.Time{}, m.wall) }, false, "No time server and no platform has confirmed it since the start"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &machine{wall: evening(), boot: time.Minute}
			c := NewClock(m.system(), built)
			tc.setUp(m, c)
			if got := c.Now().Trusted; got != tc.trusted {
				t.Errorf("trusted %v, want %v", got, tc.trusted)
			}
			if s := c.State(); s.Trusted != tc.trusted || s.Why != tc.why {
				t.Errorf("state %+v, want trusted %v because %q", s, tc.trusted, tc.why)
			}
		})
	}
}

func TestClockAVoidedVouchingStaysVoidWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	m := &machine{wall: evening(), boot: time.Minute}
	c := NewClock(m.system(), time.Time{})
	c.Vouch("a", m.wall, m.wall)
	m.wall = m.wall.Add(time.Hour)
	if c.Now().Trusted {
		t.Fatal("trusted after the clock was set")
	}
	m.wall = m.wall.Add(-time.Hour)
	if c.Now().Trusted {
		t.Error("trusted again without anybody's word")
	}
}

func TestClockAsksTheKernelAtMostOnceASecond(t *testing.T) {
	t.Parallel()
	m := &machine{wall: evening(), boot: time.Minute}
	c := NewClock(m.system(), time.Time{})
	for range 1000 {
		c.Now()
		m.pass(time.Millisecond)
	}
	if m.asked > 2 {
		t.Errorf("asked %d times in a second", m.asked)
	}
	m.synced = true
	m.pass(time.Second)
	if !c.Now().Trusted {
		t.Error("did not notice that the kernel is synchronised now")
	}
}

func TestClockNowDoesNotAllocate(t *testing.T) {
	sys, err := Kernel(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	c := NewClock(sys, time.Time{})
	c.Now()
	if n := testing.AllocsPerRun(1000, func() { c.Now() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestClockOnThisMachine(t *testing.T) {
	t.Parallel()
	sys, err := Kernel(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	c := NewClock(sys, time.Time{})
	a, b := c.Now(), c.Now()
	if a.Boot == "" || a.SinceBoot <= 0 || b.SinceBoot < a.SinceBoot || a.Wall.Location() != time.UTC {
		t.Errorf("stamps %+v, %+v", a, b)
	}
	if d, known := b.Since(a); !known || d < 0 || d > time.Minute {
		t.Errorf("since %v, %v", d, known)
	}
}

func TestClockCorrectsEarlierMomentsOfThisBoot(t *testing.T) {
	t.Parallel()
	m := &machine{wall: time.Date(1970, 1, 1, 0, 5, 0, 0, time.UTC), boot: 5 * time.Minute}
	c := NewClock(m.system(), evening().AddDate(0, -1, 0))
	scan := c.Now()
	if _, ok := c.Correct(scan); ok {
		t.Error("corrected from a clock that is not trusted itself")
	}
	m.pass(10 * time.Minute)
	m.wall, m.synced = evening(), true
	m.pass(time.Second)
	if wall, ok := c.Correct(scan); !ok || !wall.Equal(evening().Add(-10*time.Minute)) {
		t.Errorf("corrected to %v, %v", wall, ok)
	}
	if _, ok := c.Correct(admission.Stamp{Boot: "boot-0", SinceBoot: time.Minute}); ok {
		t.Error("corrected a moment of another boot")
	}
}

func BenchmarkClockNow(b *testing.B) {
	sys, err := Kernel(time.Now)
	if err != nil {
		b.Fatal(err)
	}
	c := NewClock(sys, time.Time{})
	b.ReportAllocs()
	for b.Loop() {
		c.Now()
	}
}

func TestSkewIsToldOfEachSourceAndForgottenWhenTheClockIsSet(t *testing.T) {
	m := &machine{wall: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), synced: true}
	c := NewClock(m.system(), time.Time{})
	c.Vouch("a", m.wall, m.wall)
	c.Vouch("b", m.wall.Add(7*time.Minute), m.wall)
	if ahead, far := c.Skew("a"); ahead != 0 || far {
		t.Errorf("a: %v, %v", ahead, far)
	}
	if ahead, far := c.Skew("b"); ahead != 7*time.Minute || !far {
		t.Errorf("b: %v, %v", ahead, far)
	}
	m.wall = m.wall.Add(7 * time.Minute)
	if ahead, far := c.Skew("b"); ahead != 0 || far {
		t.Errorf("b, after the clock was set: %v, %v", ahead, far)
	}
}
