package admin

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gatescand/device/admin/words"
	"gatescand/scanner/admission"
)

// Message gives the words for whoever stands at the door. It tells no name, no
// ticket and nothing of an earlier use.
func Message(sp words.Speaker, c admission.CheckIn) string {
	if c.Direction == admission.Undo {
		return "" // nobody stands there
	}
	if c.Verdict == admission.Admit && c.Direction == admission.Check {
		return sp.T("door_checked")
	}
	if c.Verdict == admission.Hold {
		return sp.T("door_ambiguous") // somebody will come
	}
	if id := "door_" + string(saidOf(c)); sp.Has(id) {
		return sp.T(id)
	}
	return sp.T("door_unknown")
}

// saidOf gives the reason whose words fit a check-in. Whoever is let in although
// no list knows the ticket is welcome like anybody else; the grounds say the
// rest to staff.
func saidOf(c admission.CheckIn) admission.Reason {
	if c.Verdict == admission.Admit && (c.Reason == admission.ReasonUnlisted || c.Reason == admission.ReasonUnknown) {
		return admission.ReasonAdmitted
	}
	return c.Reason
}

// Headline gives the reason in two or three words for staff.
func Headline(sp words.Speaker, c admission.CheckIn) string {
	if c.Verdict == admission.Admit && c.Direction == admission.Check {
		return sp.T("reason_checked")
	}
	if id := "reason_" + string(saidOf(c)); sp.Has(id) {
		return sp.T(id)
	}
	return string(c.Reason)
}

// Detail tells staff in one or two sentences what lies behind the verdict: for
// an earlier use when and where, for another event which, for a window when,
// for an admission its grounds. event is its name, "" where unknown; times are
// told in zone.
func Detail(sp words.Speaker, c admission.CheckIn, event string, zone *time.Location) string {
	parts := make([]string, 0, 3)
	say := func(id string, places ...any) {
		if sp.Has(id) {
			parts = append(parts, sp.T(id, places...))
		}
	}
	say("reason_" + string(saidOf(c)) + "_more")
	switch c.Reason {
	case admission.ReasonAlreadyRedeemed:
		if c.Previous != nil {
			parts = append(parts, useOf(sp, *c.Previous, c.At.Wall, zone))
		}
	case admission.ReasonWrongEvent:
		if event == "" {
			event = c.Event
		}
		if event != "" {
			say("about_event", "Word", event)
		}
	case admission.ReasonWrongProduct:
		if c.Product != "" {
			parts = append(parts, c.Product+".")
		}
	case admission.ReasonNotYetValid:
		if from, _ := c.Window.Bounds(); !from.IsZero() {
			say("window_from", "Word", whenIn(sp, from, c.At.Wall, zone))
		}
	case admission.ReasonExpired:
		if _, until := c.Window.Bounds(); !until.IsZero() {
			say("window_until", "Word", whenIn(sp, until, c.At.Wall, zone))
		}
	case admission.ReasonJournalUnavailable, admission.ReasonClosed, admission.ReasonUnreadable, admission.ReasonForged,
		admission.ReasonAmbiguous, admission.ReasonExit, admission.ReasonRevoked, admission.ReasonCanceled,
		admission.ReasonUnpaid, admission.ReasonClockUntrusted, admission.ReasonUnlisted, admission.ReasonUnknown,
		admission.ReasonFull, admission.ReasonAdmitted, admission.ReasonUndone:
	}
	if c.Direction == admission.Undo {
		return strings.Join(append(parts, undoneOf(sp, c, zone)...), " ")
	}
	say("grounds_" + string(c.Grounds))
	return strings.Join(parts, " ")
}

// undoneOf tells which admission was taken back.
func undoneOf(sp words.Speaker, c admission.CheckIn, zone *time.Location) []string {
	if c.Previous == nil || c.Previous.At.IsZero() {
		return nil
	}
	id := "people_undone_on"
	if sameDay(c.Previous.At.In(zone), c.At.Wall.In(zone)) {
		id = "people_undone_at"
	}
	return []string{sp.T(id, "Word", whenIn(sp, c.Previous.At, c.At.Wall, zone), "Lane", c.Previous.Lane)}
}

// useOf tells of an earlier use.
func useOf(sp words.Speaker, u admission.Use, now time.Time, zone *time.Location) string {
	parts := make([]string, 0, 3)
	switch {
	case u.At.IsZero():
		parts = append(parts, sp.T("use_once"))
	case sameDay(u.At.In(zone), now.In(zone)):
		parts = append(parts, sp.T("use_at", "Word", whenIn(sp, u.At, now, zone)))
	default:
		parts = append(parts, sp.T("use_on", "Word", whenIn(sp, u.At, now, zone)))
	}
	if u.Lane != "" {
		parts = append(parts, sp.T("use_lane", "Word", u.Lane))
	}
	switch u.By {
	case admission.OtherStation:
		parts = append(parts, sp.T("use_station", "Word", u.Station))
	case admission.ByPlatform:
		parts = append(parts, sp.T("use_platform"))
	case admission.Here:
	}
	return upperFirst(strings.Join(parts, ", ") + ".")
}

// whenIn tells a time of day, with the day when it is not today.
func whenIn(sp words.Speaker, t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	if sameDay(t, now) {
		return t.Format(time.TimeOnly)
	}
	return t.Format(sp.T("day_layout"))
}

// whenExactly is whenIn with the name of the zone where the clocks show that
// time of day twice.
func whenExactly(sp words.Speaker, t, now time.Time, zone *time.Location) string {
	text := whenIn(sp, t, now, zone)
	if shownTwice(t, zone) {
		text += " " + t.In(zone).Format("MST")
	}
	return text
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// upperFirst begins a sentence, in any alphabet.
func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || r == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}
