package configs

import (
	"testing"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
)

// FuzzTOMLString holds that every text comes back from TOML as it was.
func FuzzTOMLString(f *testing.F) {
	for _, seed := range []string{"", `"`, `\`, `\u0041`, "a\nb\r\n\t\x00\x7f", "'''", `"""`, "é\u202e\u2028\U0001f3ab\U000e0001", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got struct{ Key string }
		if err := toml.Unmarshal([]byte("key = "+tomlString(s)+"\n"), &got); err != nil {
			t.Fatalf("%q becomes %s: %v", s, tomlString(s), err)
		}
		if utf8.ValidString(s) && got.Key != s {
			t.Fatalf("%q becomes %q", s, got.Key)
		}
	})
}

func TestTheSampleExplainsEveryKeyAndSection(t *testing.T) {
	t.Parallel()
	n := readNotes()
	for _, key := range Keys() {
		if len(n.keys[key].words) == 0 && key != "lane.signal.admit" && key != "lane.signal.refuse" && key != "lane.signal.hold" {
			t.Errorf("%s has no explanation", key)
		}
	}
	for _, section := range append(sectionNames(), "lane.signal") {
		if len(n.sections[section].words) == 0 {
			t.Errorf("[%s] has no explanation", section)
		}
	}
}
