package serial

import (
	"context"
	"fmt"
	"sync"
	"time"

	"gatescand/scanner/reader"
)

// defaultCloseBound is how long Run waits for the owner of the port to let go. A read returns within 100 ms.
const defaultCloseBound = 280 * time.Millisecond

// Source is one serial reader. It implements [reader.Source], [reader.Talker], [reader.Hearer], [reader.Speaker], [reader.Noticer],
// [reader.Locator] and [reader.Describer].
type Source struct {
	path    string
	line    reader.Line
	framing reader.Framing
	profile Profile
	notify  func(reader.Notice)
	now     reader.Monotonic
	open    opener
	sysfs   string

	closeBound time.Duration

	mu        sync.Mutex
	current   *session // open now, nil if none
	abandoned *session // given up and perhaps still held by its driver
}

var (
	_ reader.Source    = (*Source)(nil)
	_ reader.Talker    = (*Source)(nil)
	_ reader.Hearer    = (*Source)(nil)
	_ reader.Speaker   = (*Source)(nil)
	_ reader.Noticer   = (*Source)(nil)
	_ reader.Locator   = (*Source)(nil)
	_ reader.Describer = (*Source)(nil)
)

// New gives the reader at an address of kind serial. Nothing is opened before Run. An address with a profile that is not in [Profiles], or with
// options that do not go with it, is an error of class [reader.ErrAddress].
func New(address reader.Address, now reader.Monotonic) (*Source, error) {
	if address.Kind != reader.KindSerial {
		return nil, fmt.Errorf("%w %q: not a serial address", reader.ErrAddress, address)
	}
	profile, err := checkProfile(address)
	if err != nil {
		return nil, err
	}
	return &Source{
		path: address.Path, line: address.Line, framing: address.Framing, profile: profile, notify: func(reader.Notice) {},
		now: now, open: openTarm, sysfs: "/sys", closeBound: defaultCloseBound,
	}, nil
}

// Path is the path or glob of the address.
func (s *Source) Path() string { return s.path }

// Describe names the USB device behind the open port, as far as the system knows it.
func (s *Source) Describe() string {
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	if current == nil {
		return ""
	}
	id, usb := reader.Identify(s.sysfs, "tty", current.node)
	if !usb {
		return ""
	}
	return id.String()
}

// Talks is true: a port has two ways, and whether the reader listens nobody can tell. See [reader.Hearer].
func (s *Source) Talks() bool { return true }

// Talk queues bytes to be written to the reader. See [reader.Talker].
func (s *Source) Talk(b []byte) error {
	if len(b) > reader.MaxTalk {
		return fmt.Errorf("%w: %d bytes for %s, at most %d", reader.ErrTooLong, len(b), s.path, reader.MaxTalk)
	}
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	if current == nil {
		return fmt.Errorf("%w: %s is not open", reader.ErrAbsent, s.path)
	}
	return current.queue(b)
}

// Speaks tells whether the profile of this reader has words for a phrase. See [reader.Speaker].
func (s *Source) Speaks(p reader.Phrase) bool { return len(s.profile.Words(p)) > 0 }

// Say queues a phrase in the words of this reader. See [reader.Speaker].
func (s *Source) Say(p reader.Phrase) error {
	words := s.profile.Words(p)
	switch {
	case len(words) > 0:
		return s.Talk(words)
	case s.profile.Name == "":
		return fmt.Errorf("%w: %q to %s: add profile=NAME to the reader's address; the names are %s",
			reader.ErrNoPhrase, p, s.path, profileNames())
	default:
		return fmt.Errorf("%w: %q to %s: a reader of profile=%s cannot say it: use a lamp or a sound instead",
			reader.ErrNoPhrase, p, s.path, s.profile.Name)
	}
}

// NotifyTo sets who is told what the reader notices besides codes. See [reader.Noticer].
func (s *Source) NotifyTo(notify func(reader.Notice)) { s.notify = notify }

// Run opens the port and delivers its codes. See [reader.Source]. It returns within 300 ms of ctx's end.
func (s *Source) Run(ctx context.Context, up func(), emit func(reader.Frame)) (err error) {
	if err := s.refuseSecond(); err != nil {
		return err
	}
	node, err := reader.Resolve(s.path)
	if err != nil {
		return err
	}
	ses := newSession(node, s)
	go ses.own()
	defer func() { // also when up or emit panics
		err = s.finish(ses, err)
		s.handOver(ses, emit)
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ses.dead:
			return fmt.Errorf("%w: %s did not take a message within %s: switch off the reader's flow control, or plug it in again",
				reader.ErrFault, s.path, writeBound)
		case e := <-ses.events:
			s.deliver(ses, e, up, emit)
		case <-ses.done:
			for len(ses.events) > 0 && ctx.Err() == nil {
				s.deliver(ses, <-ses.events, up, emit)
			}
			return ses.err
		}
	}
}

// handOver delivers the codes that had been read whole when Run was told to stop: they exist nowhere else.
func (s *Source) handOver(ses *session, emit func(reader.Frame)) {
	select {
	case <-ses.done:
	default:
		return // the owner may still be at work
	}
	for len(ses.events) > 0 {
		if e := <-ses.events; !e.up && e.notice == nil {
			emit(e.frame)
		}
	}
}

func (s *Source) deliver(ses *session, e event, up func(), emit func(reader.Frame)) {
	switch {
	case e.up:
		s.setCurrent(ses)
		up()
	case e.notice != nil:
		s.notify(*e.notice)
	default:
		emit(e.frame)
	}
}

// finish asks the owner to let go of the port and waits for it, within the bound. It returns why, unless the port had to be abandoned.
func (s *Source) finish(ses *session, why error) error {
	s.setCurrent(nil)
	close(ses.stop)
	timer := time.NewTimer(s.closeBound)
	defer timer.Stop()
	select {
	case <-ses.done:
		return why
	case <-timer.C:
		select {
		case <-ses.done:
			return why
		default:
		}
	}
	s.mu.Lock()
	s.abandoned = ses
	s.mu.Unlock()
	return s.stuck(ses)
}

// refuseSecond says no while the driver still holds a port that was given up: its reader would eat the next code.
func (s *Source) refuseSecond() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.abandoned == nil {
		return nil
	}
	select {
	case <-s.abandoned.done:
		s.abandoned = nil
		return nil
	default:
		return s.stuck(s.abandoned)
	}
}

func (s *Source) stuck(ses *session) error {
	return fmt.Errorf("%w: the driver of %s does not let go of it: unplug the reader and plug it in again; if that does not help, restart the service",
		reader.ErrStuck, ses.node)
}

func (s *Source) setCurrent(ses *session) {
	s.mu.Lock()
	s.current = ses
	s.mu.Unlock()
}
