// Package virtual is the drawer for a reader without hardware: codes come by [Source.Feed], from the API, a test or a demonstration.
//
// It promises that a code fed here reaches the lane by the same way and cleaned by the same rules as one from a serial reader whose codes end
// in silence. It never loses a code silently: Feed returns nil only when the code was handed over.
package virtual

import (
	"bytes"
	"context"
	"fmt"

	"gatescand/scanner/reader"
)

// Source is one virtual reader. It implements [reader.Source].
type Source struct {
	now  reader.Monotonic
	feed chan []byte
	slot chan struct{} // holds a token while Run is running
}

var _ reader.Source = (*Source)(nil)

// New gives a virtual reader.
func New(now reader.Monotonic) *Source {
	return &Source{now: now, feed: make(chan []byte), slot: make(chan struct{}, 1)}
}

// Feed hands a code to the lane behind the reader, as if it had been held before it. It waits until the reader has taken it or ctx ends; an
// error of class [reader.ErrAbsent] then says that the code was not taken. An empty code is handed over as an empty frame. Feed is safe for
// concurrent use and does not keep code.
func (s *Source) Feed(ctx context.Context, code []byte) error {
	if err := ctx.Err(); err != nil {
		return notTaken(err)
	}
	select {
	case s.feed <- bytes.Clone(code):
		return nil
	case <-ctx.Done():
		return notTaken(ctx.Err())
	}
}

func notTaken(err error) error {
	return fmt.Errorf("%w: the virtual reader did not take the code: is its lane running?: %w", reader.ErrAbsent, err)
}

// Run hands over what is fed until ctx ends, and returns ctx's error. It returns as soon as emit does.
func (s *Source) Run(ctx context.Context, up func(), emit func(reader.Frame)) error {
	select {
	case s.slot <- struct{}{}:
		defer func() { <-s.slot }()
	default:
		return fmt.Errorf("%w: this virtual reader already feeds a lane: give every lane one of its own", reader.ErrBusy)
	}
	up()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case code := <-s.feed:
			emit(s.frame(code))
		}
	}
}

// frame cleans a code as a reader whose codes end in silence would.
func (s *Source) frame(code []byte) reader.Frame {
	at := s.now()
	frame := reader.Frame{Code: []byte{}, At: at}
	framer := reader.NewFramer(reader.Framing{Mode: reader.ModeIdle})
	taken := false
	take := func(f reader.Frame) {
		if !taken {
			frame, taken = f, true
		}
	}
	framer.Push(at, code, take)
	framer.Flush(take)
	return frame
}
