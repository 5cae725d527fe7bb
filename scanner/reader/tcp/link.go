package tcp

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"gatescand/scanner/reader"
)

// pieceSize is how much is read at once, and pieces how many reads are kept while the lane is busy. More waits in the network.
const (
	pieceSize = 4096
	pieces    = 4
)

// piece is bytes that came at the moment at.
type piece struct {
	at    time.Duration
	bytes []byte
}

// link is one connection with its two goroutines, one that reads and one that writes. Closing the connection ends both.
type link struct {
	conn    net.Conn
	now     reader.Monotonic
	pieces  chan piece  // closed when the reading has ended; err and silent are set then
	free    chan []byte // what pieces are made of; has room for all, so that giving back never waits
	talk    chan []byte
	over    chan struct{}
	dead    atomic.Bool // a message was not taken in time
	err     error
	silent  time.Duration // up to when the line is known to have been silent since the last piece
	running sync.WaitGroup
	ending  sync.Once
}

func newLink(conn net.Conn, now reader.Monotonic) *link {
	l := &link{
		conn: conn, now: now,
		pieces: make(chan piece, pieces), free: make(chan []byte, pieces), talk: make(chan []byte, 1), over: make(chan struct{}),
	}
	for range pieces {
		l.free <- make([]byte, pieceSize)
	}
	return l
}

func (l *link) begin() {
	l.running.Go(l.read)
	l.running.Go(l.write)
}

// end closes the connection and waits for both goroutines. What had been read before is still in pieces.
func (l *link) end() {
	l.ending.Do(func() {
		close(l.over)
		// Nothing that was written can be lost by it that the reader has not lost anyhow.
		_ = l.conn.Close()
	})
	l.running.Wait()
}

// read reads until the connection ends.
func (l *link) read() {
	defer close(l.pieces)
	for {
		var buf []byte
		select {
		case <-l.over:
			return
		case buf = <-l.free:
		}
		began := l.now()
		n, err := l.conn.Read(buf)
		at := l.now()
		if n > 0 {
			l.silent = at
			l.pieces <- piece{at: at, bytes: buf[:n]} // there are as many places as buffers
		}
		if err != nil {
			l.err = err
			if n == 0 {
				// Only a read that waited proves silence: before it began, bytes may have waited for a buffer.
				l.silent += at - began
			}
			return
		}
	}
}

// write writes the messages until the link ends. One that is not taken in time ends the connection.
func (l *link) write() {
	for {
		select {
		case <-l.over:
			return
		case b := <-l.talk:
			bound := time.AfterFunc(writeBound, l.die)
			// A write fails when the connection has ended, and the read learns that by itself.
			_, _ = l.conn.Write(b)
			bound.Stop()
		}
	}
}

// die ends the connection from this side.
func (l *link) die() {
	l.dead.Store(true)
	// The reading says what is to be said.
	_ = l.conn.Close()
}

func (l *link) isDead() bool { return l.dead.Load() }
