package reader

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Kind is the kind of reader an address names.
type Kind string

// The kinds of readers. An address of a kind is read correctly whether or not this build has a drawer for it; who opens readers says so.
const (
	KindSerial  Kind = "serial"
	KindHID     Kind = "hid"
	KindCamera  Kind = "camera"
	KindTCP     Kind = "tcp"
	KindVirtual Kind = "virtual"
)

// Parity is the parity bit of a serial line.
type Parity string

// The parities that the serial driver can set.
const (
	ParityNone Parity = "none"
	ParityOdd  Parity = "odd"
	ParityEven Parity = "even"
)

// Line is the setting of a serial line. USB readers ignore it, readers on a UART or an RS-232 adapter do not.
type Line struct {
	Baud     int // bits per second, one of [Bauds]
	DataBits int // 5 to 8
	Parity   Parity
	StopBits int // 1 or 2
}

// Address is a reader address as it stands in the configuration, taken apart.
type Address struct {
	Kind Kind
	// Path is the device path or glob (serial, hid), the folder, the device or "rpicam" with an optional ":N" (camera) or HOST:PORT (tcp);
	// "" for virtual.
	Path string
	// Line and Framing are set for serial readers.
	Line    Line
	Framing Framing
	// Profile names the make of a serial reader, whose replies and words its drawer knows; "" is none.
	Profile string
	// Options are what stands behind the "?" of the kinds other than serial, for their drawers to judge.
	Options map[string]string

	text string
}

// String gives the address as it was written.
func (a Address) String() string { return a.text }

const (
	defaultBaud = 9600
	minIdle     = 5 * time.Millisecond
	maxIdle     = 5 * time.Second
)

// Bauds lists the speeds a serial reader can have.
func Bauds() []int {
	return []int{
		50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 500000, 576000,
		921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
	}
}

// ParseAddress reads an address of the form KIND:REST, such as
//
//	serial:PATH?baud=9600&frame=auto&gap=150ms&profile=honeywell&data=8&parity=none&stop=1
//	hid:PATH?layout=us
//	camera:PATH or camera:rpicam
//	tcp:HOST:PORT
//	virtual:
//
// frame is auto (CR, LF, CRLF, TAB, ETX or silence), cr, lf, crlf, tab, etx, or idle:DURATION; gap is the silence of auto. PATH is absolute
// and may be a glob with * and [ ]; the first "?" begins the options. All faults found are in the error, which is of class [ErrAddress] and
// says for each what to write instead.
func ParseAddress(text string) (Address, error) {
	a := Address{text: text}
	kind, rest, found := strings.Cut(text, ":")
	if !found {
		return a, addressError(text, "write KIND:…, for example serial:/dev/serial/by-id/NAME or virtual:")
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return a, addressError(text, "there is a control character in it: type it again by hand")
	}
	a.Kind = Kind(kind)
	path, query, asked := strings.Cut(rest, "?")
	a.Path = path
	options, faults := parseOptions(query, asked)
	switch a.Kind {
	case KindSerial:
		faults = append(faults, checkPath(path)...)
		faults = append(faults, a.setSerial(options)...)
	case KindHID:
		a.Options = options
		faults = append(faults, checkPath(path)...)
	case KindCamera:
		a.Options = options
		if !isRPiCam(path) {
			faults = append(faults, checkPath(path)...)
		}
	case KindTCP:
		a.Options = options
		faults = append(faults, checkHostPort(path)...)
	case KindVirtual:
		if path != "" || asked {
			faults = append(faults, "nothing may follow: write virtual:")
		}
	default:
		faults = append(faults, fmt.Sprintf("%q is no kind of reader: use serial, hid, camera, tcp or virtual", kind))
	}
	if len(faults) > 0 {
		return a, addressError(text, faults...)
	}
	return a, nil
}

func addressError(text string, faults ...string) error {
	return fmt.Errorf("%w %q: %s", ErrAddress, text, strings.Join(faults, "; "))
}

// parseOptions takes "a=b&c=d" apart. There is no escaping: no value needs it.
func parseOptions(query string, asked bool) (map[string]string, []string) {
	if !asked {
		return nil, nil
	}
	if query == "" {
		return nil, []string{`nothing follows the "?": take it away, or write KEY=VALUE; as a wildcard in a path use "*"`}
	}
	options := make(map[string]string)
	var faults []string
	for part := range strings.SplitSeq(query, "&") {
		key, value, found := strings.Cut(part, "=")
		_, twice := options[key]
		switch {
		case !found || key == "" || value == "":
			faults = append(faults, fmt.Sprintf("%q is not KEY=VALUE", part))
		case twice:
			faults = append(faults, fmt.Sprintf("%q stands there twice: keep one", key))
		default:
			options[key] = value
		}
	}
	return options, faults
}

func checkPath(path string) []string {
	if !strings.HasPrefix(path, "/") {
		return []string{fmt.Sprintf("the path %q must begin with /, for example /dev/serial/by-id/NAME", path)}
	}
	return nil
}

// isRPiCam tells whether a camera's path means one at the ribbon connector of a Raspberry Pi: "rpicam", or "rpicam:1" for the second.
func isRPiCam(path string) bool {
	number, found := strings.CutPrefix(path, "rpicam:")
	return path == "rpicam" || found && len(number) == 1 && number[0] >= '0' && number[0] <= '9'
}

func checkHostPort(text string) []string {
	host, port, found := strings.Cut(text, ":")
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		host, port = text[:i], text[i+1:]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if !found || host == "" || err != nil || n == 0 {
		return []string{fmt.Sprintf("%q is not HOST:PORT with a port from 1 to 65535", text)}
	}
	return nil
}

// setSerial fills in the line and the framing and says what is wrong with the options.
func (a *Address) setSerial(options map[string]string) []string {
	a.Line = Line{Baud: defaultBaud, DataBits: 8, Parity: ParityNone, StopBits: 1}
	a.Framing = Framing{Mode: ModeAuto, Gap: DefaultGap}
	var faults []string
	keys := make([]string, 0, len(options))
	for key := range options {
		keys = append(keys, key)
	}
	slices.Sort(keys) // "frame" before "gap": gap is judged against the frame
	for _, key := range keys {
		if fault := a.setSerialOption(key, options[key]); fault != "" {
			faults = append(faults, fault)
		}
	}
	return faults
}

// setSerialOption sets one option and returns what is wrong with it, "" if nothing.
func (a *Address) setSerialOption(key, value string) string {
	switch key {
	case "baud":
		return a.setBaud(value)
	case "data":
		bits, err := strconv.Atoi(value)
		if err != nil || bits < 5 || bits > 8 {
			return fmt.Sprintf("data=%s: write 5, 6, 7 or 8", value)
		}
		a.Line.DataBits = bits
	case "parity":
		switch parity := Parity(value); parity {
		case ParityNone, ParityOdd, ParityEven:
			a.Line.Parity = parity
		default:
			return fmt.Sprintf("parity=%s: write none, odd or even", value)
		}
	case "stop":
		if value != "1" && value != "2" {
			return fmt.Sprintf("stop=%s: write 1 or 2", value)
		}
		a.Line.StopBits = int(value[0] - '0')
	case "frame":
		return a.setFrame(value)
	case "profile":
		a.Profile = value // its drawer knows which there are
	case "gap":
		if a.Framing.Mode != ModeAuto {
			return "gap goes with frame=auto only"
		}
		gap, fault := parseSilence("gap="+value, value)
		if fault == "" {
			a.Framing.Gap = gap
		}
		return fault
	default:
		return fmt.Sprintf("a serial reader has no option %q: use baud, frame, gap, profile, data, parity or stop", key)
	}
	return ""
}

func (a *Address) setBaud(value string) string {
	baud, err := strconv.Atoi(value)
	if err == nil && slices.Contains(Bauds(), baud) && strconv.Itoa(baud) == value {
		a.Line.Baud = baud
		return ""
	}
	if value == "14400" {
		return "baud=14400: this speed cannot be set; set the reader itself to 9600 or 19200 with its manual's setting code and write that"
	}
	return fmt.Sprintf("baud=%s: no serial port has this speed; write the reader's own setting, usually 9600 or 115200", value)
}

func (a *Address) setFrame(value string) string {
	if text, idle := strings.CutPrefix(value, string(ModeIdle)+":"); idle {
		gap, fault := parseSilence("frame="+value, text)
		if fault == "" {
			a.Framing = Framing{Mode: ModeIdle, Gap: gap}
		}
		return fault
	}
	switch mode := Mode(value); mode {
	case ModeAuto, ModeCR, ModeLF, ModeCRLF, ModeTab, ModeETX:
		a.Framing.Mode = mode
		return ""
	case ModeIdle:
		return "frame=idle: say how long the silence is, for example idle:50ms"
	default:
		return fmt.Sprintf("frame=%s: write auto, cr, lf, crlf, tab, etx or idle:50ms", value)
	}
}

func parseSilence(where, value string) (time.Duration, string) {
	d, err := time.ParseDuration(value)
	if err != nil {
		return 0, fmt.Sprintf("%s: write a duration such as 150ms", where)
	}
	if d < minIdle || d > maxIdle {
		return 0, fmt.Sprintf("%s: the silence must be between %s and %s", where, minIdle, maxIdle)
	}
	return d, ""
}
