package camera

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

const (
	buffers    = 4        // asked for; the driver may give others
	maxBuffers = 32       // the kernel's own limit
	maxBuffer  = 64 << 20 // bytes of one buffer
	maxFormats = 64
	patience   = 500 * time.Millisecond // of one wait for a picture; the camera is asked again after it
)

// video is an open device of Video4Linux: the few calls that are made to the kernel. Errors are those of the system.
type video interface {
	ioctl(request uintptr, argument unsafe.Pointer) error
	mmap(offset int64, length int) ([]byte, error)
	munmap(memory []byte) error
	// wait waits until a picture is there, something is wrong, the time is over, or wake was called. It may return early.
	wait(d time.Duration) error
	// wake ends a wait, now or the next one. It is safe for concurrent use and may come after close.
	wake()
	close()
}

// videoOpener opens the camera behind a device node.
func (s *Source) videoOpener(node string) opener {
	return func(ctx context.Context) (frameSource, error) {
		tables, err := standardTables()
		if err != nil {
			return nil, err
		}
		device, err := s.device(node)
		if err != nil {
			return nil, err
		}
		c := &videoCamera{device: device, node: node, now: s.now, ctx: ctx, tables: tables}
		c.unhook = context.AfterFunc(ctx, device.wake)
		if err := c.start(s.settings); err != nil {
			c.close()
			return nil, err
		}
		return c, nil
	}
}

// videoCamera is a camera that streams through memory shared with its driver. What the driver says is checked before it is believed.
type videoCamera struct {
	device   video
	node     string
	now      reader.Monotonic
	ctx      context.Context // ends a wait for the next picture
	unhook   func() bool
	tables   []byte
	geometry geometry
	memory   [][]byte
	on       bool
}

// start sets the camera up and lets it run.
func (c *videoCamera) start(s settings) error {
	for _, step := range []func(settings) error{c.check, c.choose, c.pace, c.share, c.run} {
		if err := step(s); err != nil {
			return err
		}
	}
	return nil
}

// check sees whether the device is a camera that can stream. USB cameras have a second node, which carries other data.
func (c *videoCamera) check(settings) error {
	var v videoCapability
	if err := c.device.ioctl(queryCapability(), unsafe.Pointer(&v)); err != nil {
		return c.fail("say what it is", err)
	}
	can := v.capabilities
	if can&capDeviceCaps != 0 {
		can = v.deviceCaps
	}
	if can&capVideoCapture == 0 || can&capStreaming == 0 {
		return fmt.Errorf("%w: %s gives no pictures: a USB camera has a second device beside the one that does; name the link that ends in "+
			"index0 under /dev/v4l/by-id", reader.ErrAddress, c.node)
	}
	return nil
}

// choose takes the cheapest of the formats the camera offers, at the size nearest to the one asked for.
func (c *videoCamera) choose(s settings) error {
	offered := make(map[fourCC]bool)
	for i := range uint32(maxFormats) {
		d := videoFormatDescription{index: i, kind: bufTypeCapture}
		if err := c.device.ioctl(enumFormat(), unsafe.Pointer(&d)); err != nil {
			if errors.Is(err, unix.EINVAL) {
				break // that were all
			}
			return c.fail("list its formats", err)
		}
		offered[d.pixelFormat] = true
	}
	for _, format := range wanted() {
		if !offered[format] {
			continue
		}
		f := videoFormat{kind: bufTypeCapture, pix: videoPixelFormat{
			width: uint32(s.width), height: uint32(s.height), pixelFormat: format, field: fieldNone,
		}}
		if err := c.device.ioctl(setFormat(), unsafe.Pointer(&f)); err != nil {
			return c.fail("take the size of the picture", err)
		}
		if f.pix.pixelFormat != format {
			continue // the driver had something else in mind
		}
		g, err := newGeometry(f.pix)
		if err != nil {
			return fmt.Errorf("%w: the driver of %s offers %w: try another width and height in the address", reader.ErrFault, c.node, err)
		}
		c.geometry = g
		return nil
	}
	return fmt.Errorf("%w: %s has no picture format that can be read: for a camera at the ribbon connector write camera:rpicam",
		reader.ErrAddress, c.node)
}

// pace asks for a rate. Many cameras have only one and refuse: then it is that.
func (c *videoCamera) pace(s settings) error {
	r := videoRate{kind: bufTypeCapture, numerator: 1, denominator: uint32(s.fps)}
	if err := c.device.ioctl(setRate(), unsafe.Pointer(&r)); err != nil && errors.Is(err, unix.ENODEV) {
		return c.fail("take the rate", err)
	}
	return nil
}

// share maps the driver's buffers and gives them to it to fill.
func (c *videoCamera) share(settings) error {
	r := videoRequest{count: buffers, kind: bufTypeCapture, memory: memoryMMAP}
	if err := c.device.ioctl(requestBuffers(), unsafe.Pointer(&r)); err != nil {
		return c.fail("give buffers", err)
	}
	if r.count < 1 || r.count > maxBuffers {
		return fmt.Errorf("%w: the driver of %s offers %d buffers: plug the camera in again", reader.ErrFault, c.node, r.count)
	}
	for i := range r.count {
		b := videoBuffer{index: i, kind: bufTypeCapture, memory: memoryMMAP}
		if err := c.device.ioctl(queryBuffer(), unsafe.Pointer(&b)); err != nil {
			return c.fail("describe its buffers", err)
		}
		if int64(b.length) < int64(c.geometry.needs()) || b.length > maxBuffer {
			return fmt.Errorf("%w: the driver of %s has buffers of %d bytes for pictures of %d by %d: try another width and height in the address",
				reader.ErrFault, c.node, b.length, c.geometry.w, c.geometry.h)
		}
		memory, err := c.device.mmap(b.mapOffset(), int(b.length))
		if err != nil {
			return c.fail("share its buffers", err)
		}
		c.memory = append(c.memory, memory)
		if err := c.queue(i); err != nil {
			return err
		}
	}
	return nil
}

// mapOffset is where the buffer is mapped: the first four bytes of a union that is a word long.
func (b *videoBuffer) mapOffset() int64 { return int64(*(*uint32)(unsafe.Pointer(&b.offset))) }

func (c *videoCamera) queue(i uint32) error {
	b := videoBuffer{index: i, kind: bufTypeCapture, memory: memoryMMAP}
	if err := c.device.ioctl(queueBuffer(), unsafe.Pointer(&b)); err != nil {
		return c.fail("take a buffer back", err)
	}
	return nil
}

func (c *videoCamera) run(settings) error {
	kind := int32(bufTypeCapture)
	if err := c.device.ioctl(streamOn(), unsafe.Pointer(&kind)); err != nil {
		return c.fail("start", err)
	}
	c.on = true
	return nil
}

// next waits for a picture, copies it and gives its buffer back to the driver.
func (c *videoCamera) next(buf []byte) ([]byte, time.Duration, error) {
	for c.ctx.Err() == nil {
		b := videoBuffer{kind: bufTypeCapture, memory: memoryMMAP}
		err := c.device.ioctl(dequeueBuffer(), unsafe.Pointer(&b))
		if err == nil {
			return c.take(b, buf)
		}
		if !errors.Is(err, unix.EAGAIN) {
			return buf, 0, c.lost(err)
		}
		if err := c.device.wait(patience); err != nil {
			return buf, 0, c.lost(err)
		}
	}
	return buf, 0, c.ctx.Err()
}

// lost says why no more pictures come. Pulling the cable out ends a wait with some error; that the device is gone is what it says when asked.
func (c *videoCamera) lost(err error) error {
	var v videoCapability
	if why := c.device.ioctl(queryCapability(), unsafe.Pointer(&v)); why != nil {
		err = why
	}
	return c.fail("give a picture", err)
}

// take copies a picture out of the buffer it came in.
func (c *videoCamera) take(b videoBuffer, buf []byte) ([]byte, time.Duration, error) {
	at := c.now() - c.age(b)
	if uint64(b.index) >= uint64(len(c.memory)) {
		return buf, 0, fmt.Errorf("%w: the driver of %s names a buffer it does not have: plug the camera in again", reader.ErrFault, c.node)
	}
	memory := c.memory[b.index]
	used := int(min(uint64(b.bytesUsed), uint64(len(memory))))
	whole := b.flags&flagError == 0 && used >= c.geometry.needs()
	if whole {
		if c.geometry.stride > 0 {
			used = c.geometry.needs() // colour is of no use
		}
		buf = grow(buf, used)
		copy(buf, memory)
	}
	if err := c.queue(b.index); err != nil {
		return buf, 0, err
	}
	if !whole {
		return buf, 0, errBroken
	}
	return buf, at, nil
}

// age is how long ago a picture was taken by the driver's own stamp, where it keeps to the clock it says and is believable.
func (c *videoCamera) age(b videoBuffer) time.Duration {
	var now unix.Timespec
	if b.flags&flagTimestampMask != flagMonotonic || unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) != nil {
		return 0
	}
	age := time.Duration(now.Nano()) - time.Duration(b.seconds)*time.Second - time.Duration(b.micros)*time.Microsecond
	if age < 0 || age > stallBound {
		return 0
	}
	return age
}

func (c *videoCamera) lens() lens { return c.geometry.lens(c.tables) }

// close stops the camera and gives back its memory. On a device that is gone the calls fail, and nothing is left to be given back.
func (c *videoCamera) close() {
	c.unhook()
	if c.on {
		kind := int32(bufTypeCapture)
		_ = c.device.ioctl(streamOff(), unsafe.Pointer(&kind))
	}
	for _, memory := range c.memory {
		_ = c.device.munmap(memory)
	}
	c.memory = nil
	c.device.close()
}

// fail classifies what the kernel said when the camera was to do something, and says what to try.
func (c *videoCamera) fail(what string, err error) error {
	switch {
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return fmt.Errorf("%w: camera %s went away: plug it in again and check its cable: %w", reader.ErrGone, c.node, err)
	case errors.Is(err, unix.EBUSY):
		return busy(c.node, err)
	case errors.Is(err, unix.ENOTTY):
		return fmt.Errorf("%w: %s is not a camera: name /dev/videoN or what stands under /dev/v4l/by-id: %w", reader.ErrAddress, c.node, err)
	case errors.Is(err, unix.ENOSPC):
		return fmt.Errorf("%w: there is not enough room on the USB bus for camera %s: plug it into another port, or write a smaller width, "+
			"height or fps in the address: %w", reader.ErrFault, c.node, err)
	default:
		return fmt.Errorf("%w: camera %s could not %s: plug it in again: %w", reader.ErrFault, c.node, what, err)
	}
}

func busy(node string, err error) error {
	return fmt.Errorf("%w: another program or lane uses %s: find it with: fuser -v %s: %w", reader.ErrBusy, node, node, err)
}

// openError classifies what opening a camera or a folder gave and says what to try.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return fmt.Errorf("%w: nothing answers at %s: plug the camera in, or make the folder: %w", reader.ErrAbsent, path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s may not be opened: add the service's user to the group that owns it (ls -ld %s), for a camera usually video: %w",
			reader.ErrPermission, path, path, err)
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EWOULDBLOCK):
		return busy(path, err)
	default:
		return fmt.Errorf("%w: %s cannot be opened: %w", reader.ErrFault, path, err)
	}
}
