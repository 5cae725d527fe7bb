package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/all"
)

// recordBytes is about what one check-in is, bare: its row in the journal.
const recordBytes = 512

// benchFloor is the least an admission can cost on this storage: one record
// appended and flushed to the medium, one signature checked.
type benchFloor struct {
	file    *os.File
	keyring platform.Keyring
	record  []byte
}

func newFloor(path string, p *benchPress) (*benchFloor, error) {
	drawer, err := benchDrawer()
	if err != nil {
		return nil, err
	}
	keyring, faults := drawer.Keyring([]admission.Key{{Event: benchEvent, PEM: p.pem}})
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600) //nolint:gosec // in our own folder
	if err != nil {
		return nil, err
	}
	return &benchFloor{file: file, keyring: keyring, record: make([]byte, recordBytes)}, nil
}

// benchDrawer is a drawer of the platform whose server nobody will ask.
func benchDrawer() (platform.Drawer, error) {
	return all.New(admission.TiBillet, all.Settings{Account: benchAccount, BaseURL: benchURL, Version: version, Now: time.Now})
}

// benchURL is where no server is.
const benchURL = "http://127.0.0.1:9"

// once does it once and says how long the append and the check took.
func (f *benchFloor) once(code []byte) (appended, checked time.Duration, err error) {
	start := time.Now()
	if err := f.append(); err != nil {
		return 0, 0, err
	}
	written := time.Now()
	if cred := f.keyring.Verify(code); cred.Proof != admission.ProofGood {
		return 0, 0, fmt.Errorf("a test ticket was not accepted: %s", cred.Proof)
	}
	return written.Sub(start), time.Since(written), nil
}

// append writes one record durably. fdatasync is the cheapest call that
// promises it.
func (f *benchFloor) append() error {
	if _, err := f.file.Write(f.record); err != nil {
		return err
	}
	return unix.Fdatasync(int(f.file.Fd())) //nolint:gosec // a file descriptor
}

// Close closes the file.
func (f *benchFloor) Close() error { return f.file.Close() }
