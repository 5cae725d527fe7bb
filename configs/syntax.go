package configs

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

const (
	// maxDepth bounds dotted keys, lists in lists and inline tables; the
	// schema needs three.
	maxDepth = 8
	// maxSyntaxFaults bounds how often reading is taken up again after a line
	// that is not TOML. A file with more is not a configuration.
	maxSyntaxFaults = 50
)

// shape says how a section is headed.
type shape int

const (
	shapeUnknown shape = iota
	// shapeSingle is [section].
	shapeSingle
	// shapeList is [[section]].
	shapeList
)

// document is what could be read of a file.
type document struct {
	root *table
	// complete is false when an unreadable stretch may have swallowed keys, so
	// that nothing can be called missing.
	complete bool
	end      position
}

// syntax turns the parser's expressions into a tree. The parser knows values;
// which sections and keys may follow each other is judged here.
type syntax struct {
	data  []byte
	lines lineIndex
	rep   *report
	// shapeOf knows how each section of the schema is headed.
	shapeOf func(path string) shape

	root     *table
	current  *table
	path     string
	complete bool
}

// parseDocument reads as much of data as is TOML and reports the rest.
func parseDocument(data []byte, rep *report, shapeOf func(string) shape) document {
	s := &syntax{
		data: slices.Clip(data), lines: newLineIndex(data), rep: rep, shapeOf: shapeOf,
		root: newTable(position{line: 1, column: 1}, headed), complete: true,
	}
	s.current = s.root
	from := 0
	for range maxSyntaxFaults {
		if from >= len(s.data) {
			return s.document()
		}
		from = s.parseFrom(from)
	}
	if from < len(s.data) {
		s.complete = false
	}
	return s.document()
}

func (s *syntax) document() document {
	end := len(bytes.TrimRight(s.data, " \t\r\n"))
	return document{root: s.root, complete: s.complete, end: s.lines.at(end)}
}

// parseFrom reads expressions from an offset that begins a line until the end
// or a fault, and returns the offset at which to go on.
func (s *syntax) parseFrom(from int) int {
	var p unstable.Parser
	p.Reset(s.data[from:])
	accepted := -1
	for p.NextExpression() {
		accepted = from + s.accept(p.Expression(), from)
	}
	err := p.Error()
	if err == nil {
		return len(s.data)
	}
	begin := s.expressionAfter(from, accepted)
	return s.recoverFrom(begin, s.offsetOf(err, begin), err)
}

// offsetOf finds where the parser stumbled.
func (s *syntax) offsetOf(err error, fallback int) int {
	var perr *unstable.ParserError
	if !errors.As(err, &perr) || perr.Highlight == nil {
		return fallback
	}
	offset := cap(s.data) - cap(perr.Highlight)
	if offset < 0 || offset > len(s.data) {
		return fallback
	}
	return offset
}

// expressionAfter returns where the first expression stands that was not
// accepted; accepted is an offset inside the last one that was, or -1.
func (s *syntax) expressionAfter(from, accepted int) int {
	offset := from
	if accepted >= 0 {
		offset = s.lines.after(accepted, len(s.data))
	}
	for offset < len(s.data) {
		switch s.data[offset] {
		case ' ', '\t', '\r', '\n':
			offset++
		case '#':
			offset = s.lines.after(offset, len(s.data))
		default:
			return offset
		}
	}
	return offset
}

// recoverFrom reports an expression that begins at begin and is not TOML at
// offset, and returns the offset of the next line that looks like a beginning.
func (s *syntax) recoverFrom(begin, offset int, err error) int {
	problem, remedy := "is not valid TOML", "correct this line: a text stands between quotes, a list between brackets"
	if perr, ok := errors.AsType[*unstable.ParserError](err); ok {
		problem += ": " + shownText(perr.Message)
	}
	if offset < begin || begin >= len(s.data) {
		// A comment is at fault: it carries no key.
		s.rep.add(s.lines.at(offset), "", "a comment "+problem, "remove the characters that are not text")
		return s.lines.after(offset, len(s.data))
	}
	if s.data[begin] == '[' {
		s.complete = false
		s.rep.add(s.lines.at(offset), "", "this section heading "+problem, "write it as [section] or [[section]], alone on its line")
		return s.nextBeginning(s.lines.after(offset, len(s.data)), true)
	}

	resume := s.nextBeginning(s.lines.after(offset, len(s.data)), false)
	path, value := s.brokenKey(begin)
	if len(path) == 0 || resume != s.nextBeginning(s.lines.after(begin, len(s.data)), false) {
		s.complete = false
	}
	if len(path) == 0 {
		s.rep.add(s.lines.at(offset), "", problem, "write key = value, or begin the line with # to make it a comment")
		return resume
	}
	key := path[len(path)-1]
	switch {
	case value == "":
		remedy = fmt.Sprintf("write a value after %s =, or begin the line with #", shownKey(key))
	case isBareWord(value[0]):
		remedy = fmt.Sprintf(`put the text between quotes: %s = "…"`, shownKey(key))
	}
	s.rep.add(s.lines.at(offset), joinPath(s.path, strings.Join(path, ".")), problem, remedy)
	s.assign(path, &node{kind: kindBroken, key: s.lines.at(begin), at: s.lines.at(offset)}, s.lines.at(begin))
	return resume
}

// brokenKey reads the key of an expression that failed later on, and what
// stands behind its = on that line. No key is readable when path is empty.
func (s *syntax) brokenKey(begin int) (path []string, value string) {
	line, _, _ := bytes.Cut(s.data[begin:], []byte("\n"))
	key, rest, found := strings.Cut(string(line), "=")
	if !found {
		return nil, ""
	}
	path = strings.Split(strings.TrimSpace(key), ".")
	for i, part := range path {
		part = strings.TrimSpace(part)
		if part == "" || len(path) > maxDepth || strings.ContainsFunc(part, func(r rune) bool { return !isBareKeyRune(r) }) {
			return nil, ""
		}
		path[i] = part
	}
	return path, strings.TrimSpace(rest)
}

// nextBeginning returns the offset of the first line from offset on that looks
// like the beginning of an expression: a heading, or unless headingOnly a bare key.
func (s *syntax) nextBeginning(offset int, headingOnly bool) int {
	for offset < len(s.data) {
		line, _, _ := bytes.Cut(s.data[offset:], []byte("\n"))
		line = bytes.TrimLeft(line, " \t")
		if name := bytes.TrimLeft(line, "["); len(name) < len(line) {
			if len(name) > 0 && isBareKeyRune(rune(name[0])) && bytes.ContainsRune(name, ']') {
				return offset
			}
		} else if !headingOnly {
			key, _, found := bytes.Cut(line, []byte("="))
			key = bytes.TrimRight(key, " \t")
			if found && len(key) > 0 && !bytes.ContainsFunc(key, func(r rune) bool { return r != '.' && !isBareKeyRune(r) }) {
				return offset
			}
		}
		offset = s.lines.after(offset, len(s.data))
	}
	return offset
}

func isBareWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '/' || c == '_' || c == '*' || c >= 0x80
}

// accept puts one expression into the tree and returns an offset, relative to
// from, on its last line.
func (s *syntax) accept(e *unstable.Node, from int) int {
	switch e.Kind {
	case unstable.Table, unstable.ArrayTable:
		path, at, end := s.keys(e, from)
		s.open(path, at, e.Kind == unstable.ArrayTable)
		return end
	case unstable.KeyValue:
		path, at, _ := s.keys(e, from)
		s.assign(path, s.value(e.Value(), at, from, 1), at)
		return int(e.Raw.Offset) + max(0, int(e.Raw.Length)-1)
	default:
		return 0
	}
}

// keys returns the parts of an expression's key, where it begins and an offset
// inside its last part.
func (s *syntax) keys(e *unstable.Node, from int) (path []string, at position, end int) {
	for it := e.Key(); it.Next(); {
		k := it.Node()
		if len(path) == 0 {
			at = s.lines.at(from + int(k.Raw.Offset))
		}
		path = append(path, string(k.Data))
		end = int(k.Raw.Offset)
	}
	return path, at, end
}

// value copies a value out of the parser's memory.
func (s *syntax) value(v *unstable.Node, key position, from, depth int) *node {
	n := &node{key: key, at: key, text: string(v.Data)}
	if v.Raw.Length > 0 {
		n.at = s.lines.at(from + int(v.Raw.Offset))
	}
	if depth > maxDepth {
		n.kind = kindDeep
		return n
	}
	switch v.Kind {
	case unstable.String:
		n.kind = kindText
	case unstable.Integer:
		n.kind = kindInteger
	case unstable.Float:
		n.kind = kindFloat
	case unstable.Bool:
		n.kind = kindBoolean
	case unstable.LocalDate, unstable.LocalTime, unstable.LocalDateTime, unstable.DateTime:
		n.kind = kindDate
	case unstable.Array:
		n.kind, n.text = kindList, ""
		for it := v.Children(); it.Next(); {
			n.items = append(n.items, s.value(it.Node(), n.at, from, depth+1))
		}
	case unstable.InlineTable:
		n.kind, n.text, n.table = kindTable, "", newTable(n.at, inline)
		for it := v.Children(); it.Next(); {
			path, at, _ := s.keys(it.Node(), from)
			s.put(n.table, "", path, s.value(it.Node().Value(), at, from, depth+1), at)
		}
	case unstable.Invalid, unstable.Comment, unstable.Key, unstable.Table, unstable.ArrayTable, unstable.KeyValue:
		n.kind = kindBroken
	}
	return n
}

// assign puts a key of the current section into the tree.
func (s *syntax) assign(path []string, n *node, at position) {
	s.put(s.current, s.path, path, n, at)
}

// put puts a value under a possibly dotted key of a table.
func (s *syntax) put(t *table, prefix string, path []string, n *node, at position) {
	full := joinPath(prefix, shownKeys(path))
	if len(path) > maxDepth {
		s.rep.add(at, full, "is nested too deep", "remove it; no setting has so many parts")
		return
	}
	for _, part := range path[:len(path)-1] {
		next, taken := t.entries[part]
		if !taken {
			next = &node{kind: kindTable, key: at, at: at, table: newTable(at, dotted)}
			t.put(part, next)
		}
		if next.kind == kindBroken {
			return
		}
		if next.kind != kindTable || next.table.from != dotted {
			s.rep.add(at, full, fmt.Sprintf("adds to %s, which is complete since line %d", shownKey(part), next.key.line),
				"put all of it in one place")
			return
		}
		t = next.table
	}
	key := path[len(path)-1]
	before, taken := t.entries[key]
	if !taken {
		t.put(key, n)
		return
	}
	if !t.repeated {
		s.rep.add(at, full, fmt.Sprintf("is set twice, first in line %d", before.key.line), "keep one of the two")
	}
}

// open begins the section of a heading.
func (s *syntax) open(path []string, at position, list bool) {
	full := shownKeys(path)
	s.path = full
	if len(path) > maxDepth {
		s.rep.add(at, full, "is nested too deep", "remove it; no section has so many parts")
		s.current = newTable(at, headed)
		return
	}
	switch wanted := s.shapeOf(strings.Join(path, ".")); {
	case wanted == shapeList && !list:
		s.rep.add(at, full, "is headed by single brackets though there may be several", fmt.Sprintf("write [[%s]]", full))
		list = true
	case wanted == shapeSingle && list:
		s.rep.add(at, full, "is headed by double brackets though there is only one", fmt.Sprintf("write [%s]", full))
		list = false
	}
	s.current = newTable(at, headed)
	parent, ok := s.parentOf(path, at)
	if !ok {
		return
	}
	if list {
		count := s.openList(parent, path[len(path)-1], at)
		s.path = fmt.Sprintf("%s[%d]", full, count)
		return
	}
	s.openSingle(parent, path[len(path)-1], at)
}

// parentOf walks from the root to the table a heading belongs to.
func (s *syntax) parentOf(path []string, at position) (*table, bool) {
	t := s.root
	for i, part := range path[:len(path)-1] {
		next, taken := t.entries[part]
		above := strings.Join(path[:i+1], ".")
		switch {
		case !taken && s.shapeOf(above) == shapeList:
			s.rep.add(at, s.path, fmt.Sprintf("stands before any [[%s]]", above), fmt.Sprintf("put it below the [[%s]] it belongs to", above))
			return nil, false
		case !taken:
			next = &node{kind: kindTable, key: at, at: at, table: newTable(at, implied)}
			t.put(part, next)
			t = next.table
		case next.kind == kindTables:
			s.path = fmt.Sprintf("%s[%d].%s", shownKeys(path[:i+1]), len(next.items), shownKeys(path[i+1:]))
			t = next.last()
		case next.kind == kindTable && next.table.from != inline:
			t = next.table
		default:
			s.complain(next, at)
			return nil, false
		}
	}
	return t, true
}

func (s *syntax) openSingle(parent *table, key string, at position) {
	before, taken := parent.entries[key]
	switch {
	case !taken:
		parent.put(key, &node{kind: kindTable, key: at, at: at, table: s.current})
	case before.kind == kindTable && before.table.from == implied:
		before.table.from, before.table.at = headed, at
		s.current = before.table
	case before.kind == kindTable && before.table.from != inline:
		s.complain(before, at)
		before.table.repeated = true
		s.current = before.table
	default:
		s.complain(before, at)
	}
}

// openList adds an element to a sequence of [[key]] and returns its number.
func (s *syntax) openList(parent *table, key string, at position) int {
	element := &node{kind: kindTable, key: at, at: at, table: s.current}
	before, taken := parent.entries[key]
	switch {
	case !taken:
		parent.put(key, &node{kind: kindTables, key: at, at: at, items: []*node{element}})
	case before.kind == kindTables:
		before.items = append(before.items, element)
		return len(before.items)
	default:
		s.complain(before, at)
	}
	return 1
}

// complain reports a heading that stands where something else does already,
// unless that something is reported itself.
func (s *syntax) complain(before *node, at position) {
	if before.kind == kindBroken {
		return
	}
	s.rep.add(at, s.path, fmt.Sprintf("stands twice, first in line %d", before.key.line), "put everything under one of the two")
}

// joinPath joins a section and a key with a dot.
func joinPath(section, key string) string {
	if section == "" {
		return key
	}
	return section + "." + key
}

func shownKeys(path []string) string {
	shown := make([]string, 0, min(len(path), maxDepth))
	for i, part := range path {
		if i == maxDepth {
			return strings.Join(shown, ".") + "…"
		}
		shown = append(shown, shownKey(part))
	}
	return strings.Join(shown, ".")
}
