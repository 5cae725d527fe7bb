package keyboard

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"unicode"

	"golang.org/x/sys/unix"
)

// device is an open input node, or what stands for one.
type device interface {
	// Read gives the bytes of whole events, or pieces of them. It waits for the first. Close wakes it.
	Read(b []byte) (int, error)
	// Close lets go of the device. Nothing is lost by what it may say.
	Close() error
	// Pending tells whether a Read would not wait.
	Pending() bool
	// Keys tells which keys are down, and makes the device forget the key events that led there and have not been read.
	Keys() (keyState, error)
	// Name is what the device says of itself, cleaned.
	Name() string
}

// node is an input node of the kernel.
type node struct {
	file *os.File
	raw  syscall.RawConn
	name string
}

// openNode opens an input node and takes it for this process alone. Its errors are of the classes reader.Err….
func openNode(path string) (device, error) {
	// Writing is only for the caps lamp. The service's unit allows reading alone, and that is enough.
	file, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) {
		file, err = os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, openError(path, err)
	}
	n := &node{file: file}
	if err := n.setUp(path); err != nil {
		_ = file.Close() // it was not taken, so nothing has to be given back
		return nil, err
	}
	// Lamp off: some readers exchange capitals and small letters while it is lit. Where writing is not allowed this fails, and does no harm.
	_, _ = file.Write(AppendEvents(nil, NativeEvent, Event{0, typeLED, ledCapsLock, 0}, Event{0, typeSync, syncReport, 0}))
	return n, nil
}

// setUp finds out whether the node is of a keyboard, and takes it.
func (n *node) setUp(path string) error {
	raw, err := n.file.SyscallConn()
	if err != nil {
		return openError(path, err)
	}
	n.raw = raw
	var setUpErr error
	if err := raw.Control(func(fd uintptr) { setUpErr = n.take(int(fd), path) }); err != nil {
		return openError(path, err)
	}
	return setUpErr
}

func (n *node) take(fd int, path string) error {
	var version [4]byte
	if _, err := ask(fd, requestVersion, version[:]); err != nil {
		return openError(path, err)
	}
	keys, err := askState(fd, requestBits|uint(typeKey))
	if err != nil {
		return openError(path, err)
	}
	if !types(&keys) {
		return noKeyboard(path)
	}
	if err := unix.IoctlSetInt(fd, requestGrab, 1); err != nil {
		return openError(path, err)
	}
	// Stamps of a clock that nobody sets, so that pauses between keys are what they were.
	if err := unix.IoctlSetPointerInt(fd, requestClock, unix.CLOCK_MONOTONIC); err != nil {
		return openError(path, err)
	}
	// A third of all events is of no use here. An old kernel that cannot leave them out sends them, and they are dropped later.
	_ = maskEvents(fd, typeMisc)
	n.name = describe(fd)
	return nil
}

// types tells whether a device with these keys can type codes: it has the letters and Enter.
func types(keys *keyState) bool {
	for _, key := range letters() {
		if !keys.has(key) {
			return false
		}
	}
	return keys.has(KeyEnter) || keys.has(KeyKPEnter)
}

// describe names a device that is on no USB port, as one on Bluetooth.
func describe(fd int) string {
	var id [8]byte // struct input_id: bus, vendor, product, version
	text := ""
	if _, err := ask(fd, requestID, id[:]); err == nil {
		p := NewParser(ShortEvent)
		e := p.Parse(nil, append(make([]byte, 8), id[:]...))[0]
		text = fmt.Sprintf("%s %04x:%04x ", bus(e.Type), e.Code, uint32(e.Value)&0xffff)
	}
	text += clean(askText(fd, requestName))
	if serial := clean(askText(fd, requestUniq)); serial != "" {
		text += ", serial " + serial
	}
	if phys := clean(askText(fd, requestPhys)); phys != "" {
		text += " at " + phys
	}
	return text
}

// bus names the bus of an input device (BUS_… of linux/input.h).
func bus(number uint16) string {
	switch number {
	case 0x03:
		return "USB"
	case 0x05:
		return "Bluetooth"
	case 0x06:
		return "virtual"
	default:
		return fmt.Sprintf("bus %#02x", number)
	}
}

// clean keeps what is printable of a text that a device has written, and not much of it.
func clean(text string) string {
	const longest = 64
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest])
	}
	return strings.TrimSpace(text)
}

func (n *node) Read(b []byte) (int, error) { return n.file.Read(b) }

// Close gives the device back: the kernel ends the grab with the descriptor.
func (n *node) Close() error { return n.file.Close() }

func (n *node) Name() string { return n.name }

func (n *node) Pending() bool {
	ready := false
	err := n.raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		count, err := unix.Poll(fds, 0)
		ready = err == nil && count > 0
	})
	return err == nil && ready
}

func (n *node) Keys() (state keyState, err error) {
	controlErr := n.raw.Control(func(fd uintptr) { state, err = askState(int(fd), requestKeys) })
	return state, errors.Join(err, controlErr)
}
