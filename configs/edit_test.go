package configs_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatescand/configs"
)

func friends() configs.NewAccount {
	return configs.NewAccount{Name: "friends", Platform: "tibillet", URL: "https://friends.tibillet.org"}
}

func TestAddAccountTouchesNothingThatWasThere(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"an ordinary file":                       goodAccount + goodLane,
		"a file that ends in a signal section":   goodAccount + goodLane + "  [lane.signal]\n  admit = [\"gpio:gpiochip0/17\"]\n",
		"a file without a newline at its end":    goodAccount + strings.TrimSuffix(goodLane, "\n"),
		"a file that ends in a list of lines":    goodAccount + goodLane + "[pairing]\nallow_hosts = [\n  \"*.tibillet.org\",\n]\n",
		"a file that ends in a comment":          goodAccount + goodLane + "# the end",
		"a file of another system's editor":      strings.ReplaceAll(goodAccount+goodLane, "\n", "\r\n"),
		"a file with a byte order mark":          "\xef\xbb\xbf" + goodAccount + goodLane,
		"a file that begins with the lanes":      goodLane + goodAccount,
		"a file with a text over several lines":  goodAccount + goodLane + "[station]\nname = \"\"\"\nDoor\"\"\"",
		"a file with blanks at the end":          goodAccount + goodLane + "\n\n   \n",
		"the sample that comes with the program": string(configs.Sample()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := configs.AddAccount([]byte(text), friends())
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(out, []byte(text)) {
				t.Error("a byte before the new section has changed")
			}
			if strings.Contains(text, "\r\n") && strings.Contains(strings.ReplaceAll(string(out), "\r\n", ""), "\n") {
				t.Error("line ends are mixed")
			}
			if strings.Contains(name, "several lines") {
				return // a station's name has one line: the text is TOML, and no configuration
			}
			after, err := configs.Parse("c.toml", out, allPlatforms())
			if err != nil {
				t.Fatalf("%v in\n%s", err, out)
			}
			before, err := configs.Parse("c.toml", []byte(text), allPlatforms())
			if err != nil {
				t.Fatal(err)
			}
			changes := configs.Diff(before, after)
			if len(changes.Keys) != 1 || len(changes.Accounts.Added) != 1 || changes.Accounts.Added[0] != "friends" {
				t.Errorf("changes %+v", changes)
			}
			added, ok := after.Account("friends")
			if !ok || added.URL != "https://friends.tibillet.org" || added.Platform != "tibillet" {
				t.Errorf("added %+v", added)
			}
		})
	}
}

func TestAddAccountToAFileWithoutAny(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"nothing": "", "a station alone": "[station]\nname = \"Door\"\n"} {
		out, err := configs.AddAccount([]byte(text), friends())
		if err != nil || !bytes.HasPrefix(out, []byte(text)) {
			t.Errorf("%s: %q, %v", name, out, err)
		}
		if _, err := configs.Parse("c.toml", append(out, goodLane...), testEnv()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddAccountSaysWhatStandsInTheWay(t *testing.T) {
	t.Parallel()
	with := func(change func(*configs.NewAccount)) configs.NewAccount {
		a := friends()
		change(&a)
		return a
	}
	for name, tc := range map[string]struct {
		text string
		add  configs.NewAccount
		want error
	}{
		"a name that is taken":                      {goodAccount, with(func(a *configs.NewAccount) { a.Name = "lespass" }), configs.ErrAccountTaken},
		"a file that is no TOML":                    {goodAccount + "name = \n", friends(), configs.ErrFaultyFile},
		"a text that never ends":                    {goodAccount + "x = \"\"\"\nabc", friends(), configs.ErrFaultyFile},
		"a file in UTF-16":                          {"\xff\xfe[\x00", friends(), configs.ErrFaultyFile},
		"accounts as a list in one line":            {"account = [{name = \"a\", platform = \"tibillet\", url = \"https://a.example.org\"}]\n", friends(), configs.ErrFaultyFile},
		"a name that would end the text":            {goodAccount, with(func(a *configs.NewAccount) { a.Name = "x\"\nurl = \"y" }), configs.ErrNotWritable},
		"an address with a line of its own":         {goodAccount, with(func(a *configs.NewAccount) { a.URL = "https://a\n[admin]" }), configs.ErrNotWritable},
		"an address with an escape":                 {goodAccount, with(func(a *configs.NewAccount) { a.URL = `https://a\u0041` }), configs.ErrNotWritable},
		"an account without a platform":             {goodAccount, with(func(a *configs.NewAccount) { a.Platform = "" }), configs.ErrNotWritable},
		"a file that is as large as it may be":      {goodAccount + strings.Repeat("#\n", (1<<20-len(goodAccount))/2), friends(), configs.ErrNotWritable},
		"an address longer than any address may be": {goodAccount, with(func(a *configs.NewAccount) { a.URL = "https://" + strings.Repeat("a", 600) }), configs.ErrNotWritable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := configs.AddAccount([]byte(tc.text), tc.add)
			if !errors.Is(err, tc.want) || out != nil {
				t.Errorf("%q, error %v, want %v", out, err, tc.want)
			}
		})
	}
}

func TestAddAccountToManyFiles(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{
		goodAccount, goodLane, "[station]\n", "name = 'x'\n", "# a comment\n", "\n", "[lane.signal]\nadmit = [\n", "]\n", "\"\"\"", "\r\n",
		"[[account]]", "account = 1\n", "[account]\n", "account.name = 'x'\n", "'''\n", "a = {b = 1}\n", "\xff", "\x00", "[pairing]\n",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), ""))
		out, err := configs.AddAccount(bytes.Clone(text), friends())
		if err != nil {
			return
		}
		if !bytes.HasPrefix(out, text) {
			t.Fatalf("%q became %q", text, out)
		}
		if _, err := configs.AddAccount(out, friends()); !errors.Is(err, configs.ErrAccountTaken) {
			t.Fatalf("what was added to %q is not found again: %v", text, err)
		}
	})
}

func FuzzAddAccount(f *testing.F) {
	f.Add([]byte(goodAccount+goodLane), "friends", "https://friends.tibillet.org")
	f.Add(configs.Sample(), "a\"b", "https://x\ny")
	f.Fuzz(func(t *testing.T, text []byte, name, url string) {
		out, err := configs.AddAccount(text, configs.NewAccount{Name: name, Platform: "tibillet", URL: url})
		if err == nil && !bytes.HasPrefix(out, text) {
			t.Errorf("a byte has changed: %q", out)
		}
	})
}
