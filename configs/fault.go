package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fault is one thing wrong with a configuration.
type Fault struct {
	File string `json:"file"`
	// Line and Column count from 1; Line is 0 when the fault is of the whole file.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Key is the key at fault, such as account[lespass].url; empty when there is none.
	Key string `json:"key,omitempty"`
	// Problem says what is wrong, Remedy what to write or do instead.
	Problem string `json:"problem"`
	Remedy  string `json:"remedy"`
}

// String is FILE:LINE: key: problem; remedy.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	b.WriteString(": ")
	if f.Key != "" {
		b.WriteString(f.Key)
		b.WriteString(": ")
	}
	b.WriteString(f.Problem)
	b.WriteString("; ")
	b.WriteString(f.Remedy)
	return b.String()
}

// FaultsError holds every fault found, in the order of the file. It is the
// error of [Load] and [Parse], always as *FaultsError.
type FaultsError struct {
	Faults []Fault
	// cause is set when the file itself could not be read.
	cause error
}

// Error is one line per fault.
func (e *FaultsError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns why the file could not be read, if that is the fault, so that
// errors.Is(err, fs.ErrNotExist) holds for a missing file.
func (e *FaultsError) Unwrap() error { return e.cause }

// maxFaults bounds how many faults are kept. What has more is not a
// configuration with mistakes but another file.
const maxFaults = 500

// report collects faults of one configuration.
type report struct {
	file   string
	faults []Fault
	// more counts the faults that were not kept.
	more int
}

// full reports that further faults are only counted.
func (r *report) full() bool { return len(r.faults) >= maxFaults }

// add notes a fault in the configuration file itself.
func (r *report) add(at position, key, problem, remedy string) {
	r.addIn(r.file, at, key, problem, remedy)
}

// addIn notes a fault in a file the configuration names.
func (r *report) addIn(file string, at position, key, problem, remedy string) {
	if r.full() {
		r.more++
		return
	}
	r.faults = append(r.faults, Fault{
		File: file, Line: at.line, Column: at.column,
		Key: key, Problem: problem, Remedy: remedy,
	})
}

// rename gives the keys of faults noted so far the label of their section that
// became known meanwhile.
func (r *report) rename(label, better string) {
	for i, f := range r.faults {
		if rest, found := strings.CutPrefix(f.Key, label); found && (rest == "" || rest[0] == '.') {
			r.faults[i].Key = better + rest
		}
	}
}

// err returns the faults in order, the configuration file's own first, or nil.
func (r *report) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		return cmp.Or(
			compareFirst(a.File == r.file, b.File == r.file),
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
		)
	})
	if r.more > 0 {
		r.faults = append(r.faults, Fault{
			File:    r.file,
			Problem: fmt.Sprintf("has %d more faults", r.more),
			Remedy:  "correct these first, or name the right file",
		})
	}
	return &FaultsError{Faults: r.faults}
}

// compareFirst orders true before false.
func compareFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

// maxShown is how many characters of a value or key a fault repeats.
const maxShown = 64

// quoted shows a value from the file: quoted, nothing that a terminal would
// obey, and no more than maxShown characters.
func quoted(s string) string {
	if utf8.RuneCountInString(s) > maxShown {
		s = string([]rune(s)[:maxShown]) + "…"
	}
	return strconv.Quote(s)
}

// shownKey shows a key from the file: bare when it could be written bare.
func shownKey(s string) string {
	if s != "" && len(s) <= maxShown && !strings.ContainsFunc(s, func(r rune) bool { return !isBareKeyRune(r) }) {
		return s
	}
	return quoted(s)
}

// shownPath shows the path of a file: bare unless a terminal would obey part of it.
func shownPath(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) || !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	return s
}

// shownText makes one printable line of a text that came from elsewhere.
func shownText(s string) string {
	const limit = 300
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit]) + "…"
	}
	return strings.TrimSpace(s)
}

func isBareKeyRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}
