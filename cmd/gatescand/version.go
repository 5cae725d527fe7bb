package main

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/spf13/cobra"
)

// version is the release.
const version = "0.1.0"

// build says what this binary is made of.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	SQLite  string `json:"sqlite"`
	Target  string `json:"target"`
}

func thisBuild() build {
	b := build{Version: version, Commit: "unknown", Go: runtime.Version(), Target: runtime.GOOS + "/" + runtime.GOARCH}
	b.SQLite, _, _ = sqlite3.Version()
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = s.Value
		}
	}
	return b
}

// builtAt gives the time of the commit this binary was made from; no clock that
// shows an earlier one can be right. It is zero where the binary does not know.
func builtAt() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			if t, err := time.Parse(time.RFC3339, s.Value); err == nil {
				return t
			}
		}
	}
	return time.Time{}
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say version, commit, Go and SQLite", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if a.json {
				return a.printJSON(b)
			}
			return a.say("gatescand %s (commit %s, %s, SQLite %s, %s)\n", b.Version, b.Commit, b.Go, b.SQLite, b.Target)
		},
	}
}

// printJSON prints one JSON value.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
