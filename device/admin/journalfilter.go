package admin

import (
	"net/url"
	"slices"
	"time"

	"gatescand/scanner/admission"
)

// The longest filters anybody means.
const (
	filterLongest = 300
	filterLayout  = "2006-01-02T15:04"
)

// journalFields are the names of the filters in the address of the journal, in
// the order of the form.
func journalFields() []string {
	return []string{"lane", "verdict", "reason", "account", "from", "until", "ticket", "hand"}
}

// readFilter reads the filters of an address. Times of day are the station's.
// bad is the name of the first filter that is not what it should be, "" for none.
func readFilter(q url.Values, zone *time.Location) (f JournalFilter, bad string) {
	for _, name := range journalFields() {
		if len(q.Get(name)) > filterLongest {
			return JournalFilter{}, name
		}
	}
	f = JournalFilter{
		Lane: q.Get("lane"), Verdict: admission.Verdict(q.Get("verdict")), Reason: admission.Reason(q.Get("reason")),
		Account: q.Get("account"), Ticket: q.Get("ticket"),
	}
	switch f.Verdict {
	case "", admission.Admit, admission.Refuse, admission.Hold:
	default:
		return JournalFilter{}, "verdict"
	}
	if f.Reason != "" && !slices.Contains(journalReasons(), f.Reason) {
		return JournalFilter{}, "reason"
	}
	var ok bool
	if f.Since, ok = momentOf(q.Get("from"), zone, false); !ok {
		return JournalFilter{}, "from"
	}
	if f.Until, ok = momentOf(q.Get("until"), zone, true); !ok {
		return JournalFilter{}, "until"
	}
	switch q.Get("hand") {
	case "", "0":
	case "1":
		f.ByHand = true
	default:
		return JournalFilter{}, "hand"
	}
	return f, ""
}

// journalReasons lists the reasons that rows of the journal have: those of the
// ladder, and that of an undo.
func journalReasons() []admission.Reason {
	return append(admission.Reasons(), admission.ReasonUndone)
}

// filterWants says what a filter must be, for programs.
func filterWants(name string) string {
	switch name {
	case "verdict":
		return "admit, refuse or hold"
	case "reason":
		return "one of the reasons of the ladder, or undone"
	case "from", "until":
		return "a time of day at the station such as 2026-11-21T19:00, or one with its distance from UTC"
	case "hand":
		return "1 or 0"
	}
	return "shorter than 300 bytes"
}

// momentOf reads a time of day of the station, or a moment with its distance
// from UTC; the zero time for "". Where the clocks go back, a time of day
// happens twice: it is the first of the two, on wish the later. One that the
// clocks skip is what they show just before or after.
func momentOf(text string, zone *time.Location, later bool) (t time.Time, ok bool) {
	if text == "" {
		return time.Time{}, true
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, sane(t)
	}
	for _, layout := range []string{filterLayout, filterLayout + ":05", time.DateOnly} {
		if wall, err := time.Parse(layout, text); err == nil {
			t := onClock(wall, zone, later)
			return t, sane(t)
		}
	}
	return time.Time{}, false
}

// sane keeps out years that no journal knows and no database counts.
func sane(t time.Time) bool { return t.Year() >= 1970 && t.Year() < 2200 }

// onClock gives the moment at which the clocks of zone show what wall, which
// is in UTC, says: of two the first or the later.
func onClock(wall time.Time, zone *time.Location, later bool) time.Time {
	_, before := wall.AddDate(0, 0, -1).In(zone).Zone()
	_, after := wall.AddDate(0, 0, 1).In(zone).Zone()
	one := wall.Add(-time.Duration(before) * time.Second)
	two := wall.Add(-time.Duration(after) * time.Second)
	shows := func(t time.Time) bool {
		return t.In(zone).Format(time.DateTime) == wall.Format(time.DateTime)
	}
	switch {
	case shows(one) && !shows(two):
		return one
	case shows(two) && !shows(one):
		return two
	}
	if one.After(two) == later {
		return one
	}
	return two
}

// shownTwice tells whether the clocks of zone show the time of day of t at
// another moment too, because they go back.
func shownTwice(t time.Time, zone *time.Location) bool {
	local := t.In(zone)
	wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
	return !onClock(wall, zone, false).Equal(onClock(wall, zone, true))
}
