package configs

import (
	"strings"
	"testing"
)

func TestNoRefusalDrivesWhatOpensTheGate(t *testing.T) {
	const head = "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"https://a.example.org\"\n"
	lane := func(name, signal string) string {
		return "[[lane]]\nname = \"" + name + "\"\nreader = \"virtual:\"\n[lane.signal]\n" + signal + "\n"
	}
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
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("c.toml", []byte(head+c.text), Env{Platforms: []string{"tibillet"}})
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
