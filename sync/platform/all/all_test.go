package all_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/all"
)

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func settings() all.Settings {
	return all.Settings{
		Account: "a", BaseURL: "https://salle.example", Now: noon, Version: "1",
		UserID: "promoter@example.org", APIKey: "0123456789abcdef0123456789abcdef", Password: "geheim",
		Credentials: platform.Credentials{
			APIKey: "AAAAAAAA.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", StationID: "139d5cd5-df7b-4318-97b5-7f1b847c2a07",
		},
	}
}

func TestEveryPlatformOnTheListCanBeMadeAndIsThatPlatform(t *testing.T) {
	for _, name := range all.Platforms() {
		d, err := all.New(name, settings())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.Platform() != name {
			t.Errorf("%s calls itself %s", name, d.Platform())
		}
	}
}

func TestEveryPlatformSaysWhatAGateGetsFromIt(t *testing.T) {
	for _, name := range all.Platforms() {
		row, ok := all.RowOf(name)
		if !ok || row.Proved == "" || row.Cached == "" || row.Asked == "" || row.Delivered == "" || row.Repeated == "" {
			t.Errorf("%s: %+v", name, row)
		}
		d, err := all.New(name, settings())
		if err != nil {
			t.Fatal(err)
		}
		can := d.Capabilities()
		for what, said := range map[string]struct{ can, words bool }{
			"proves": {can.SignsCodes, row.Proved != "nothing"},
			"asked":  {can.AsksOnline, !strings.HasPrefix(row.Asked, "nothing")},
			"uses":   {can.TakesUses, strings.Contains(row.Delivered, "the use")},
			"counts": {can.CountsUses, strings.Contains(row.Repeated, "count before")},
		} {
			if said.can != said.words {
				t.Errorf("%s, %s: the drawer can %v, the row says %v", name, what, said.can, said.words)
			}
		}
	}
	if n := len(all.Sheet()); n != len(all.Platforms()) {
		t.Errorf("%d rows for %d platforms", n, len(all.Platforms()))
	}
}

func TestADefaultPasswordIsKnownWhereThereIsOne(t *testing.T) {
	if all.IsDefaultPassword(admission.BitTan, "geheim") || all.IsDefaultPassword(admission.Stebby, "") {
		t.Error("a password of one's own is taken for the default")
	}
}

func TestAPlatformThatIsNotBuiltInIsNamedWithThoseThatAre(t *testing.T) {
	d, err := all.New("pretix\x1b", settings())
	if d != nil || !errors.Is(err, all.ErrUnknown) {
		t.Fatalf("got %v, %v", d, err)
	}
	if text := err.Error(); !strings.Contains(text, "tibillet") || strings.Contains(text, "\x1b") {
		t.Errorf("got %q", text)
	}
}

func TestADrawerThatCannotBeMadeIsNone(t *testing.T) {
	for name, spoil := range map[string]func(*all.Settings){
		"no url":             func(s *all.Settings) { s.BaseURL = "" },
		"no account":         func(s *all.Settings) { s.Account = "" },
		"no clock":           func(s *all.Settings) { s.Now = nil },
		"a key that is none": func(s *all.Settings) { s.Credentials.APIKey = "geheim\n" },
		"a key without id":   func(s *all.Settings) { s.Credentials.StationID = "" },
		"an id that is none": func(s *all.Settings) { s.Credentials.StationID = "x" },
	} {
		t.Run(name, func(t *testing.T) {
			s := settings()
			spoil(&s)
			d, err := all.New(admission.TiBillet, s)
			if d != nil || err == nil || strings.Contains(err.Error(), "geheim") {
				t.Errorf("got %v, %v", d, err)
			}
		})
	}
}

func TestPairersReadTheirOwnCodes(t *testing.T) {
	const token = "MTM5ZDVjZDUtZGY3Yi00MzE4LTk3YjUtN2YxYjg0N2MyYTA3OjF4VXRDbDp0T3ZwZTRCVllEbEVtT0J5WlhnMGkxZ0hHMmFxUUx0VXowRUNMNlJWQnNJ"
	read := 0
	for _, p := range all.Pairers(all.PairSettings{Now: noon}) {
		if got, err := p.ReadPairing("https://salle.example/scan/" + token + "/pair"); err == nil {
			read++
			if !slices.Contains(all.Platforms(), got.Platform) {
				t.Errorf("platform %s", got.Platform)
			}
		}
	}
	if read != 1 {
		t.Errorf("%d pairers read the code, want 1", read)
	}
}

// The README is where an organiser looks; it must say what the program says.
func TestTheReadmeSaysTheSame(t *testing.T) {
	text, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all.Sheet() {
		for _, words := range []string{r.Proved, r.Cached, r.Asked, r.Delivered, r.Repeated} {
			if !strings.Contains(string(text), words) {
				t.Errorf("%s: the README does not say %q", r.Platform, words)
			}
		}
	}
}
