package configs

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"pgregory.net/rapid"
)

// FuzzSyntax compares the tree with a whole decoder: what that takes has no
// fault here, and what has none here that takes.
func FuzzSyntax(f *testing.F) {
	for _, seed := range []string{
		"a=1\na=2", "[a]\nb.c=1\n[a.b]\n", "[a.b]\n[a]\nb=1", "[[a]]\n[a.b]\n[[a]]\n[a.b]\n[a.b]", "a={b=1}\na.c=1", "a.b=1\na.c={}\na.c.d=1",
		"a=[{b=1}]\n[[a]]", "[a]\n[[a]]", "[[a.b]]\n[a]\n[a.b]", "a={b.c=1,b.d=2}", "[a.b.c]\n[a.b]\n[a]\nb.x=1", "'a'.\"b\"=1\n[a]", "[a]\n[b]\n[a.c]",
		"a={b={c=1},b={}}", "[a.b]\nx=1\n[a]\nb.y=2", "[x.a]\n[[x]]", "a.b.c=1\n[a.b.d]", "[[a]]\nb=1\n[[a.c]]\n[[a.c]]\n", "[[fruit]]\n[fruit.variety]\n[[fruit.variety]]",
	} {
		seed = strings.ReplaceAll(seed, "=1", "=true")
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if problem := compareWithDecoder(data); problem != "" {
			t.Fatal(problem)
		}
	})
}

// compareWithDecoder says where the tree and a whole decoder disagree.
func compareWithDecoder(data []byte) string {
	rep := &report{file: "f.toml"}
	doc := parseDocument(data, rep, func(string) shape { return shapeUnknown })
	var whole map[string]any
	err := toml.Unmarshal(data, &whole)
	for _, fault := range rep.faults {
		// Depth is a limit of ours.
		if err == nil && !strings.HasPrefix(fault.Problem, "is nested too deep") {
			return "valid for a whole decoder, but: " + fault.String()
		}
	}
	// Values are the schema's business: dates and numbers may be impossible.
	if err != nil && len(rep.faults) == 0 && !hasNumbers(&node{kind: kindTable, table: doc.root}) {
		return "valid here, but: " + err.Error()
	}
	return ""
}

func TestSectionsAndKeysFollowEachOtherAsTOMLAllows(t *testing.T) {
	t.Parallel()
	key := rapid.StringMatching(`[ab](\.[ab]){0,2}`)
	value := rapid.SampledFrom([]string{"true", "{}", "[]", "[{}]", "{a=true}", "{a.b=true}", "[{a=true},{b={}}]", "{a={},a.b=true}"})
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for range rapid.IntRange(1, 6).Draw(t, "lines") {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				b.WriteString("[" + key.Draw(t, "section") + "]\n")
			case 1:
				b.WriteString("[[" + key.Draw(t, "list") + "]]\n")
			default:
				b.WriteString(key.Draw(t, "key") + "=" + value.Draw(t, "value") + "\n")
			}
		}
		if problem := compareWithDecoder([]byte(b.String())); problem != "" {
			t.Fatalf("%s\n%s", problem, b.String())
		}
	})
}

// hasNumbers reports whether a value may be out of a decoder's range, or too
// deep for the tree to know.
func hasNumbers(n *node) bool {
	switch n.kind {
	case kindInteger, kindFloat, kindDate, kindDeep:
		return true
	case kindTable:
		return slices.ContainsFunc(slices.Collect(maps.Values(n.table.entries)), hasNumbers)
	case kindList, kindTables:
		return slices.ContainsFunc(n.items, hasNumbers)
	case kindBroken, kindText, kindBoolean:
	}
	return false
}

func TestTheTreeIsNoDeeperThanItsLimit(t *testing.T) {
	t.Parallel()
	const many = 5000
	for name, text := range map[string]string{
		"lists":         "a = " + strings.Repeat("[", many) + strings.Repeat("]", many),
		"inline tables": "a = " + strings.Repeat("{a=", many) + "1" + strings.Repeat("}", many),
		"dotted keys":   strings.Repeat("a.", many) + "a = 1",
		"sections":      "[" + strings.Repeat("a.", many) + "a]\nb = 1",
	} {
		doc := parseDocument([]byte(text), &report{}, shapeOf)
		if d := depth(&node{kind: kindTable, table: doc.root}); d > maxDepth+2 {
			t.Errorf("%s: the tree is %d deep", name, d)
		}
	}
}

func depth(n *node) int {
	deepest := 0
	for _, item := range n.items {
		deepest = max(deepest, depth(item))
	}
	if n.table != nil {
		for _, child := range n.table.entries {
			deepest = max(deepest, depth(child))
		}
	}
	return deepest + 1
}
