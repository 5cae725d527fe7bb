package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatescand/configs"
	"gatescand/device/signal"
	"gatescand/device/signal/gpio"
)

const (
	// releasePatience is how long switching off may take: systemd waits for it.
	releasePatience = 5 * time.Second
	// defaultRuntime is the unit's RuntimeDirectory.
	defaultRuntime = "/run/gatescand"
	// outputsName is the file in it that names the lines the daemon drives.
	outputsName = "outputs"
)

func (a *app) releaseCommand() *cobra.Command {
	return &cobra.Command{
		Use: "release", Short: "Put all outputs into the safe state", Args: noArgs,
		Long: "Switches every GPIO line off: those the daemon noted when it took them, and those the\n" +
			"configuration names, as far as it can be read. The service runs this after the daemon has\n" +
			"ended, whatever ended it.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), releasePatience)
			defer cancel()
			// A configuration with faults must not keep a relay on: what is wrong with it is said afterwards.
			cfg, faults := a.load()
			released, err := gpio.Release(ctx, devices, a.wiresToRelease(cfg))
			if err := errors.Join(err, faults); err != nil {
				return err
			}
			return a.say("%d outputs are off\n", released)
		},
	}
}

// wiresToRelease gives every line that may be on: noted by the daemon, and named
// by the configuration; nil where that cannot be used, then by its text.
func (a *app) wiresToRelease(cfg *configs.Config) []signal.Wire {
	addresses := notedOutputs(a.runtimeDir())
	if cfg != nil {
		addresses = append(addresses, signalSwitches(cfg)...)
	} else {
		addresses = append(addresses, outputsInText(a.config)...)
	}
	var found []signal.Wire
	for _, address := range addresses {
		same := func(w signal.Wire) bool { return w.Key() == address.Key() }
		if !slices.ContainsFunc(found, same) {
			found = append(found, address.Wire)
		}
	}
	return found
}

// runtimeDir is where the daemon notes what it drives.
func (a *app) runtimeDir() string {
	if dir := a.getenv("RUNTIME_DIRECTORY"); dir != "" {
		return dir
	}
	return defaultRuntime
}

// noteOutputs writes down which lines are driven from now on, for whoever has to
// switch them off afterwards. Without a runtime directory, as when the daemon is
// run by hand, nothing is noted.
func noteOutputs(dir string, cfg *configs.Config) error {
	if dir == "" {
		return nil
	}
	var text strings.Builder
	for _, a := range signalSwitches(cfg) {
		text.WriteString(a.String() + "\n")
	}
	path := filepath.Join(dir, outputsName)
	if err := os.WriteFile(path+".new", []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("the outputs cannot be noted for release: %w", err)
	}
	return os.Rename(path+".new", path)
}

// notedOutputs reads what noteOutputs wrote. What cannot be read is no output.
func notedOutputs(dir string) []signal.Address {
	text, err := os.ReadFile(filepath.Join(dir, outputsName))
	if err != nil {
		return nil
	}
	return switchesOf(strings.Split(string(text), "\n"))
}

// maxReleaseText is how much of a configuration is looked through.
const maxReleaseText = 1 << 20

// outputsInText finds the addresses of outputs in a configuration that cannot be
// used. A contact's line is an input and must not be driven; so a line of the
// file that speaks of a passage is passed over.
func outputsInText(path string) []signal.Address {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err != nil || info.Size() > maxReleaseText {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var quoted []string
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "#") || strings.Contains(line, "passage") {
			continue
		}
		quoted = append(quoted, strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("\"' ,[]\t", r) })...)
	}
	return switchesOf(quoted)
}

// switchesOf gives the lines among addresses.
func switchesOf(texts []string) []signal.Address {
	return slices.DeleteFunc(addressesOf(texts), func(a signal.Address) bool { return a.Kind != signal.GPIO })
}
