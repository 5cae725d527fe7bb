package serial

import (
	"io"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

func itoa(n int) string { return strconv.Itoa(n) }

// dying is a port whose device is gone: nothing it does takes time.
type dying struct {
	read   error // nil: (0, io.EOF), as after an unplug
	probe  error
	panics bool
	reads  int
}

func (d *dying) Read([]byte) (int, error) {
	d.reads++
	if d.panics {
		panic("driver")
	}
	if d.read != nil {
		return 0, d.read
	}
	return 0, io.EOF
}

func (d *dying) Write([]byte) (int, error) { return 0, d.probe }

func (d *dying) Close() error { return nil }

// stuckPort is a port that is idle and does not close until it is released.
type stuckPort struct{ release chan struct{} }

func (s *stuckPort) Read([]byte) (int, error) {
	<-time.After(readTimeout)
	return 0, io.EOF
}

func (s *stuckPort) Write(b []byte) (int, error) { return len(b), nil }

func (s *stuckPort) Close() error {
	<-s.release
	return nil
}

// script is a port that idles once, then delivers bytes, then is gone.
type script struct {
	bytes []byte
	reads int
}

func (s *script) Read(b []byte) (int, error) {
	s.reads++
	switch s.reads {
	case 1:
		<-time.After(readTimeout)
		return 0, io.EOF
	case 2:
		return copy(b, s.bytes), nil
	default:
		return 0, unix.EIO
	}
}

func (s *script) Write(b []byte) (int, error) { return len(b), nil }

func (s *script) Close() error { return nil }
