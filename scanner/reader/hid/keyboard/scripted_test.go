package keyboard

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

// run runs a source on a scripted device, in a bubble with a time of its own. It returns what to wait with for its end.
func run(t *testing.T, dev *scripted, options string, emit func(reader.Frame)) (s *Source, up *atomic.Bool, end func() error) {
	t.Helper()
	s = newSource(t, os.DevNull, options)
	s.open = func(string) (device, error) { return dev, nil }
	s.size = LongEvent
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	up = new(atomic.Bool)
	go func() { ended <- s.Run(ctx, func() { up.Store(true) }, emit) }()
	return s, up, func() error {
		cancel()
		return <-ended
	}
}

// bytesOf are events as bytes.
func bytesOf(events ...Event) []byte { return AppendEvents(nil, LongEvent, events...) }

func TestWhatIsTypedInTheFirstMomentsIsThrownAway(t *testing.T) {
	var down keyState
	down[firstHome/8] |= 1 << (firstHome % 8)
	for _, row := range []struct {
		name   string
		down   keyState
		before string // typed before the device is up
		pause  time.Duration
		after  string
		want   []string
	}{
		{"nothing", keyState{}, "", 0, "ab\r", []string{"ab"}},
		{"a whole code", keyState{}, "ab\r", time.Second, "cd\r", []string{"cd"}},
		{"half a code, whose rest comes", keyState{}, "ab", 0, "cd\ref\r", []string{"ef"}},
		{"half a code, whose rest never comes", keyState{}, "ab", time.Second, "ef\r", []string{"ef"}},
		{"a key was held, so a code was on its way", down, "", 0, "b\ref\r", []string{"ef"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dev := newScripted()
				dev.down = row.down
				got := []string{}
				_, up, end := run(t, dev, "", func(f reader.Frame) { got = append(got, string(f.Code)) })
				if row.before != "" {
					dev.reads <- bytesOf(typed(t, row.before, "us", ShiftEach)...)
				}
				synctest.Wait()
				if up.Load() {
					t.Error("up at once")
				}
				time.Sleep(settle)
				synctest.Wait()
				if !up.Load() {
					t.Error("not up after the first moments")
				}
				time.Sleep(row.pause)
				dev.reads <- bytesOf(typed(t, row.after, "us", ShiftEach)...)
				time.Sleep(time.Second)
				if err := end(); !errors.Is(err, context.Canceled) {
					t.Errorf("Run returned %v", err)
				}
				if diff := cmp.Diff(row.want, got); diff != "" {
					t.Errorf("codes (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestWhereTheKernelLostEventsTheCodeIsDroppedAndSaid(t *testing.T) {
	drop := Event{0, typeSync, syncDropped, 0}
	for _, row := range []struct {
		name  string
		reads [][]Event
		want  []string
		notes int
	}{
		{"in the middle", [][]Event{append(keysOf("ab"), drop), keysOf("cd\ref\r")}, []string{"ef"}, 1},
		{"the rest of that read is thrown away with it", [][]Event{append(append(keysOf("ab"), drop), keysOf("c\rd")...), keysOf("e\rfg\r")}, []string{"fg"}, 1},
		{"again and again in one code", [][]Event{{drop}, {drop}, append(keysOf("x"), drop), keysOf("\rfg\r")}, []string{"fg"}, 1},
		{"in two codes", [][]Event{{drop}, keysOf("\rfg\r"), {drop}, keysOf("x\rhi\r")}, []string{"fg", "hi"}, 2},
		{"between two codes, behind an end", [][]Event{append(keysOf("ab\r"), drop), keysOf("c\rde\r")}, []string{"ab", "de"}, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dev, got, notes := newScripted(), []string{}, []reader.Notice{}
				s := newSource(t, os.DevNull, "")
				s.NotifyTo(func(n reader.Notice) { notes = append(notes, n) })
				s.open = func(string) (device, error) { return dev, nil }
				s.size = LongEvent
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() {
					ended <- s.Run(ctx, func() {}, func(f reader.Frame) { got = append(got, string(f.Code)) })
				}()
				time.Sleep(time.Second)
				for _, events := range row.reads {
					dev.reads <- bytesOf(events...)
					time.Sleep(time.Millisecond)
				}
				time.Sleep(time.Second)
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				if diff := cmp.Diff(row.want, got); diff != "" {
					t.Errorf("codes (-want +got):\n%s", diff)
				}
				if len(notes) != row.notes || notes[0].Kind != reader.NoticeDropped || !strings.Contains(notes[0].Detail, os.DevNull) {
					t.Errorf("notices: %+v, want %d", notes, row.notes)
				}
			})
		})
	}
}

// keysOf are the events of a text of a US board.
func keysOf(text string) []Event {
	strokes, err := Type(text, "us")
	if err != nil {
		return nil
	}
	return Events(strokes, ShiftEach, 0)
}

func TestSilenceIsBelievedOnlyWhenNothingIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev, got := newScripted(), []string{}
		_, _, end := run(t, dev, "", func(f reader.Frame) { got = append(got, string(f.Code)) })
		time.Sleep(time.Second)
		dev.reads <- bytesOf(keysOf("ab")...)
		synctest.Wait()
		dev.pending.Store(true) // more came, and this process is too late to have read it
		time.Sleep(DefaultGap + 100*time.Millisecond)
		synctest.Wait()
		if len(got) > 0 {
			t.Fatalf("the code was torn apart: %q", got)
		}
		dev.reads <- bytesOf(keysOf("cd\r")...)
		dev.pending.Store(false)
		time.Sleep(time.Second)
		if err := end(); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"abcd"}, got); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
	})
}

func TestCodesReadWholeAreHandedOverAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev, got := newScripted(), []string{}
		var cancel context.CancelFunc
		s := newSource(t, os.DevNull, "")
		s.open = func(string) (device, error) { return dev, nil }
		s.size = LongEvent
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- s.Run(ctx, func() {}, func(f reader.Frame) {
				got = append(got, string(f.Code))
				if len(got) == 1 { // the daemon stops while this one is being handed over; the others are in the queue
					cancel()
					time.Sleep(time.Second)
				}
			})
		}()
		time.Sleep(time.Second)
		for _, text := range []string{"one\r", "two\r", "thr", "ee\rhalf"} {
			dev.reads <- bytesOf(keysOf(text)...)
		}
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"one", "two", "three"}, got); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
	})
}

func TestCodesReadWholeBeforeTheCableWasPulledAreHandedOver(t *testing.T) {
	for range 20 { // which of the two is seen first is chance
		synctest.Test(t, func(t *testing.T) {
			dev, got := newScripted(), []string{}
			_, _, end := run(t, dev, "", func(f reader.Frame) {
				got = append(got, string(f.Code))
				time.Sleep(time.Second)
			})
			time.Sleep(time.Second)
			for _, text := range []string{"one\r", "two\r", "three\rhalf"} {
				dev.reads <- bytesOf(keysOf(text)...)
			}
			time.Sleep(time.Millisecond)
			dev.fails <- unix.ENODEV
			time.Sleep(10 * time.Second)
			if err := end(); !errors.Is(err, reader.ErrGone) {
				t.Errorf("Run returned %v", err)
			}
			if diff := cmp.Diff([]string{"one", "two", "three"}, got); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRunEndsWhateverItIsDoing(t *testing.T) {
	for _, row := range []struct {
		name  string
		reads int // so many codes come at once
		pause time.Duration
	}{
		{"in the first moments", 0, settle / 2},
		{"in the first moments, with codes coming", 200, settle / 2},
		{"idle", 0, time.Second},
		{"while more codes wait than there is room for", 500, time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dev := newScripted()
				hold := make(chan struct{})
				_, _, end := run(t, dev, "", func(reader.Frame) { <-hold })
				time.Sleep(row.pause)
				for range row.reads {
					dev.reads <- bytesOf(keysOf("code\r")...)
				}
				synctest.Wait()
				time.AfterFunc(time.Millisecond, func() { close(hold) })
				if err := end(); !errors.Is(err, context.Canceled) {
					t.Errorf("Run returned %v", err)
				}
				select {
				case <-dev.closed:
				default:
					t.Error("the device is still open")
				}
			})
		})
	}
}

func TestHowReadingEndsIsClassified(t *testing.T) {
	for _, row := range []struct {
		name string
		end  func(dev *scripted)
		want error
	}{
		{"unplugged", func(dev *scripted) { dev.fails <- unix.ENODEV }, reader.ErrGone},
		{"unplugged from its bus", func(dev *scripted) { dev.fails <- &os.PathError{Op: "read", Path: "x", Err: unix.EIO} }, reader.ErrGone},
		{"anything else", func(dev *scripted) { dev.fails <- unix.EINVAL }, reader.ErrFault},
		{"the driver panics", func(dev *scripted) { dev.reads <- nil }, reader.ErrFault},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dev := newScripted()
				_, _, end := run(t, dev, "", func(reader.Frame) {})
				time.Sleep(time.Second)
				row.end(dev)
				synctest.Wait()
				err := end()
				if !errors.Is(err, row.want) {
					t.Errorf("Run returned %v, want %v", err, row.want)
				}
				select {
				case <-dev.closed:
				default:
					t.Error("the device is still open")
				}
			})
		})
	}
}

func TestAPanicOfTheReceiverClosesTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newScripted()
		s := newSource(t, os.DevNull, "")
		s.open = func(string) (device, error) { return dev, nil }
		panicked := make(chan any, 1)
		go func() {
			defer func() { panicked <- recover() }()
			_ = s.Run(t.Context(), func() { panic("up") }, func(reader.Frame) {}) // it never returns
		}()
		if p := <-panicked; p != "up" {
			t.Errorf("recovered %v", p)
		}
		<-dev.closed
	})
}

func TestTimesOfFramesAreThoseOfTheDaemonsClock(t *testing.T) {
	var a alignment
	a.observe(ms(1000), ms(5000)) // read 1000 on our clock, stamped 5000 on the kernel's
	if got := a.moment(ms(1000), ms(5000)); got != ms(1000) {
		t.Errorf("the first event came at %v", got)
	}
	a.observe(ms(1200), ms(5100)) // read late: the process was held up
	if got := a.moment(ms(1200), ms(5050)); got != ms(1050) {
		t.Errorf("an event that was read late came at %v", got)
	}
	a.observe(ms(1300), ms(5310)) // read at once: the first one was late
	if got := a.moment(ms(1300), ms(5310)); got != ms(1300) {
		t.Errorf("an event that was read at once came at %v", got)
	}
	if got := a.moment(ms(1300), ms(4000)); got != ms(1300) {
		t.Errorf("time went back to %v", got)
	}
	if got := a.moment(ms(1400), ms(9000)); got != ms(1400) {
		t.Errorf("an event came at %v, after it was read", got)
	}
}
