package passage

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gatescand/device/signal"
)

// ErrAddress is wrapped by every error of [ParseAddress].
var ErrAddress = errors.New("bad passage address")

// What holds unless an address says otherwise: turnstiles wait five seconds for
// somebody to go through, however long the pulse was, and a reed contact bounces
// for a few milliseconds.
const (
	DefaultWindow   = 5 * time.Second
	DefaultDebounce = 20 * time.Millisecond
)

// Address says where the contact is, as the configuration writes it:
// "gpio:CHIP/LINE?active=low&bias=pull-up&debounce=20ms&window=5s".
type Address struct {
	signal.Wire

	Rules

	text string
}

// String gives the address as it was written.
func (a Address) String() string { return a.text }

// ParseAddress reads an address. Its error says what to write instead.
func ParseAddress(text string) (Address, error) {
	a := Address{Rules: Rules{Window: DefaultWindow, Debounce: DefaultDebounce}, text: text}
	rest, found := strings.CutPrefix(text, signal.GPIO+":")
	err := errors.New("write gpio:CHIP/LINE?active=low&window=5s")
	if found {
		err = a.parse(rest)
	}
	if err != nil {
		return Address{}, fmt.Errorf("%w %q: %w", ErrAddress, text, err)
	}
	return a, nil
}

func (a *Address) parse(rest string) error {
	wire, options, err := signal.ParseWire(rest)
	if err != nil {
		return err
	}
	if wire.Drive != signal.PushPull {
		return errors.New("drive is for outputs; a contact that pulls low wants bias=pull-up")
	}
	a.Wire = wire
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if err := a.setOption(name, options[name]); err != nil {
			return err
		}
	}
	return nil
}

func (a *Address) setOption(name, value string) error {
	switch name {
	case "window":
		window, err := time.ParseDuration(value)
		if err != nil || window < 500*time.Millisecond || window > time.Minute {
			return fmt.Errorf("window=%s: write a time from 500ms to 1m", value)
		}
		a.Window = window
	case "debounce":
		still, err := time.ParseDuration(value)
		if err != nil || still < 0 || still > time.Second {
			return fmt.Errorf("debounce=%s: write a time from 0ms to 1s", value)
		}
		a.Debounce = still
	case "direction":
		if value != "lane" && value != "both" {
			return fmt.Errorf("direction=%s: write lane, or both where the contact moves for people leaving too", value)
		}
		a.Both = value == "both"
	default:
		return fmt.Errorf("%q is unknown here; known are window, debounce, direction, active and bias", name)
	}
	return nil
}
