package signal_test

import (
	"strings"
	"testing"

	"gatescand/device/signal"
)

func TestWarnings(t *testing.T) {
	list := func(texts ...string) []string { return texts }
	for _, c := range []struct {
		name                string
		admit, refuse, hold []string
		want                []string // what each warning has in it
	}{
		{"nothing at all, there is a screen", nil, nil, nil, nil},
		{"lamps that say no rhythm", list("gpio:c/1"), list("gpio:c/2"), list("gpio:c/3"), nil},
		{
			"three lamps with one pulse", list("gpio:c/1?pulse=500ms"), list("gpio:c/2?pulse=500ms"), list("gpio:c/3?pulse=500ms"),
			list("admit and refuse differ only by which lamp", "admit and hold differ only", "refuse and hold differ only"),
		},
		{
			"pulses that are nearly alike", list("gpio:c/1?pulse=500ms"), list("gpio:c/2?pulse=800ms"), list("gpio:c/3"),
			list("admit and refuse differ only by which lamp is lit (500 ms and 800 ms)"),
		},
		{"a short pulse and a long one", list("gpio:c/1?pulse=300ms"), list("gpio:c/2?pulse=800ms"), list("gpio:c/3"), nil},
		{
			"lamps alike with tones", list("gpio:c/1?pulse=1s", "sound:tone"), list("gpio:c/2?pulse=1s", "sound:tone"),
			list("gpio:c/3?pulse=1s", "sound:tone"), nil,
		},
		{
			"a beep for admission only", list("gpio:c/1?pulse=1s", "talkback:ok"), list("gpio:c/2?pulse=1s"), list("gpio:c/3?pulse=1s"),
			list("refuse and hold differ only"),
		},
		{
			"the same file for two", list("gpio:c/1"), list("sound:/a.wav"), list("sound:/a.wav"),
			list("refuse and hold sound the same"),
		},
		{"a relay alone", list("gpio:c/1?pulse=300ms"), nil, nil, list("refuse and hold show nothing")},
		{
			"a gate that blinks", list("gpio:c/1?pattern=300/300/300"), list("gpio:c/2"), list("gpio:c/3"),
			list("admit only blinks"),
		},
		{"a relay and a lamp that blinks", list("gpio:c/1?pulse=300ms", "gpio:c/4?pattern=300/300/300"), list("gpio:c/2"), list("gpio:c/3"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := signal.Warnings(addresses(t, c.admit), addresses(t, c.refuse), addresses(t, c.hold))
			if len(got) != len(c.want) {
				t.Fatalf("got %d warnings: %s", len(got), strings.Join(got, "\n"))
			}
			for i := range got {
				if !strings.Contains(got[i], c.want[i]) {
					t.Errorf("got %q, want %q", got[i], c.want[i])
				}
			}
		})
	}
}

// What a warning suggests is itself no cause for a warning.
func TestTheSuggestedPatternHelps(t *testing.T) {
	for _, same := range []string{"300", "800", "200/150/200/150/200", "600/300/600"} {
		lamps := func(line string) []signal.Address {
			return []signal.Address{address(t, "gpio:c/"+line+"?pattern="+same)}
		}
		for _, warning := range signal.Warnings(nil, lamps("1"), lamps("2")) {
			_, after, found := strings.Cut(warning, "write hold with pattern=")
			if !found {
				continue
			}
			suggested, _, _ := strings.Cut(after, ",")
			hold := []signal.Address{address(t, "gpio:c/2?pattern="+suggested)}
			if left := signal.Warnings(nil, lamps("1"), hold); len(left) != 0 {
				t.Errorf("for %s it suggests %s, and then says %q", same, suggested, left)
			}
		}
	}
}

func TestContradictions(t *testing.T) {
	for _, c := range []struct {
		name  string
		texts []string
		want  int
	}{
		{"one lamp for two verdicts", []string{"gpio:c/1?pulse=1s&active=low", "gpio:c/1?active=low"}, 0},
		{"one line with two levels", []string{"gpio:c/1?active=low", "gpio:c/1"}, 1},
		{"one line with two drives", []string{"gpio:c/1?drive=open-drain", "gpio:c/1"}, 1},
		{"two lines", []string{"gpio:c/1?active=low", "gpio:c/2"}, 0},
		{"what is no line", []string{"talkback:ok", "sound:tone", "talkback:bad"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := signal.Contradictions(addresses(t, c.texts)); len(got) != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func addresses(t *testing.T, texts []string) []signal.Address {
	t.Helper()
	var all []signal.Address
	for _, text := range texts {
		all = append(all, address(t, text))
	}
	return all
}
