package configs_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatescand/configs"
)

func TestDiffNamesWhatChanged(t *testing.T) {
	t.Parallel()
	const base = "[station]\nname = \"Gate\"\n" + goodAccount + goodLane
	const bar = "[[account]]\nname = \"bar\"\nplatform = \"tibillet\"\nurl = \"https://bar.example.org\"\n"
	const south = "[[lane]]\nname = \"south\"\nreader = \"virtual:\"\n"
	for _, tt := range []struct {
		name          string
		before, after string
		want          configs.Changes
	}{
		{"nothing", base, base, configs.Changes{}},
		{"comments, places and defaults written out", base, "# new\n\n" + base + "hold_off = \"3s\"\nproducts = []\n", configs.Changes{}},
		{"the order of lanes", base + south, "[station]\nname = \"Gate\"\n" + goodAccount + south + goodLane, configs.Changes{}},
		{
			"the station's name", base, strings.Replace(base, "Gate", "Tor", 1),
			configs.Changes{Station: true, Keys: []string{"station.name"}},
		},
		{
			"the data folder", base, "[station]\nname = \"Gate\"\ndata_dir = \"/data\"\n" + goodAccount + goodLane,
			configs.Changes{Station: true, Keys: []string{"station.data_dir"}, Restart: []string{"station.data_dir"}},
		},
		{
			"where the page listens", base, "[admin]\nlisten = \"127.0.0.1:1\"\nshow_names = false\n" + base,
			configs.Changes{Admin: true, Keys: []string{"admin.listen", "admin.show_names"}, Restart: []string{"admin.listen"}},
		},
		{
			"the pairing hosts", base, "[pairing]\nallow_hosts = []\n" + base,
			configs.Changes{Pairing: true, Keys: []string{"pairing.allow_hosts"}},
		},
		{
			"an account that came", base, base + bar,
			configs.Changes{Accounts: configs.Members{Added: []string{"bar"}}, Keys: []string{"account[bar]"}},
		},
		{
			"an account that went", base + bar, base,
			configs.Changes{Accounts: configs.Members{Removed: []string{"bar"}}, Keys: []string{"account[bar]"}},
		},
		{
			"an account's policy", base + bar, base + bar + "ask = \"never\"\nunlisted = \"refuse\"\n",
			configs.Changes{
				Accounts: configs.Members{Changed: []string{"bar"}},
				Keys:     []string{"account[bar].ask", "account[bar].unlisted"},
			},
		},
		{
			"a lane that came and one that went", base, strings.Replace(base, "north", "west.1", 1),
			configs.Changes{
				Lanes: configs.Members{Added: []string{"west.1"}, Removed: []string{"north"}},
				Keys:  []string{"lane[north]", "lane[west.1]"},
			},
		},
		{
			"a lane's signals and re-entry", base + south, base + south + "reentry = \"after 5m\"\nsignal.admit = [\"gpio:1\"]\n",
			configs.Changes{
				Lanes: configs.Members{Changed: []string{"south"}},
				Keys:  []string{"lane[south].reentry", "lane[south].signal.admit"},
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := configs.Diff(mustParse(t, tt.before, testEnv()), mustParse(t, tt.after, testEnv()))
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if got.Empty() != (len(tt.want.Keys) == 0) || got.NeedsRestart() != (len(tt.want.Restart) > 0) {
				t.Errorf("Empty() = %v, NeedsRestart() = %v", got.Empty(), got.NeedsRestart())
			}
		})
	}
}

func TestANewSecretInTheSameFileIsAChange(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "key", "old", 0o600)
	before := mustParse(t, stebby(file), allPlatforms())
	if err := os.WriteFile(file, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := configs.Diff(before, mustParse(t, stebby(file), allPlatforms()))
	want := configs.Changes{Accounts: configs.Members{Changed: []string{"a"}}, Keys: []string{"account[a].api_key_file"}}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestEffectiveSaysWhereEachSettingComesFromAndNoSecret(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "key", "s3cr3t", 0o600)
	cfg := mustParse(t, stebby(file), allPlatforms())
	settings := cfg.Effective()
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "s3cr3t") {
		t.Errorf("the secret is shown: %s", text)
	}
	byKey := make(map[string]configs.Setting)
	for _, s := range settings {
		byKey[s.Key] = s
	}
	for key, want := range map[string]configs.Setting{
		"account[a].url":           {Key: "account[a].url", Value: "https://api.example.org", From: "c.toml:4"},
		"account[a].api_key_file":  {Key: "account[a].api_key_file", Value: file, From: "c.toml:5"},
		"account[a].stale_after":   {Key: "account[a].stale_after", Value: "30m", From: configs.FromDefault},
		"lane[north].reentry":      {Key: "lane[north].reentry", Value: "never", From: configs.FromDefault},
		"lane[north].signal.admit": {Key: "lane[north].signal.admit", Value: []string{}, From: configs.FromDefault},
		"station.capacity":         {Key: "station.capacity", Value: 0, From: configs.FromDefault},
	} {
		if diff := cmp.Diff(want, byKey[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	if _, found := byKey["account[a].keys_file"]; found {
		t.Error("a key of another platform is listed")
	}
	if got := byKey["account[a].url"].String(); got != `account[a].url = "https://api.example.org"` {
		t.Errorf("shown as %s", got)
	}
	if got := byKey["lane[north].signal.admit"].String(); got != `lane[north].signal.admit = []` {
		t.Errorf("shown as %s", got)
	}
}

func TestEffectiveSettingsMakeTheSameConfigurationAgain(t *testing.T) {
	t.Parallel()
	cfg := mustParse(t, string(configs.Sample()), testEnv())
	var b strings.Builder
	section := ""
	for _, s := range cfg.Effective() {
		head, key, _ := strings.Cut(s.Key, ".")
		if head != section {
			section = head
			name, _, list := strings.Cut(head, "[")
			if list {
				name = "[" + name + "]"
			}
			b.WriteString("[" + name + "]\n")
		}
		b.WriteString(key + strings.TrimPrefix(s.String(), s.Key) + "\n")
	}
	again := mustParse(t, b.String(), testEnv())
	if changes := configs.Diff(cfg, again); !changes.Empty() {
		t.Errorf("written out and read again, these differ: %v", changes.Keys)
	}
}
