package configs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// complaint is what a check says about a value; nil is content.
type complaint struct{ problem, remedy string }

// sayer takes complaints about a value; part is appended to the key, as in
// "[2]" for the second element of a list.
type sayer func(at position, part string, c complaint)

// target is where a key's value goes. It knows its type, its range and how to
// show what it holds.
type target interface {
	// assign stores the value or says why it cannot. It stores nothing of a
	// value it complained about.
	assign(n *node, say sayer)
	// show returns the current value: string, bool, int or []string.
	show() any
}

// wrongType is the complaint about a value of another TOML type.
func wrongType(n *node, wanted, example string) complaint {
	return complaint{fmt.Sprintf("is %s where %s belongs", n.kind.noun(), wanted), "write " + example}
}

// textTarget is a string with a check of its own.
type textTarget struct {
	to      *string
	example string
	check   func(string) *complaint
}

func (t textTarget) assign(n *node, say sayer) {
	if n.kind != kindText {
		say(n.at, "", wrongType(n, "a text", strconv.Quote(t.example)))
		return
	}
	if t.check != nil {
		if c := t.check(n.text); c != nil {
			say(n.at, "", *c)
			return
		}
	}
	*t.to = n.text
}

func (t textTarget) show() any { return *t.to }

// derived is a text that is kept in another form than it was written.
type derived struct {
	textTarget
	keep func(string)
}

func (t derived) assign(n *node, say sayer) {
	fine := true
	t.textTarget.assign(n, func(at position, part string, c complaint) {
		fine = false
		say(at, part, c)
	})
	if fine {
		t.keep(n.text)
	}
}

// choiceTarget is one word of a few.
type choiceTarget[S ~string] struct {
	to      *S
	choices []S
}

func choice[S ~string](to *S, choices ...S) target { return choiceTarget[S]{to, choices} }

func (t choiceTarget[S]) assign(n *node, say sayer) {
	if n.kind != kindText {
		say(n.at, "", wrongType(n, "a text", strconv.Quote(string(t.choices[0]))))
		return
	}
	if !slices.Contains(t.choices, S(n.text)) {
		words := make([]string, len(t.choices))
		for i, c := range t.choices {
			words[i] = string(c)
		}
		say(n.at, "", notOneOf(n.text, words))
		return
	}
	*t.to = S(n.text)
}

func (t choiceTarget[S]) show() any { return string(*t.to) }

// notOneOf is the complaint about a word that is none of a few.
func notOneOf(got string, words []string) complaint {
	remedy := "write " + orList(words)
	if near := closest(got, words); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
		if len(words) > 1 {
			remedy += " It is one of " + orList(words)
		}
	}
	return complaint{quoted(got) + " is not known here", remedy}
}

// orList writes words as "a", "b" or "c".
func orList(words []string) string {
	shown := make([]string, len(words))
	for i, w := range words {
		shown[i] = strconv.Quote(w)
	}
	if len(shown) < 2 {
		return strings.Join(shown, "")
	}
	return strings.Join(shown[:len(shown)-1], ", ") + " or " + shown[len(shown)-1]
}

// boolTarget is true or false.
type boolTarget struct{ to *bool }

func (t boolTarget) assign(n *node, say sayer) {
	if n.kind != kindBoolean {
		say(n.at, "", wrongType(n, "true or false", "true or false, without quotes"))
		return
	}
	*t.to = n.text == "true"
}

func (t boolTarget) show() any { return *t.to }

// intTarget is a whole number within a range.
type intTarget struct {
	to       *int
	min, max int
}

func (t intTarget) assign(n *node, say sayer) {
	if n.kind != kindInteger {
		say(n.at, "", wrongType(n, "a whole number", fmt.Sprintf("a number from %d to %d, without quotes", t.min, t.max)))
		return
	}
	// TOML writes underscores where Go does not allow them, so they go first.
	v, err := strconv.ParseInt(strings.ReplaceAll(n.text, "_", ""), 0, 64)
	if err != nil || v < int64(t.min) || v > int64(t.max) {
		say(n.at, "", complaint{"is out of range", fmt.Sprintf("write a number from %d to %d", t.min, t.max)})
		return
	}
	*t.to = int(v)
}

func (t intTarget) show() any { return *t.to }

// durationTarget is a duration with a unit, within a range.
type durationTarget struct {
	to       *time.Duration
	min, max time.Duration
	// off says that 0s is allowed too and what it means.
	off string
}

func (t durationTarget) assign(n *node, say sayer) {
	example := strconv.Quote(durationText(*t.to))
	switch n.kind {
	case kindText:
	case kindInteger, kindFloat:
		say(n.at, "", complaint{"is a number without a unit", "write a duration between quotes, such as " + example})
		return
	default:
		say(n.at, "", wrongType(n, "a duration", "a duration between quotes, such as "+example))
		return
	}
	d, err := time.ParseDuration(n.text)
	if err != nil {
		say(n.at, "", complaint{
			quoted(n.text) + " is not a duration",
			"write a number and a unit (ms, s, m or h), such as " + example,
		})
		return
	}
	if (d < t.min || d > t.max) && (d != 0 || t.off == "") {
		say(n.at, "", complaint{durationText(d) + " is out of range", "write " + t.bounds()})
		return
	}
	*t.to = d
}

func (t durationTarget) bounds() string {
	s := fmt.Sprintf(`a duration from "%s" to "%s"`, durationText(t.min), durationText(t.max))
	if t.off != "" {
		s += fmt.Sprintf(`, or "0s" for %s`, t.off)
	}
	return s
}

func (t durationTarget) show() any { return durationText(*t.to) }

// listTarget is a list of different texts.
type listTarget struct {
	to      *[]string
	example string
	check   func(string) *complaint
	// fold brings a text into the form in which it is compared and kept.
	fold func(string) string
}

// maxListed bounds the length of every list.
const maxListed = 1000

func (t listTarget) assign(n *node, say sayer) {
	if n.kind != kindList {
		say(n.at, "", wrongType(n, "a list of texts", fmt.Sprintf("[%q], brackets included", t.example)))
		return
	}
	if len(n.items) > maxListed {
		say(n.at, "", complaint{fmt.Sprintf("lists %d texts", len(n.items)), fmt.Sprintf("list at most %d", maxListed)})
		return
	}
	list := make([]string, 0, len(n.items))
	first := make(map[string]int, len(n.items))
	fine := true
	for i, item := range n.items {
		text, c := t.element(item)
		if c == nil {
			if before, twice := first[text]; twice {
				c = &complaint{fmt.Sprintf("repeats number %d of the list", before), "keep one of the two"}
			}
		}
		if c != nil {
			fine = false
			say(item.at, fmt.Sprintf("[%d]", i+1), *c)
			continue
		}
		first[text] = i + 1
		list = append(list, text)
	}
	if fine {
		*t.to = list
	}
}

func (t listTarget) element(item *node) (string, *complaint) {
	if item.kind != kindText {
		c := wrongType(item, "a text", strconv.Quote(t.example))
		return "", &c
	}
	if item.text == "" {
		return "", &complaint{"is empty", "write a text or remove it"}
	}
	if t.check != nil {
		if c := t.check(item.text); c != nil {
			return "", c
		}
	}
	if t.fold != nil {
		return t.fold(item.text), nil
	}
	return item.text, nil
}

func (t listTarget) show() any {
	if *t.to == nil {
		return []string{}
	}
	return slices.Clone(*t.to)
}

// reentryTarget is a re-entry rule.
type reentryTarget struct{ to *Reentry }

const (
	minReentryWait = time.Second
	maxReentryWait = 7 * 24 * time.Hour
)

func (t reentryTarget) assign(n *node, say sayer) {
	const remedy = `write "never", "after-exit", "after 10m" or "unlimited"`
	if n.kind != kindText {
		say(n.at, "", wrongType(n, "a text", strings.TrimPrefix(remedy, "write ")))
		return
	}
	rule, ok := parseReentry(n.text)
	if !ok {
		say(n.at, "", complaint{quoted(n.text) + " is not a rule for re-entry", remedy})
		return
	}
	if rule.Kind == ReentryAfterTime && (rule.After < minReentryWait || rule.After > maxReentryWait) {
		say(n.at, "", complaint{
			"a wait of " + durationText(rule.After) + " is out of range",
			fmt.Sprintf(`write "after" and a duration from "%s" to "%s"`, durationText(minReentryWait), durationText(maxReentryWait)),
		})
		return
	}
	*t.to = rule
}

func (t reentryTarget) show() any { return t.to.String() }

// freeText checks a text people read: some, but not too many characters, and
// none that a screen or terminal would obey.
func freeText(maxRunes int, required bool) func(string) *complaint {
	return func(s string) *complaint {
		switch {
		case strings.TrimSpace(s) == "" && (required || s != ""):
			return &complaint{"is empty", "write a text"}
		case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
			return &complaint{"holds control characters", "write one line of plain text"}
		case utf8.RuneCountInString(s) > maxRunes:
			return &complaint{
				fmt.Sprintf("is %d characters long", utf8.RuneCountInString(s)),
				fmt.Sprintf("write at most %d", maxRunes),
			}
		}
		return nil
	}
}

// handle checks the name of an account or lane, which goes into URLs, metrics
// and command lines.
func handle(s string) *complaint {
	const longest = 32
	remedy := "write 1 to 32 of a-z, 0-9, dot, - and _, beginning with a letter or digit"
	if s == "" {
		return &complaint{"is empty", remedy}
	}
	for i, r := range s {
		plain := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !plain && (i == 0 || r != '.' && r != '_' && r != '-') {
			return &complaint{quoted(s) + " cannot be a name", remedy}
		}
	}
	if len(s) > longest {
		return &complaint{quoted(s) + " is too long for a name", remedy}
	}
	return nil
}
