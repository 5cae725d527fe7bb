package configs

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestNoRefusalDrivesWhatOpensTheGate(t *testing.T) {
	const head = "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"https://a.example.org\"\n"
	lane := func(name, signal string) string {
		return "[[lane]]\nname = \"" + name + "\"\nreader = \"virtual:\"\n[lane.signal]\n" + signal + "\n"
	}
	contact := func(name, passage, signal string) string {
		return strings.Replace(lane(name, signal), "[lane.signal]", "passage = \""+passage+"\"\n[lane.signal]", 1)
	}
	env := Env{Platforms: []string{"tibillet"}, CheckTalk: func(reader, signal string) error {
		if strings.HasPrefix(signal, "talkback:hex:") {
			return nil
		}
		return errors.New(reader + " has no words for " + signal)
	}}
	for _, c := range []struct{ name, text, want string }{
		{"a line of its own for each", lane("n", `admit = ["gpio:c/1"]
refuse = ["gpio:c/2"]
hold = ["gpio:c/2", "talkback:hex:15"]`), ""},
		{"a refusal on the line that admits", lane("n", `admit = ["gpio:c/1?pulse=300ms"]
refuse = ["gpio:c/1"]`), "lane[n].signal.refuse: drives gpio:c/1, which admit drives too"},
		{"a hold on the line that admits", lane("n", `admit = ["gpio:c/1"]
hold = ["gpio:c/1?repeat=true"]`), "lane[n].signal.hold: drives gpio:c/1, which admit drives too"},
		{
			"one line for two lanes", lane("n", `admit = ["gpio:c/1"]`) + lane("s", `refuse = ["gpio:c/1"]`),
			"lane[s].signal: drives gpio:c/1, which the lane in line",
		},
		{"a contact on a line of its own", contact("n", "gpio:c/3", `admit = ["gpio:c/1"]`), ""},
		{"no contact", contact("n", "", `admit = ["gpio:c/1"]`), ""},
		{
			"a contact on a line that is driven", contact("n", "gpio:c/1?active=low", `hold = ["gpio:c/1"]`),
			"lane[n].passage: reads gpio:c/1, which the lane in line",
		},
		{
			"one contact for two lanes", contact("n", "gpio:c/3", "") + contact("s", "gpio:c/3?window=2s", ""),
			"lane[s].passage: reads gpio:c/3, which the lane in line",
		},
		{
			"a contact where nobody goes through", strings.Replace(contact("n", "gpio:c/3", ""), "passage", "direction = \"check\"\npassage", 1),
			"lane[n].passage: tells who goes through",
		},
		{
			"a word that the lane's reader does not have", lane("n", `admit = ["gpio:c/1"]
refuse = ["talkback:hex:15", "talkback:bad"]`),
			"lane[n].signal.refuse: virtual: has no words for talkback:bad",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("c.toml", []byte(head+c.text), env)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAHeldTicketIsNotUsedByTheReadersOwnRepeats(t *testing.T) {
	const head = "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"https://a.example.org\"\n"
	env := Env{Platforms: []string{"tibillet"}, Repeats: func(reader string) time.Duration {
		if strings.HasPrefix(reader, "camera:") {
			return 500 * time.Millisecond
		}
		return 0
	}}
	for _, c := range []struct {
		reader, holdOff string
		good            bool
	}{
		{"camera:/x", "300ms", false},
		{"camera:/x", "0s", false},
		{"camera:/x", "1s", true},
		{"camera:/x", "3s", true},
		{"virtual:", "0s", true},
		{"virtual:", "300ms", true},
	} {
		text := head + "[[lane]]\nname = \"n\"\nreader = \"" + c.reader + "\"\nhold_off = \"" + c.holdOff + "\"\n"
		_, err := Parse("c.toml", []byte(text), env)
		if (err == nil) != c.good {
			t.Errorf("%s with %s: %v", c.reader, c.holdOff, err)
		}
		if !c.good && !strings.Contains(err.Error(), "lane[n].hold_off: is "+c.holdOff) {
			t.Errorf("%s with %s: %v", c.reader, c.holdOff, err)
		}
	}
}
