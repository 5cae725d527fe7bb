package configs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatescand/configs"
)

// addressError is an error of an address check that knows its own remedy.
type addressError struct{ problem, remedy string }

func (e addressError) Error() string  { return e.problem }
func (e addressError) Remedy() string { return e.remedy }

var errNoSuchKind = errors.New("no reader is called this")

// testEnv knows one platform, two languages and three kinds of addresses.
func testEnv() configs.Env {
	return configs.Env{
		Platforms: []string{"tibillet"},
		Languages: []string{"en", "fr"},
		CheckReader: func(addr string) error {
			switch kind, rest, _ := strings.Cut(addr, ":"); {
			case kind == "serial" && !strings.HasPrefix(rest, "/"):
				return addressError{"a serial reader needs a path", "write serial:/dev/serial/by-id/…"}
			case kind == "serial", kind == "virtual", kind == "tcp":
				return nil
			}
			return errNoSuchKind
		},
		CheckSignal: func(addr string) error {
			if !strings.HasPrefix(addr, "gpio:") {
				return addressError{"this release drives gpio only", "write gpio:CHIP/LINE"}
			}
			return nil
		},
	}
}

// allPlatforms is testEnv with every platform built in.
func allPlatforms() configs.Env {
	env := testEnv()
	env.Platforms = []string{"tibillet", "ticketsonic", "stebby", "bittan"}
	return env
}

const (
	goodAccount = `[[account]]
name = "lespass"
platform = "tibillet"
url = "https://lespass.example.org"
`
	goodLane = `[[lane]]
name = "north"
reader = "serial:/dev/ttyACM0"
`
)

// parse parses a text under the name c.toml.
func parse(t *testing.T, text string, env configs.Env) (*configs.Config, []configs.Fault) {
	t.Helper()
	cfg, err := configs.Parse("c.toml", []byte(text), env)
	if err == nil {
		return cfg, nil
	}
	var faults *configs.FaultsError
	if !errors.As(err, &faults) {
		t.Fatalf("Parse gave %T, want *FaultsError", err)
	}
	if cfg != nil || len(faults.Faults) == 0 {
		t.Fatalf("Parse gave a config with faults, or an error without")
	}
	return nil, faults.Faults
}

// mustParse parses a text that has to be valid.
func mustParse(t *testing.T, text string, env configs.Env) *configs.Config {
	t.Helper()
	cfg, err := configs.Parse("c.toml", []byte(text), env)
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return cfg
}

// writeFile puts a file with that mode into a fresh folder.
func writeFile(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	// The umask may have taken bits away that the test is about.
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}
