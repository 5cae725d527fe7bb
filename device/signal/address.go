package signal

import (
	"errors"
	"fmt"
	"net/url"
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
)

// Address says where a signal goes, as the configuration writes it:
// "gpio:CHIP/LINE?pulse=300ms" or "talkback:ok".
type Address struct {
	Kind string // GPIO or Talkback

	Chip      string        // gpio: device name, or label of the chip
	Line      int           // gpio: offset on the chip
	Pulse     time.Duration // gpio: how long it is on
	ActiveLow bool          // gpio: on is the low level
	// Repeat says that the output shows a repeated answer too. A lamp may; a
	// relay that opens a gate must not, or a ticket held too long would let
	// a second person through.
	Repeat bool

	Phrase string // talkback: ok, bad, or hex:… for raw bytes
	text   string
}

// String gives the address as it was written.
func (a Address) String() string { return a.text }

// ParseAddress reads an address. Its error says what to write instead.
func ParseAddress(text string) (Address, error) {
	kind, rest, found := strings.Cut(text, ":")
	a := Address{Kind: kind, text: text}
	var err error
	switch {
	case !found:
		err = errors.New("write gpio:CHIP/LINE?pulse=300ms or talkback:ok")
	case kind == GPIO:
		err = a.parseGPIO(rest)
	case kind == Talkback:
		a.Repeat = true
		err = a.parsePhrase(rest)
	default:
		err = fmt.Errorf("%q is no kind of output; those are gpio and talkback", kind)
	}
	if err != nil {
		return Address{}, fmt.Errorf("%w %q: %w", ErrAddress, text, err)
	}
	return a, nil
}

func (a *Address) parseGPIO(rest string) error {
	where, query, _ := strings.Cut(rest, "?")
	slash := strings.LastIndexByte(where, '/')
	if slash <= 0 {
		return errors.New("write the chip and the line, as in gpio:gpiochip0/17")
	}
	line, err := strconv.ParseUint(where[slash+1:], 10, 16)
	if err != nil {
		return fmt.Errorf("%q is no line of a chip; write a number, as in gpio:gpiochip0/17", where[slash+1:])
	}
	a.Chip, a.Line, a.Pulse = where[:slash], int(line), DefaultPulse
	if strings.ContainsAny(a.Chip, "/\x00") || a.Chip == ".." || a.Chip == "." {
		return errors.New("the chip is a name such as gpiochip0 or its label such as pinctrl-rp1, not a path")
	}
	options, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("what follows the question mark is name=value, joined by &")
	}
	for name, values := range options {
		if err := a.setOption(name, values[len(values)-1]); err != nil {
			return err
		}
	}
	return nil
}

func (a *Address) setOption(name, value string) error {
	var err error
	switch name {
	case "pulse":
		a.Pulse, err = time.ParseDuration(value)
		if err != nil || a.Pulse < 10*time.Millisecond || a.Pulse > MaxPulse {
			return fmt.Errorf("pulse=%s: write a time from 10ms to %s", value, MaxPulse)
		}
	case "active":
		switch value {
		case "low":
			a.ActiveLow = true
		case "high":
		default:
			return fmt.Errorf("active=%s: write high or low", value)
		}
	case "repeat":
		a.Repeat, err = strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("repeat=%s: write true or false", value)
		}
	default:
		return fmt.Errorf("%q is unknown here; known are pulse, active and repeat", name)
	}
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
