package main

import (
	"time"

	"gatescand/scanner/reader"
	"gatescand/scanner/reader/serial"
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
		return serial.New(a, now)
	case reader.KindVirtual:
		return virtual.New(now), nil
	case reader.KindHID, reader.KindCamera, reader.KindTCP:
	}
	return nil, unbuiltReaderError{a.Kind}
}

// unbuiltReaderError says that a kind of reader is not in this release.
type unbuiltReaderError struct{ kind reader.Kind }

// Error names the kind.
func (u unbuiltReaderError) Error() string {
	return "this release has no " + string(u.kind) + " reader"
}

// Unwrap gives the class.
func (u unbuiltReaderError) Unwrap() error { return reader.ErrAddress }

// Remedy says what there is instead.
func (u unbuiltReaderError) Remedy() string {
	return "write serial:PATH?baud=9600, or virtual: for codes that come through the API"
}

// checkReader tells whether an address can be a reader of this release.
func checkReader(address string) error {
	_, err := newSource(address, func() time.Duration { return 0 })
	return err
}
