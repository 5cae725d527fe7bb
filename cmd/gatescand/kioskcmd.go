package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func (a *app) kioskCommand() *cobra.Command {
	var lane, browser string
	var show bool
	cmd := &cobra.Command{
		Use: "kiosk", Short: "Show the big screen of a lane in a browser, full screen", Args: noArgs,
		Long: "Waits until the daemon on this box answers and then becomes a browser that shows the\n" +
			"big screen of a lane, and nothing else. The browser trusts the certificate that the\n" +
			"station has at this moment and asks nothing of any other host. It needs a display:\n" +
			"gatescand-kiosk@.service gives it one on a box without a desktop.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			bases, err := kioskBases(os.ReadFile, a.config)
			if err != nil {
				return err
			}
			program, err := findBrowser(browser)
			if err != nil {
				return err
			}
			var places kioskPages
			for _, base := range bases {
				places = append(places, kioskPage{base: base, lane: lane})
			}
			var page kioskPage
			pin := ""
			if show {
				if page, pin, err = places.ask(cmd.Context()); err != nil {
					return fmt.Errorf("the daemon at %s does not answer; start it with systemctl start gatescand: %w", strings.Join(bases, " and "), err)
				}
			} else if page, pin, err = places.await(cmd.Context()); err != nil {
				return nil //nolint:nilerr // stopped while it waited; there is nothing to end
			}
			profile, err := a.kioskProfile()
			if err != nil {
				return err
			}
			argv := append([]string{program}, kioskArguments(page, pin, profile, a.getenv("WAYLAND_DISPLAY") != "")...)
			if show {
				return a.say("%s\n", shellLine(argv))
			}
			return fmt.Errorf("%s cannot be started: %w", program, unix.Exec(program, argv, os.Environ()))
		},
	}
	cmd.Flags().StringVar(&lane, "lane", "", "the lane whose screen is shown; the first unless named")
	cmd.Flags().StringVar(&browser, "browser", "", "path of the browser, chromium or one made of it")
	cmd.Flags().BoolVar(&show, "print", false, "print how the browser would be called, and do nothing")
	return cmd
}

// findBrowser gives the path of the browser.
func findBrowser(named string) (string, error) {
	names := []string{"chromium", "chromium-browser", "google-chrome-stable"}
	if named != "" {
		names = []string{named}
	}
	for _, n := range names {
		if path, err := exec.LookPath(n); err == nil {
			return filepath.Abs(path)
		}
	}
	if named != "" {
		return "", fmt.Errorf("there is no program %s; name the browser's path with --browser", named)
	}
	return "", errors.New("no browser was found; install it with apt install chromium, or name one with --browser")
}

// kioskProfile gives the folder in which the browser keeps what it must. Under
// the service it is gone with it, so that every start is a first one.
func (a *app) kioskProfile() (string, error) {
	dir := a.getenv("RUNTIME_DIRECTORY")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("there is no place for the browser's profile; set XDG_CACHE_HOME: %w", err)
		}
		dir = filepath.Join(cache, "gatescand-kiosk")
	}
	return filepath.Join(dir, "profile"), nil
}

// shellLine writes a command as a shell reads it.
func shellLine(argv []string) string {
	words := make([]string, 0, len(argv))
	for _, w := range argv {
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`*?[]{}()<>|&;#~!") {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}
