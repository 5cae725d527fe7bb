package signal

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Bias is what holds a line at a level while nothing drives it.
type Bias string

// The biases. BiasAsIs leaves the chip as it is.
const (
	BiasAsIs Bias = ""
	PullUp   Bias = "pull-up"
	PullDown Bias = "pull-down"
	BiasOff  Bias = "off"
)

// Drive is how an output makes its levels.
type Drive string

// The drives. An open drain pulls low and lets go for high, as inputs want it
// that have a pull-up of their own.
const (
	PushPull  Drive = "push-pull"
	OpenDrain Drive = "open-drain"
)

// maxName is how long the kernel's names of chips and lines may be.
const maxName = 31

// Wire is one line of a GPIO chip and how it is used electrically.
type Wire struct {
	Chip string // device name, or label of the chip
	Line int    // offset on the chip, -1 where the line has been named
	Name string // the kernel's name of the line, "" where it is numbered

	ActiveLow bool // on is the low level
	Bias      Bias
	Drive     Drive // outputs only
}

// Key tells one wire from another as far as the text goes: a line may have a
// number and a name, and a chip a device name and a label.
func (w Wire) Key() string {
	if w.Name != "" {
		return w.Chip + "/" + w.Name
	}
	return fmt.Sprintf("%s/%d", w.Chip, w.Line)
}

// ParseWire reads CHIP/LINE?name=value&… and gives the wire and those options
// that are none of it. Its errors say what to write instead.
func ParseWire(text string) (Wire, map[string]string, error) {
	where, query, _ := strings.Cut(text, "?")
	slash := strings.LastIndexByte(where, '/')
	if slash <= 0 {
		return Wire{}, nil, errors.New("write the chip and the line, as in gpio:gpiochip0/17")
	}
	w := Wire{Chip: where[:slash], Drive: PushPull}
	if strings.ContainsAny(w.Chip, "/\x00") || w.Chip == ".." || w.Chip == "." || len(w.Chip) > maxName {
		return Wire{}, nil, errors.New("the chip is a name such as gpiochip0 or its label such as pinctrl-rp1, not a path")
	}
	if err := w.setLine(where[slash+1:]); err != nil {
		return Wire{}, nil, err
	}
	options, err := parseOptions(query)
	if err != nil {
		return Wire{}, nil, err
	}
	for _, name := range []string{"active", "bias", "drive"} {
		if value, ok := options[name]; ok {
			if err := w.setOption(name, value); err != nil {
				return Wire{}, nil, err
			}
			delete(options, name)
		}
	}
	return w, options, nil
}

func (w *Wire) setLine(text string) error {
	if strings.Trim(text, "0123456789") == "" {
		line, err := strconv.ParseUint(text, 10, 16)
		if err == nil && text != strconv.FormatUint(line, 10) {
			// One line has one number, or two addresses of it would look like two lines.
			return fmt.Errorf("%q begins with a zero; write %d", text, line)
		}
		if err != nil {
			return fmt.Errorf("%q is no line of a chip; write a number or a name, as in gpio:gpiochip0/17 or gpio:pinctrl-rp1/GPIO17", text)
		}
		w.Line = int(line)
		return nil
	}
	letters := strings.ContainsFunc(text, func(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' })
	strange := strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`&%"'\`, r) })
	if !letters || strange || len(text) > maxName {
		return fmt.Errorf("%q is no line of a chip; write its number, or its name as gpioinfo shows it", text)
	}
	w.Line, w.Name = -1, text
	return nil
}

func (w *Wire) setOption(name, value string) error {
	switch {
	case name == "active" && (value == "low" || value == "high"):
		w.ActiveLow = value == "low"
	case name == "active":
		return fmt.Errorf("active=%s: write high or low", value)
	case name == "bias" && slices.Contains([]Bias{PullUp, PullDown, BiasOff}, Bias(value)):
		w.Bias = Bias(value)
	case name == "bias":
		return fmt.Errorf("bias=%s: write pull-up, pull-down or off", value)
	case value == string(PushPull) || value == string(OpenDrain):
		w.Drive = Drive(value)
	default:
		return fmt.Errorf("drive=%s: write push-pull or open-drain", value)
	}
	return nil
}

// parseOptions reads name=value&…, each name once.
func parseOptions(query string) (map[string]string, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, errors.New("what follows the question mark is name=value, joined by &")
	}
	options := make(map[string]string, len(values))
	for name, said := range values {
		if len(said) > 1 {
			return nil, fmt.Errorf("%s is said %d times; write it once", name, len(said))
		}
		options[name] = said[0]
	}
	return options, nil
}
