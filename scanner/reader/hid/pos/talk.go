package pos

import (
	"fmt"
	"time"

	"gatescand/scanner/reader"
)

// message is output reports to be sent one after the other.
type message struct {
	reports [][]byte
	pause   time.Duration // between two of them
}

// queue puts a message into the one slot.
func (s *session) queue(m message) error {
	select {
	case s.talk <- m:
		return nil
	default:
		return fmt.Errorf("%w: %s has not taken the message before this one yet", reader.ErrBusy, s.node)
	}
}

// write sends the messages until over is closed. A write that does not end in time, or that panics, declares the device dead; its owner then
// frees it.
func (s *session) write(dev device, over <-chan struct{}) {
	defer func() {
		if p := recover(); p != nil {
			s.die()
		}
	}()
	for {
		select {
		case <-over:
			return
		case m := <-s.talk:
			s.send(dev, m, over)
		}
	}
}

func (s *session) send(dev device, m message, over <-chan struct{}) {
	for i, report := range m.reports {
		if i > 0 && !rest(m.pause, over) {
			return
		}
		bound := time.AfterFunc(writeBound, s.die)
		// A write fails when the device is gone, and the read learns that by itself, or when the reader refuses what it is told, which nobody
		// was promised that it would not.
		_, _ = dev.Write(report)
		bound.Stop()
	}
}

// rest waits for d, and tells whether there is still somebody to talk to.
func rest(d time.Duration, over <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-over:
		return false
	}
}

// die says that the device takes no more reports.
func (s *session) die() { s.dying.Do(func() { close(s.dead) }) }
