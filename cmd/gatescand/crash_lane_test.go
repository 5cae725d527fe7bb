//go:build crash

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"
)

// The bytes the lanes' signals send back to their readers.
const (
	crashACK byte = 0x06 // admit
	crashNAK byte = 0x15 // refuse
	crashENQ byte = 0x05 // hold
)

// crashDeaf is how long a living gate may take to answer one code. Reaching it
// means that a code was lost.
const crashDeaf = 30 * time.Second

// crashLane is the reader's side of one lane: what is held before it, and what
// the gate signals back. One code is on its way at a time, so that every
// signal belongs to one ticket.
type crashLane struct {
	t      *testing.T
	name   string
	pty    *ptyReader
	ledger *crashLedger
}

// newCrashLane gives a lane with a pseudo-terminal whose reads can be given up:
// as the library leaves it, a read there ends with the next byte or never.
func newCrashLane(t *testing.T, name string, ledger *crashLedger) *crashLane {
	t.Helper()
	p, err := newPTYReader()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	raw, err := p.master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var setErr error
	if err := raw.Control(func(fd uintptr) { setErr = syscall.SetNonblock(int(fd), true) }); err != nil || setErr != nil {
		t.Fatal(err, setErr)
	}
	return &crashLane{t: t, name: name, pty: p, ledger: ledger}
}

// feed holds one code after the other until ctx ends, which is when the
// daemon is dead, and then hears out what it had still said. It calls admitted
// the moment an admission is signalled.
func (l *crashLane) feed(ctx context.Context, next func() crashShow, admitted func()) {
	for ctx.Err() == nil {
		answer, err := l.present(ctx, next(), admitted)
		if err != nil {
			l.t.Errorf("lane %s: %v", l.name, err)
			return
		}
		if answer == 0 {
			return
		}
	}
}

// present holds one code and gives the signal to it, 0 when the daemon died
// without one.
func (l *crashLane) present(ctx context.Context, show crashShow, admitted func()) (byte, error) {
	l.ledger.shown(show)
	if err := l.pty.Hold([]byte(show.code)); err != nil {
		return 0, err
	}
	answer, err := l.answer(ctx)
	if err != nil {
		return 0, err
	}
	if answer == crashACK {
		admitted()
	}
	l.ledger.answered(show, answer)
	return answer, nil
}

// shout holds one ticket of the lane's own again and again, heard or not, as
// somebody does before a gate that is still starting. Whatever admission is
// signalled is that ticket's.
func (l *crashLane) shout(ctx context.Context, show crashShow) {
	l.ledger.shown(show)
	const most = 60 // a terminal nobody reads takes 64 KiB
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		if n < most {
			if err := l.pty.Hold([]byte(show.code)); err != nil {
				l.t.Errorf("lane %s: %v", l.name, err)
				return
			}
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		for {
			answer, err := l.read(time.Millisecond)
			if err != nil || answer == 0 {
				break
			}
			l.ledger.answered(show, answer)
		}
	}
	for {
		answer, err := l.drain()
		if err != nil {
			l.t.Errorf("lane %s: %v", l.name, err)
		}
		if answer == 0 {
			return
		}
		l.ledger.answered(show, answer)
	}
}

// answer waits for the signal to the code just held. It gives 0 when the
// daemon died without one.
func (l *crashLane) answer(ctx context.Context) (byte, error) {
	late := time.NewTimer(crashDeaf)
	defer late.Stop()
	for ctx.Err() == nil {
		answer, err := l.read(50 * time.Millisecond)
		switch {
		case answer != 0:
			return answer, nil
		case errors.Is(err, syscall.EIO):
			// The far end is closed: the daemon is dead, and we are about to be told.
			select {
			case <-ctx.Done():
			case <-late.C:
				return 0, errors.New("the gate let go of the reader with a code in hand")
			}
		case err != nil:
			return 0, err
		}
		select {
		case <-late.C:
			return 0, fmt.Errorf("no signal in %v although the daemon lives", crashDeaf)
		default:
		}
	}
	return l.drain()
}

// drain gives one signal that the dead daemon had still written, 0 when there
// is none left. The terminal's far end is closed, so the end is certain.
func (l *crashLane) drain() (byte, error) {
	answer, err := l.read(crashDeaf)
	switch {
	case errors.Is(err, syscall.EIO):
		return 0, nil
	case err == nil && answer == 0:
		return 0, errors.New("somebody else has the reader open")
	}
	return answer, err
}

// read gives the next signal, 0 when none came in time. A terminal not yet set
// up echoes what it is sent; that is passed over.
func (l *crashLane) read(wait time.Duration) (byte, error) {
	if err := l.pty.master.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return 0, err
	}
	one := make([]byte, 1)
	for {
		n, err := l.pty.master.Read(one)
		if n == 1 && (one[0] == crashACK || one[0] == crashNAK || one[0] == crashENQ) {
			return one[0], nil
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
	}
}
