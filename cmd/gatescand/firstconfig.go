package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gatescand/configs"
)

// systemConfig is the configuration that a person keeps. stateDir is where the
// service keeps its data unless systemd says otherwise.
const (
	systemConfig = "/etc/gatescand/gatescand.toml"
	stateDir     = "/var/lib/gatescand"
	configName   = "gatescand.toml"
)

// defaultConfig is where the configuration stands where nobody names one: the one
// of the system if it is there, else the one in the state directory, which the
// service may write and the set-up page keeps.
func defaultConfig(getenv func(string) string, system string) string {
	if _, err := os.Stat(system); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return system // also one that may not be looked at: reading it says so
	}
	return filepath.Join(stateDirectory(getenv), configName)
}

// stateDirectory is the first state directory that systemd gives the service.
func stateDirectory(getenv func(string) string) string {
	if dir, _, _ := strings.Cut(getenv("STATE_DIRECTORY"), ":"); filepath.IsAbs(dir) {
		return dir
	}
	return stateDir
}

// makeFirstConfig makes the configuration of a box that has none: no lanes, no
// accounts, and the page open to the network behind a password, so that a phone
// can set it up. A file that somebody named is not made up.
func (a *app) makeFirstConfig() (made bool, err error) {
	if a.config != a.fallback || a.config == systemConfig {
		return false, nil
	}
	if _, err := os.Lstat(a.config); !errors.Is(err, fs.ErrNotExist) {
		return false, nil // whatever is there is read next, and says what is wrong with it
	}
	dir := filepath.Dir(a.config)
	cfg := configs.Default()
	cfg.Station.DataDir = dir
	cfg.Admin.Listen, cfg.Admin.TLS = ":8640", configs.TLSSelfSigned
	if err := errors.Join(os.MkdirAll(dir, 0o700), replaceFile(a.config, configs.Write(cfg))); err != nil {
		return false, fmt.Errorf("there is no configuration yet, and %s cannot be made; run this as the service (systemctl start gatescand) or name a file with --config: %w", a.config, err)
	}
	return true, nil
}
