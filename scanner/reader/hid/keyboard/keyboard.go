package keyboard

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"gatescand/scanner/reader"
)

// DefaultGap is the silence that ends a code where no key does. Readers may be set to pause up to 99 ms between two characters, and characters
// entered as ALT codes take long.
const DefaultGap = 300 * time.Millisecond

const (
	minGap = 50 * time.Millisecond
	maxGap = 5 * time.Second
)

// The options of an address.
const (
	OptionLayout = "layout"
	OptionGap    = "gap"
)

// Source is one reader that types. It implements [reader.Source], [reader.Locator], [reader.Describer] and [reader.Noticer].
type Source struct {
	path   string
	layout string // as the address has it
	gap    time.Duration
	now    reader.Monotonic
	notify func(reader.Notice)
	open   func(node string) (device, error)
	size   int // of an event
	sysfs  string

	mu      sync.Mutex
	current string // the description of what is open
}

var (
	_ reader.Source    = (*Source)(nil)
	_ reader.Locator   = (*Source)(nil)
	_ reader.Describer = (*Source)(nil)
	_ reader.Noticer   = (*Source)(nil)
)

// New gives the reader at an address of kind hid. Nothing is opened before Run. The options are
//
//	layout=us    the layout that the reader's own setting names: us, uk, de, fr, es, it, se, fi, no, dk, or nordic, which is se
//	gap=300ms    the silence that ends a code, beside Enter and Tab
func New(address reader.Address, now reader.Monotonic) (*Source, error) {
	if address.Kind != reader.KindHID {
		return nil, fmt.Errorf("%w %q: not a hid address", reader.ErrAddress, address)
	}
	s := &Source{
		path: address.Path, layout: DefaultLayout, gap: DefaultGap,
		now: now, open: openNode, size: NativeEvent, sysfs: "/sys",
	}
	var faults []string
	keys := make([]string, 0, len(address.Options))
	for key := range address.Options {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if fault := s.set(key, address.Options[key]); fault != "" {
			faults = append(faults, fault)
		}
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("%w %q: %s", reader.ErrAddress, address, strings.Join(faults, "; "))
	}
	return s, nil
}

// set sets one option and returns what is wrong with it, "" if nothing.
func (s *Source) set(key, value string) string {
	switch key {
	case OptionLayout:
		if _, found := LayoutOf(value); !found {
			return fmt.Sprintf("layout=%s: write the layout the reader is set to: %s, fi or nordic; a reader that nobody has set is %s",
				value, strings.Join(Layouts(), ", "), DefaultLayout)
		}
		s.layout = value
	case OptionGap:
		gap, err := time.ParseDuration(value)
		if err != nil || gap < minGap || gap > maxGap {
			return fmt.Sprintf("gap=%s: write a silence from %s to %s, such as 300ms", value, minGap, maxGap)
		}
		s.gap = gap
	default:
		return fmt.Sprintf("a reader that types has no option %q: use layout or gap", key)
	}
	return ""
}

// Path is the path or glob of the address.
func (s *Source) Path() string { return s.path }

// NotifyTo sets who is told of codes that were lost. See [reader.Noticer].
func (s *Source) NotifyTo(notify func(reader.Notice)) { s.notify = notify }

// Describe names the device that is open, as far as the system knows it.
func (s *Source) Describe() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

// Run opens the node, takes it for this process alone and delivers its codes. See [reader.Source]. It returns as soon as ctx ends.
func (s *Source) Run(ctx context.Context, up func(), emit func(reader.Frame)) error {
	path, err := reader.Resolve(s.path)
	if err != nil {
		return err
	}
	return s.RunNode(ctx, path, up, emit)
}

// RunNode is Run for a node that has been found already.
func (s *Source) RunNode(ctx context.Context, path string, up func(), emit func(reader.Frame)) error {
	dev, err := s.open(path)
	if err != nil {
		return err
	}
	name := dev.Name()
	if id, usb := reader.Identify(s.sysfs, "input", path); usb {
		name = id.String()
	}
	s.describe(name)
	defer s.describe("")
	return newSession(path, s.size, dev, s).run(ctx, up, emit)
}

func (s *Source) describe(name string) {
	s.mu.Lock()
	s.current = name
	s.mu.Unlock()
}
