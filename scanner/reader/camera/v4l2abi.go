package camera

import "unsafe"

// What follows is the part of the kernel's interface to cameras that is needed for streaming, from include/uapi/linux/videodev2.h. The size of
// a structure is part of the number of its request, and three sizes depend on the width of a word: a wrong one is refused by the kernel as an
// unknown request. The kernel accepts both widths of the time stamp on 32 bits; this is the 32-bit one, which Go uses there.

const word = unsafe.Sizeof(uintptr(0))

// Values of the interface.
const (
	capVideoCapture = 0x00000001 // V4L2_CAP_VIDEO_CAPTURE
	capStreaming    = 0x04000000 // V4L2_CAP_STREAMING
	capDeviceCaps   = 0x80000000 // V4L2_CAP_DEVICE_CAPS: device_caps counts, not those of the whole driver

	bufTypeCapture = 1 // V4L2_BUF_TYPE_VIDEO_CAPTURE
	memoryMMAP     = 1 // V4L2_MEMORY_MMAP
	fieldNone      = 1 // V4L2_FIELD_NONE: no interlacing

	flagError         = 0x00000040 // V4L2_BUF_FLAG_ERROR
	flagTimestampMask = 0x0000e000 // V4L2_BUF_FLAG_TIMESTAMP_MASK
	flagMonotonic     = 0x00002000 // V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC
)

// videoCapability is struct v4l2_capability.
type videoCapability struct {
	driver       [16]byte
	card         [32]byte
	bus          [32]byte
	version      uint32
	capabilities uint32
	deviceCaps   uint32
	_            [3]uint32
}

// videoFormatDescription is struct v4l2_fmtdesc.
type videoFormatDescription struct {
	index       uint32
	kind        uint32
	flags       uint32
	description [32]byte
	pixelFormat fourCC
	mbusCode    uint32
	_           [3]uint32
}

// videoFormat is struct v4l2_format with struct v4l2_pix_format in its union.
type videoFormat struct {
	kind uint32
	_    [0]uintptr // the union holds pointers, in other members
	pix  videoPixelFormat
	_    [200 - 48]byte
}

// videoPixelFormat is struct v4l2_pix_format.
type videoPixelFormat struct {
	width, height uint32
	pixelFormat   fourCC
	field         uint32
	bytesPerLine  uint32
	sizeImage     uint32
	colorSpace    uint32
	private       uint32
	flags         uint32
	encoding      uint32
	quantization  uint32
	transfer      uint32
}

// videoRate is struct v4l2_streamparm with struct v4l2_captureparm in its union.
type videoRate struct {
	kind                   uint32
	capability             uint32
	mode                   uint32
	numerator, denominator uint32 // seconds per picture
	extendedMode           uint32
	readBuffers            uint32
	_                      [200 - 24]byte
}

// videoRequest is struct v4l2_requestbuffers.
type videoRequest struct {
	count, kind, memory, capabilities uint32
	flags                             uint32 // one byte and three reserved
}

// videoBuffer is struct v4l2_buffer.
type videoBuffer struct {
	index     uint32
	kind      uint32
	bytesUsed uint32
	flags     uint32
	field     uint32
	seconds   int // struct timeval: two words
	micros    int
	timecode  [16]byte
	sequence  uint32
	memory    uint32
	offset    uintptr // a union of a word; for mapped memory its first four bytes are the offset
	length    uint32
	_         uint32
	_         uint32
}

// The sizes the kernel has, for both widths of a word. A wrong one does not compile.
var (
	_ [104]byte        = [unsafe.Sizeof(videoCapability{})]byte{}
	_ [64]byte         = [unsafe.Sizeof(videoFormatDescription{})]byte{}
	_ [200 + word]byte = [unsafe.Sizeof(videoFormat{})]byte{}
	_ [204]byte        = [unsafe.Sizeof(videoRate{})]byte{}
	_ [20]byte         = [unsafe.Sizeof(videoRequest{})]byte{}

	_ [48 + 5*word]byte = [unsafe.Sizeof(videoBuffer{})]byte{}
)

// Directions of a request.
const (
	ioWrite = 1
	ioRead  = 2
)

// request makes the number of a request of the class 'V', as the macro _IOC of the kernel does on all architectures that Go knows except mips,
// ppc and sparc.
func request(direction, number, size uintptr) uintptr {
	return direction<<30 | size<<16 | 'V'<<8 | number
}

func queryCapability() uintptr { return request(ioRead, 0, unsafe.Sizeof(videoCapability{})) }
func enumFormat() uintptr {
	return request(ioRead|ioWrite, 2, unsafe.Sizeof(videoFormatDescription{}))
}
func setFormat() uintptr      { return request(ioRead|ioWrite, 5, unsafe.Sizeof(videoFormat{})) }
func requestBuffers() uintptr { return request(ioRead|ioWrite, 8, unsafe.Sizeof(videoRequest{})) }
func queryBuffer() uintptr    { return request(ioRead|ioWrite, 9, unsafe.Sizeof(videoBuffer{})) }
func queueBuffer() uintptr    { return request(ioRead|ioWrite, 15, unsafe.Sizeof(videoBuffer{})) }
func dequeueBuffer() uintptr  { return request(ioRead|ioWrite, 17, unsafe.Sizeof(videoBuffer{})) }
func streamOn() uintptr       { return request(ioWrite, 18, unsafe.Sizeof(int32(0))) }
func streamOff() uintptr      { return request(ioWrite, 19, unsafe.Sizeof(int32(0))) }
func setRate() uintptr        { return request(ioRead|ioWrite, 22, unsafe.Sizeof(videoRate{})) }
