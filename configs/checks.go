package configs

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	readerRemedy  = `write serial:PATH?baud=9600, hid:PATH or virtual: as the sample shows; gatescand readers lists what is plugged in`
	passageRemedy = `write gpio:CHIP/LINE?active=low as the sample shows, or nothing where the gate has no contact`
	signalRemedy  = `write gpio:CHIP/LINE?pulse=300ms as the sample shows`
)

// injected makes a check of a function of Env. An error that has a method
// Remedy() string speaks for itself; for others the general remedy is given.
func injected(check func(string) error, remedy string) func(string) *complaint {
	return func(s string) *complaint {
		if s == "" {
			return &complaint{"is empty", remedy}
		}
		if check == nil {
			return nil
		}
		return complaintOf(check(s), remedy)
	}
}

// complaintOf makes a complaint of what a function of Env returned.
func complaintOf(err error, remedy string) *complaint {
	if err == nil {
		return nil
	}
	c := complaint{shownText(err.Error()), remedy}
	var knows interface{ Remedy() string }
	if errors.As(err, &knows) {
		c.remedy = shownText(knows.Remedy())
	}
	return &c
}

// optional makes a check that lets the empty text pass.
func optional(check func(string) *complaint) func(string) *complaint {
	return func(s string) *complaint {
		if s == "" {
			return nil
		}
		return check(s)
	}
}

// oneOf makes a check against a list of words; an empty list allows every word.
func oneOf(words []string) func(string) *complaint {
	return func(s string) *complaint {
		if len(words) == 0 || slices.Contains(words, s) {
			return nil
		}
		c := notOneOf(s, words)
		return &c
	}
}

// checkPlatform makes a check against the platforms this program was built
// with, and tells one that is none from one that is merely not built in.
func checkPlatform(built []string) func(string) *complaint {
	return func(s string) *complaint {
		if slices.Contains(built, s) {
			return nil
		}
		if _, known := platformByName(s); known {
			return &complaint{
				fmt.Sprintf("platform %q is not part of this release", s),
				"use a release that has it, or write " + orList(built),
			}
		}
		c := notOneOf(s, built)
		return &c
	}
}

// checkZone judges the name of a time zone; the empty name is the system's.
func checkZone(s string) *complaint {
	if s == "" || zoneOrNil(s) != nil {
		return nil
	}
	return &complaint{
		quoted(s) + " is not a time zone of this system",
		`write an IANA name such as "Europe/Paris", or "" for the zone of the system`,
	}
}

func zoneOrNil(name string) *time.Location {
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return location
}

// zone returns the location of a name that checkZone is content with.
func zone(name string) *time.Location {
	if location := zoneOrNil(name); name != "" && location != nil {
		return location
	}
	return time.Local
}

// pinTarget is a SHA-256, kept as its 32 bytes.
type pinTarget struct{ to *[]byte }

func (t pinTarget) assign(n *node, say sayer) {
	var text string
	inner := textTarget{&text, "", checkPin}
	if n.kind != kindText {
		say(n.at, "", wrongType(n, "a text", "64 hexadecimal digits between quotes"))
		return
	}
	inner.assign(n, say)
	if sum, ok := parsePin(text); ok {
		*t.to = sum
	}
}

func (t pinTarget) show() any { return hex.EncodeToString(*t.to) }
