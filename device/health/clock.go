package health

import (
	"strconv"
	"sync"
	"time"

	"gatescand/scanner/admission"
)

const (
	kernelEvery  = time.Second     // at most this often the kernel is asked
	vouchWithin  = 2 * time.Minute // a server's Date this near to ours vouches for it
	jumpOver     = time.Second     // the wall clock was set, not slewed
	floorSlack   = 5 * time.Second // a clock may be set back a little by its time server
	noSkew       = time.Duration(0)
	dateCoarsens = time.Second // a Date header leaves out the parts of a second
)

// Clock tells the time and whether it can be relied on. Its methods may be
// called from any goroutine; [Clock.Now] does not allocate.
type Clock struct {
	sys   System
	built time.Time

	mu     sync.Mutex
	floor  time.Time     // wall time of the newest trusted journal row
	asked  time.Duration // since boot, when the kernel was last asked
	known  bool          // whether it has been asked at all
	synced bool
	skews  map[string]time.Duration // by source, since the wall clock was last set
	drift  time.Duration            // wall clock less time since boot when skews were measured
	last   string                   // the source that spoke last
}

// State is what the clock believes of itself.
type State struct {
	Trusted bool
	Why     string        // why not, in words; "" when trusted
	Skew    time.Duration // a server's time less ours, where one contradicted us
	// Cause is Why for programs: before_build, before_journal, contradicted or
	// unconfirmed; "" when trusted.
	Cause string
	// Synchronised says that the kernel follows a time server, For and Against how
	// many platforms' clocks agree and disagree with ours.
	Synchronised bool
	For, Against int
}

// NewClock makes a clock on the machine's. built is when the program was made:
// no earlier time can be true; zero where unknown.
func NewClock(sys System, built time.Time) *Clock {
	return &Clock{sys: sys, built: built}
}

// Now gives the present moment.
func (c *Clock) Now() admission.Stamp {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, boot := c.read()
	return admission.Stamp{Wall: wall, Trusted: c.doubt(wall, boot) == sure, Boot: c.sys.BootID, SinceBoot: boot}
}

// State says whether the clock is trusted, and why not.
func (c *Clock) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.doubt(c.read())
	s := State{Trusted: d == sure, Why: d.words(), Cause: d.cause(), Synchronised: c.synced}
	s.For, s.Against = c.votes()
	if skew := c.contradiction(); d == unsynchronised && skew != noSkew {
		s.Skew, s.Cause = skew, "contradicted"
		s.Why = "A platform's clock differs from it by " + roughly(skew)
	}
	return s
}

// Skew tells by how much the clock of a source is ahead of ours as far as we
// know, and whether that is too much to be right.
func (c *Clock) Skew(source string) (ahead time.Duration, far bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgetIfSet(c.read())
	ahead = c.skews[source]
	return ahead, ahead.Abs() > vouchWithin
}

// SetFloor tells the wall time of the newest journal row that was written
// under a trusted clock; an earlier time cannot be true. It never goes back.
func (c *Clock) SetFloor(newest time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if newest.After(c.floor) {
		c.floor = newest
	}
}

// Vouch takes the Date that a platform's server sent and our wall time when it
// came. A Date near ours makes the clock trusted for this boot, until the wall
// clock is set. Of each source the last word counts; where sources contradict
// each other, the clock is trusted unless more speak against it than for it. A
// clock that the kernel keeps synchronised needs nobody's word.
func (c *Clock) Vouch(source string, server, received time.Time) {
	if server.IsZero() || received.IsZero() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	skew := server.Sub(received)
	if skew < 0 && skew > -dateCoarsens {
		skew = noSkew
	}
	wall, boot := c.read()
	c.forgetIfSet(wall, boot)
	if c.skews == nil {
		c.skews = make(map[string]time.Duration)
	}
	if len(c.skews) == 0 {
		c.drift = driftOf(wall, boot)
	}
	c.skews[source], c.last = skew, source
}

// forgetIfSet forgets what was measured against a wall clock that has been set
// since. The lock is held.
func (c *Clock) forgetIfSet(wall time.Time, boot time.Duration) {
	if len(c.skews) > 0 && (driftOf(wall, boot)-c.drift).Abs() > jumpOver {
		clear(c.skews)
	}
}

// vouched tells whether the sources vouch for the clock. The lock is held.
func (c *Clock) vouched() bool {
	near, far := c.votes()
	return near > 0 && near >= far
}

// votes counts the sources for and against the clock. The lock is held.
func (c *Clock) votes() (near, far int) {
	for _, skew := range c.skews {
		if skew.Abs() <= vouchWithin {
			near++
		} else {
			far++
		}
	}
	return near, far
}

// contradiction gives what the source that spoke last says against the clock,
// or any other that does. The lock is held.
func (c *Clock) contradiction() time.Duration {
	if skew := c.skews[c.last]; skew.Abs() > vouchWithin {
		return skew
	}
	for _, skew := range c.skews {
		if skew.Abs() > vouchWithin {
			return skew
		}
	}
	return noSkew
}

// Correct gives the true wall time of an earlier moment of this boot, counted
// back from a clock that is trusted now. ok is false when it cannot be known.
func (c *Clock) Correct(earlier admission.Stamp) (wall time.Time, ok bool) {
	now := c.Now()
	if !now.Trusted || earlier.Boot == "" || earlier.Boot != now.Boot || earlier.SinceBoot > now.SinceBoot {
		return time.Time{}, false
	}
	return now.Wall.Add(earlier.SinceBoot - now.SinceBoot), true
}

// Report raises or clears [ClockUntrusted].
func (c *Clock) Report(r *Registry) {
	s := c.State()
	r.Set(!s.Trusted, ClockUntrusted, "", s.Why)
}

func (c *Clock) read() (wall time.Time, boot time.Duration) {
	return c.sys.Wall().Round(0).UTC(), c.sys.SinceBoot()
}

// doubt says what speaks against the clock. The lock is held.
func (c *Clock) doubt(wall time.Time, boot time.Duration) doubt {
	if !c.known || boot-c.asked >= kernelEvery || boot < c.asked {
		c.known, c.asked, c.synced = true, boot, c.sys.Synchronised()
	}
	c.forgetIfSet(wall, boot)
	switch {
	case wall.Before(c.built):
		return beforeBuild
	case wall.Before(c.floor.Add(-floorSlack)):
		return beforeJournal
	case !c.synced && !c.vouched():
		return unsynchronised
	}
	return sure
}

// driftOf is how far the wall clock is ahead of the time since boot. It stays
// the same until somebody sets the wall clock.
func driftOf(wall time.Time, boot time.Duration) time.Duration {
	return wall.Sub(time.Unix(0, 0)) - boot
}

// doubt is what speaks against the clock.
type doubt uint8

const (
	sure doubt = iota
	beforeBuild
	beforeJournal
	unsynchronised
)

func (d doubt) words() string {
	switch d {
	case sure:
		return ""
	case beforeBuild:
		return "It shows a time before this program was made"
	case beforeJournal:
		return "It shows a time before the newest entry of the journal"
	case unsynchronised:
		return "No time server and no platform has confirmed it since the start"
	}
	return ""
}

// cause is words for programs.
func (d doubt) cause() string {
	switch d {
	case sure:
		return ""
	case beforeBuild:
		return "before_build"
	case beforeJournal:
		return "before_journal"
	case unsynchronised:
		return "unconfirmed"
	}
	return ""
}

// roughly tells a difference in the unit that fits it.
func roughly(d time.Duration) string {
	d = d.Abs()
	if d >= 48*time.Hour {
		d = d.Round(24 * time.Hour)
		return plural(int64(d/(24*time.Hour)), "day")
	}
	if d >= 2*time.Hour {
		return plural(int64(d.Round(time.Hour)/time.Hour), "hour")
	}
	return plural(int64(d.Round(time.Minute)/time.Minute), "minute")
}

func plural(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.FormatInt(n, 10) + " " + unit + "s"
}
