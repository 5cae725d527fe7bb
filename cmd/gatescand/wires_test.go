package main

import (
	"errors"
	"strings"
	"testing"

	"gatescand/configs"
	"gatescand/device/signal"
)

// chipOf pretends one chip with two names, on which line 17 is called GPIO17.
func chipOf(w signal.Wire) (string, error) {
	if w.Chip != "gpiochip0" && w.Chip != "pinctrl-rp1" {
		return "", errors.New("no such chip")
	}
	key := w.Key()
	if w.Name == "GPIO17" {
		return "gpiochip0/17", nil
	}
	return "gpiochip0" + key[strings.LastIndexByte(key, '/'):], nil
}

func TestTheLineOfAGateOpensItForItsOwnLaneOnly(t *testing.T) {
	cfg := &configs.Config{Lanes: []configs.Lane{
		{Name: "north", Signal: configs.Signal{Admit: []string{"gpio:gpiochip0/17"}}},
		{Name: "south", Signal: configs.Signal{Admit: []string{"gpio:gpiochip0/27", "gpio:pinctrl-rp1/17"}}},
	}}
	g := newWireGuard(cfg)
	g.identify = chipOf
	for _, c := range []struct {
		name, lane string
		admits     bool
		address    string
		want       bool
	}{
		{"the lane's own gate", "north", true, "gpio:gpiochip0/17", true},
		{"the same under another name", "north", true, "gpio:pinctrl-rp1/GPIO17", true},
		{"a refusal on the lane's own gate", "north", false, "gpio:pinctrl-rp1/GPIO17", false},
		{"a refusal on another lane's gate", "south", false, "gpio:pinctrl-rp1/17", false},
		{"another lane's admission on that gate", "south", true, "gpio:pinctrl-rp1/17", false},
		{"a lamp of its own", "south", false, "gpio:gpiochip0/5", true},
		{"a chip that is not there", "south", false, "gpio:elsewhere/17", true},
	} {
		a, err := signal.ParseAddress(c.address)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.allow(c.lane, c.admits, a.Wire); (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestOneLineWrittenInTwoWaysIsOne(t *testing.T) {
	a := &app{getenv: func(string) string { return "" }}
	for _, c := range []struct{ name, signals, want string }{
		{"a zero in front", `admit = ["gpio:gpiochip0/17"]
refuse = ["gpio:gpiochip0/017"]`, "begins with a zero; write 17"},
		{"options in another order", `admit = ["gpio:gpiochip0/17?pulse=1s&active=low"]
hold = ["gpio:gpiochip0/17?active=low"]`, "which admit drives too"},
		{"one name with two numbers of zeros", `admit = ["gpio:gpiochip0/00"]`, "begins with a zero; write 0"},
	} {
		text := "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"https://a.example.org\"\n[[lane]]\nname = \"n\"\nreader = \"virtual:\"\n[lane.signal]\n" + c.signals + "\n"
		if _, err := configs.Parse("c.toml", []byte(text), a.configEnv()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
