package camera

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

func TestEveryFormatOfAUSBCameraIsRead(t *testing.T) {
	t.Parallel()
	p := on(320, 240, map[[2]int]picture{{60, 20}: plain(t, "USB-CAMERA", 6)})
	for _, row := range []struct {
		name, format string
		stride       int
		data         []byte
	}{
		{"grey", "GREY", 0, p.pix},
		{"luminance, then colour", "NV12", 320, append(bytes.Clone(p.pix), make([]byte, len(p.pix)/2)...)},
		{"in three planes", "YU12", 320, append(bytes.Clone(p.pix), make([]byte, len(p.pix)/2)...)},
		{"luminance and colour in turn", "YUYV", 640, yuyv(p, 640)},
		{"in rows with a margin", "YUYV", 704, yuyv(p, 704)},
		{"compressed without tables, with padding behind", "MJPG", 0, append(motion(t, p), make([]byte, 100)...)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newDriver(row.format, 320, 240, row.data)
			d.stride = row.stride
			got, err := runUntil(t, usb(t, d), 1)
			if !errors.Is(err, context.Canceled) || len(got) != 1 || string(got[0].Code) != "USB-CAMERA" {
				t.Fatalf("%v, %v", got, err)
			}
			if !d.shut || d.on || len(d.memory) != 0 || len(d.queued) == 0 {
				t.Errorf("closed %v, streams %v, %d buffers are still mapped", d.shut, d.on, len(d.memory))
			}
		})
	}
}

func TestTheCheapestFormatIsTaken(t *testing.T) {
	t.Parallel()
	p := on(320, 240, map[[2]int]picture{{60, 20}: plain(t, "USB-CAMERA", 6)})
	d := newDriver("", 320, 240, yuyv(p, 640))
	d.formats = []string{"H264", "MJPG", "YUYV"}
	if got, err := runUntil(t, usb(t, d), 1); len(got) != 1 || d.format.String() != "YUYV" {
		t.Errorf("%v, %v, %v", d.format, got, err)
	}
}

func TestWhatADriverSaysIsNotBelieved(t *testing.T) {
	t.Parallel()
	p := on(320, 240, map[[2]int]picture{{60, 20}: plain(t, "USB-CAMERA", 6)})
	for _, row := range []struct {
		name  string
		spoil func(d *driver)
		class error
		says  string
	}{
		{"no camera at all", func(d *driver) { d.refuse[queryCapability()] = unix.ENOTTY }, reader.ErrAddress, "not a camera"},
		{"the second device of a camera", func(d *driver) { d.caps = 0x00a00000 }, reader.ErrAddress, "index0"},
		{"raw pictures only", func(d *driver) { d.formats = []string{"pRAA", "RG10"} }, reader.ErrAddress, "rpicam"},
		{"formats without end", func(d *driver) { d.formats = make([]string, 1000); fill(d.formats, "RG10") }, reader.ErrAddress, "rpicam"},
		{"somebody else has it", func(d *driver) { d.refuse[setFormat()] = unix.EBUSY }, reader.ErrBusy, "fuser"},
		{"the bus is full", func(d *driver) { d.refuse[streamOn()] = unix.ENOSPC }, reader.ErrFault, "USB bus"},
		{"pulled out", func(d *driver) { d.frames = 2 }, reader.ErrGone, "plug it in again"},
		{"pulled out, first seen as an error of input", func(d *driver) {
			d.frames, d.end = 2, unix.EIO
			d.lie = func(request uintptr, _ unsafe.Pointer) {
				if request == dequeueBuffer() {
					d.refuse[queryCapability()] = unix.ENODEV
				}
			}
		}, reader.ErrGone, "plug it in again"},
		{"an error of input", func(d *driver) { d.frames, d.end = 2, unix.EIO }, reader.ErrFault, "give a picture"},
		{"a huge picture", func(d *driver) { d.w, d.h = 60000, 60000; d.lie = nil }, reader.ErrFault, "60000 by 60000"},
		{"rows shorter than the picture is wide", func(d *driver) { d.stride = 319 }, reader.ErrFault, "rows of 319"},
		{"rows of gigabytes", func(d *driver) { d.stride = 1 << 30 }, reader.ErrFault, "rows of"},
		{"no buffers", lies(requestBuffers(), func(a unsafe.Pointer) { (*videoRequest)(a).count = 0 }), reader.ErrFault, "0 buffers"},
		{"a million buffers", lies(requestBuffers(), func(a unsafe.Pointer) { (*videoRequest)(a).count = 1e6 }), reader.ErrFault, "1000000 buffers"},
		{"buffers that are too short", lies(queryBuffer(), func(a unsafe.Pointer) { (*videoBuffer)(a).length = 100 }), reader.ErrFault, "100 bytes"},
		{"buffers of gigabytes", lies(queryBuffer(), func(a unsafe.Pointer) { (*videoBuffer)(a).length = 1 << 31 }), reader.ErrFault, "bytes"},
		{"a buffer that is not there", lies(dequeueBuffer(), func(a unsafe.Pointer) { (*videoBuffer)(a).index = 7 }), reader.ErrFault, "does not have"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newDriver("GREY", 320, 240, p.pix)
			row.spoil(d)
			_, err := runUntil(t, usb(t, d), 99)
			if !errors.Is(err, row.class) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("gives %v", err)
			}
			if !d.shut || d.on {
				t.Errorf("closed %v, streams %v", d.shut, d.on)
			}
		})
	}
}

func lies(about uintptr, how func(unsafe.Pointer)) func(*driver) {
	return func(d *driver) {
		d.lie = func(request uintptr, argument unsafe.Pointer) {
			if request == about {
				how(argument)
			}
		}
	}
}

func fill(all []string, with string) {
	for i := range all {
		all[i] = with
	}
}

func TestBrokenPicturesAreDroppedAndTheNextIsRead(t *testing.T) {
	t.Parallel()
	p := on(320, 240, map[[2]int]picture{{60, 20}: plain(t, "USB-CAMERA", 6)})
	for name, how := range map[string]func(*videoBuffer){
		"marked as damaged":               func(b *videoBuffer) { b.flags = flagError },
		"cut short":                       func(b *videoBuffer) { b.bytesUsed = 320 * 100 },
		"said to be longer than possible": func(b *videoBuffer) { b.bytesUsed = 1 << 31 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDriver("GREY", 320, 240, p.pix)
			n := 0
			lies(dequeueBuffer(), func(a unsafe.Pointer) {
				if n++; n <= 3 {
					how((*videoBuffer)(a))
				}
			})(d)
			s := usb(t, d)
			if got, err := runUntil(t, s, 1); len(got) != 1 {
				t.Error(got, err)
			}
			if st := s.Stats(); name[0] != 's' && st.Broken != 3 {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestAWaitForAPictureEndsWithTheReader(t *testing.T) {
	t.Parallel()
	d := newDriver("GREY", 320, 240, nil)
	d.refuse[dequeueBuffer()] = unix.EAGAIN
	d.patient = true
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := usb(t, d).Run(ctx, func() {}, func(reader.Frame) {}); !errors.Is(err, context.DeadlineExceeded) || !d.shut {
		t.Errorf("%v, closed %v", err, d.shut)
	}
}

func TestNoMoreIsTakenThanTheBufferHolds(t *testing.T) {
	t.Parallel()
	c := &videoCamera{
		device: newDriver("MJPG", 320, 240, nil), now: clock(), memory: [][]byte{make([]byte, 100)},
		geometry: geometry{format: newFourCC("MJPG"), w: 320, h: 240},
	}
	raw, _, err := c.take(videoBuffer{bytesUsed: 1 << 20}, nil)
	if err != nil || len(raw) != 100 {
		t.Errorf("%d bytes were taken: %v", len(raw), err)
	}
}

func TestAPictureIsOfTheMomentTheDriverSays(t *testing.T) {
	t.Parallel()
	c := &videoCamera{}
	stamp := func(ago time.Duration, flags uint32) videoBuffer {
		var now unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
			t.Fatal(err)
		}
		at := time.Duration(now.Nano()) - ago
		return videoBuffer{flags: flags, seconds: int(at / time.Second), micros: int(at % time.Second / time.Microsecond)}
	}
	for _, row := range []struct {
		name  string
		ago   time.Duration
		flags uint32
		most  time.Duration
		least time.Duration
	}{
		{"80 ms ago", 80 * time.Millisecond, flagMonotonic, time.Second, 80 * time.Millisecond},
		{"by another clock", 80 * time.Millisecond, 0x4000, 0, 0},
		{"in the future", -time.Hour, flagMonotonic, 0, 0},
		{"an hour ago", time.Hour, flagMonotonic, 0, 0},
	} {
		if age := c.age(stamp(row.ago, row.flags)); age < row.least || age > row.most {
			t.Errorf("%s: %v", row.name, age)
		}
	}
}

// The numbers were printed by a C program that includes linux/videodev2.h, for x86-64 and for 32-bit ARM.
func TestRequestsAreTheKernels(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ got, on64, on32 uintptr }{
		"VIDIOC_QUERYCAP":  {queryCapability(), 0x80685600, 0x80685600},
		"VIDIOC_ENUM_FMT":  {enumFormat(), 0xc0405602, 0xc0405602},
		"VIDIOC_S_FMT":     {setFormat(), 0xc0d05605, 0xc0cc5605},
		"VIDIOC_REQBUFS":   {requestBuffers(), 0xc0145608, 0xc0145608},
		"VIDIOC_QUERYBUF":  {queryBuffer(), 0xc0585609, 0xc0445609},
		"VIDIOC_QBUF":      {queueBuffer(), 0xc058560f, 0xc044560f},
		"VIDIOC_DQBUF":     {dequeueBuffer(), 0xc0585611, 0xc0445611},
		"VIDIOC_STREAMON":  {streamOn(), 0x40045612, 0x40045612},
		"VIDIOC_STREAMOFF": {streamOff(), 0x40045613, 0x40045613},
		"VIDIOC_S_PARM":    {setRate(), 0xc0cc5616, 0xc0cc5616},
	} {
		if want := map[uintptr]uintptr{8: row.on64, 4: row.on32}[word]; row.got != want {
			t.Errorf("%s is %#x, want %#x", name, row.got, want)
		}
	}
	for name, row := range map[string]struct{ got, on64, on32 uintptr }{
		"v4l2_format.fmt":       {unsafe.Offsetof(videoFormat{}.pix), 8, 4},
		"v4l2_buffer.timestamp": {unsafe.Offsetof(videoBuffer{}.seconds), 24, 20},
		"v4l2_buffer.sequence":  {unsafe.Offsetof(videoBuffer{}.sequence), 56, 44},
		"v4l2_buffer.m":         {unsafe.Offsetof(videoBuffer{}.offset), 64, 52},
		"v4l2_buffer.length":    {unsafe.Offsetof(videoBuffer{}.length), 72, 56},
	} {
		if want := map[uintptr]uintptr{8: row.on64, 4: row.on32}[word]; row.got != want {
			t.Errorf("%s is at %d, want %d", name, row.got, want)
		}
	}
}

func TestWhatIsNoCameraIsToldBeforeItIsUsed(t *testing.T) {
	t.Parallel()
	plainFile := filepath.Join(t.TempDir(), "picture.png")
	if err := os.WriteFile(plainFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, row := range map[string]struct {
		class error
		says  string
	}{
		"/dev/null":       {reader.ErrAddress, "not a camera"},
		"/dev/no-video99": {reader.ErrAbsent, "there is no"},
		plainFile:         {reader.ErrAddress, "neither a folder nor a camera"},
	} {
		a, err := reader.ParseAddress("camera:" + path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(a, clock())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := runUntil(t, s, 1); !errors.Is(err, row.class) || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestTheKernelsSideIsWokenAndClosed(t *testing.T) {
	t.Parallel()
	v, err := openVideo("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openVideo("/dev/null"); !errors.Is(err, reader.ErrBusy) {
		t.Errorf("a second opening gives %v", err)
	}
	v.wake()
	began := time.Now()
	if err := v.wait(time.Hour); err != nil || time.Since(began) > time.Minute {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
	v.close()
	v.wake()
	if _, err := openVideo(filepath.Join(t.TempDir(), "none")); !errors.Is(err, reader.ErrAbsent) {
		t.Error(err)
	}
}
