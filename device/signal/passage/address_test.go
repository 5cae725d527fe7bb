package passage_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatescand/device/signal"
	"gatescand/device/signal/passage"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a chip and a line", "gpio:gpiochip0/23", ""},
		{"everything said", "gpio:pinctrl-rp1/GPIO23?active=low&bias=pull-up&debounce=50ms&window=8s&direction=both", ""},
		{"no debouncing", "gpio:gpiochip0/23?debounce=0s", ""},
		{"nothing", "", "write gpio:CHIP/LINE"},
		{"another kind", "talkback:ok", "write gpio:CHIP/LINE"},
		{"no line", "gpio:gpiochip0", "write the chip and the line"},
		{"a drive", "gpio:gpiochip0/23?drive=open-drain", "drive is for outputs"},
		{"a window in which nobody can pass", "gpio:gpiochip0/23?window=1ms", "from 500ms to 1m"},
		{"a window without end", "gpio:gpiochip0/23?window=1h", "from 500ms to 1m"},
		{"a debouncing that takes longer than people", "gpio:gpiochip0/23?debounce=5s", "from 0ms to 1s"},
		{"an unknown direction", "gpio:gpiochip0/23?direction=up", "write lane, or both"},
		{"an option of outputs", "gpio:gpiochip0/23?pulse=1s", "known are window, debounce"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := passage.ParseAddress(c.text)
			switch {
			case c.want == "" && (err != nil || a.String() != c.text):
				t.Errorf("got %q, %v", a, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, passage.ErrAddress)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	a, err := passage.ParseAddress("gpio:pinctrl-rp1/GPIO23?active=low&bias=pull-up&debounce=50ms&window=8s&direction=both")
	want := passage.Rules{Window: 8 * time.Second, Debounce: 50 * time.Millisecond, Both: true}
	if err != nil || a.Rules != want || a.Name != "GPIO23" || !a.ActiveLow || a.Bias != signal.PullUp {
		t.Errorf("got %+v, %v", a, err)
	}
	if a, err := passage.ParseAddress("gpio:c/1"); err != nil || a.Window != passage.DefaultWindow || a.Debounce != passage.DefaultDebounce || a.Both {
		t.Errorf("got %+v, %v", a, err)
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("gpio:gpiochip0/23?active=low&debounce=20ms&window=5s")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := passage.ParseAddress(text)
		if err != nil {
			if !errors.Is(err, passage.ErrAddress) {
				t.Fatal(err)
			}
			return
		}
		if a.String() != text || a.Window <= 0 || a.Window > time.Minute || a.Debounce < 0 || a.Debounce > time.Second {
			t.Fatalf("%q is %+v", text, a)
		}
	})
}
