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

// reply puts an answer of the reader's own protocol into its queue, or leaves it out when that is full.
func (s *session) reply(b []byte) {
	select {
	case s.replies <- b:
	default:
	}
}

// write writes the messages to the port until over is closed, answers of the reader's protocol before others. A write that does not end in
// time, or that panics, declares the port dead; the owner of the port then frees it.
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
		default:
		}
		select {
		case b := <-s.replies:
			s.put(b)
			continue
		default:
		}
		select {
		case <-over:
			return
		case b := <-s.replies:
			s.put(b)
		case b := <-s.talk:
			s.put(b)
		}
	}
}

// put writes one message.
func (s *session) put(b []byte) {
	bound := time.AfterFunc(writeBound, s.die)
	defer bound.Stop()
	// A write fails when the device is gone, and the read learns that by itself.
	_, _ = s.port.Write(b)
}

// die says that the port takes no more bytes.
func (s *session) die() { s.dying.Do(func() { close(s.dead) }) }
