package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestReleaseKnowsEveryLineThatMayBeOn(t *testing.T) {
	const head = "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"https://a.example.org\"\n[[lane]]\nname = \"n\"\nreader = \"virtual:\"\n"
	const good = head + "passage = \"gpio:c/9\"\n[lane.signal]\nadmit = [\"gpio:c/1?pulse=300ms\", \"sound:tone\"]\nrefuse = ['gpio:c/2?active=low']\nhold = [\"gpio:c/2?active=low\"]\n"
	for _, c := range []struct {
		name, noted, config string
		want                []string
	}{
		{"a good configuration", "", good, []string{"c/1", "c/2"}},
		{"a typing error elsewhere in it", "", "[station]\ntitle = \"x\"\n" + good, []string{"c/1", "c/2"}},
		{"not even TOML", "", "[[[\n" + good, []string{"c/1", "c/2"}},
		{"lines in remarks, and contacts", "", "[[[\n# admit = [\"gpio:c/5\"]\npassage = \"gpio:c/6?active=low\"\n", nil},
		{"lines that have gone from the configuration", "gpio:c/7?pulse=1s\ngpio:c/1\n", good, []string{"c/7", "c/1", "c/2"}},
		{"no configuration at all", "gpio:c/7\nrubbish\n\n", "", []string{"c/7"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			a := &app{config: filepath.Join(dir, "c.toml"), getenv: func(name string) string {
				if name == "RUNTIME_DIRECTORY" {
					return dir
				}
				return ""
			}}
			write := func(name, text string) {
				if text == "" {
					return
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("c.toml", c.config)
			write(outputsName, c.noted)
			cfg, _ := a.load() // its faults are the point
			var got []string
			for _, w := range a.wiresToRelease(cfg) {
				got = append(got, w.Key())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("released %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheDaemonNotesWhatItDrives(t *testing.T) {
	r := newRig(t)
	r.lanes += "[lane.signal]\nadmit = [\"gpio:c/1?active=low\"]\nhold = [\"sound:tone\"]\n"
	dir := t.TempDir()
	if err := noteOutputs(dir, r.config()); err != nil {
		t.Fatal(err)
	}
	noted := notedOutputs(dir)
	if len(noted) != 1 || noted[0].Key() != "c/1" || !noted[0].ActiveLow {
		t.Errorf("noted %v", noted)
	}
	if err := noteOutputs("", r.config()); err != nil {
		t.Errorf("without a place: %v", err)
	}
	if err := noteOutputs(filepath.Join(dir, "nowhere"), r.config()); err == nil {
		t.Error("a note that was not written is taken for one")
	}
}
