package keyboard

import (
	"context"
	"fmt"
	"time"

	"gatescand/scanner/reader"
)

const (
	// settle is how long everything is thrown away after opening.
	settle = 50 * time.Millisecond
	// grace is how long nothing more may come after silence is due, before it is believed: the events of a process that was held up, or of a
	// box under load, need a moment to get here.
	grace = 10 * time.Millisecond
	// atOnce is how many events one read takes. The kernel keeps 64 for a keyboard.
	atOnce = 256
	// waiting is how many reads wait while a code is being handed over; then the kernel's own store fills, and may overflow.
	waiting = 64
)

// batch is what one read gave.
type batch struct {
	at     time.Duration // when it was read
	events []Event       // of keys, up to where events were lost
	// dropped says that the kernel lost events after these. keys is then the state of the keys after all that was lost.
	dropped bool
	keys    keyState
}

// session is one opening of the device. A goroutine of its own reads it and does nothing else, since the kernel keeps few events.
type session struct {
	path   string
	size   int // of an event
	now    reader.Monotonic
	dev    device
	asm    *assembler
	clock  alignment
	notify func(reader.Notice)

	batches chan batch
	stop    chan struct{} // closed by run: nobody takes batches any more
	done    chan struct{} // closed by read: err is set
	err     error

	emit func(reader.Frame) // nil until the device is up
}

func newSession(path string, size int, dev device, s *Source) *session {
	ses := &session{
		path: path, size: size, now: s.now, dev: dev, notify: s.notify,
		batches: make(chan batch, waiting), stop: make(chan struct{}), done: make(chan struct{}),
	}
	ses.asm = newAssembler(s.layout, s.gap, func(f reader.Frame) {
		if ses.emit != nil {
			ses.emit(f)
		}
	})
	return ses
}

// run serves the device until ctx ends or the device does, and closes it. Codes that had been read whole by then are handed over.
func (s *session) run(ctx context.Context, up func(), emit func(reader.Frame)) (err error) {
	go s.read()
	closed := false
	letGo := func() {
		if closed {
			return
		}
		closed = true
		close(s.stop)
		_ = s.dev.Close() // it wakes the read; the device is let go of whatever it says
		<-s.done
	}
	defer letGo() // also when up or emit panics
	if err := s.settle(ctx); err != nil {
		return err
	}
	s.emit = emit
	up()
	err = s.serve(ctx)
	letGo()
	for len(s.batches) > 0 {
		s.take(<-s.batches)
	}
	return err
}

// settle throws away what comes in the first moments: keys held from before, the middle of a code.
func (s *session) settle(ctx context.Context) error {
	keys, err := s.dev.Keys()
	if err != nil {
		return readError(s.path, err)
	}
	busy := keys.any()
	timer := time.NewTimer(settle)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case b := <-s.batches:
			busy = busy || len(b.events) > 0 || b.dropped
			s.take(b)
		case <-s.done:
			return s.err
		case <-timer.C:
			if busy {
				s.asm.lose(s.now())
			}
			return nil
		}
	}
}

// serve makes codes of what is read.
func (s *session) serve(ctx context.Context) error {
	timer := time.NewTimer(s.wait())
	defer timer.Stop()
	doubt := false
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case b := <-s.batches:
			s.take(b)
			doubt = false
			timer.Reset(s.wait())
		case <-timer.C:
			switch due, begun := s.asm.deadline(); {
			case !begun || s.now() < due:
				timer.Reset(s.wait())
			case !doubt || len(s.batches) > 0 || s.dev.Pending():
				doubt = true
				timer.Reset(grace)
			default:
				s.asm.silence()
				doubt = false
				timer.Reset(s.wait())
			}
		case <-s.done:
			return s.err
		}
	}
}

// wait is how long it is until silence is due.
func (s *session) wait() time.Duration {
	const long = time.Hour // nothing is begun: only a batch ends the wait
	due, begun := s.asm.deadline()
	if !begun {
		return long
	}
	return max(due-s.now(), 0)
}

// take takes what one read gave.
func (s *session) take(b batch) {
	if len(b.events) > 0 {
		s.clock.observe(b.at, b.events[len(b.events)-1].Time)
	}
	for _, e := range b.events {
		s.asm.take(s.clock.moment(b.at, e.Time), e)
	}
	if !b.dropped {
		return
	}
	s.asm.board.resume(&b.keys)
	if s.asm.lose(b.at) && s.emit != nil && s.notify != nil {
		s.notify(reader.Notice{Kind: reader.NoticeDropped, Detail: fmt.Sprintf("keys typed by %s were lost on the way, and the code they "+
			"belonged to was thrown away: scan it again; if this happens often, set the reader to type more slowly (inter-character delay) or "+
			"to its serial mode", s.path)})
	}
}

// read reads the device until it ends or is closed.
func (s *session) read() {
	defer close(s.done)
	defer func() {
		if p := recover(); p != nil {
			s.err = reader.NewCrashError(s.path, p)
		}
	}()
	buf := make([]byte, atOnce*s.size)
	events := make([]Event, 0, atOnce+1)
	parser := NewParser(s.size)
	for {
		n, err := s.dev.Read(buf)
		if n > 0 {
			events = parser.Parse(events[:0], buf[:n])
			if !s.send(s.sift(events)) {
				return
			}
		}
		if err != nil {
			s.err = readError(s.path, err)
			return
		}
	}
}

// sift makes a batch of what is of use among events. Where the kernel says that it lost some, what is behind in the same read is thrown away too:
// without what came before it nobody knows what it means.
func (s *session) sift(events []Event) batch {
	b := batch{at: s.now()}
	for _, e := range events {
		switch {
		case e.Type == typeSync && e.Code == syncDropped:
			b.dropped = true
			// Where even this fails the device is gone, as the next read will tell.
			b.keys, _ = s.dev.Keys()
			return b
		case e.Type == typeKey:
			b.events = append(b.events, e)
		}
	}
	return b
}

// send hands over a batch and tells whether there is still somebody to take it.
func (s *session) send(b batch) bool {
	if len(b.events) == 0 && !b.dropped {
		return true
	}
	select {
	case s.batches <- b:
		return true
	case <-s.stop:
		return false
	}
}

// alignment finds out how the kernel's stamps stand to the daemon's clock. Both run at one pace; a stamp is never later than the moment it is
// read, and the smallest delay seen is the nearest to the truth.
type alignment struct {
	offset time.Duration
	known  bool
	last   time.Duration
}

// observe takes a stamp and the moment it was read.
func (a *alignment) observe(read, stamp time.Duration) {
	if offset := read - stamp; !a.known || offset < a.offset {
		a.offset, a.known = offset, true
	}
}

// moment gives the moment of a stamp, which is never before that of an earlier one nor after it was read.
func (a *alignment) moment(read, stamp time.Duration) time.Duration {
	a.last = max(min(stamp+a.offset, read), a.last)
	return a.last
}
