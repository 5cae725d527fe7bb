package hid

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/reader"
)

// fake stands for either kind of reader: it is up at once and delivers one code.
type fake struct {
	name   string
	node   string // what it was opened with
	notify func(reader.Notice)
	said   []string
	err    error // instead of coming up
}

func (f *fake) RunNode(ctx context.Context, node string, up func(), emit func(reader.Frame)) error {
	f.node = node
	if f.err != nil {
		return f.err
	}
	up()
	f.notify(reader.Notice{Kind: reader.NoticeDropped, Detail: f.name})
	emit(reader.Frame{Code: []byte(f.name)})
	<-ctx.Done()
	return ctx.Err()
}

func (f *fake) Run(ctx context.Context, up func(), emit func(reader.Frame)) error {
	return f.RunNode(ctx, "", up, emit)
}

func (f *fake) Describe() string { return f.name + " described" }

func (f *fake) NotifyTo(notify func(reader.Notice)) { f.notify = notify }

func (f *fake) Talk(b []byte) error {
	f.said = append(f.said, string(b))
	return nil
}

func (f *fake) Talks() bool { return true }

func (f *fake) Say(p reader.Phrase) error { return f.Talk([]byte(p)) }

func (f *fake) Speaks(p reader.Phrase) bool { return p == reader.PhraseOK }

// turn makes a link lead to a node.
func turn(t *testing.T, link, node string) {
	t.Helper()
	if err := os.Symlink(node, link+".new"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(link+".new", link); err != nil {
		t.Fatal(err)
	}
}

func TestTheKindOfReaderIsSeenWhenItIsOpened(t *testing.T) {
	dir := t.TempDir()
	event, hidraw, link := filepath.Join(dir, "event3"), filepath.Join(dir, "hidraw0"), filepath.Join(dir, "gate")
	for _, node := range []string{event, hidraw} {
		if err := os.WriteFile(node, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	typist, point := &fake{name: "typist"}, &fake{name: "point"}
	s := &Source{path: link, keyboard: typist, pos: point, sysfs: dir}
	var notices []string
	s.NotifyTo(func(n reader.Notice) { notices = append(notices, n.Detail) })
	if !s.Speaks(reader.PhraseOK) || s.Speaks(reader.PhraseBad) || !s.Talks() {
		t.Error("before anything is known, it does not answer for the kind that could speak")
	}
	for _, row := range []struct {
		node, want string
		speaks     bool
	}{
		{event, "typist", false},
		{hidraw, "point", true},
		{event, "typist", false},
	} {
		turn(t, link, row.node)
		ctx, cancel := context.WithCancel(t.Context())
		var got []string
		err := s.Run(ctx, func() { got = append(got, "up", s.Describe()) }, func(f reader.Frame) {
			got = append(got, string(f.Code))
			point.said = nil
			talk, say := s.Talk([]byte("bytes")), s.Say(reader.PhraseOK)
			if row.speaks {
				if talk != nil || say != nil || !slices.Equal(point.said, []string{"bytes", "ok"}) {
					t.Errorf("Talk gave %v, Say gave %v, and %q was said", talk, say, point.said)
				}
			} else if !errors.Is(talk, reader.ErrNoPhrase) || !errors.Is(say, reader.ErrNoPhrase) || len(point.said) > 0 {
				t.Errorf("Talk gave %v, Say gave %v, and %q was said", talk, say, point.said)
			}
			cancel()
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		if want := []string{"up", row.want + " described", row.want}; !slices.Equal(got, want) {
			t.Errorf("it did %q, want %q", got, want)
		}
		if s.Speaks(reader.PhraseOK) != row.speaks || s.Talks() != row.speaks {
			t.Errorf("after %s it speaks: %v, takes bytes: %v, want %v", row.want, s.Speaks(reader.PhraseOK), s.Talks(), row.speaks)
		}
		if s.Describe() != "" {
			t.Error("closed, it describes a device")
		}
	}
	if typist.node != event {
		t.Errorf("the keyboard was opened at %q, want %q", typist.node, event)
	}
	if want := []string{"typist", "point", "typist"}; !slices.Equal(notices, want) {
		t.Errorf("notices %q, want %q", notices, want)
	}
	if err := s.Talk(nil); err != nil {
		t.Errorf("closed, Talk is not for the other to answer: %v", err)
	}
}

func TestAReaderThatDoesNotComeUpIsNotOpen(t *testing.T) {
	node := filepath.Join(t.TempDir(), "event0")
	if err := os.WriteFile(node, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Source{path: node, keyboard: &fake{err: reader.ErrBusy}, pos: &fake{}}
	if err := s.Run(t.Context(), func() { t.Error("up") }, nil); !errors.Is(err, reader.ErrBusy) {
		t.Errorf("Run returned %v", err)
	}
	if open, last := s.kinds(); open != kindNone || last != kindNone {
		t.Errorf("open is %q, last was %q", open, last)
	}
}

func TestNodesWithoutTheKernelsNameAreKnownByTheirNumber(t *testing.T) {
	for _, row := range []struct {
		subsystem string
		want      kind
	}{
		{"input", kindKeyboard},
		{"hidraw", kindPOS},
		{"mem", kindNone},
		{"", kindNone},
	} {
		sysfs := t.TempDir()
		number := filepath.Join(sysfs, "dev/char/1:3") // /dev/null
		class := filepath.Join(sysfs, "class", row.subsystem)
		for _, dir := range []string{number, class} {
			if err := os.MkdirAll(dir, 0o750); err != nil {
				t.Fatal(err)
			}
		}
		if row.subsystem != "" {
			if err := os.Symlink(class, filepath.Join(number, "subsystem")); err != nil {
				t.Fatal(err)
			}
		}
		got, err := kindOf(sysfs, os.DevNull)
		if got != row.want || (err == nil) != (row.want != kindNone) || err != nil && !errors.Is(err, reader.ErrAddress) {
			t.Errorf("a node of %q is %q, %v", row.subsystem, got, err)
		}
	}
}

func TestWhatIsNoReaderIsRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, path string
		want       error
		text       string
	}{
		{"nothing there", filepath.Join(dir, "none"), reader.ErrAbsent, "gatescand readers"},
		{"a file", file, reader.ErrAddress, "gatescand readers"},
		{"another kind of device", os.DevNull, reader.ErrAddress, "serial:"},
		{"a file named as a keyboard's node", filepath.Join(dir, "event1"), reader.ErrAddress, "-event-kbd"},
		{"a file named as a point-of-sale reader's node", filepath.Join(dir, "hidraw1"), reader.ErrAddress, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if strings.HasPrefix(row.name, "a file named") {
				if err := os.WriteFile(row.path, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, err := newAt("hid:" + row.path)
			if err != nil {
				t.Fatal(err)
			}
			err = s.Run(t.Context(), func() { t.Error("up") }, func(reader.Frame) { t.Error("a code") })
			if !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.text) {
				t.Errorf("Run returned %v, want %v with %q", err, row.want, row.text)
			}
		})
	}
}

// newAt gives the source of an address.
func newAt(text string) (*Source, error) {
	address, err := reader.ParseAddress(text)
	if err != nil {
		return nil, err
	}
	return New(address, func() time.Duration { return 0 })
}

func TestAddressesAreJudged(t *testing.T) {
	for _, row := range []struct {
		name, address, want string // want in the message, "" if the address is right
	}{
		{"nothing said", "hid:/dev/input/by-id/usb-*-event-kbd", ""},
		{"options of both kinds", "hid:/dev/x?layout=fr&gap=500ms&profile=honeywell", ""},
		{"another kind", "serial:/dev/x", "not a hid address"},
		{"an unknown option", "hid:/dev/x?baud=9600&layout=fr", `no option "baud": use layout and gap`},
		{"an unknown layout", "hid:/dev/x?layout=xx", "layout=xx"},
		{"an unknown profile", "hid:/dev/x?profile=xx", "profile=xx"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := newAt(row.address)
			if row.want == "" {
				if err != nil || !strings.HasPrefix(s.Path(), "/dev/") {
					t.Fatalf("New gave %v", err)
				}
				return
			}
			if !errors.Is(err, reader.ErrAddress) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("New gave %v, want %q", err, row.want)
			}
		})
	}
}

func TestAnAddressThatCanOnlyBeAKeyboardsTakesNoWordsAndNoBytes(t *testing.T) {
	for _, row := range []struct {
		name, address string
		talks         bool
	}{
		{"udev's name of a keyboard", "hid:/dev/input/by-id/usb-ACME-event-kbd?layout=us", false},
		{"udev's name by its port", "hid:/dev/input/by-path/*-event-kbd", false},
		{"the kernel's name of a keyboard", "hid:/dev/input/event3", false},
		{"our rule's name of a keyboard", "hid:/dev/gate/scanner-kbd-S1", false},
		{"a path that goes round", "hid:/dev/gate/../input/event3", false},
		{"our rule's name of a point-of-sale reader", "hid:/dev/gate/scanner-pos-S1", true},
		{"the kernel's name of a point-of-sale reader", "hid:/dev/hidraw0", true},
		{"a name of a local rule", "hid:/dev/gate/north", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := newAt(row.address)
			if err != nil {
				t.Fatal(err)
			}
			if s.Talks() != row.talks || s.Speaks(reader.PhraseOK) != row.talks {
				t.Errorf("it takes bytes: %v, it speaks: %v, want %v", s.Talks(), s.Speaks(reader.PhraseOK), row.talks)
			}
			want := reader.ErrNoPhrase
			if row.talks {
				want = reader.ErrAbsent
			}
			talk, say := s.Talk([]byte{7}), s.Say(reader.PhraseOK)
			if !errors.Is(talk, want) || !errors.Is(say, want) || strings.Contains(say.Error(), "profile=") {
				t.Errorf("not open, Talk gave %v, Say gave %v, want %v", talk, say, want)
			}
		})
	}
}
