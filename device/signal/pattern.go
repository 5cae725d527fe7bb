package signal

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The bounds of a pattern.
const (
	// MaxPattern is how long a whole pattern takes at most.
	MaxPattern = 5 * time.Second
	// MinStep is the shortest time on or off that a lamp or buzzer makes
	// something of.
	MinStep = 20 * time.Millisecond
	// maxSteps keeps what is written in a configuration readable.
	maxSteps = 49
)

// Pattern is what an output does for one showing: on, off, on and so on, for
// these times. It begins and ends with on.
type Pattern []time.Duration

// ParsePattern reads milliseconds joined by slashes, on first: 200/150/200.
func ParsePattern(text string) (Pattern, error) {
	words := strings.Split(text, "/")
	if len(words)%2 == 0 {
		return nil, errors.New("a pattern begins and ends with on, so it has an odd number of times, as in 200/150/200")
	}
	if len(words) > maxSteps {
		return nil, fmt.Errorf("a pattern has %d times at most", maxSteps)
	}
	p := make(Pattern, 0, len(words))
	for _, word := range words {
		ms, err := strconv.ParseUint(word, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("%q is no time; write milliseconds joined by slashes, as in 200/150/200", word)
		}
		step := time.Duration(ms) * time.Millisecond
		if step < MinStep {
			return nil, fmt.Errorf("%d ms is too short to be seen or heard; write %d or more", ms, MinStep.Milliseconds())
		}
		p = append(p, step)
	}
	if total := p.Length(); total > MaxPattern {
		return nil, fmt.Errorf("it takes %s; a pattern takes %s at most", total, MaxPattern)
	}
	if stretch := p.stretch(); stretch > MaxPulse {
		return nil, fmt.Errorf("it is on for %s at a stretch; write %s at most, or pauses of %d ms and more, which part the contacts of a relay",
			stretch, MaxPulse, Rest.Milliseconds())
	}
	return p, nil
}

// DefaultRhythm is what an output does whose address says neither pulse nor
// pattern: one opening for an admission, three short flashes for a refusal, two
// long ones for a hold. They stay below three flashes a second, which is what
// people with photosensitive epilepsy bear.
func DefaultRhythm(k Kind) Pattern {
	const ms = time.Millisecond
	switch k {
	case Refuse:
		return Pattern{200 * ms, 150 * ms, 200 * ms, 150 * ms, 200 * ms}
	case Hold:
		return Pattern{600 * ms, 300 * ms, 600 * ms}
	case Admit:
	}
	return Pattern{DefaultPulse}
}

// String gives the pattern as an address has it.
func (p Pattern) String() string {
	var words []string
	for _, step := range p {
		words = append(words, strconv.FormatInt(step.Milliseconds(), 10))
	}
	return strings.Join(words, "/")
}

// Length is how long the whole pattern takes.
func (p Pattern) Length() time.Duration {
	var total time.Duration
	for _, step := range p {
		total += step
	}
	return total
}

// longest is the longest time it is on.
func (p Pattern) longest() time.Duration {
	var longest time.Duration
	for i := 0; i < len(p); i += 2 {
		longest = max(longest, p[i])
	}
	return longest
}

// stretch is the longest time it is on when pauses that are too short for the
// contacts of a relay do not count as off.
func (p Pattern) stretch() time.Duration {
	var longest, now time.Duration
	for i, step := range p {
		if i%2 == 1 && step >= Rest {
			now = 0
			continue
		}
		now += step
		if i%2 == 0 {
			longest = max(longest, now)
		}
	}
	return longest
}

// resembles tells whether people could take one for the other: the same number
// of flashes, none of them twice as long as its counterpart.
func (p Pattern) resembles(q Pattern) bool {
	if len(p) != len(q) {
		return false
	}
	for i := range p {
		if i%2 == 0 && max(p[i], q[i]) >= 2*min(p[i], q[i]) {
			return false
		}
	}
	return true
}
