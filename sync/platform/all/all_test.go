package all_test

import (
	"errors"
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
