package hid

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"gatescand/scanner/reader"
	"gatescand/scanner/reader/hid/keyboard"
	"gatescand/scanner/reader/hid/pos"
)

// optionProfile is the one option that only point-of-sale readers have.
const optionProfile = "profile"

// typing is the drawer of readers that type, as it is used here.
type typing interface {
	reader.Describer
	reader.Noticer
	RunNode(ctx context.Context, node string, up func(), emit func(reader.Frame)) error
}

// reporting is the drawer of point-of-sale readers, as it is used here.
type reporting interface {
	reader.Source
	reader.Describer
	reader.Noticer
	reader.Talker
	reader.Hearer
	reader.Speaker
}

// Source is one reader at an address of kind hid. It implements [reader.Source], [reader.Locator], [reader.Describer], [reader.Noticer],
// [reader.Talker], [reader.Hearer] and [reader.Speaker].
type Source struct {
	path     string
	keyboard typing
	pos      reporting
	sysfs    string

	mu   sync.Mutex
	open kind // kindNone while nothing is
	last kind // what was open last
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

// New gives the reader at an address of kind hid. Nothing is opened before Run. The options are those of both kinds: layout and gap of
// [keyboard.New], profile of [pos.New]; what the kind that is found has no use for is passed over.
func New(address reader.Address, now reader.Monotonic) (*Source, error) {
	if address.Kind != reader.KindHID {
		return nil, fmt.Errorf("%w %q: not a hid address", reader.ErrAddress, address)
	}
	var unknown []string
	for _, key := range slices.Sorted(maps.Keys(address.Options)) {
		switch key {
		case keyboard.OptionLayout, keyboard.OptionGap, optionProfile:
		default:
			unknown = append(unknown, fmt.Sprintf("%q", key))
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("%w %q: a hid reader has no option %s: use layout and gap (readers that type) or profile (point-of-sale readers)",
			reader.ErrAddress, address, strings.Join(unknown, ", "))
	}
	point, err := pos.New(address, now)
	if err != nil {
		return nil, err
	}
	address.Options = maps.Clone(address.Options)
	delete(address.Options, optionProfile)
	typist, err := keyboard.New(address, now)
	if err != nil {
		return nil, err
	}
	return &Source{path: address.Path, keyboard: typist, pos: point, sysfs: "/sys"}, nil
}

// Path is the path or glob of the address.
func (s *Source) Path() string { return s.path }

// Run finds out which kind of reader is there now, opens it and delivers its codes. See [reader.Source]. It returns within 300 ms of ctx's end.
func (s *Source) Run(ctx context.Context, up func(), emit func(reader.Frame)) error {
	node, err := reader.Resolve(s.path)
	if err != nil {
		return err
	}
	found, err := kindOf(s.sysfs, node)
	if err != nil {
		return err
	}
	opened := func() {
		s.set(found)
		up()
	}
	defer s.set(kindNone)
	if found == kindPOS {
		return s.pos.Run(ctx, opened, emit)
	}
	return s.keyboard.RunNode(ctx, node, opened, emit)
}

func (s *Source) set(open kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = open
	if open != kindNone {
		s.last = open
	}
}

func (s *Source) kinds() (open, last kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open, s.last
}

// Describe names the device that is open. See [reader.Describer].
func (s *Source) Describe() string {
	switch open, _ := s.kinds(); open {
	case kindKeyboard:
		return s.keyboard.Describe()
	case kindPOS:
		return s.pos.Describe()
	default:
		return ""
	}
}

// NotifyTo sets who is told of codes that were lost. See [reader.Noticer].
func (s *Source) NotifyTo(notify func(reader.Notice)) {
	s.keyboard.NotifyTo(notify)
	s.pos.NotifyTo(notify)
}

// Talk sends bytes to a point-of-sale reader. See [reader.Talker]. A reader that types takes none: [reader.ErrNoPhrase].
func (s *Source) Talk(b []byte) error {
	if s.types() {
		return s.speechless()
	}
	return s.pos.Talk(b)
}

// Say says a phrase through a point-of-sale reader. See [reader.Speaker]. A reader that types knows none.
func (s *Source) Say(p reader.Phrase) error {
	if s.types() {
		return s.speechless()
	}
	return s.pos.Say(p)
}

func (s *Source) speechless() error {
	return fmt.Errorf("%w: %s types and takes no words: use a lamp or a sound at the station, or switch the reader to its HID point-of-sale or "+
		"serial mode, which changes its address", reader.ErrNoPhrase, s.path)
}

// types tells whether the reader that is open types, or, while none is, whether only one that types can be there.
func (s *Source) types() bool {
	open, _ := s.kinds()
	return open == kindKeyboard || open == kindNone && typesAt(s.path)
}

// Talks tells whether bytes can be sent to the reader that is or was open; before the first opening, whether to one that may be there. See
// [reader.Hearer].
func (s *Source) Talks() bool {
	_, last := s.kinds()
	if last == kindKeyboard || last == kindNone && typesAt(s.path) {
		return false
	}
	return s.pos.Talks()
}

// Speaks tells whether the reader that is or was open has words for p; before the first opening, whether one that may be there could have. See
// [reader.Speaker].
func (s *Source) Speaks(p reader.Phrase) bool {
	return s.Talks() && s.pos.Speaks(p)
}
