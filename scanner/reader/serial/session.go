package serial

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"gatescand/scanner/reader"
)

const (
	// settle is how long everything is thrown away after opening: what the driver had kept, and what came before the line was set raw.
	settle = 50 * time.Millisecond
	// A read that found nothing in less than this did not time out.
	tooSoon = readTimeout / 2
	// How often, and after what pause, an end that came too soon is looked at again although the device still answers.
	doubts     = 3
	doubtPause = 20 * time.Millisecond
	// writeBound is how long one message may take to be written.
	writeBound = 500 * time.Millisecond
	// waiting is how many codes wait while the last one is being handed over; then the device waits.
	waiting = 16
	// answers is how many answers that the reader's own protocol asks for wait to be written. One that finds no place is left out: the reader
	// then asks again.
	answers = 8
)

// event is what the owner tells Run: that the port is up, a notice, or a frame.
type event struct {
	up     bool
	notice *reader.Notice
	frame  reader.Frame
}

// session is one opening of the port, from before the opening to after the closing. The goroutine in own is the port's only owner.
type session struct {
	node    string
	line    reader.Line
	now     reader.Monotonic
	openFn  opener
	stream  stream
	hello   []byte // said once the port is up
	events  chan event
	talk    chan []byte
	replies chan []byte
	stop    chan struct{} // closed by Run: let go
	dead    chan struct{} // closed when a write took too long
	dying   sync.Once
	done    chan struct{} // closed by the owner: the port is closed, err is set
	err     error
	writers sync.WaitGroup

	// Of the owner alone.
	port  port
	heard time.Duration // when the latest bytes came
	quiet time.Duration // how long the line is known to have been silent since
}

func newSession(node string, s *Source) *session {
	return &session{
		node: node, line: s.line, now: s.now, openFn: s.open,
		stream: newStream(s.profile.Name, s.framing), hello: s.profile.Hello,
		events:  make(chan event, waiting),
		talk:    make(chan []byte, 1),
		replies: make(chan []byte, answers),
		stop:    make(chan struct{}),
		dead:    make(chan struct{}),
		done:    make(chan struct{}),
	}
}

// own is the life of the port.
func (s *session) own() {
	defer close(s.done)
	defer func() {
		if p := recover(); p != nil {
			s.err = reader.NewCrashError(s.node, p)
		}
	}()
	s.err = s.live()
}

// live opens the port, serves it and closes it. The order of closing matters: stop the writer, free it if it is blocked, close the port, and
// only then give up the lock.
func (s *session) live() error {
	held, err := acquire(s.node)
	if err != nil {
		return err
	}
	defer held.close()
	s.port, err = s.openFn(s.node, s.line)
	if err != nil {
		return openError(s.node, err)
	}
	writing := make(chan struct{})
	defer func() {
		close(writing)
		held.discardOutput()
		s.writers.Wait()
		// The device is let go of whatever Close says, and what it may say was known before.
		_ = s.port.Close()
	}()
	if err := held.exclude(s.node); err != nil {
		return err
	}
	s.writers.Go(func() { s.write(writing) })
	return s.serve()
}

// serve reads until told to stop or the device is gone.
func (s *session) serve() error {
	buf := make([]byte, reader.MaxCode)
	opened := s.now()
	s.heard = opened
	up := false
	doubt := 0
	for !s.stopped() {
		began := s.now()
		n, err := s.port.Read(buf)
		at := s.now()
		if !up && at-opened >= settle && (n > 0 || at-began >= tooSoon) {
			s.stream.Desync()
			up = true
			s.send(event{up: true})
			if len(s.hello) > 0 {
				s.reply(s.hello)
			}
		}
		switch {
		case n > 0:
			doubt = 0
			s.hear(at, at-began, buf[:n], up)
		case err != nil && !errors.Is(err, io.EOF):
			return s.lost(err)
		case at-began >= tooSoon:
			doubt = 0
			s.idle()
		default:
			if err := s.probe(&doubt); err != nil {
				return err
			}
		}
	}
	return nil
}

// hear takes bytes from a read that lasted so long. Bytes from before the port was up are only looked at to find where a code begins.
func (s *session) hear(at, lasted time.Duration, b []byte, up bool) {
	out := s.outlet()
	if !up {
		out = nowhere()
	}
	// A read that waited proves that the line was silent, though not for longer than a read waits: the rest may be this process held up.
	s.quiet += min(lasted, readTimeout)
	s.stream.Tick(s.heard+s.quiet, out)
	s.heard, s.quiet = at, 0
	s.stream.Push(at, b, out)
}

// idle takes a read that timed out.
func (s *session) idle() {
	s.quiet += readTimeout
	s.stream.Tick(s.heard+s.quiet, s.outlet())
}

// probe finds out why a read ended too soon.
func (s *session) probe(doubt *int) error {
	if _, err := s.port.Write(nil); err != nil {
		return s.lost(err)
	}
	*doubt++
	if *doubt >= doubts {
		return s.lost(io.EOF)
	}
	timer := time.NewTimer(doubtPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.stop:
	}
	return nil
}

func (s *session) lost(err error) error {
	if gone(err) || errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %s went away: plug the reader in again and check its cable: %w", reader.ErrGone, s.node, err)
	}
	return fmt.Errorf("%w: %s cannot be read: plug the reader in again: %w", reader.ErrFault, s.node, err)
}

// outlet is where the stream of this session puts what it finds.
func (s *session) outlet() outlet {
	return outlet{
		frame:  func(frame reader.Frame) { s.send(event{frame: frame}) },
		reply:  s.reply,
		notice: func(n reader.Notice) { s.send(event{notice: &n}) },
	}
}

// send hands an event to Run, or drops it when told to stop.
func (s *session) send(e event) {
	select {
	case s.events <- e:
	case <-s.stop:
	}
}

func (s *session) stopped() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}
