package camera

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"gatescand/scanner/reader"
)

// Source is a reader that looks. It implements [reader.Source], [reader.Describer] and [reader.Noticer].
type Source struct {
	path     string
	settings settings
	now      reader.Monotonic
	notify   func(reader.Notice)
	counters counters
	slot     chan struct{} // holds a token while Run is running

	// What tests replace: the program for the ribbon camera, the root of sysfs, and how a camera is opened.
	program string
	sysfs   string
	device  func(node string) (video, error)

	mu        sync.Mutex
	described string
	abandoned <-chan struct{} // closed when a camera that was given up has let go; nil when none was
}

// Placed is a [Source] that lives at a path, a folder or a device: a [reader.Locator]. The camera at the ribbon connector has none.
type Placed struct{ *Source }

var (
	_ reader.Source    = (*Source)(nil)
	_ reader.Describer = (*Source)(nil)
	_ reader.Noticer   = (*Source)(nil)
	_ reader.Locator   = Placed{}
)

// Path is the path or glob of the address.
func (p Placed) Path() string { return p.path }

// New gives the reader at an address of kind camera: a folder, a device such as /dev/video0, or rpicam. What a path is, is looked at when it is
// opened, which is not before Run. It gives a [*Source], or a [Placed] where there is a path. Errors are of class [reader.ErrAddress].
//
// Options: width and height in pixels (640 by 480), fps (15), hold_off (2s: how long a code seen beside the one presented waits after that has
// left), invert=auto or never (codes in white on black).
func New(address reader.Address, now reader.Monotonic) (reader.Source, error) {
	s, err := newSource(address, now)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(s.path, "/") {
		return Placed{s}, nil
	}
	return s, nil
}

func newSource(address reader.Address, now reader.Monotonic) (*Source, error) {
	if address.Kind != reader.KindCamera {
		return nil, fmt.Errorf("%w %q: not a camera address", reader.ErrAddress, address)
	}
	_, pi := piNumber(address.Path)
	if !pi && !strings.HasPrefix(address.Path, "/") {
		return nil, fmt.Errorf("%w %q: write the path of a folder or a device, or rpicam", reader.ErrAddress, address)
	}
	settings, faults := parseSettings(address.Options, pi)
	if len(faults) > 0 {
		return nil, fmt.Errorf("%w %q: %s", reader.ErrAddress, address, strings.Join(faults, "; "))
	}
	return &Source{
		path: address.Path, settings: settings, now: now, slot: make(chan struct{}, 1),
		program: piProgram, sysfs: "/sys", device: openVideo,
	}, nil
}

// piNumber gives the number of the ribbon camera that a path means, if it means one.
func piNumber(path string) (int, bool) {
	rest, found := strings.CutPrefix(path, "rpicam")
	if !found {
		return 0, false
	}
	if rest == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(rest, ":"), 10, 4)
	return int(n), err == nil && rest[0] == ':'
}

// NotifyTo takes who is told of pictures without a code, of damaged ones, and of those made to keep the decoder busy. See [reader.Noticer].
func (s *Source) NotifyTo(notify func(reader.Notice)) { s.notify = notify }

// Describe names the camera that is open. See [reader.Describer].
func (s *Source) Describe() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.described
}

// Stats tells what the camera has done so far. It is safe for concurrent use.
func (s *Source) Stats() Stats { return s.counters.get() }

// Run opens the camera or the folder and delivers the codes it sees. See [reader.Source]. Frame.At is the moment the picture was taken, or was
// found in the folder. Run returns within the search of one picture after ctx has ended, and three seconds if a camera does not let go.
func (s *Source) Run(ctx context.Context, up func(), emit func(reader.Frame)) error {
	select {
	case s.slot <- struct{}{}:
		defer func() { <-s.slot }()
	default:
		return fmt.Errorf("%w: this camera already serves a lane: give every lane one of its own", reader.ErrBusy)
	}
	g := &gripes{notify: s.notify}
	if n, pi := piNumber(s.path); pi {
		s.describe("rpicam " + strconv.Itoa(n))
		return s.stream(ctx, s.piOpener(n), g, up, emit)
	}
	node, err := reader.Resolve(s.path)
	if err != nil {
		return err
	}
	info, err := os.Stat(node)
	switch {
	case err != nil:
		return openError(node, err)
	case info.IsDir():
		if err := s.settings.forFolder(s.path); err != nil {
			return err
		}
		s.describe("")
		return s.folder(ctx, node, g, up, emit)
	case info.Mode()&os.ModeCharDevice != 0:
		s.describe(s.identify(node))
		return s.stream(ctx, s.videoOpener(node), g, up, emit)
	default:
		return fmt.Errorf("%w: %s is neither a folder nor a camera: name a folder, /dev/videoN or what stands under /dev/v4l/by-id",
			reader.ErrAddress, s.path)
	}
}

func (s *Source) describe(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.described = text
}

// identify names the USB device of a camera; "" for others.
func (s *Source) identify(node string) string {
	id, usb := reader.Identify(s.sysfs, "video4linux", node)
	if !usb {
		return ""
	}
	return id.String()
}

// frame makes a frame of a code that was seen at the moment at. The frame shares no memory with the symbol.
func (s symbol) frame(at time.Duration) reader.Frame {
	f := reader.Frame{Code: bytes.Clone(s.code), AIM: s.aim, At: at}
	if len(f.Code) > reader.MaxCode {
		f.Code, f.Overlong = f.Code[:reader.MaxCode], true
	}
	return f
}
