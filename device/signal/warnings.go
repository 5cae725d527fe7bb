package signal

import (
	"fmt"
	"slices"
	"strings"
)

// Warnings says what people at the gate could not tell apart: verdicts that
// differ only by which lamp is lit, and so by its colour, and verdicts that show
// nothing where others do. It also tells when what seems to open the gate blinks.
// Nothing configured is nothing to warn of: there may be a screen.
func Warnings(admit, refuse, hold []Address) []string {
	if len(admit)+len(refuse)+len(hold) == 0 {
		return nil
	}
	verdicts := []verdict{newVerdict(Admit, admit), newVerdict(Refuse, refuse), newVerdict(Hold, hold)}
	var warnings []string
	for i, a := range verdicts {
		for _, b := range verdicts[i+1:] {
			if words := a.confused(b); words != "" {
				warnings = append(warnings, words)
			}
		}
	}
	if once := func(p Pattern) bool { return len(p) == 1 }; len(verdicts[0].rhythms) > 0 && !slices.ContainsFunc(verdicts[0].rhythms, once) {
		warnings = append(warnings, "admit only blinks: a relay that blinks opens the gate once for every flash; "+
			"write pulse= for what opens the gate, and pattern= for a lamp or buzzer beside it")
	}
	return warnings
}

// verdict is what one kind shows.
type verdict struct {
	kind    Kind
	rhythms []Pattern
	heard   []string // what is said or played, each as it sounds
}

func newVerdict(k Kind, addresses []Address) verdict {
	v := verdict{kind: k}
	for _, a := range addresses {
		switch a.Kind {
		case GPIO:
			v.rhythms = append(v.rhythms, a.For(k).Rhythm())
		case Talkback:
			v.heard = append(v.heard, "talkback:"+strings.ToLower(a.Phrase))
		case Sound:
			heard := "sound:" + a.Path
			if a.Path == Tone {
				heard += " of " + string(k)
			}
			v.heard = append(v.heard, heard)
		}
	}
	slices.Sort(v.heard)
	v.heard = slices.Compact(v.heard)
	return v
}

// confused says how v could be taken for w, "" when it cannot.
func (v verdict) confused(w verdict) string {
	if !slices.Equal(v.heard, w.heard) || len(v.rhythms) != len(w.rhythms) {
		return ""
	}
	left := slices.Clone(w.rhythms)
	for _, r := range v.rhythms {
		at := slices.IndexFunc(left, r.resembles)
		if at < 0 {
			return ""
		}
		left = slices.Delete(left, at, at+1)
	}
	const remedy = "add sound:tone or a talkback: of its own"
	switch {
	case len(v.rhythms) == 0 && len(v.heard) == 0:
		return fmt.Sprintf("%s and %s show nothing, so people cannot tell them apart; give each an output", v.kind, w.kind)
	case len(v.rhythms) == 0:
		return fmt.Sprintf("%s and %s sound the same; %s", v.kind, w.kind, remedy)
	}
	return fmt.Sprintf("%s and %s differ only by which lamp is lit (%s ms and %s ms); "+
		"for people who cannot tell the colours apart write %s with pattern=%s, or %s",
		v.kind, w.kind, v.rhythms[0], w.rhythms[0], w.kind, w.suggestion(v), remedy)
}

// suggestion is a rhythm for v that the other does not have.
func (v verdict) suggestion(other verdict) Pattern {
	for _, k := range []Kind{v.kind, Refuse, Hold} {
		p := DefaultRhythm(k)
		if len(p) > 1 && !slices.ContainsFunc(other.rhythms, p.resembles) {
			return p
		}
	}
	return Pattern{MaxPulse}
}

// Contradictions says which wires the addresses of a station use in two ways
// that exclude each other: an output takes its line once, and how the second
// address wants it would be forgotten.
func Contradictions(addresses []Address) []string {
	var found []string
	first := make(map[string]Address)
	for _, a := range addresses {
		if a.Kind != GPIO {
			continue
		}
		earlier, known := first[a.Key()]
		if !known {
			first[a.Key()] = a
			continue
		}
		if earlier.Wire != a.Wire {
			found = append(found, fmt.Sprintf("%s and %s use one line differently; write the same active, bias and drive", earlier, a))
		}
	}
	return found
}
