//go:build kernel

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// kernelPulse is one stretch for which a relay line was on.
type kernelPulse struct {
	rise, fall time.Time // fall is zero while it lasts
}

func (p kernelPulse) width() time.Duration { return p.fall.Sub(p.rise) }

// pulses does something in the guest and gives what a line did meanwhile, as
// a loop in the guest saw it that does nothing but look.
func (m *kernelMachine) pulses(line int, during func()) []kernelPulse {
	m.t.Helper()
	m.sh("rm -f /run/enough /run/looking")
	type answer struct {
		said string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		said, err := m.run(m.beside, kernelPrelude+fmt.Sprintf("touch /run/looking\nedges %d", line), 2*kernelPatience)
		answers <- answer{said, err}
	}()
	m.await("the line to be looked at", "[ -e /run/looking ]")
	during()
	m.sh("touch /run/enough")
	a := <-answers
	if a.err != nil {
		m.t.Fatal(a.err)
	}
	return kernelPulses(m.t, a.said)
}

// kernelPulses reads what the loop has written: a line for each change.
func kernelPulses(t *testing.T, said string) []kernelPulse {
	t.Helper()
	var all []kernelPulse
	for line := range strings.SplitSeq(strings.TrimSpace(said), "\n") {
		moment, level, _ := strings.Cut(line, " ")
		if moment == "looked" {
			t.Logf("the line was looked at %s times", level)
			continue
		}
		at := kernelMoment(t, moment)
		switch {
		case level == "1":
			all = append(all, kernelPulse{rise: at})
		case len(all) > 0:
			all[len(all)-1].fall = at
		}
	}
	return all
}

// kernelMoment reads seconds and microseconds since 1970, as the shell writes
// them.
func kernelMoment(t *testing.T, text string) time.Time {
	t.Helper()
	var seconds, micros int64
	if _, err := fmt.Sscanf(text, "%d.%d", &seconds, &micros); err != nil {
		t.Fatalf("%q is no moment: %v", text, err)
	}
	return time.Unix(seconds, micros*1000)
}

// onePulse demands exactly one pulse of about the width that is configured.
// The emulator steals time: a pulse may be seen late, never early.
func onePulse(t *testing.T, pulses []kernelPulse, want time.Duration) kernelPulse {
	t.Helper()
	if len(pulses) != 1 || pulses[0].fall.IsZero() {
		t.Fatalf("the line was on %d times, want once: %v", len(pulses), pulses)
	}
	width := pulses[0].width()
	if width < want-10*time.Millisecond || width > want+250*time.Millisecond {
		t.Errorf("the line was on for %v, want %v", width, want)
	}
	t.Logf("a pulse of %v on the line", width)
	return pulses[0]
}
