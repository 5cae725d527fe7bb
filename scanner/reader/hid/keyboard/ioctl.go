package keyboard

import (
	"bytes"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Requests to an input node (linux/input.h). The numbers are built as asm-generic/ioctl.h builds them, which holds on ARM and x86.
const (
	directionWrite = 1
	directionRead  = 2

	requestVersion = directionRead<<30 | 4<<16 | 'E'<<8 | 0x01 // EVIOCGVERSION
	requestID      = directionRead<<30 | 8<<16 | 'E'<<8 | 0x02 // EVIOCGID
	requestName    = directionRead<<30 | 'E'<<8 | 0x06         // EVIOCGNAME, and a length
	requestPhys    = directionRead<<30 | 'E'<<8 | 0x07         // EVIOCGPHYS, and a length
	requestUniq    = directionRead<<30 | 'E'<<8 | 0x08         // EVIOCGUNIQ, and a length
	requestKeys    = directionRead<<30 | 'E'<<8 | 0x18         // EVIOCGKEY, and a length
	requestBits    = directionRead<<30 | 'E'<<8 | 0x20         // EVIOCGBIT, and a type of event and a length

	requestGrab  = directionWrite<<30 | 4<<16 | 'E'<<8 | 0x90  // EVIOCGRAB
	requestMask  = directionWrite<<30 | 16<<16 | 'E'<<8 | 0x93 // EVIOCSMASK
	requestClock = directionWrite<<30 | 4<<16 | 'E'<<8 | 0xa0  // EVIOCSCLOCKID
)

// ask makes a request that fills b, the first byte of which is needed, and gives how many bytes the node has written.
func ask(fd int, request uint, b []byte) (int, error) {
	for {
		n, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(&b[0])))
		switch errno {
		case 0:
			return min(int(n), len(b)), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// askText makes a request for a text, "" if the node has none.
func askText(fd int, request uint) string {
	b := make([]byte, 256)
	n, err := ask(fd, request|uint(len(b))<<16, b)
	if err != nil {
		return ""
	}
	text, _, _ := bytes.Cut(b[:n], []byte{0})
	return string(text)
}

// askState makes a request for one bit per key.
func askState(fd int, request uint) (keyState, error) {
	var state keyState
	_, err := ask(fd, request|uint(len(state))<<16, state[:])
	return state, err
}

// maskEvents has a node leave out all events of a type, for this descriptor.
func maskEvents(fd int, eventType uint16) error {
	// struct input_mask. The kernel wants whole longs of bits.
	var bits [8]byte
	mask := struct {
		eventType, size uint32
		bits            uint64
	}{uint32(eventType), uint32(len(bits)), uint64(uintptr(unsafe.Pointer(&bits)))}
	var pinner runtime.Pinner
	pinner.Pin(&bits)
	defer pinner.Unpin()
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), requestMask, uintptr(unsafe.Pointer(&mask))); errno != 0 {
		return errno
	}
	return nil
}
