package card_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatescand/device/admin/card"
)

func keyOf(generation uint32, fill byte) *card.Key {
	return &card.Key{Generation: generation, Secret: bytes.Repeat([]byte{fill}, 32)}
}

// The form is printed on paper: it does not change without a new version.
func TestTheFormOfACardStays(t *testing.T) {
	t.Parallel()
	want := "GSCNDBCBBBDPNJKCKJBBBTLNVFRCHHPRXGPL"
	if got := keyOf(2, 7).Text("north", card.Close); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestACardDoesWhatItSaysAtItsOwnLaneAlone(t *testing.T) {
	t.Parallel()
	k := keyOf(3, 1)
	lanes := []string{"north", "south"}
	good := k.Text("north", card.Open)
	for name, tc := range map[string]struct {
		key    *card.Key
		code   string
		lane   string
		action card.Action
		want   card.Verdict
	}{
		"at its lane":                            {k, good, "north", card.Open, card.Valid},
		"in small letters, as caps lock makes":   {k, strings.ToLower(good), "north", card.Open, card.Valid},
		"with a line end":                        {k, good + "\r\n", "north", card.Open, card.Valid},
		"at another lane":                        {k, good, "south", "", card.Foreign},
		"at a lane that does not exist any more": {k, k.Text("west", card.Open), "north", "", card.Forged},
		"after the key was renewed":              {keyOf(4, 2), good, "north", "", card.Old},
		"of another station of that generation":  {keyOf(3, 9), good, "north", "", card.Forged},
		"with another action written in":         {k, strings.Replace(good, "GSCNDBP", "GSCNDBC", 1), "north", "", card.Forged},
		"with another generation written in":     {keyOf(4, 1), strings.Replace(good, "BBBF", "BBBG", 1), "north", "", card.Forged},
		"cut short":                              {k, good[:20], "north", "", card.Forged},
		"with more behind it":                    {k, good + "X", "north", "", card.Forged},
		"a ticket of six letters":                {k, "GSCNDB", "north", "", card.None},
		"a ticket":                               {k, "T-4711", "north", "", card.None},
		"a ticket that begins like a card":       {k, good + strings.Repeat("X", 60), "north", "", card.None},
		"nothing":                                {k, "", "north", "", card.None},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			action, got := tc.key.Judge([]byte(tc.code), tc.lane, lanes)
			if got != tc.want || action != tc.action {
				t.Errorf("%s %q, want %s %q", got, action, tc.want, tc.action)
			}
		})
	}
}

// A board of another country moves A, M, Q, W, Y, Z and everything that is no letter.
func TestACardIsTypedAlikeInEveryCountry(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := &card.Key{Generation: rapid.Uint32().Draw(t, "generation"), Secret: rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "secret")}
		text := k.Text(rapid.String().Draw(t, "lane"), rapid.SampledFrom(card.Actions()).Draw(t, "action"))
		if strings.Trim(text, "BCDEFGHIJKLNOPRSTUVX") != "" || len(text) != 36 {
			t.Fatalf("%s", text)
		}
	})
}

func TestNoChangedLetterMakesACard(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := keyOf(rapid.Uint32Range(1, 1<<20).Draw(t, "generation"), rapid.Byte().Draw(t, "key"))
		text := []byte(k.Text("north", card.Close))
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		text[at] ^= rapid.ByteRange(1, 31).Draw(t, "bits") // never the case of the letter alone
		if action, v := k.Judge(text, "north", []string{"north", "south"}); v == card.Valid || action != "" {
			t.Fatalf("%s %s", action, v)
		}
	})
}

func TestTheKeyIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "control-cards.key")
	first, err := card.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again, err := card.Load(file)
	if err != nil || again.Text("north", card.Open) != first.Text("north", card.Open) {
		t.Errorf("another key, %v", err)
	}
	renewed, err := again.Renew(file)
	if err != nil || renewed.Generation != first.Generation+1 || bytes.Equal(renewed.Secret, first.Secret) {
		t.Fatalf("%v, %v", renewed, err)
	}
	kept, err := card.Load(file)
	if err != nil || kept.Text("north", card.Open) != renewed.Text("north", card.Open) {
		t.Errorf("the new key was not kept: %v", err)
	}
	if s := renewed.String(); !strings.HasSuffix(s, "[redacted]") {
		t.Errorf("%s", s)
	}
}

func TestADamagedKeyIsNotReplacedBehindAnybodysBack(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"an empty file": "", "no JSON": "x", "a key of no length": `{"generation":1,"secret":""}`, "no generation": `{"generation":0,"secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := card.Load(file); !errors.Is(err, card.ErrDamaged) {
				t.Errorf("%v", err)
			}
			if raw, err := os.ReadFile(file); err != nil || string(raw) != content {
				t.Errorf("the file was changed: %q, %v", raw, err)
			}
		})
	}
}

func TestAKeyThatCannotBeKeptIsNotUsed(t *testing.T) {
	t.Parallel()
	if k, err := card.Load(filepath.Join(t.TempDir(), "no such folder", "key")); err == nil {
		t.Errorf("%v", k)
	}
}

func FuzzJudge(f *testing.F) {
	k := keyOf(2, 7)
	f.Add([]byte(k.Text("north", card.Close)))
	f.Add([]byte(k.Text("south", card.Check)))
	f.Add([]byte("GSCNDB"))
	f.Add([]byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, code []byte) {
		before := bytes.Clone(code)
		action, v := k.Judge(code, "north", []string{"north", "south"})
		if (v == card.Valid) != (action != "") || (v == card.None) == card.Looks(code) {
			t.Errorf("%s %s", action, v)
		}
		if v == card.Valid && !strings.EqualFold(strings.TrimSpace(string(code)), k.Text("north", action)) {
			t.Errorf("%q opens the lane", code)
		}
		if !bytes.Equal(before, code) {
			t.Error("the code was changed")
		}
	})
}
