package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatescand/configs"
)

func TestWhereTheConfigurationStands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	there, absent := filepath.Join(dir, "there.toml"), filepath.Join(dir, "absent.toml")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct{ system, state, want string }{
		"the system's, where there is one":          {there, "/run/x", there},
		"else in the state directory of the unit":   {absent, "/srv/gate", "/srv/gate/gatescand.toml"},
		"of several state directories, the first":   {absent, "/srv/gate:/srv/other", "/srv/gate/gatescand.toml"},
		"without systemd, where the service's is":   {absent, "", "/var/lib/gatescand/gatescand.toml"},
		"a state directory that is no path is none": {absent, "gate", "/var/lib/gatescand/gatescand.toml"},
		"one that may not be looked at is named":    {filepath.Join(there, "below"), "/srv/gate", filepath.Join(there, "below")},
	} {
		getenv := func(key string) string {
			if key == "STATE_DIRECTORY" {
				return row.state
			}
			return ""
		}
		if got := defaultConfig(getenv, row.system); got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
	}
}

func TestTheFirstConfigurationIsMadeOnceAndNeverUnasked(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	path := filepath.Join(dir, "gatescand.toml")
	a := &app{config: path, fallback: path, getenv: func(string) string { return "" }}
	if made, err := a.makeFirstConfig(); err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	cfg, err := a.load()
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Lanes)+len(cfg.Accounts) != 0 || cfg.Station.DataDir != dir || cfg.Admin.Listen != ":8640" || cfg.Admin.TLS != configs.TLSSelfSigned || cfg.Given("station.name") {
		t.Errorf("made %+v", cfg)
	}
	text, err := os.ReadFile(path)
	if err != nil || !configs.KeptByPage(text) {
		t.Errorf("the page may not write it: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if made, err := a.makeFirstConfig(); err != nil || made {
		t.Errorf("made over what was there: %v, %v", made, err)
	}
	named := &app{config: filepath.Join(dir, "named.toml"), fallback: path}
	if made, err := named.makeFirstConfig(); err != nil || made {
		t.Errorf("a file that somebody named was made up: %v, %v", made, err)
	}
	file := filepath.Join(dir, "gatescand.toml", "below", "gatescand.toml")
	blocked := &app{config: file, fallback: file}
	if _, err := blocked.makeFirstConfig(); err != nil && !strings.Contains(err.Error(), "--config") {
		t.Errorf("where it cannot be made: %v", err)
	}
}
