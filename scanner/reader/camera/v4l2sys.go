package camera

import (
	"errors"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernelVideo is a [video] of the running kernel.
type kernelVideo struct {
	fd int

	mu     sync.Mutex
	bell   int // an eventfd, rung by wake
	closed bool
}

// openVideo opens a device node. The lock on it tells other lanes, and programs that are as careful, that it is in use.
func openVideo(node string) (video, error) {
	fd, err := retry(func() (int, error) {
		return unix.Open(node, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	})
	if err != nil {
		return nil, openError(node, err)
	}
	err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	bell := -1
	if err == nil {
		bell, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	}
	if err != nil {
		_ = unix.Close(fd) // nothing was written to it
		return nil, openError(node, err)
	}
	return &kernelVideo{fd: fd, bell: bell}, nil
}

func (v *kernelVideo) ioctl(request uintptr, argument unsafe.Pointer) error {
	_, err := retry(func() (int, error) {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(v.fd), request, uintptr(argument)); errno != 0 {
			return 0, errno
		}
		return 0, nil
	})
	return err
}

func (v *kernelVideo) mmap(offset int64, length int) ([]byte, error) {
	return unix.Mmap(v.fd, offset, length, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

func (v *kernelVideo) munmap(memory []byte) error { return unix.Munmap(memory) }

func (v *kernelVideo) wait(d time.Duration) error {
	ready := []unix.PollFd{{Fd: int32(v.fd), Events: unix.POLLIN}, {Fd: int32(v.bell), Events: unix.POLLIN}}
	_, err := unix.Poll(ready, int(d.Milliseconds()))
	switch {
	case errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return err
	case ready[0].Revents&unix.POLLHUP != 0:
		return unix.ENODEV
	case ready[0].Revents&unix.POLLERR != 0 && ready[0].Revents&unix.POLLIN == 0:
		return unix.EIO // the stream is not running: the next call would say "not yet" for ever
	default:
		return nil
	}
}

func (v *kernelVideo) wake() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.closed {
		// It counts to 2^64: this cannot fail for want of room.
		_, _ = unix.Write(v.bell, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

func (v *kernelVideo) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	// Nothing was written that a failing close could lose.
	_ = unix.Close(v.bell)
	_ = unix.Close(v.fd)
}

// retry repeats a call as long as signals interrupt it.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
