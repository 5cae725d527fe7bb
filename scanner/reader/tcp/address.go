package tcp

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gatescand/scanner/reader"
)

// The shortest and the longest silence that may end a code, as for serial readers.
const (
	minGap = 5 * time.Millisecond
	maxGap = 5 * time.Second
)

// framing reads the options of an address: frame and gap, as for serial readers. The error says for each what to write instead.
func framing(a reader.Address) (reader.Framing, error) {
	f := reader.Framing{Mode: reader.ModeAuto, Gap: reader.DefaultGap}
	keys := make([]string, 0, len(a.Options))
	for key := range a.Options {
		keys = append(keys, key)
	}
	slices.Sort(keys) // "frame" before "gap": gap is judged against the frame
	var faults []string
	for _, key := range keys {
		if fault := setOption(&f, key, a.Options[key]); fault != "" {
			faults = append(faults, fault)
		}
	}
	if len(faults) > 0 {
		return f, fmt.Errorf("%w %q: %s", reader.ErrAddress, a, strings.Join(faults, "; "))
	}
	return f, nil
}

func setOption(f *reader.Framing, key, value string) string {
	switch key {
	case "frame":
		return setFrame(f, value)
	case "gap":
		if f.Mode != reader.ModeAuto {
			return "gap goes with frame=auto only"
		}
		return setGap(f, key+"="+value, value)
	default:
		return fmt.Sprintf("a tcp reader has no option %q: use frame or gap", key)
	}
}

func setFrame(f *reader.Framing, value string) string {
	if text, idle := strings.CutPrefix(value, string(reader.ModeIdle)+":"); idle {
		f.Mode = reader.ModeIdle
		return setGap(f, "frame="+value, text)
	}
	switch mode := reader.Mode(value); mode {
	case reader.ModeAuto, reader.ModeCR, reader.ModeLF, reader.ModeCRLF, reader.ModeTab, reader.ModeETX:
		f.Mode = mode
		return ""
	case reader.ModeIdle:
		return "frame=idle: say how long the silence is, for example idle:50ms"
	default:
		return fmt.Sprintf("frame=%s: write auto, cr, lf, crlf, tab, etx or idle:50ms", value)
	}
}

func setGap(f *reader.Framing, where, value string) string {
	gap, err := time.ParseDuration(value)
	switch {
	case err != nil:
		return where + ": write a duration such as 150ms"
	case gap < minGap || gap > maxGap:
		return fmt.Sprintf("%s: the silence must be between %s and %s", where, minGap, maxGap)
	}
	f.Gap = gap
	return ""
}
