package platform_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"gatescand/sync/platform"
)

func FuzzDecodeJSON(f *testing.F) {
	for _, text := range []string{
		`{"rows":[{"ID":"a","Uses":1,"Amount":1.5}]}`, `{"Rows":[],"rows":[]}`, `[[[[]]]]`, `{"ſ":1,"s":2}`, `1e999`, `"\ud800"`, `{}{}`, "\xff",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var into rows
		err := platform.DecodeJSON(raw, &into)
		if err != nil {
			if word := strings.TrimSpace(string(raw)); len(word) > 12 && strings.Contains(err.Error(), word) {
				t.Errorf("the error repeats the text: %v", err)
			}
			return
		}
		if !utf8.Valid(raw) || !json.Valid(raw) {
			t.Errorf("taken, and not valid: %q", raw)
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			return
		}
		folded := make(map[string]bool)
		for name := range members {
			if key := strings.ToLower(strings.ToUpper(name)); folded[key] {
				t.Errorf("two members %q", name)
			} else {
				folded[key] = true
			}
		}
	})
}

func FuzzCleanText(f *testing.F) {
	f.Add("Zoë\x1b[31m\u202e\u2028", 5)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = max(0, min(limit, 1000))
		got := platform.CleanText(text, limit)
		if utf8.RuneCountInString(got) > limit || !utf8.ValidString(got) || strings.TrimSpace(got) != got ||
			strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q gives %q", text, got)
		}
	})
}
