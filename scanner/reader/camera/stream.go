package camera

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatescand/scanner/reader"
)

const (
	// firstBound is how long a camera may take from its opening to the first picture: a program is loaded, the light is measured.
	firstBound = 10 * time.Second
	// stallBound is how long a camera may then be without a picture.
	stallBound = 2 * time.Second
	// closeBound is how long Run waits for a camera to let go.
	closeBound = 3 * time.Second
)

// frameSource is a live camera that has been opened. All but lens belongs to one goroutine.
type frameSource interface {
	// next waits for the next picture and puts it into buf, grown if need be, in the camera's own format. It returns soon after the context
	// it was opened with has ended. Its errors are of the classes of package reader; errBroken says that one picture was lost and no more.
	next(buf []byte) (raw []byte, at time.Duration, err error)
	// lens gives what makes luminance of the pictures. It is used on another goroutine, also while the camera is being closed.
	lens() lens
	// close gives back everything.
	close()
}

// opener opens a camera, which then serves until ctx ends.
type opener func(ctx context.Context) (frameSource, error)

// lens makes luminance of a picture as the camera sent it. It gives a part of raw, or else memory that it keeps in into for the next time.
type lens func(raw []byte, into *[]byte) (picture, error)

// errBroken: a picture was cut short or damaged on the way.
var errBroken = errors.New("picture cut short or damaged")

// shot is one picture as it came.
type shot struct {
	raw  []byte
	at   time.Duration
	lens lens
}

// capture is the life of one opened camera, on a goroutine of its own that does nothing but take pictures off its hands: a camera that is not
// read grows old pictures. One shot waits, always the newest.
type capture struct {
	open     opener
	device   string
	counters *counters
	latest   chan shot   // room for one
	spare    chan []byte // memory of shots that are over
	done     chan struct{}
	err      error
}

func (c *capture) own(ctx context.Context) {
	defer close(c.done)
	defer func() {
		if p := recover(); p != nil {
			c.err = reader.NewCrashError(c.device, p)
		}
	}()
	c.err = c.live(ctx)
}

func (c *capture) live(ctx context.Context) error {
	camera, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer camera.close()
	for ctx.Err() == nil {
		raw, at, err := camera.next(c.memory())
		switch {
		case errors.Is(err, errBroken):
			c.counters.count(func(s *Stats) { s.Broken++ })
			c.recycle(raw)
		case err != nil:
			return err
		default:
			c.counters.count(func(s *Stats) { s.Pictures++ })
			c.put(shot{raw: raw, at: at, lens: camera.lens()})
		}
	}
	return ctx.Err()
}

// put makes a shot the one that waits, in the place of any older one.
func (c *capture) put(s shot) {
	select {
	case old := <-c.latest:
		c.counters.count(func(s *Stats) { s.Stale++ })
		c.recycle(old.raw)
	default:
	}
	c.latest <- s // nobody else sends, so there is room
}

func (c *capture) memory() []byte {
	select {
	case b := <-c.spare:
		return b
	default:
		return nil
	}
}

func (c *capture) recycle(b []byte) {
	select {
	case c.spare <- b:
	default:
	}
}

// stream serves a live camera until ctx ends or the camera fails.
func (s *Source) stream(ctx context.Context, open opener, g *gripes, up func(), emit func(reader.Frame)) (err error) {
	if err := s.refuseSecond(); err != nil {
		return err
	}
	c := &capture{
		open: open, device: s.path, counters: &s.counters,
		latest: make(chan shot, 1), spare: make(chan []byte, 2), done: make(chan struct{}),
	}
	ownCtx, stop := context.WithCancel(ctx)
	go c.own(ownCtx)
	defer func() { // also when up or emit panics
		stop()
		err = s.finish(c, err)
	}()
	w := &watcher{Source: s, gripes: g, emit: emit, up: up, follow: follower{holdOff: s.settings.holdOff}}
	stall := time.NewTimer(firstBound)
	defer stall.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case shot := <-c.latest:
			if w.look(shot) {
				stall.Reset(stallBound)
			}
			c.recycle(shot.raw)
		case <-stall.C:
			return fmt.Errorf("%w: camera %s gives no pictures: check its cable, plug it in again, and see whether another program shows its picture",
				reader.ErrFault, s.path)
		case <-c.done:
			if len(c.latest) > 0 && ctx.Err() == nil {
				w.look(<-c.latest)
			}
			return c.err
		}
	}
}

// finish waits for the camera to be closed, within the bound. It returns why, unless the camera had to be abandoned.
func (s *Source) finish(c *capture, why error) error {
	timer := time.NewTimer(closeBound)
	defer timer.Stop()
	select {
	case <-c.done:
		return why
	case <-timer.C:
	}
	s.mu.Lock()
	s.abandoned = c.done
	s.mu.Unlock()
	return s.stuck()
}

// refuseSecond says no while a camera that was given up is still held.
func (s *Source) refuseSecond() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.abandoned == nil {
		return nil
	}
	select {
	case <-s.abandoned:
		s.abandoned = nil
		return nil
	default:
		return s.stuck()
	}
}

func (s *Source) stuck() error {
	return fmt.Errorf("%w: camera %s does not let go: unplug it and plug it in again, or restart the box if it is at the ribbon connector",
		reader.ErrStuck, s.path)
}

// watcher looks through the shots of one opening of a camera, on the goroutine of Run.
type watcher struct {
	*Source
	gripes *gripes
	emit   func(reader.Frame)
	up     func()
	isUp   bool
	search search
	follow follower
	pixels []byte
	n      int
}

// look searches one shot and hands over what is being presented. It tells whether there was a picture at all.
func (w *watcher) look(s shot) bool {
	p, err := s.lens(s.raw, &w.pixels)
	if err != nil {
		w.counters.count(func(s *Stats) { s.Broken++ })
		return false
	}
	if !w.isUp {
		w.isUp = true
		w.up()
	}
	began := w.now()
	symbols, err := w.search.live(p, w.n, w.settings.invert)
	w.counters.searched(w.now()-began, err == nil, errors.Is(err, ErrCrowded))
	w.n++
	if err != nil {
		w.complain(err, s.at)
		return true
	}
	if symbol, ok := w.follow.see(symbols, s.at); ok {
		w.emit(symbol.frame(s.at))
	}
	return true
}

// complain tells of what somebody holds before the camera that is worse than nothing.
func (w *watcher) complain(err error, at time.Duration) {
	switch {
	case errors.Is(err, ErrCrowded):
		w.gripes.say(causeCrowded, at, w.path+": "+ErrCrowded.Error())
	case errors.Is(err, ErrPart):
		w.gripes.say(causePart, at, w.path+": "+ErrPart.Error())
	default: // nothing in view, or nothing sharp: that is how a camera spends its day
	}
}
