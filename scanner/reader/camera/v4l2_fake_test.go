package camera

import (
	"bytes"
	"image"
	"image/jpeg"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

// driver is a camera driver as the kernel shows it, with memory of its own. Its answers can be made wrong.
type driver struct {
	mu       sync.Mutex
	formats  []string
	w, h     int
	stride   int // 0: as the format has it
	data     []byte
	frames   int // how many it gives before it says end
	end      error
	lie      func(request uintptr, argument unsafe.Pointer) // after an answer
	refuse   map[uintptr]error
	caps     uint32
	format   fourCC
	memory   [][]byte
	queued   []uint32
	on, shut bool
	given    int
	bell     chan struct{}
	patient  bool // it waits until it is woken, however long
}

func newDriver(format string, w, h int, data []byte) *driver {
	return &driver{
		formats: []string{format}, w: w, h: h, data: data, frames: 1 << 30, end: unix.ENODEV, refuse: map[uintptr]error{},
		caps: capVideoCapture | capStreaming, bell: make(chan struct{}, 1),
	}
}

func (d *driver) ioctl(request uintptr, argument unsafe.Pointer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut {
		return unix.EBADF
	}
	if err := d.refuse[request]; err != nil {
		return err
	}
	if err := d.answer(request, argument); err != nil {
		return err
	}
	if d.lie != nil {
		d.lie(request, argument)
	}
	return nil
}

func (d *driver) answer(request uintptr, argument unsafe.Pointer) error {
	switch request {
	case queryCapability():
		c := (*videoCapability)(argument)
		c.capabilities, c.deviceCaps = 0x05200001|capDeviceCaps, d.caps
	case enumFormat():
		f := (*videoFormatDescription)(argument)
		if int(f.index) >= len(d.formats) {
			return unix.EINVAL
		}
		f.pixelFormat = newFourCC(d.formats[f.index])
	case setFormat():
		f := (*videoFormat)(argument)
		d.format = f.pix.pixelFormat
		f.pix.width, f.pix.height, f.pix.bytesPerLine = uint32(d.w), uint32(d.h), uint32(d.stride)
	case requestBuffers():
		r := (*videoRequest)(argument)
		r.count = 3
		for range r.count {
			d.memory = append(d.memory, make([]byte, 3*d.w*d.h))
		}
	case queryBuffer():
		b := (*videoBuffer)(argument)
		b.length = uint32(len(d.memory[b.index]))
		*(*uint32)(unsafe.Pointer(&b.offset)) = b.index * 4096
	case queueBuffer():
		d.queued = append(d.queued, (*videoBuffer)(argument).index)
	case streamOn():
		d.on = true
	case streamOff():
		d.on = false
	case dequeueBuffer():
		if d.given >= d.frames {
			return d.end
		}
		if len(d.queued) == 0 {
			return unix.EAGAIN
		}
		d.given++
		b := (*videoBuffer)(argument)
		b.index, d.queued = d.queued[0], d.queued[1:]
		b.bytesUsed = uint32(copy(d.memory[b.index], d.data))
	default:
		return unix.ENOTTY
	}
	return nil
}

func (d *driver) mmap(offset int64, length int) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.memory[offset/4096][:length], nil
}

func (d *driver) munmap([]byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.memory = d.memory[1:]
	return nil
}

func (d *driver) wait(t time.Duration) error {
	if d.patient {
		t = 10 * closeBound
	}
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-d.bell:
	case <-timer.C:
	}
	return nil
}

func (d *driver) wake() { d.bell <- struct{}{} }

func (d *driver) close() { d.shut = true }

// usb gives a USB camera behind a driver.
func usb(t *testing.T, d *driver) *Source {
	t.Helper()
	a, err := reader.ParseAddress("camera:/dev/null?width=320&height=240")
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSource(a, clock())
	if err != nil {
		t.Fatal(err)
	}
	s.device = func(string) (video, error) { return d, nil }
	return s
}

// yuyv packs a picture with grey colour, in rows of a stride.
func yuyv(p picture, stride int) []byte {
	out := bytes.Repeat([]byte{128}, stride*p.h)
	for i, v := range p.pix {
		out[i/p.w*stride+i%p.w*2] = v
	}
	return out
}

// motion packs a picture as a camera does: without the tables everybody has.
func motion(t *testing.T, p picture) []byte {
	t.Helper()
	img := image.NewYCbCr(image.Rect(0, 0, p.w, p.h), image.YCbCrSubsampleRatio422)
	copy(img.Y, p.pix)
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 128, 128
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	at, end, found := findSegment(raw, markDHT)
	if !found {
		t.Fatal("no tables to take out")
	}
	return append(bytes.Clone(raw[:at]), raw[end:]...)
}
