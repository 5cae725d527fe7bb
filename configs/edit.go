package configs

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// What may stand between a configuration and a new account in it.
var (
	ErrFaultyFile   = errors.New("the configuration has faults")
	ErrAccountTaken = errors.New("there is an account of that name already")
	ErrNotWritable  = errors.New("this cannot be written into a configuration")
)

// NewAccount is an account that a pairing brings.
type NewAccount struct {
	Name     string
	Platform string
	URL      string // scheme and host
}

// AddAccount gives the text of a configuration with one account more, in a
// section of its own at the end. No byte that was there before is touched. The
// result has been read again and means what it meant, and the account besides;
// where that cannot be had it is an error, which wraps [ErrFaultyFile],
// [ErrAccountTaken] or [ErrNotWritable].
//
// What the keys mean is not judged here: see [Parse].
func AddAccount(text []byte, a NewAccount) ([]byte, error) {
	block, err := AccountText(a)
	if err != nil {
		return nil, err
	}
	before, err := entriesOf(text)
	if err != nil {
		return nil, err
	}
	if slices.Contains(namesIn(before), a.Name) {
		return nil, fmt.Errorf("%w: %s", ErrAccountTaken, a.Name)
	}
	eol := "\n"
	if bytes.Contains(text, []byte("\r\n")) {
		eol = "\r\n"
		block = strings.ReplaceAll(block, "\n", eol)
	}
	lead := ""
	switch {
	case len(bytes.TrimSpace(text)) == 0:
	case bytes.HasSuffix(text, []byte("\n")):
		lead = eol
	default:
		lead = eol + eol
	}
	out := slices.Concat(text, []byte(lead+block))
	if len(out) > maxConfigSize {
		return nil, fmt.Errorf("%w: it would be larger than %d KiB", ErrNotWritable, maxConfigSize>>10)
	}
	after, err := entriesOf(out)
	if err != nil {
		return nil, err
	}
	if !isThat(lastAccount(after), a) || !reflect.DeepEqual(before, after) {
		return nil, fmt.Errorf("%w: added to it, the account would change what stands there", ErrNotWritable)
	}
	return out, nil
}

// AccountText gives the section of an account as it is written into a file, for
// a person to copy where it cannot be written.
func AccountText(a NewAccount) (string, error) {
	for _, value := range []string{a.Name, a.Platform, a.URL} {
		// A text of TOML in double quotes, in which nothing needs an escape.
		if value == "" || len(value) > 512 || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
			return "", fmt.Errorf("%w: %s", ErrNotWritable, shownText(value))
		}
	}
	return fmt.Sprintf(`# Added by pairing. What is not written here has its default. A lane with a
# list of accounts serves this one once its name stands in that list.
[[account]]
name = "%s"
platform = "%s"
url = "%s"
`, a.Name, a.Platform, a.URL), nil
}

// entriesOf reads a text as far as it is a document of TOML with the sections
// of a configuration.
func entriesOf(text []byte) (map[string]*node, error) {
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return nil, fmt.Errorf("%w: it is written in UTF-16; save it as UTF-8", ErrFaultyFile)
	}
	rep := &report{file: "the configuration"}
	doc := parseDocument(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), rep, shapeOf)
	if err := rep.err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFaultyFile, err)
	}
	return doc.root.entries, nil
}

// accountsIn gives the sections of accounts.
func accountsIn(entries map[string]*node) []*node {
	if n := entries[sectionAccount]; n != nil && n.kind == kindTables {
		return n.items
	}
	return nil
}

func namesIn(entries map[string]*node) []string {
	var names []string
	for _, item := range accountsIn(entries) {
		if name := item.table.entries["name"]; name != nil {
			names = append(names, name.text)
		}
	}
	return names
}

// lastAccount takes the last account out of entries, nil when there is none.
func lastAccount(entries map[string]*node) *table {
	items := accountsIn(entries)
	if len(items) == 0 {
		return nil
	}
	last := items[len(items)-1].table
	if len(items) == 1 {
		delete(entries, sectionAccount)
	} else {
		entries[sectionAccount].items = items[:len(items)-1]
	}
	return last
}

// isThat tells whether a section says of an account what it should, and no more.
func isThat(t *table, a NewAccount) bool {
	want := map[string]string{"name": a.Name, "platform": a.Platform, "url": a.URL}
	if t == nil || len(t.entries) != len(want) {
		return false
	}
	for key, text := range want {
		if n := t.entries[key]; n == nil || n.kind != kindText || n.text != text {
			return false
		}
	}
	return true
}
