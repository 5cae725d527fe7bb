package admin

import (
	"strings"
	"time"

	"gatescand/scanner/admission"
)

// Languages gives the tags of the languages spoken at the door and on the
// page; the first is what others fall back to.
func Languages() []string { return []string{"en", "fr", "de"} }

// speech is everything the station can say of a scan in one language.
type speech struct {
	door     map[admission.Reason]string // for whoever stands at the door
	reasons  map[admission.Reason]phrase // for staff
	grounds  map[admission.Grounds]string
	checked  string // an admission on a check lane, at the door
	checkedH string // the same for staff

	// Sentences, and parts of them, with %s where a word goes.
	usedAt    string // a time of day
	usedOn    string // a day and a time
	usedOnce  string // used, nobody knows when
	atLane    string // a lane
	atStation string // another station
	platform  string // where only the platform's word tells of a use
	event     string // the name of an event
	from      string // a moment
	until     string // a moment
	dayLayout string // of a day and a time
}

// phrase is a reason in words: a headline for a glance and what to know or do.
type phrase struct{ head, detail string }

func speak(lang string) speech {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	switch base {
	case "fr":
		return french()
	case "de":
		return german()
	}
	return english()
}

// Message gives the words for whoever stands at the door. It tells no name, no
// ticket and nothing of an earlier use.
func Message(lang string, c admission.CheckIn) string {
	sp := speak(lang)
	if c.Verdict == admission.Admit && c.Direction == admission.Check {
		return sp.checked
	}
	if c.Verdict == admission.Hold {
		return sp.door[admission.ReasonAmbiguous] // somebody will come
	}
	if m, ok := sp.door[saidOf(c)]; ok {
		return m
	}
	return sp.door[admission.ReasonUnknown]
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
func Headline(lang string, c admission.CheckIn) string {
	sp := speak(lang)
	if c.Verdict == admission.Admit && c.Direction == admission.Check {
		return sp.checkedH
	}
	if p, ok := sp.reasons[saidOf(c)]; ok {
		return p.head
	}
	return string(c.Reason)
}

// Detail tells staff in one or two sentences what lies behind the verdict: for
// an earlier use when and where, for another event which, for a window when,
// for an admission its grounds. event is its name, "" where unknown; times are
// told in zone.
func Detail(lang string, c admission.CheckIn, event string, zone *time.Location) string {
	sp := speak(lang)
	parts := make([]string, 0, 3)
	if p := sp.reasons[saidOf(c)].detail; p != "" {
		parts = append(parts, p)
	}
	switch c.Reason {
	case admission.ReasonAlreadyRedeemed:
		if c.Previous != nil {
			parts = append(parts, sp.use(*c.Previous, c.At.Wall, zone))
		}
	case admission.ReasonWrongEvent:
		if event == "" {
			event = c.Event
		}
		if event != "" {
			parts = append(parts, fill(sp.event, event))
		}
	case admission.ReasonWrongProduct:
		if c.Product != "" {
			parts = append(parts, c.Product+".")
		}
	case admission.ReasonNotYetValid:
		if from, _ := c.Window.Bounds(); !from.IsZero() {
			parts = append(parts, fill(sp.from, sp.when(from, c.At.Wall, zone)))
		}
	case admission.ReasonExpired:
		if _, until := c.Window.Bounds(); !until.IsZero() {
			parts = append(parts, fill(sp.until, sp.when(until, c.At.Wall, zone)))
		}
	case admission.ReasonJournalUnavailable, admission.ReasonClosed, admission.ReasonUnreadable, admission.ReasonForged,
		admission.ReasonAmbiguous, admission.ReasonExit, admission.ReasonRevoked, admission.ReasonCanceled,
		admission.ReasonUnpaid, admission.ReasonClockUntrusted, admission.ReasonUnlisted, admission.ReasonUnknown,
		admission.ReasonFull, admission.ReasonAdmitted:
	}
	if g := sp.grounds[c.Grounds]; g != "" {
		parts = append(parts, g)
	}
	return strings.Join(parts, " ")
}

// use tells of an earlier use.
func (sp speech) use(u admission.Use, now time.Time, zone *time.Location) string {
	var b strings.Builder
	switch {
	case u.At.IsZero():
		b.WriteString(sp.usedOnce)
	case sameDay(u.At.In(zone), now.In(zone)):
		b.WriteString(fill(sp.usedAt, sp.when(u.At, now, zone)))
	default:
		b.WriteString(fill(sp.usedOn, sp.when(u.At, now, zone)))
	}
	if u.Lane != "" {
		b.WriteString(", " + fill(sp.atLane, u.Lane))
	}
	switch u.By {
	case admission.OtherStation:
		b.WriteString(", " + fill(sp.atStation, u.Station))
	case admission.ByPlatform:
		b.WriteString(", " + sp.platform)
	case admission.Here:
	}
	b.WriteByte('.')
	return upperFirst(b.String())
}

// when tells a time of day, with the day when it is not today.
func (sp speech) when(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	if sameDay(t, now) {
		return t.Format(time.TimeOnly)
	}
	return t.Format(sp.dayLayout)
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// fill puts word into the one place of a sentence.
func fill(sentence, word string) string {
	return strings.Replace(sentence, "%s", word, 1)
}

// upperFirst begins a sentence; our own words are all that it may change.
func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
