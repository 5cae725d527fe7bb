package gpio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"gatescand/device/signal"
)

// eventSize is that of the kernel's struct gpio_v2_line_event.
const eventSize = int(unsafe.Sizeof(unix.GPIOV2LineEvent{}))

// Input is one requested input line. Read is for one goroutine; Close may come
// from another and ends a Read that waits.
type Input struct {
	file *os.File
	name string
	// now is the clock of the kernel's time stamps, CLOCK_MONOTONIC.
	now func() (time.Duration, error)

	buffer [16 * eventSize]byte
	unread []byte // of buffer
	seq    uint32 // of the last event; the kernel begins with 1
}

// OpenInput finds the wire's chip below dir, normally /dev, and requests the
// line as an input whose changes are told once the line has been still for the
// debounce time, zero for every change.
func OpenInput(dir string, w signal.Wire, still time.Duration) (*Input, error) {
	if still < 0 || still > math.MaxUint32*time.Microsecond {
		return nil, fmt.Errorf("%s cannot be debounced for %s", w.Key(), still)
	}
	c, err := find(dir, w.Chip)
	if err != nil {
		return nil, err
	}
	defer c.close()
	offset, err := c.offset(w)
	if err != nil {
		return nil, err
	}
	req := newRequest(offset, flagsOf(w, flagInput|flagEdgeRising|flagEdgeFalling))
	if still > 0 {
		debounce(&req, uint32(still/time.Microsecond))
	}
	fd, err := request(w, c, &req)
	if err != nil {
		return nil, err
	}
	return newInput(fd, fmt.Sprintf("%s line %d", c.path, offset), monotonic)
}

// newInput takes the descriptor over. A reader of it waits in Go's poller, so
// that Close wakes it.
func newInput(fd int, name string, now func() (time.Duration, error)) (*Input, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(fmt.Errorf("%s cannot be watched: %w", name, err), unix.Close(fd))
	}
	return &Input{file: os.NewFile(uintptr(fd), name), name: name, now: now}, nil
}

// Read waits for the next change. Its error is [os.ErrClosed] after Close and
// [ErrGone] when the chip is no longer there.
func (in *Input) Read() (signal.Edge, error) {
	if len(in.unread) == 0 {
		n, err := in.file.Read(in.buffer[:])
		switch {
		case errors.Is(err, os.ErrClosed):
			return signal.Edge{}, os.ErrClosed
		case errors.Is(err, unix.ENODEV), errors.Is(err, io.EOF):
			return signal.Edge{}, fmt.Errorf("%w: %s; plug it in again", ErrGone, in.name)
		case err != nil:
			return signal.Edge{}, fmt.Errorf("%s cannot be read: %w", in.name, err)
		case n%eventSize != 0:
			return signal.Edge{}, fmt.Errorf("%s gave %d bytes, which is no row of events: %w", in.name, n, io.ErrUnexpectedEOF)
		}
		in.unread = in.buffer[:n]
	}
	e := decode(in.unread)
	in.unread = in.unread[eventSize:]
	now, err := in.now()
	if err != nil {
		return signal.Edge{}, err
	}
	edge := signal.Edge{Active: e.active, Ago: max(0, now-e.at), Missed: e.seq != in.seq+1}
	in.seq = e.seq
	return edge, nil
}

// Active tells whether the line is active now.
func (in *Input) Active() (bool, error) {
	values := unix.GPIOV2LineValues{Mask: 1}
	if err := ioctl(in.file, unix.GPIO_V2_LINE_GET_VALUES_IOCTL, unsafe.Pointer(&values)); err != nil {
		return false, fmt.Errorf("%s cannot be read: %w", in.name, err)
	}
	return values.Bits&1 != 0, nil
}

// Close lets go of the line.
func (in *Input) Close() error { return in.file.Close() }

// event is what of the kernel's event counts here.
type event struct {
	at     time.Duration // CLOCK_MONOTONIC
	active bool
	seq    uint32 // counts the events of the line from 1, lost ones too
}

// decode reads one event. It needs eventSize bytes.
func decode(b []byte) event {
	var raw unix.GPIOV2LineEvent
	return event{
		at:     time.Duration(binary.NativeEndian.Uint64(b[unsafe.Offsetof(raw.Timestamp_ns):])),
		active: binary.NativeEndian.Uint32(b[unsafe.Offsetof(raw.Id):]) == unix.GPIO_V2_LINE_EVENT_RISING_EDGE,
		seq:    binary.NativeEndian.Uint32(b[unsafe.Offsetof(raw.Line_seqno):]),
	}
}

func monotonic() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0, fmt.Errorf("the kernel's clock cannot be read: %w", err)
	}
	return time.Duration(ts.Nano()), nil
}
