package configs

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// keptMark is the first line of a file that the set-up page keeps.
const keptMark = "# This file is kept by the set-up page of the station."

// keptHeader tells a reader of such a file whose it is.
func keptHeader() []string {
	return []string{
		keptMark,
		"#",
		"# The page writes it anew with every change, and keeps the one before it in",
		"# a file of the same name with .bak behind. Values that you change by hand are",
		"# kept too; comments of yours are not. To take the file over, delete the first",
		"# line: the page then only reads it, and shows what to write.",
		"#",
		"# What is not written here has its default. Every setting there is, with its",
		"# default, stands in the sample: /usr/share/doc/gatescand/gatescand.toml",
		"# To see what a change would do: gatescand check --config-only",
	}
}

// KeptByPage tells whether the set-up page may write a configuration anew.
func KeptByPage(data []byte) bool {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return string(bytes.TrimRight(line, "\r")) == keptMark
}

// Write gives a configuration as a file that the set-up page keeps: each key
// that differs from its default or was given, in the order of the sample and with
// what that says about it. Parsing it yields a configuration that means the same.
func Write(c *Config) []byte { return write(c, keptHeader(), nil) }

// Render is [Write] as a file of nobody's: to be looked at or carried away.
func Render(c *Config) []byte {
	return write(c, []string{
		"# gatescand: what is in force, as far as it differs from the defaults.",
		"# Keys and passwords are not in it; it names the files they stand in.",
	}, nil)
}

// Lines gives what somebody would have to write into the file of before to make
// it mean after: the keys that are new or different, below the headings they
// belong to, and whole sections for new accounts and lanes.
func Lines(before, after *Config) []byte {
	was := make(map[string]any)
	before.visit(func(path string, value any, _ bool) { was[path] = value })
	return write(after, nil, func(path string, value any) bool {
		old, stood := was[path]
		return !stood || !reflect.DeepEqual(old, value)
	})
}

// writer puts sections and keys one below the other.
type writer struct {
	out   bytes.Buffer
	notes notes
	// told are the comments written so far; each stands once.
	told map[int]bool
	// begun are the headings written so far in the section at hand, last is the
	// comment of the key before, and airy whether it was written there.
	begun []string
	last  int
	airy  bool
}

func write(c *Config, header []string, wanted func(path string, value any) bool) []byte {
	w := &writer{notes: readNotes(), told: make(map[int]bool), last: -1}
	for _, line := range header {
		w.out.WriteString(line + "\n")
	}
	env := &Env{}
	section(w, c, sectionStation, sectionStation, c.Station, defaultStation(), stationFields(), scope{env: env}, wanted)
	section(w, c, sectionAdmin, sectionAdmin, c.Admin, defaultAdmin(), adminFields(), scope{env: env}, wanted)
	section(w, c, sectionPairing, sectionPairing, c.Pairing, defaultPairing(), pairingFields(), scope{env: env}, wanted)
	for _, a := range c.Accounts {
		if a.EventTitle != "" && slices.Equal(a.Events, []string{a.EventTitle}) {
			a.Events = nil // event_title says it
		}
		section(w, c, sectionAccount, accountLabel(a.Name), a, defaultAccount(a.Platform), accountFields(), scope{env: env, platform: a.Platform}, wanted)
	}
	for _, l := range c.Lanes {
		section(w, c, sectionLane, laneLabel(l.Name), l, defaultLane(), laneFields(), scope{env: env}, wanted)
	}
	return bytes.TrimPrefix(w.out.Bytes(), []byte("\n"))
}

// section writes those keys of one section that differ from their defaults or
// were given all the same or, where somebody says which are wanted, those.
func section[T any](w *writer, c *Config, name, label string, is, otherwise T, fields []field[T], in scope, wanted func(string, any) bool) {
	w.begun = nil
	chosen := make(map[string]bool)
	for _, f := range fields {
		if !f.serves(in.platform) {
			continue
		}
		value := f.bind(&is, in).show()
		differs := !reflect.DeepEqual(value, f.bind(&otherwise, in).show())
		if wanted == nil {
			chosen[f.key] = differs || c.Given(label+"."+f.key)
		} else {
			chosen[f.key] = wanted(label+"."+f.key, value) && (differs || shapeOf(name) == shapeSingle)
		}
	}
	if wanted != nil && shapeOf(name) == shapeList && slices.ContainsFunc(fields, func(f field[T]) bool { return chosen[f.key] }) {
		chosen["name"] = true // which of them is meant
	}
	for _, f := range fields {
		if !chosen[f.key] {
			continue
		}
		table, key := name, f.key
		if sub, rest, nested := strings.Cut(f.key, "."); nested {
			table, key = name+"."+sub, rest
		}
		w.key(table, key, f.bind(&is, in).show())
	}
}

// key writes one key, its comment and whatever headings it needs before.
func (w *writer) key(table, key string, value any) {
	indent := strings.Repeat("  ", strings.Count(table, "."))
	if !slices.Contains(w.begun, table) {
		w.heading(indent, table)
		w.begun = append(w.begun, table)
	}
	n := w.notes.keys[table+"."+key]
	if explained := w.told[n.block]; w.last != n.block {
		if w.last >= 0 && (!explained || w.airy) {
			w.out.WriteString("\n")
		}
		w.comment(indent, n)
		w.airy = !explained
	}
	w.last = n.block
	fmt.Fprintf(&w.out, "%s%s = %s\n", indent, key, tomlText(value))
}

// heading writes the heading of a table with what the sample says about it.
func (w *writer) heading(indent, table string) {
	w.out.WriteString("\n")
	if indent == "" {
		w.out.WriteString("\n")
	}
	w.comment(indent, w.notes.sections[table])
	w.out.WriteString(indent + heading(table) + "\n")
	w.last = -1
}

// comment writes a comment that has not been written yet.
func (w *writer) comment(indent string, n note) {
	if w.told[n.block] {
		return
	}
	w.told[n.block] = true
	for _, line := range n.words {
		w.out.WriteString(strings.TrimRight(indent+"# "+line, " ") + "\n")
	}
}

// tomlText writes a value as TOML 1.0 does.
func tomlText(v any) string {
	switch v := v.(type) {
	case string:
		return tomlString(v)
	case []string:
		shown := make([]string, len(v))
		for i, s := range v {
			shown[i] = tomlString(s)
		}
		return "[" + strings.Join(shown, ", ") + "]"
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	}
	return fmt.Sprintf("%q", fmt.Sprint(v))
}

// tomlString writes a basic string. What a screen would obey instead of showing
// is written by its number; what is not UTF-8 cannot stand in the file at all.
func tomlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, string(utf8.RuneError)) {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == ' ' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
