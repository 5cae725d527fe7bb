package signal_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatescand/device/signal"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a chip and a line", "gpio:gpiochip0/17", ""},
		{"a label", "gpio:pinctrl-rp1/17?pulse=800ms&active=low", ""},
		{"a line by its name", "gpio:pinctrl-rp1/GPIO17", ""},
		{"a name that begins with digits", "gpio:gpiochip0/2712_WAKE", ""},
		{"an open drain with a pull-up", "gpio:gpiochip0/17?drive=open-drain&bias=pull-up", ""},
		{"a pattern", "gpio:gpiochip0/17?pattern=200/150/200&repeat=true", ""},
		{"a pattern with one time", "gpio:gpiochip0/17?pattern=2000", ""},
		{"a long pattern with long pauses", "gpio:gpiochip0/17?pattern=2000/100/2000", ""},
		{"a phrase", "talkback:ok", ""},
		{"raw bytes", "talkback:hex:16070d", ""},
		{"tones", "sound:tone", ""},
		{"tones on a device", "sound:tone?device=plughw:CARD=Device,DEV=0", ""},
		{"a file", "sound:/etc/gatescand/admit.WAV?repeat=false", ""},
		{"no kind", "17", "write gpio:CHIP/LINE"},
		{"an unknown kind", "lamp:17", "is no kind of output"},
		{"no line", "gpio:gpiochip0", "write the chip and the line"},
		{"an empty line", "gpio:gpiochip0/", "is no line of a chip"},
		{"a line without a letter or digit", "gpio:gpiochip0/-", "is no line of a chip"},
		{"a line that no chip has so many of", "gpio:gpiochip0/70000", "is no line of a chip"},
		{"a line below the first", "gpio:gpiochip0/-1", "is no line of a chip"},
		{"a name that is too long for the kernel", "gpio:gpiochip0/" + strings.Repeat("A", 32), "is no line of a chip"},
		{"a name with a control character", "gpio:gpiochip0/GPIO\x1b[2J", "is no line of a chip"},
		{"a path", "gpio:/dev/gpiochip0/17", "not a path"},
		{"a pulse that never ends", "gpio:gpiochip0/17?pulse=1h", "from 10ms to 2s"},
		{"a pulse that is said twice", "gpio:gpiochip0/17?pulse=1s&pulse=2s", "said 2 times"},
		{"a pulse and a pattern", "gpio:gpiochip0/17?pulse=1s&pattern=100", "says pulse and pattern"},
		{"a pattern that ends with a pause", "gpio:gpiochip0/17?pattern=100/50", "odd number of times"},
		{"a pattern of words", "gpio:gpiochip0/17?pattern=short", "is no time"},
		{"a pattern too fast to be seen", "gpio:gpiochip0/17?pattern=5/5/5", "too short to be seen"},
		{"a pattern that takes too long", "gpio:gpiochip0/17?pattern=2000/500/2000/500/500", "it takes 5.5s"},
		{"a pattern that is on for too long", "gpio:gpiochip0/17?pattern=2001", "on for 2.001s at a stretch"},
		{"a pattern whose pauses part no contacts", "gpio:gpiochip0/17?pattern=1500/50/1500", "on for 3.05s at a stretch"},
		{"a pattern without end", "gpio:gpiochip0/17?pattern=20" + strings.Repeat("/20/20", 25), "49 times at most"},
		{"an unknown level", "gpio:gpiochip0/17?active=on", "write high or low"},
		{"an unknown bias", "gpio:gpiochip0/17?bias=up", "write pull-up, pull-down or off"},
		{"an unknown drive", "gpio:gpiochip0/17?drive=open-source", "write push-pull or open-drain"},
		{"an unknown option", "gpio:gpiochip0/17?puls=1s", "is unknown here"},
		{"an unknown phrase", "talkback:hello", "is no phrase"},
		{"half a byte", "talkback:hex:123", "pairs of hexadecimal digits"},
		{"a sound that is no file", "sound:bell", "write sound:tone"},
		{"a file in a folder nobody knows", "sound:admit.wav", "write sound:tone"},
		{"a file of another kind", "sound:/etc/passwd", "write sound:tone"},
		{"a device that is an option", "sound:tone?device=-x", "as aplay -L shows it"},
		{"an option that a sound does not have", "sound:tone?pulse=1s", "known are device and repeat"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := signal.ParseAddress(c.text)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want == "" && a.String() != c.text:
				t.Errorf("written as %q", a)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, signal.ErrAddress)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAnAddressSaysWhatIsDriven(t *testing.T) {
	a := address(t, "gpio:pinctrl-rp1/GPIO17?active=low&bias=pull-up&drive=open-drain&pattern=200/150/300")
	want := signal.Wire{Chip: "pinctrl-rp1", Line: -1, Name: "GPIO17", ActiveLow: true, Bias: signal.PullUp, Drive: signal.OpenDrain}
	if a.Wire != want || a.Key() != "pinctrl-rp1/GPIO17" || a.Pulse != 300*time.Millisecond || a.Pattern.String() != "200/150/300" {
		t.Errorf("got %+v, pulse %v, pattern %v", a.Wire, a.Pulse, a.Pattern)
	}
	a = address(t, "gpio:gpiochip0/17")
	want = signal.Wire{Chip: "gpiochip0", Line: 17, Drive: signal.PushPull}
	if a.Wire != want || a.Key() != "gpiochip0/17" || a.Pulse != signal.DefaultPulse || a.Repeat {
		t.Errorf("got %+v, pulse %v, repeat %v", a.Wire, a.Pulse, a.Repeat)
	}
	a = address(t, "sound:/a/b.wav?device=hw:1")
	if a.Path != "/a/b.wav" || a.Device != "hw:1" || !a.Repeat {
		t.Errorf("got %+v", a)
	}
}

func TestAnAddressWithoutARhythmGetsTheOneOfItsVerdict(t *testing.T) {
	bare, said := address(t, "gpio:gpiochip0/17"), address(t, "gpio:gpiochip0/17?pulse=300ms")
	for _, k := range []signal.Kind{signal.Admit, signal.Refuse, signal.Hold} {
		if got := bare.For(k).Rhythm(); !slices.Equal(got, signal.DefaultRhythm(k)) {
			t.Errorf("%s without a rhythm shows %s", k, got)
		}
		if got := said.For(k).Rhythm(); got.String() != "300" {
			t.Errorf("%s with a pulse of 300 ms shows %s", k, got)
		}
		if p, err := signal.ParsePattern(signal.DefaultRhythm(k).String()); err != nil || !slices.Equal(p, signal.DefaultRhythm(k)) {
			t.Errorf("the rhythm of %s could not stand in a configuration: %v, %v", k, p, err)
		}
	}
	if p := bare.For(signal.Admit); p.Pattern != nil {
		t.Error("an admission blinks unasked")
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("gpio:gpiochip0/17?pulse=300ms")
	f.Add("gpio:pinctrl-rp1/GPIO17?pattern=200/150/200&active=low&bias=off&drive=open-drain")
	f.Add("talkback:hex:16070d")
	f.Add("sound:/a.wav?device=hw:0,0")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := signal.ParseAddress(text)
		if err != nil {
			if !errors.Is(err, signal.ErrAddress) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if a.String() != text {
			t.Fatalf("%q is written as %q", text, a)
		}
		switch a.Kind {
		case signal.GPIO:
			if a.Pulse <= 0 || a.Pulse > signal.MaxPulse || a.Rhythm().Length() > signal.MaxPattern || len(a.Rhythm())%2 == 0 {
				t.Fatalf("%q shows %v", text, a.Rhythm())
			}
			if strings.ContainsAny(a.Chip+a.Name, "/\x00") || len(a.Chip) > 31 || len(a.Name) > 31 || (a.Line < 0) != (a.Name != "") {
				t.Fatalf("%q is %+v", text, a.Wire)
			}
		case signal.Sound:
			if a.Path != signal.Tone && a.Path[0] != '/' || strings.HasPrefix(a.Device, "-") {
				t.Fatalf("%q is %+v", text, a)
			}
		}
	})
}
