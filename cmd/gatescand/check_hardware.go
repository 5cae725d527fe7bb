package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatescand/configs"
	"gatescand/device/health"
	"gatescand/device/signal"
	"gatescand/device/signal/gpio"
	"gatescand/device/signal/passage"
	"gatescand/device/signal/sound"
	"gatescand/scanner/reader"
)

// checkLaneReader opens a lane's reader for a moment. It reads no code.
func checkLaneReader(ctx context.Context, l configs.Lane, clock *health.Clock) finding {
	what := "lane " + l.Name
	source, err := newSource(l.Reader, func() time.Duration { return clock.Now().SinceBoot })
	if err != nil {
		return finding{what, resultFailed, err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	up := false
	err = source.Run(ctx, func() { up = true; cancel() }, func(reader.Frame) {})
	if up {
		return finding{what, resultOK, "its reader opens: " + l.Reader}
	}
	if err == nil {
		err = errors.New("the reader did not open in time")
	}
	return finding{what, resultFailed, err.Error()}
}

// checkOutput takes an output for a moment and switches it off.
func checkOutput(a signal.Address) finding {
	what := "output " + a.String()
	opened, err := gpio.OpenOutput("/dev", a.Wire)
	if err == nil {
		err = opened.Close()
	}
	if err != nil {
		return finding{what, resultFailed, err.Error() + "; correct the chip and the line of the signal"}
	}
	return finding{what, resultOK, "switches off"}
}

// signalFindings says what people at the lanes could not tell apart, which
// sounds cannot be played, and whether the kernel would leave a relay on.
func signalFindings(cfg *configs.Config) []finding {
	var findings []finding
	for _, l := range cfg.Lanes {
		if len(l.Signal.Admit)+len(l.Signal.Refuse)+len(l.Signal.Hold) == 0 {
			findings = append(findings, finding{
				"signals of " + l.Name, resultWarning,
				"it has none: only the page and the display tell what was decided; write [lane.signal]",
			})
		}
		admit, refuse, hold := addressesOf(l.Signal.Admit), addressesOf(l.Signal.Refuse), addressesOf(l.Signal.Hold)
		for _, words := range signal.Warnings(admit, refuse, hold) {
			findings = append(findings, finding{"signals of " + l.Name, resultWarning, words})
		}
	}
	for _, a := range soundsOf(cfg) {
		f := finding{"sound " + a.String(), resultOK, "can be played"}
		if err := sound.Check(a); err != nil {
			f.Result, f.Detail = resultFailed, err.Error()
		} else if err := sound.NewPlayer("").Check(); err != nil {
			f.Result, f.Detail = resultFailed, err.Error()
		}
		findings = append(findings, f)
	}
	if driver, kept := gpio.Persists("/sys"); kept && len(signalSwitches(cfg)) > 0 {
		findings = append(findings, finding{
			"outputs", resultWarning,
			"the kernel (" + driver + ") keeps them as they are when the program dies, so a relay could stay on. " + gpio.PersistsRemedy,
		})
	}
	return findings
}

// wireFindings says which outputs and contacts are in truth the line of a gate.
func wireFindings(cfg *configs.Config) []finding {
	var findings []finding
	guard := newWireGuard(cfg)
	for _, l := range cfg.Lanes {
		for _, of := range []struct {
			admits    bool
			addresses []string
		}{{true, l.Signal.Admit}, {false, l.Signal.Refuse}, {false, l.Signal.Hold}} {
			for _, a := range addressesOf(of.addresses) {
				if a.Kind != signal.GPIO {
					continue
				}
				if err := guard.allow(l.Name, of.admits, a.Wire); err != nil {
					findings = append(findings, finding{"output " + a.String(), resultFailed, err.Error()})
				}
			}
		}
		if p, err := passage.ParseAddress(l.Passage); err == nil {
			if err := guard.allow(l.Name, false, p.Wire); err != nil {
				findings = append(findings, finding{"contact of " + l.Name, resultFailed, err.Error()})
			}
		}
	}
	return findings
}

// addressesOf takes apart addresses that the configuration has found well formed.
func addressesOf(texts []string) []signal.Address {
	var out []signal.Address
	for _, text := range texts {
		if a, err := signal.ParseAddress(text); err == nil {
			out = append(out, a)
		}
	}
	return out
}

// soundsOf gives the sounds of a configuration, each once.
func soundsOf(cfg *configs.Config) []signal.Address {
	var found []signal.Address
	for _, l := range cfg.Lanes {
		for _, a := range addressesOf(slices.Concat(l.Signal.Admit, l.Signal.Refuse, l.Signal.Hold)) {
			same := func(o signal.Address) bool { return o.String() == a.String() }
			if a.Kind == signal.Sound && !slices.ContainsFunc(found, same) {
				found = append(found, a)
			}
		}
	}
	return found
}

// checkContact takes the contact of a lane for a moment.
func checkContact(l configs.Lane) []finding {
	if l.Passage == "" {
		return nil
	}
	what := "contact of " + l.Name
	a, err := passage.ParseAddress(l.Passage)
	if err != nil {
		return []finding{{what, resultFailed, err.Error()}}
	}
	in, err := gpio.OpenInput(devices, a.Wire, a.Debounce)
	if err != nil {
		return []finding{{what, resultFailed, err.Error() + "; correct the chip and the line of passage"}}
	}
	active, err := in.Active()
	if err = errors.Join(err, in.Close()); err != nil {
		return []finding{{what, resultFailed, err.Error()}}
	}
	words := "opens; nobody is in it now"
	if active {
		words = "opens; it says that somebody is going through now: if the gate is empty, write active=low or turn it round"
	}
	return []finding{{what, resultOK, words}}
}
