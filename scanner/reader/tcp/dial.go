package tcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"gatescand/scanner/reader"
)

const (
	// dialTimeout bounds one attempt to connect, looking up the name included.
	dialTimeout = 5 * time.Second
	// A peer that says nothing is asked after idle, then every interval, and is gone after so many questions without an answer.
	keepIdle     = 15 * time.Second
	keepInterval = 5 * time.Second
	keepCount    = 3
	// unanswered is how long bytes of ours may be without an acknowledgement. While they are, the kernel asks no other questions.
	unanswered = 30 * time.Second
	// userTimeout is TCP_USER_TIMEOUT of include/uapi/linux/tcp.h.
	userTimeout = 18
)

// dial connects with all of that set.
func dial(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{
		Timeout: dialTimeout,
		KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: keepIdle, Interval: keepInterval, Count: keepCount,
		},
		ControlContext: func(_ context.Context, _, _ string, raw syscall.RawConn) error {
			var setErr error
			err := raw.Control(func(fd uintptr) {
				setErr = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, int(unanswered/time.Millisecond))
			})
			return errors.Join(err, setErr)
		},
	}
	return dialer.DialContext(ctx, "tcp", address)
}

// dialError classifies what connecting gave and says what to try.
func dialError(address string, err error) error {
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		return fmt.Errorf("%w: the name in %s cannot be found: check how it is written, or write the reader's IP address: %w",
			reader.ErrAbsent, address, err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: nothing accepts connections at %s: check the port, and that the reader is set to be a TCP server: %w",
			reader.ErrAbsent, address, err)
	case isTimeout(err), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTDOWN),
		errors.Is(err, syscall.ENETDOWN), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("%w: nothing answers at %s: check the reader's power, its network cable and its IP address: %w",
			reader.ErrAbsent, address, err)
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return fmt.Errorf("%w: a firewall on this box forbids to connect to %s: allow it: %w", reader.ErrPermission, address, err)
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%w: %s cannot be connected to: write the reader's own IP address: %w", reader.ErrAddress, address, err)
	default:
		return fmt.Errorf("%w: %s cannot be connected to: %w", reader.ErrFault, address, err)
	}
}

// lostError says why the connection ended.
func lostError(address string, err error) error {
	if isTimeout(err) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) {
		return fmt.Errorf("%w: %s does not answer any more: check the reader's power and its network cable: %w", reader.ErrGone, address, err)
	}
	return fmt.Errorf("%w: %s closed the connection: it is made again; if that repeats, see whether another program takes it: %w",
		reader.ErrGone, address, err)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT) || errors.As(err, &timeout) && timeout.Timeout()
}
