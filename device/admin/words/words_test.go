package words_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"gatescand/device/admin/words"
)

func open(t *testing.T) *words.Book {
	t.Helper()
	b, err := words.Open()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestASentenceIsFilledAndNeverReadTwice(t *testing.T) {
	t.Parallel()
	s := open(t).In("de")
	if got := s.T("about_event", "Word", "{{.Word}} %s <b>"); got != "Es gilt für {{.Word}} %s <b>." {
		t.Errorf("got %q", got)
	}
	if got := s.T("no such thing"); got != "no such thing" {
		t.Errorf("got %q", got)
	}
}

func TestTheLanguageIsTheReadersOwn(t *testing.T) {
	t.Parallel()
	b := open(t)
	for name, tc := range map[string]struct{ accept, station, want string }{
		"nothing asked for":               {"", "fr", "fr"},
		"what the browser prefers":        {"de-AT,en;q=0.5", "fr", "de"},
		"the second where the first":      {"zh,fr;q=0.8", "en", "fr"},
		"nothing that is spoken":          {"zh,ja;q=0.5", "de", "de"},
		"nonsense":                        {"%%%;q=x", "fr", "fr"},
		"a station with a strange tongue": {"", "xx", "en"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := b.Match(tc.accept, tc.station); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

// A language leaves nothing out, adds nothing, and has the places that English has.
func TestEveryLanguageIsWhole(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, lang := range b.Languages() {
		for _, id := range b.IDs() {
			if !b.Says(lang, id) {
				t.Errorf("%s: %s is not said", lang, id)
				continue
			}
			for _, place := range []string{"Word", "Other", "When", "Lane", "Station", "Account"} {
				mark := "\u2603" + place
				inEnglish := strings.Contains(b.In("en").T(id, place, mark), mark)
				if strings.Contains(b.In(lang).T(id, place, mark), mark) != inEnglish {
					t.Errorf("%s: %s has another place for %s than in English", lang, id, place)
				}
			}
		}
	}
}

// Every file can be read, and no sentence stands in two.
func TestNoSentenceIsSaidTwice(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("locales")
	if err != nil {
		t.Fatal(err)
	}
	said := make(map[string]string)
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join("locales", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := toml.Unmarshal(raw, &m); err != nil {
			t.Errorf("%s: %v", f.Name(), err)
		}
		lang := f.Name()[strings.IndexByte(f.Name(), '.'):]
		for id := range m {
			if other, twice := said[id+lang]; twice {
				t.Errorf("%s stands in %s and in %s", id, other, f.Name())
			}
			said[id+lang] = f.Name()
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("de-AT,en;q=0.5")
	f.Add(strings.Repeat("a-", 4000))
	b, err := words.Open()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		if got := b.Match(accept, "fr"); b.Spoken(got) != got {
			t.Errorf("%q is not spoken", got)
		}
	})
}
