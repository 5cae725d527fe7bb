package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gatescand/configs"
	"gatescand/device/admin"
)

const editedConfig = "# the organiser's words\n[[account]]\nname = \"lespass\"\nplatform = \"tibillet\"\nurl = \"https://lespass.example.org\"\n" +
	"[[lane]]\nname = \"north\"\nreader = \"virtual:\"\n"

func configFileOf(t *testing.T, text string) configFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gatescand.toml")
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	a := &app{getenv: func(string) string { return "" }}
	return configFile{path: path, parse: func(text []byte) (*configs.Config, error) { return configs.Parse(path, text, a.configEnv()) }}
}

func friendsAccount() configs.NewAccount {
	return configs.NewAccount{Name: "friends", Platform: "tibillet", URL: "https://friends.tibillet.org"}
}

func textOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAnAccountIsWrittenBehindWhatStoodThere(t *testing.T) {
	t.Parallel()
	f := configFileOf(t, editedConfig)
	if err := os.Chmod(f.path, 0o604); err != nil {
		t.Fatal(err)
	}
	edit, err := f.addAccount(friendsAccount())
	if err != nil {
		t.Fatal(err)
	}
	if textOf(t, f.path) != editedConfig {
		t.Error("the file has changed before anybody said so")
	}
	if err := edit.commit(); err != nil {
		t.Fatal(err)
	}
	now := textOf(t, f.path)
	if !strings.HasPrefix(now, editedConfig) || !strings.Contains(now, "friends.tibillet.org") {
		t.Errorf("the file is now %q", now)
	}
	if info, err := os.Stat(f.path); err != nil || info.Mode().Perm() != 0o604 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if was := textOf(t, f.path+backupEnd); was != editedConfig {
		t.Errorf("kept is %q", was)
	}
	// A second account leaves the first copy alone: it is the organiser's own.
	edit, err = f.addAccount(configs.NewAccount{Name: "more", Platform: "tibillet", URL: "https://more.tibillet.org"})
	if err != nil {
		t.Fatal(err)
	}
	if err := edit.commit(); err != nil {
		t.Fatal(err)
	}
	if was := textOf(t, f.path+backupEnd); was != editedConfig {
		t.Errorf("kept after a second account is %q", was)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(f.path), ".gatescand-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %q, %v", left, err)
	}
}

func TestALinkToTheConfigurationStaysALink(t *testing.T) {
	t.Parallel()
	f := configFileOf(t, editedConfig)
	link := filepath.Join(t.TempDir(), "link.toml")
	if err := os.Symlink(f.path, link); err != nil {
		t.Fatal(err)
	}
	behind := f.path
	f.path = link
	edit, err := f.addAccount(friendsAccount())
	if err != nil {
		t.Fatal(err)
	}
	if err := edit.commit(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info.Mode(), err)
	}
	if !strings.Contains(textOf(t, behind), "friends") {
		t.Error("what the link leads to is as before")
	}
}

func TestWhatCannotBeWrittenIsToldToAPerson(t *testing.T) {
	t.Parallel()
	f := configFileOf(t, editedConfig)
	if err := os.Chmod(filepath.Dir(f.path), 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(f.path), 0o700) })
	if os.Geteuid() == 0 {
		f = lockedFor(t, f) // root writes anywhere else
	}
	_, err := f.addAccount(friendsAccount())
	e, ok := errors.AsType[*admin.Error](err)
	if !ok || e.Code != "config_readonly" || !strings.Contains(e.Details["text"], "[[account]]\nname = \"friends\"") || !strings.Contains(e.Hint, e.Details["text"]) {
		t.Fatalf("error %+v", err)
	}
	if textOf(t, f.path) != editedConfig {
		t.Error("the file has changed")
	}
}

// lockedFor puts a file where even root cannot make another beside it: below
// /proc, by a link to the open file.
func lockedFor(t *testing.T, f configFile) configFile {
	t.Helper()
	open, err := os.Open(f.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = open.Close() })
	if err := syscall.Unlink(f.path); err != nil { // the link below /proc then leads nowhere else
		t.Fatal(err)
	}
	f.path = fmt.Sprintf("/proc/self/fd/%d", open.Fd())
	return f
}

func TestAFaultyConfigurationIsLeftToAPerson(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no TOML":             editedConfig + "name = \n",
		"a setting too many":  editedConfig + "colour = \"red\"\n",
		"an account too many": strings.ReplaceAll(editedConfig, "lespass", "friends"),
	} {
		f := configFileOf(t, text)
		if _, err := f.addAccount(friendsAccount()); err == nil {
			t.Errorf("%s: written all the same", name)
		}
		if !bytes.Equal([]byte(textOf(t, f.path)), []byte(text)) {
			t.Errorf("%s: the file has changed", name)
		}
	}
}
