package serial

import (
	"bytes"
	"fmt"
	"time"

	"gatescand/scanner/reader"
)

// queue puts a message into the one slot.
func (s *session) queue(b []byte) error {
	select {
	case s.talk <- bytes.Clone(b):
		return nil
	default:
		return fmt.Errorf("%w: %s has not taken the message before this one yet", reader.ErrBusy, s.node)
	}
}

// write writes the messages to the port until over is closed. A write that does not end in time, or that panics, declares the port dead; the
// owner of the port then frees it.
func (s *session) write(over <-chan struct{}) {
	defer func() {
		if p := recover(); p != nil {
			s.die()
		}
	}()
	for {
		select {
		case <-over:
			return
		case b := <-s.talk:
			bound := time.AfterFunc(writeBound, s.die)
			// A write fails when the device is gone, and the read learns that by itself.
			_, _ = s.port.Write(b)
			bound.Stop()
		}
	}
}

// die says that the port takes no more bytes.
func (s *session) die() { s.dying.Do(func() { close(s.dead) }) }
