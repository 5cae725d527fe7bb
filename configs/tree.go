package configs

import "slices"

// position is a place in the configuration file, counted from 1; the zero
// position is nowhere in particular.
type position struct{ line, column int }

// valueKind is the TOML type of a node.
type valueKind int

const (
	// kindBroken is a value the parser could not read; the fault is reported already.
	kindBroken valueKind = iota
	kindText
	kindInteger
	kindFloat
	kindBoolean
	kindDate
	// kindList is [ … ].
	kindList
	// kindTable is [section], { … } or the inner part of a dotted key.
	kindTable
	// kindTables is a sequence of [[section]].
	kindTables
	// kindDeep is a list or inline table nested beyond maxDepth.
	kindDeep
)

// noun names a kind in a sentence.
func (k valueKind) noun() string {
	switch k {
	case kindText:
		return "a text"
	case kindInteger:
		return "a whole number"
	case kindFloat:
		return "a number with a decimal point"
	case kindBoolean:
		return "true or false"
	case kindDate:
		return "a date or time"
	case kindList:
		return "a list"
	case kindTable:
		return "a section"
	case kindTables:
		return "a list of sections"
	case kindDeep:
		return "nested too deep"
	case kindBroken:
		return "unreadable"
	}
	return "unreadable"
}

// node is one value of the file and where it stands.
type node struct {
	kind valueKind
	// key is where the key stands, at where the value does.
	key, at position
	// text is the decoded text, or for numbers the digits as written.
	text string
	// items are the elements of a kindList or kindTables.
	items []*node
	// table is set for kindTable.
	table *table
}

// origin says how a table came to be, which decides what may still be added.
type origin int

const (
	// implied: only named on the way to another, as a in [a.b].
	implied origin = iota
	// headed: by its own [header].
	headed
	// dotted: by a key such as a.b = 1.
	dotted
	// inline: by { … }; closed for ever.
	inline
)

// table is a set of keys in the order of the file.
type table struct {
	at      position
	from    origin
	entries map[string]*node
	order   []string
	// repeated is set once the header stood twice: that is reported, so the
	// keys that stand twice for this reason are not.
	repeated bool
}

func newTable(at position, from origin) *table {
	return &table{at: at, from: from, entries: make(map[string]*node)}
}

func (t *table) put(key string, n *node) {
	t.entries[key] = n
	t.order = append(t.order, key)
}

// last returns the newest table of a sequence of [[section]].
func (n *node) last() *table {
	return n.items[len(n.items)-1].table
}

// lineIndex finds lines and columns of byte offsets.
type lineIndex []int

func newLineIndex(data []byte) lineIndex {
	starts := lineIndex{0}
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// at returns the position of an offset. The column counts bytes.
func (x lineIndex) at(offset int) position {
	line, found := slices.BinarySearch(x, offset)
	if !found {
		line--
	}
	return position{line: line + 1, column: offset - x[line] + 1}
}

// after returns the offset at which the line following offset begins, or end.
func (x lineIndex) after(offset, end int) int {
	line, found := slices.BinarySearch(x, offset)
	if found {
		line++
	}
	if line < len(x) {
		return min(x[line], end)
	}
	return end
}
