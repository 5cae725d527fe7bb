package tcp

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"gatescand/scanner/reader"
)

// writeBound is how long one message may take to be written.
const writeBound = 500 * time.Millisecond

// Source is one reader on the network. It implements [reader.Source], [reader.Talker] and [reader.Hearer].
type Source struct {
	address string
	framing reader.Framing
	now     reader.Monotonic
	dial    func(ctx context.Context, address string) (net.Conn, error)

	mu   sync.Mutex
	talk chan []byte // one slot; nil while there is no connection
}

var (
	_ reader.Source = (*Source)(nil)
	_ reader.Talker = (*Source)(nil)
	_ reader.Hearer = (*Source)(nil)
)

// New gives the reader at an address of kind tcp. It connects to nothing before Run. Its options are frame and gap, as for serial readers; an
// error is of class [reader.ErrAddress].
func New(address reader.Address, now reader.Monotonic) (*Source, error) {
	if address.Kind != reader.KindTCP {
		return nil, fmt.Errorf("%w %q: not a tcp address", reader.ErrAddress, address)
	}
	f, err := framing(address)
	if err != nil {
		return nil, err
	}
	return &Source{address: address.Path, framing: f, now: now, dial: dial}, nil
}

// Talks is true: a connection has two ways, and whether the reader listens nobody can tell. See [reader.Hearer].
func (s *Source) Talks() bool { return true }

// Talk queues bytes to be written to the reader. See [reader.Talker].
func (s *Source) Talk(b []byte) error {
	if len(b) > reader.MaxTalk {
		return fmt.Errorf("%w: %d bytes for %s, at most %d", reader.ErrTooLong, len(b), s.address, reader.MaxTalk)
	}
	s.mu.Lock()
	talk := s.talk
	s.mu.Unlock()
	if talk == nil {
		return fmt.Errorf("%w: there is no connection to %s", reader.ErrAbsent, s.address)
	}
	select {
	case talk <- bytes.Clone(b):
		return nil
	default:
		return fmt.Errorf("%w: %s has not taken the message before this one yet", reader.ErrBusy, s.address)
	}
}

// Run connects and delivers the reader's codes. See [reader.Source]. It returns within 300 ms of ctx's end, or as soon as emit does.
func (s *Source) Run(ctx context.Context, up func(), emit func(reader.Frame)) error {
	conn, err := s.dial(ctx, s.address)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return dialError(s.address, err)
	}
	l := newLink(conn, s.now)
	defer l.end() // also when up or emit panics
	l.begin()
	s.setTalk(l.talk)
	defer s.setTalk(nil)
	up()
	framer := reader.NewFramer(s.framing)
	err = s.read(ctx, l, framer, emit)
	l.end()
	handOver(framer, l, emit)
	return err
}

// handOver delivers what had been read whole when the link ended: those codes exist nowhere else. What is unfinished is dropped.
func handOver(framer *reader.Framer, l *link, emit func(reader.Frame)) {
	for p := range l.pieces {
		framer.Push(p.at, p.bytes, emit)
	}
	framer.Tick(l.silent, emit)
}

// read makes codes of what comes over the link.
func (s *Source) read(ctx context.Context, l *link, framer *reader.Framer, emit func(reader.Frame)) error {
	silence := time.NewTimer(0)
	defer silence.Stop()
	for ctx.Err() == nil {
		due, pending := framer.Deadline()
		if pending {
			silence.Reset(due - s.now())
		} else {
			silence.Stop()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case p, open := <-l.pieces:
			if !open {
				return s.why(ctx, l)
			}
			framer.Push(p.at, p.bytes, emit)
			l.free <- p.bytes[:cap(p.bytes)]
		case <-silence.C:
			s.settle(framer, l, emit)
		}
	}
	return ctx.Err()
}

// settle ends what silence ends, unless bytes are there that have only not been looked at yet.
func (s *Source) settle(framer *reader.Framer, l *link, emit func(reader.Frame)) {
	select {
	case p, open := <-l.pieces:
		if open {
			framer.Push(p.at, p.bytes, emit)
			l.free <- p.bytes[:cap(p.bytes)]
		}
	default:
		framer.Tick(s.now(), emit)
	}
}

// why says why there are no more pieces.
func (s *Source) why(ctx context.Context, l *link) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case l.isDead():
		return fmt.Errorf("%w: %s did not take a message within %s: restart the reader", reader.ErrFault, s.address, writeBound)
	default:
		return lostError(s.address, l.err)
	}
}

func (s *Source) setTalk(talk chan []byte) {
	s.mu.Lock()
	s.talk = talk
	s.mu.Unlock()
}
