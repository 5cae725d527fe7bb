package camera

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatescand/scanner/reader"
)

// settings are the options of an address, with their defaults.
type settings struct {
	width, height int // pixels asked for; a USB camera may give others
	fps           int
	holdOff       time.Duration
	invert        bool     // look for white on black as well
	live          []string // options that were given and make sense for a live camera only
}

const (
	defaultWidth, defaultHeight = 640, 480
	defaultFPS                  = 15
	defaultHoldOff              = 2 * time.Second
	// The image processor of a Raspberry Pi pads rows that are not a multiple of this, and the stream does not say so.
	piStep = 64
)

// parseSettings reads the options of an address and says of all faults what to write instead. pi is for the camera at the ribbon connector.
func parseSettings(options map[string]string, pi bool) (settings, []string) {
	s := settings{width: defaultWidth, height: defaultHeight, fps: defaultFPS, holdOff: defaultHoldOff, invert: true}
	var faults []string
	number := func(key, value string, least, most, step int, into *int) {
		n, err := strconv.Atoi(value)
		if err != nil || n < least || n > most || n%step != 0 {
			of := ""
			if step > 1 {
				of = fmt.Sprintf(" that is a multiple of %d", step)
			}
			faults = append(faults, fmt.Sprintf("%s=%s: write a number from %d to %d%s", key, value, least, most, of))
			return
		}
		*into = n
	}
	step := 16
	if pi {
		step = piStep
	}
	keys := make([]string, 0, len(options))
	for key := range options {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		value := options[key]
		switch key {
		case "width":
			number(key, value, 320, 1920, step, &s.width)
		case "height":
			number(key, value, 240, 1200, 2, &s.height)
		case "fps":
			number(key, value, 2, 60, 1, &s.fps)
		case "hold_off":
			d, err := time.ParseDuration(value)
			if err != nil || d < 0 || d > time.Minute {
				faults = append(faults, fmt.Sprintf("hold_off=%s: write a duration from 0s to 1m, for example 2s", value))
			}
			s.holdOff = d
		case "invert":
			if value != "auto" && value != "never" {
				faults = append(faults, fmt.Sprintf("invert=%s: write auto or never", value))
			}
			s.invert = value != "never"
		default:
			faults = append(faults, fmt.Sprintf("a camera has no option %q: use width, height, fps, hold_off or invert", key))
		}
		if key != "invert" {
			s.live = append(s.live, key)
		}
	}
	return s, faults
}

// forFolder says no to options that only a live camera has.
func (s settings) forFolder(path string) error {
	if len(s.live) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s is a folder, and %s is for a live camera: take it away from the address",
		reader.ErrAddress, path, strings.Join(s.live, ", "))
}
