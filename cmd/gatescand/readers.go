package main

import (
	"fmt"
	"time"

	"gatescand/device/signal"
	"gatescand/device/signal/talkback"
	"gatescand/scanner/reader"
	"gatescand/scanner/reader/camera"
	"gatescand/scanner/reader/hid"
	"gatescand/scanner/reader/serial"
	"gatescand/scanner/reader/tcp"
	"gatescand/scanner/reader/virtual"
)

// newSource makes the reader of an address. It opens nothing.
func newSource(address string, now reader.Monotonic) (reader.Source, error) {
	a, err := reader.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	switch a.Kind {
	case reader.KindSerial:
		return made(serial.New(a, now))
	case reader.KindHID:
		return made(hid.New(a, now))
	case reader.KindCamera:
		return camera.New(a, now)
	case reader.KindTCP:
		return made(tcp.New(a, now))
	case reader.KindVirtual:
	}
	return virtual.New(now), nil
}

// made keeps a constructor's nil from becoming a source that is there.
func made[S reader.Source](s S, err error) (reader.Source, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// idleClock is for readers that are made to be looked at and never run.
func idleClock() time.Duration { return 0 }

// checkReader tells whether an address can be a reader of this release.
func checkReader(address string) error {
	if _, err := newSource(address, idleClock); err != nil {
		return addressError{err, "gatescand readers lists what is plugged in"}
	}
	return nil
}

// repeatsOf tells how often the reader of an address shows a code that stays
// before it.
func repeatsOf(address string) time.Duration {
	if a, err := reader.ParseAddress(address); err == nil && a.Kind == reader.KindCamera {
		return camera.Repeat
	}
	return 0
}

// checkTalk tells whether the reader of an address can say what a signal wants
// said.
func checkTalk(address, output string) error {
	source, err := newSource(address, idleClock)
	if err != nil {
		return err
	}
	a, err := signal.ParseAddress(output)
	if err != nil {
		return err
	}
	if h, ok := source.(reader.Hearer); ok && !h.Talks() {
		return outputFault(fmt.Errorf("%w: use a lamp or a sound instead", talkback.ErrDeaf))
	}
	_, err = talkback.For[reader.Phrase](source, a.Phrase)
	return outputFault(err)
}
