package configs_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/pelletier/go-toml/v2"

	"gatescand/configs"
)

// FuzzParse holds Parse to its promises for whatever stands in a file: it
// returns, each fault is one printable line with a remedy and a place within
// the file, and what it takes as valid is valid TOML for a whole decoder too.
func FuzzParse(f *testing.F) {
	f.Add(configs.Sample())
	f.Add([]byte(goodAccount + goodLane))
	twenty, err := os.ReadFile("testdata/twenty.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(twenty)
	for _, seed := range []string{
		"", "\x00", "[", "[[", "a", "a=", "a.b.c=1", "a=[[[[[[[[[[[[", "a={b={c={", "'''", `"""`, "[a]\n[a]\n[[a]]", "[[lane]]\n[lane.signal]\n[[lane.signal]]",
		"lane.name=1\n[[lane]]", "account=[{name='a'},{}]\n[[account]]", "[account.x]\n[[account]]", "#\a\n[station\n'x'=1\n\"\\u001b\"=2", "\xef\xbb\xbf", "\xff\xfe",
		"[station]\nname=\n[station]\nname=", "[[account]]\nname=\"a\"\n[account.b]\nx=1\n[account]\n", "a='''\n\n\nb=1", "a=1 b=2\nc", "station=[1,\n]\n\n]",
		"[lane.signal.admit]\n[[lane]]\nsignal={admit=[]}\nsignal.hold=[]\n[lane.signal]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// Files are real; names that fuzzing may find are not to be opened.
		if strings.Contains(string(data), "_file") {
			return
		}
		cfg, err := configs.Parse("f.toml", data, allPlatforms())
		if err == nil {
			again, err := configs.Parse("f.toml", configs.Write(cfg), allPlatforms())
			if err != nil {
				t.Fatalf("written anew it has faults: %v", err)
			}
			if changes := configs.Diff(cfg, again); !changes.Empty() {
				t.Fatalf("written anew it means something else: %v", changes.Keys)
			}
			var any map[string]any
			if err := toml.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &any); err != nil {
				t.Fatalf("taken as valid, but: %v", err)
			}
			return
		}
		var faults *configs.FaultsError
		if !errors.As(err, &faults) || len(faults.Faults) == 0 {
			t.Fatalf("the error is %T", err)
		}
		last := strings.Count(string(data), "\n") + 1
		for _, fault := range faults.Faults {
			if fault.Problem == "" || fault.Remedy == "" || fault.Line < 0 || fault.Line > last {
				t.Fatalf("fault %#v in a file of %d lines", fault, last)
			}
			if strings.ContainsFunc(fault.String(), func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("fault is not one printable line: %q", fault.String())
			}
		}
	})
}

// FuzzEventKeys reads whatever stands in a file of event keys.
func FuzzEventKeys(f *testing.F) {
	f.Add("4b3a1d5e-7c52-4f0a-9a54-3d5f0f3c1a2b\n-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
	f.Add("-----BEGIN \n-----END ")
	f.Fuzz(func(t *testing.T, text string) {
		file := writeFile(t, "keys.txt", text, 0o600)
		cfg, faults := parse(t, account(`keys_file = "`+file+`"`), testEnv())
		if cfg != nil && len(cfg.Accounts[0].EventKeys) == 0 {
			t.Fatal("no key and no fault")
		}
		for _, fault := range faults {
			if fault.Problem == "" || fault.Remedy == "" {
				t.Fatalf("fault %#v", fault)
			}
		}
	})
}
