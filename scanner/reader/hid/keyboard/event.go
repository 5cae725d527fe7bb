package keyboard

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"
)

// The types of events and their codes that matter here (linux/input-event-codes.h).
const (
	typeSync uint16 = 0x00
	typeKey  uint16 = 0x01
	typeMisc uint16 = 0x04
	typeLED  uint16 = 0x11

	syncReport  uint16 = 0
	syncDropped uint16 = 3

	ledCapsLock uint16 = 1
)

// The values of a key event.
const (
	Released int32 = 0
	Pressed  int32 = 1
	Repeated int32 = 2 // by the kernel, while a key is held
)

// Event is one event of the Linux input subsystem (struct input_event).
type Event struct {
	// Time is the kernel's stamp: the time since an origin that depends on the clock which the node was told to use.
	Time  time.Duration
	Type  uint16
	Code  uint16
	Value int32
}

// The sizes of an event on the wire. A 64-bit process sees the long one, a 32-bit process the short one, whatever its kernel.
const (
	LongEvent  = 24
	ShortEvent = 16

	// NativeEvent is the size for this process: two kernel longs of time, and eight bytes.
	NativeEvent = 2*unix.SizeofPtr + 8
)

// Parser takes the bytes of an input node apart into events. A piece of an event at the end of one call is kept for the next. It is pure and
// keeps less than one event.
type Parser struct {
	size int
	kept [LongEvent]byte
	n    int
}

// NewParser gives a parser for events of a size, [LongEvent] or [ShortEvent]; any other size is taken for the long one.
func NewParser(size int) *Parser {
	if size != ShortEvent {
		size = LongEvent
	}
	return &Parser{size: size}
}

// Parse appends the events that b completes to events.
func (p *Parser) Parse(events []Event, b []byte) []Event {
	for len(b) > 0 {
		if p.n == 0 && len(b) >= p.size {
			events = append(events, p.event(b))
			b = b[p.size:]
			continue
		}
		took := copy(p.kept[p.n:p.size], b)
		b = b[took:]
		p.n += took
		if p.n == p.size {
			events = append(events, p.event(p.kept[:]))
			p.n = 0
		}
	}
	return events
}

// event reads one event off the front of b, which is long enough. Numbers are in the order of this machine's bytes.
func (p *Parser) event(b []byte) Event {
	order := binary.NativeEndian
	var seconds, micros int64
	if p.size == ShortEvent {
		seconds, micros = int64(order.Uint32(b)), int64(order.Uint32(b[4:]))
	} else {
		seconds, micros = int64(order.Uint64(b)), int64(order.Uint64(b[8:]))
	}
	rest := b[p.size-8:]
	return Event{
		Time:  time.Duration(seconds)*time.Second + time.Duration(micros)*time.Microsecond,
		Type:  order.Uint16(rest),
		Code:  order.Uint16(rest[2:]),
		Value: int32(order.Uint32(rest[4:])),
	}
}

// AppendEvents writes events as a node of this machine gives them, in one of the two sizes. It is the way back of [Parser].
func AppendEvents(b []byte, size int, events ...Event) []byte {
	order := binary.NativeEndian
	for _, e := range events {
		seconds, micros := int64(e.Time/time.Second), int64(e.Time%time.Second/time.Microsecond)
		if size == ShortEvent {
			b = order.AppendUint32(b, uint32(seconds))
			b = order.AppendUint32(b, uint32(micros))
		} else {
			b = order.AppendUint64(b, uint64(seconds))
			b = order.AppendUint64(b, uint64(micros))
		}
		b = order.AppendUint16(b, e.Type)
		b = order.AppendUint16(b, e.Code)
		b = order.AppendUint32(b, uint32(e.Value))
	}
	return b
}
