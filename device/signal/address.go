package signal

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrAddress is wrapped by every error of [ParseAddress].
var ErrAddress = errors.New("bad signal address")

// The kinds of output an address may name.
const (
	GPIO     = "gpio"
	Talkback = "talkback"
	Sound    = "sound"
)

// Tone is the path of a sound that is made here, different for each verdict.
const Tone = "tone"

// Address says where a signal goes, as the configuration writes it:
// "gpio:CHIP/LINE?pulse=300ms", "gpio:CHIP/LINE?pattern=200/150/200",
// "talkback:ok", "sound:tone" or "sound:/PATH.wav".
type Address struct {
	Kind string // GPIO, Talkback or Sound

	Wire // gpio

	// Pulse is for gpio how long it is on, with a pattern the longest of its
	// times; Pattern is nil for one pulse.
	Pulse   time.Duration
	Pattern Pattern
	// Repeat says that the output shows a repeated answer too. A lamp may; a
	// relay that opens a gate must not, or a ticket held too long would let
	// a second person through.
	Repeat bool

	Phrase string // talkback: ok, bad, or hex:… for raw bytes

	Path   string // sound: a WAV file, or Tone
	Device string // sound: the ALSA device, "" for the default one

	rhythm bool // the address says how long it is on
	text   string
}

// String gives the address as it was written.
func (a Address) String() string { return a.text }

// Rhythm is what the output does for one showing.
func (a Address) Rhythm() Pattern {
	if a.Pattern != nil {
		return a.Pattern
	}
	return Pattern{a.Pulse}
}

// For gives the address as it shows a kind: one that says no rhythm gets
// [DefaultRhythm].
func (a Address) For(k Kind) Address {
	if a.Kind == GPIO && !a.rhythm {
		a.setRhythm(DefaultRhythm(k))
	}
	return a
}

// setRhythm keeps Pulse and Pattern in step.
func (a *Address) setRhythm(p Pattern) {
	a.Pulse, a.Pattern = p.longest(), p
	if len(p) == 1 {
		a.Pattern = nil
	}
}

// ParseAddress reads an address. Its error says what to write instead.
func ParseAddress(text string) (Address, error) {
	kind, rest, found := strings.Cut(text, ":")
	a := Address{Kind: kind, text: text}
	var err error
	switch {
	case !found:
		err = errors.New("write gpio:CHIP/LINE?pulse=300ms, talkback:ok or sound:tone")
	case kind == GPIO:
		err = a.parseGPIO(rest)
	case kind == Talkback:
		a.Repeat = true
		err = a.parsePhrase(rest)
	case kind == Sound:
		a.Repeat = true
		err = a.parseSound(rest)
	default:
		err = fmt.Errorf("%q is no kind of output; those are gpio, talkback and sound", kind)
	}
	if err != nil {
		return Address{}, fmt.Errorf("%w %q: %w", ErrAddress, text, err)
	}
	return a, nil
}

func (a *Address) parseGPIO(rest string) error {
	wire, options, err := ParseWire(rest)
	if err != nil {
		return err
	}
	a.Wire, a.Pulse = wire, DefaultPulse
	if _, both := options["pattern"]; both && options["pulse"] != "" {
		return errors.New("it says pulse and pattern; write pulse for what opens a gate, pattern for a lamp or buzzer")
	}
	return each(options, func(name, value string) error {
		switch name {
		case "pulse":
			return a.setPulse(value)
		case "pattern":
			p, err := ParsePattern(value)
			if err != nil {
				return fmt.Errorf("pattern=%s: %w", value, err)
			}
			a.rhythm = true
			a.setRhythm(p)
			return nil
		case "repeat":
			return a.setRepeat(value)
		}
		return fmt.Errorf("%q is unknown here; known are pulse, pattern, active, bias, drive and repeat", name)
	})
}

func (a *Address) setPulse(value string) error {
	pulse, err := time.ParseDuration(value)
	if err != nil || pulse < 10*time.Millisecond || pulse > MaxPulse {
		return fmt.Errorf("pulse=%s: write a time from 10ms to %s", value, MaxPulse)
	}
	a.rhythm = true
	a.setRhythm(Pattern{pulse})
	return nil
}

func (a *Address) setRepeat(value string) error {
	repeat, err := strconv.ParseBool(value)
	if err != nil {
		return fmt.Errorf("repeat=%s: write true or false", value)
	}
	a.Repeat = repeat
	return nil
}

func (a *Address) parsePhrase(phrase string) error {
	if raw, ok := strings.CutPrefix(phrase, "hex:"); ok {
		if len(raw) == 0 || len(raw)%2 != 0 || len(raw) > 128 || strings.Trim(raw, "0123456789abcdefABCDEF") != "" {
			return errors.New("after hex: write up to 64 bytes as pairs of hexadecimal digits")
		}
	} else if phrase != "ok" && phrase != "bad" {
		return fmt.Errorf("%q is no phrase; write ok, bad, or hex: and bytes", phrase)
	}
	a.Phrase = phrase
	return nil
}

func (a *Address) parseSound(rest string) error {
	path, query, _ := strings.Cut(rest, "?")
	odd := strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f })
	if path != Tone && (odd || !filepath.IsAbs(path) || !strings.EqualFold(filepath.Ext(path), ".wav")) {
		return errors.New("write sound:tone, or the full path of a WAV file, as in sound:/etc/gatescand/admit.wav")
	}
	a.Path = path
	options, err := parseOptions(query)
	if err != nil {
		return err
	}
	return each(options, func(name, value string) error {
		switch name {
		case "device":
			return a.setDevice(value)
		case "repeat":
			return a.setRepeat(value)
		}
		return fmt.Errorf("%q is unknown here; known are device and repeat", name)
	})
}

// setDevice takes what ALSA calls a device. It becomes an argument of a
// program, so it is not to look like an option.
func (a *Address) setDevice(value string) error {
	strange := func(r rune) bool {
		letter := r|0x20 >= 'a' && r|0x20 <= 'z'
		return !letter && (r < '0' || r > '9') && !strings.ContainsRune(":,=._-", r)
	}
	if value == "" || value[0] == '-' || len(value) > 100 || strings.ContainsFunc(value, strange) {
		return fmt.Errorf("device=%s: write a device as aplay -L shows it, as in plughw:CARD=Device", value)
	}
	a.Device = value
	return nil
}

// each calls set with every option, in the order of their names.
func each(options map[string]string, set func(name, value string) error) error {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if err := set(name, options[name]); err != nil {
			return err
		}
	}
	return nil
}
