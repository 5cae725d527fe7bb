package configs

import (
	"strings"
	"time"
)

// ReentryKind is the sort of a re-entry rule.
type ReentryKind int

// The kinds of re-entry.
const (
	// ReentryNever: a ticket enters once.
	ReentryNever ReentryKind = iota
	// ReentryAfterExit: a ticket that was seen leaving may enter again.
	ReentryAfterExit
	// ReentryAfterTime: a ticket may enter again once Reentry.After has passed.
	ReentryAfterTime
	// ReentryUnlimited: a ticket may enter as often as it is shown.
	ReentryUnlimited
)

// Reentry is the rule for a ticket that has been used.
type Reentry struct {
	Kind ReentryKind
	// After is the wait of ReentryAfterTime, else 0.
	After time.Duration
}

// String returns the rule as it is written in the file.
func (r Reentry) String() string {
	switch r.Kind {
	case ReentryNever:
		return "never"
	case ReentryAfterExit:
		return "after-exit"
	case ReentryAfterTime:
		return "after " + durationText(r.After)
	case ReentryUnlimited:
		return "unlimited"
	}
	return "never"
}

// parseReentry reads a rule; ok is false when it is none. The range of the wait
// is the caller's to judge.
func parseReentry(s string) (rule Reentry, ok bool) {
	switch s {
	case "never":
		return Reentry{Kind: ReentryNever}, true
	case "after-exit":
		return Reentry{Kind: ReentryAfterExit}, true
	case "unlimited":
		return Reentry{Kind: ReentryUnlimited}, true
	}
	wait, found := strings.CutPrefix(s, "after ")
	if !found {
		return Reentry{}, false
	}
	d, err := time.ParseDuration(strings.TrimSpace(wait))
	if err != nil {
		return Reentry{}, false
	}
	return Reentry{Kind: ReentryAfterTime, After: d}, true
}

// durationText writes a duration the way a person would: 15m, not 15m0s.
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
