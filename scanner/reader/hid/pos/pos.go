package pos

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"gatescand/scanner/reader"
)

// defaultCloseBound is how long Run waits for the owner of the device to let go. It holds on longer only while a write is stuck in the driver.
const defaultCloseBound = 280 * time.Millisecond

// Source is one HID point-of-sale reader. It implements [reader.Source], [reader.Locator], [reader.Describer], [reader.Noticer],
// [reader.Talker], [reader.Hearer] and [reader.Speaker].
type Source struct {
	path    string
	profile string
	now     reader.Monotonic
	open    opener
	sysfs   string

	closeBound time.Duration

	mu        sync.Mutex
	notify    func(reader.Notice)
	current   *session                   // open now, nil if none
	words     map[reader.Phrase][][]byte // of the reader that was open last, nil if none was yet
	abandoned *session                   // given up and perhaps still held by its driver
}

var (
	_ reader.Source    = (*Source)(nil)
	_ reader.Locator   = (*Source)(nil)
	_ reader.Describer = (*Source)(nil)
	_ reader.Noticer   = (*Source)(nil)
	_ reader.Talker    = (*Source)(nil)
	_ reader.Hearer    = (*Source)(nil)
	_ reader.Speaker   = (*Source)(nil)
)

// New gives the reader at an address of kind hid. Nothing is opened before Run.
//
// Its option is profile, one of [Profiles]: auto (default) believes what the reader says of itself and falls back on its maker's form, standard
// believes only what it says, a make is always read by the make's form. The options layout and gap are for readers that type and may stand at
// the same address: they are passed over.
func New(address reader.Address, now reader.Monotonic) (*Source, error) {
	if address.Kind != reader.KindHID {
		return nil, fmt.Errorf("%w %q: not a hid address", reader.ErrAddress, address)
	}
	profile := profileAuto
	for _, key := range slices.Sorted(maps.Keys(address.Options)) {
		switch value := address.Options[key]; key {
		case "layout", "gap":
		case "profile":
			if !slices.Contains(Profiles(), value) {
				return nil, fmt.Errorf("%w %q: profile=%s: write %s", reader.ErrAddress, address, value, strings.Join(Profiles(), ", "))
			}
			profile = value
		default:
			return nil, fmt.Errorf("%w %q: a HID reader has no option %q: use profile (or layout and gap, for readers that type)",
				reader.ErrAddress, address, key)
		}
	}
	return &Source{
		path: address.Path, profile: profile, now: now, open: openHidraw, sysfs: "/sys", closeBound: defaultCloseBound,
	}, nil
}

// Path is the path or glob of the address.
func (s *Source) Path() string { return s.path }

// NotifyTo sets who is told of codes that were dropped. See [reader.Noticer].
func (s *Source) NotifyTo(notify func(reader.Notice)) {
	s.mu.Lock()
	s.notify = notify
	s.mu.Unlock()
}

// Describe names the USB device that is open, as far as the system knows it.
func (s *Source) Describe() string {
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	if current == nil {
		return ""
	}
	id, usb := reader.Identify(s.sysfs, "hidraw", current.node)
	if !usb {
		return ""
	}
	return id.String()
}

// Talks is true: every HID device may be sent a report, and what it makes of it nobody can tell. See [reader.Hearer].
func (s *Source) Talks() bool { return true }

// Talk queues one output report to be sent to the reader: its report id, or 0 for a reader whose reports have none, then its data. It is filled
// up with NULs to the length the reader wants. See [reader.Talker].
func (s *Source) Talk(b []byte) error {
	if len(b) > reader.MaxTalk {
		return fmt.Errorf("%w: %d bytes for %s, at most %d", reader.ErrTooLong, len(b), s.path, reader.MaxTalk)
	}
	current, err := s.listener()
	if err != nil || len(b) == 0 {
		return err
	}
	return current.queue(message{reports: [][]byte{padded(b, current.descriptor)}})
}

// Say queues a phrase. See [reader.Speaker].
func (s *Source) Say(p reader.Phrase) error {
	current, err := s.listener()
	if err != nil {
		return err
	}
	reports, ok := current.is.words[p]
	if !ok {
		return fmt.Errorf("%w: %s has no words for %q: use a lamp or a buzzer at the station", reader.ErrNoPhrase, s.path, p)
	}
	return current.queue(message{reports: reports, pause: beepPause})
}

// Speaks tells whether the reader that was open last has words for p. Before the first opening nobody knows, and it tells whether any reader
// has. See [reader.Speaker].
func (s *Source) Speaks(p reader.Phrase) bool {
	s.mu.Lock()
	words := s.words
	s.mu.Unlock()
	if words == nil {
		return p == reader.PhraseOK || p == reader.PhraseBad
	}
	_, ok := words[p]
	return ok
}

// listener gives the session that takes messages.
func (s *Source) listener() (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return nil, fmt.Errorf("%w: %s is not open", reader.ErrAbsent, s.path)
	}
	return s.current, nil
}

// Run opens the reader and delivers its codes. See [reader.Source]. It returns within 300 ms of ctx's end.
func (s *Source) Run(ctx context.Context, up func(), emit func(reader.Frame)) (err error) {
	if err := s.refuseSecond(); err != nil {
		return err
	}
	node, err := reader.Resolve(s.path)
	if err != nil {
		return err
	}
	ses := newSession(node, s)
	l := s.listening(ses, up, emit)
	defer l.timer.Stop()
	go ses.own()
	defer func() { err = s.finish(ses, err) }() // also when up or emit panics
	return s.listen(ctx, l)
}

// listening prepares to listen to a session.
func (s *Source) listening(ses *session, up func(), emit func(reader.Frame)) *listening {
	s.mu.Lock()
	defer s.mu.Unlock()
	timer := time.NewTimer(time.Hour) // until there is something to wait for
	timer.Stop()
	return &listening{ses: ses, now: s.now, up: up, emit: emit, notify: s.notify, timer: timer}
}

// listen handles what the session brings until it ends or ctx does.
func (s *Source) listen(ctx context.Context, l *listening) error {
	opened := l.ses.opened
	var reports chan arrival // none before the device is open
	for {
		select {
		case <-ctx.Done():
			l.drain()
			return ctx.Err()
		case <-l.ses.dead:
			return fmt.Errorf("%w: %s did not take a message within %s: plug the reader in again", reader.ErrFault, s.path, writeBound)
		case <-opened:
			opened, reports = nil, l.ses.reports
			s.setCurrent(l.ses)
			l.begin()
		case a := <-reports:
			l.take(a)
		case <-l.timer.C:
			l.wake()
		case <-l.ses.done:
			l.drain()
			return l.ses.err
		}
	}
}

// finish asks the owner to let go of the device and waits for it, within the bound. It returns why, unless the device had to be abandoned.
func (s *Source) finish(ses *session, why error) error {
	s.setCurrent(nil)
	ses.halt()
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

// refuseSecond says no while the driver still holds a device that was given up.
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
	if ses != nil {
		s.words = ses.is.words
	}
	s.mu.Unlock()
}
