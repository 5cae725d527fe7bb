package pos

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCodesComeThroughWholeAndInOrder(t *testing.T) {
	for _, row := range []struct {
		name string
		raw  []byte
	}{
		{"the conforming report", conforming()},
		{"the long report", long()},
		{"usages with their pages", wide()},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPlug(t, &facts{raw: row.raw})
			r := startUp(t, newSource(t, p.open, ""))
			long := strings.Repeat("0123456789", 300)
			for _, code := range []string{"ABC", long, "DEF\r"} {
				p.scan(t, code)
			}
			r.wants(t, "ABC", long, "DEF")
		})
	}
}

func TestACodeIsStampedWhenItsLastReportCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newScript(&facts{raw: conforming()})
		r := startUp(t, newSource(t, dev.open, ""))
		pieces := formIn(t, conforming()).encode("]Q1", 0, []byte(strings.Repeat("x", 60)))
		dev.reads <- pieces[0]
		time.Sleep(300 * time.Millisecond)
		dev.reads <- pieces[1]
		if f := r.next(t); f.At != settle+300*time.Millisecond || len(f.Code) != 60 {
			t.Errorf("at %v", f.At)
		}
		dev.stop(t, r)
	})
}

// scan sends a code.
func (s *script) scan(f form, code string) {
	for _, report := range f.encode("]Q1", 0, []byte(code)) {
		s.reads <- report
	}
}

// stop ends a run inside a bubble.
func (s *script) stop(t *testing.T, r *running) {
	t.Helper()
	r.cancel()
	if err := r.end(t); !errors.Is(err, context.Canceled) {
		t.Errorf("Run returned %v", err)
	}
	if !s.closed {
		t.Error("the device was not closed")
	}
}

func TestWhatComesWhileOpeningIsThrownAwayWithItsRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newScript(&facts{raw: conforming()})
		f := formIn(t, conforming())
		r := start(t, newSource(t, dev.open, ""))
		pieces := f.encode("]Q1", 0, []byte(strings.Repeat("x", 150)))
		dev.reads <- f.encode("]Q1", 0, []byte("yesterday"))[0]
		dev.reads <- pieces[1] // its first piece came before the opening
		synctest.Wait()
		if len(r.ups) > 0 {
			t.Error("up before everything was thrown away")
		}
		time.Sleep(settle)
		synctest.Wait()
		if len(r.ups) != 1 {
			t.Fatal("not up")
		}
		dev.reads <- pieces[2]
		dev.reads <- f.encode("]Q1", 0, []byte("today"))[0]
		r.wants(t, "today")
		dev.stop(t, r)
		if len(r.notices) > 0 {
			t.Errorf("notice %+v", <-r.notices)
		}
	})
}

func TestACodeThatNeverEndsIsDroppedBySilenceAndTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newScript(&facts{raw: conforming()})
		f := formIn(t, conforming())
		r := startUp(t, newSource(t, dev.open, ""))
		began := time.Now()
		dev.reads <- f.encode("]Q1", 0, []byte(strings.Repeat("x", 150)))[0]
		n := <-r.notices
		if n.Kind != reader.NoticeDropped || !strings.Contains(n.Detail, "never ended") || strings.Contains(n.Detail, "xxx") {
			t.Errorf("notice %+v", n)
		}
		if waited := time.Since(began); waited < silence || waited > silence+2*grace {
			t.Errorf("told after %v", waited)
		}
		dev.reads <- f.encode("]Q1", 0, []byte("ABC"))[0]
		r.wants(t, "ABC")
		dev.stop(t, r)
	})
}

func TestAReportThatWasReadLateIsNotTakenForSilence(t *testing.T) {
	f := formIn(t, conforming())
	pieces := f.encode("]Q1", 0, []byte(strings.Repeat("x", 60)))
	now := time.Duration(0)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var frames []reader.Frame
	ses := &session{reports: make(chan arrival, waiting), is: recognised{form: f}}
	l := &listening{
		ses: ses, now: func() time.Duration { return now }, timer: timer,
		up: func() {}, emit: func(f reader.Frame) { frames = append(frames, f) },
		notify: func(n reader.Notice) { t.Errorf("notice %+v", n) },
	}
	l.begin()
	now = settle
	l.wake()
	l.take(arrival{at: now, report: pieces[0]})
	now += time.Minute // the process was held up; the other piece came meanwhile and is not read yet
	l.wake()
	ses.reports <- arrival{at: now + time.Millisecond, report: pieces[1]}
	now += grace
	l.wake()
	l.take(<-ses.reports)
	if len(frames) != 1 || len(frames[0].Code) != 60 {
		t.Errorf("%d codes", len(frames))
	}
}

func TestALaneThatIsFarBehindLosesCodesAndIsTold(t *testing.T) {
	torn := strings.Repeat("x", 150)
	for _, row := range []struct {
		name  string
		pause time.Duration
		codes []string
	}{
		{"what follows at once may be the rest of what was lost", 0, []string{"first", torn, "last"}},
		{"what follows after silence is a code of its own", silence, []string{"first", torn, "next", "last"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dev := newScript(&facts{raw: conforming()})
				f := formIn(t, conforming())
				s := newSource(t, dev.open, "")
				r := &running{Source: s, notices: make(chan reader.Notice, 1000), ended: make(chan error, 1)}
				s.NotifyTo(func(n reader.Notice) { r.notices <- n })
				ctx, cancel := context.WithCancel(t.Context())
				r.cancel = cancel
				up, busy := make(chan struct{}), make(chan struct{})
				var got []string
				go func() {
					r.ended <- s.Run(ctx, func() { close(up) }, func(f reader.Frame) {
						<-busy
						got = append(got, string(f.Code))
					})
				}()
				<-up
				dev.scan(f, "first")
				synctest.Wait()
				for range waiting {
					dev.scan(f, torn)
				}
				synctest.Wait()
				close(busy)
				time.Sleep(row.pause)
				synctest.Wait()
				dev.scan(f, "next")
				dev.scan(f, "last")
				synctest.Wait()
				if n := <-r.notices; n.Kind != reader.NoticeDropped || !strings.Contains(n.Detail, "faster") && !strings.Contains(n.Detail, "never ended") {
					t.Errorf("notice %+v", n)
				}
				dev.stop(t, r)
				if got := slices.Compact(got); !slices.Equal(got, row.codes) {
					t.Errorf("codes %q, want %q", got, row.codes)
				}
			})
		})
	}
}

func TestAnUnpluggedReaderIsGoneAndHalfACodeWithIt(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
	}{
		{"as hidraw says it", unix.EIO},
		{"as evdev says it", unix.ENODEV},
		{"as a file ends", io.EOF},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dev := newScript(&facts{raw: conforming()})
				r := startUp(t, newSource(t, dev.open, ""))
				dev.reads <- formIn(t, conforming()).encode("]Q1", 0, []byte(strings.Repeat("x", 60)))[0]
				dev.fails <- row.err
				if err := r.end(t); !errors.Is(err, reader.ErrGone) || !errors.Is(err, row.err) {
					t.Errorf("Run returned %v, want ErrGone", err)
				}
				if len(r.frames) > 0 {
					t.Errorf("half a code came through: %q", (<-r.frames).Code)
				}
				if err := r.Talk([]byte("\x04x")); !errors.Is(err, reader.ErrAbsent) {
					t.Errorf("Talk gave %v", err)
				}
			})
		})
	}
}

func TestCodesReadWholeBeforeTheUnplugAreDelivered(t *testing.T) {
	p := newPlug(t, &facts{raw: conforming()})
	r := startUp(t, newSource(t, p.open, ""))
	for range 20 {
		p.scan(t, "ABC")
	}
	p.unplug(t)
	if err := r.end(t); !errors.Is(err, reader.ErrGone) {
		t.Fatal(err)
	}
	if len(r.frames) != 20 {
		t.Errorf("%d codes, want 20", len(r.frames))
	}
}

func TestADriverErrorIsAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newScript(&facts{raw: conforming()})
		r := startUp(t, newSource(t, dev.open, ""))
		dev.fails <- unix.EPERM
		if err := r.end(t); !errors.Is(err, reader.ErrFault) {
			t.Errorf("Run returned %v", err)
		}
	})
}

func TestACrashOfTheDriverIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newScript(&facts{raw: conforming()})
		dev.panics = true
		err := start(t, newSource(t, dev.open, "")).end(t)
		if _, ok := errors.AsType[*reader.CrashError](err); !ok || !dev.closed {
			t.Errorf("Run returned %v, closed %v", err, dev.closed)
		}
	})
}

func TestRunReturnsSoonAndOneStuckDeviceIsNotOpenedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newScript(&facts{raw: conforming()})
		dev.hold = make(chan struct{})
		opened := 0
		s := newSource(t, func(string) (device, error) { opened++; return dev, nil }, "")
		s.closeBound = defaultCloseBound
		r := startUp(t, s)
		began := time.Now()
		r.cancel()
		if err := r.end(t); !errors.Is(err, reader.ErrStuck) {
			t.Errorf("Run returned %v", err)
		}
		if took := time.Since(began); took > 300*time.Millisecond {
			t.Errorf("Run took %v", took)
		}
		if err := s.Run(t.Context(), func() {}, func(reader.Frame) {}); !errors.Is(err, reader.ErrStuck) || opened != 1 {
			t.Errorf("the second Run gave %v after %d openings", err, opened)
		}
		close(dev.hold)
		synctest.Wait()
		dev.fails <- unix.EIO
		dev.wake = make(chan struct{})
		if err := s.Run(t.Context(), func() {}, func(reader.Frame) {}); !errors.Is(err, reader.ErrGone) || opened != 2 {
			t.Errorf("Run after the release gave %v after %d openings", err, opened)
		}
	})
}

func TestAReaderThatMustBeToldIsTold(t *testing.T) {
	for _, row := range []struct {
		name   string
		vendor uint16
		raw    []byte
		want   [][]byte
	}{
		{"one that declares the switch", 0x0c2e, switched(), [][]byte{{0xfe, 0x01}}},
		{"one of the other maker", 0x23d0, switched(), [][]byte{{0xfe, 0x01}}},
		{"one that declares no switch", 0x0c2e, conforming(), nil},
		{"another maker's report of that number", 0x05e0, switched(), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			known := &facts{raw: row.raw, vendor: row.vendor}
			p := newPlug(t, known)
			r := startUp(t, newSource(t, p.open, ""))
			p.scan(t, "ABC")
			r.wants(t, "ABC")
			if got := known.told(); !slices.EqualFunc(got, row.want, bytes.Equal) {
				t.Errorf("told %q, want %q", got, row.want)
			}
		})
	}
	t.Run("one that refuses", func(t *testing.T) {
		p := newPlug(t, &facts{raw: switched(), vendor: 0x0c2e, refuse: unix.EPIPE})
		if err := start(t, newSource(t, p.open, "")).end(t); !errors.Is(err, reader.ErrFault) || !errors.Is(err, unix.EPIPE) {
			t.Errorf("Run returned %v", err)
		}
	})
}

func TestAKeyboardIsNotReadAsAReader(t *testing.T) {
	s := newSource(t, newScript(&facts{raw: keys()}).open, "")
	if err := start(t, s).end(t); !errors.Is(err, reader.ErrAddress) || !strings.Contains(err.Error(), "keyboard") {
		t.Errorf("Run returned %v", err)
	}
	s = newSource(t, newScript(&facts{raw: []byte{0xc0}}).open, "")
	if err := start(t, s).end(t); !errors.Is(err, reader.ErrFault) || !strings.Contains(err.Error(), "describes itself wrongly") {
		t.Errorf("Run returned %v", err)
	}
}

func TestTheDeviceIsNamedAsTheSystemKnowsIt(t *testing.T) {
	sysfs := t.TempDir()
	usb := filepath.Join(sysfs, "devices/usb1/1-1.2")
	hid := filepath.Join(usb, "1-1.2:1.0/0003:0C2E:0B61.0001")
	if err := os.MkdirAll(filepath.Join(sysfs, "class/hidraw/null"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(hid, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"idVendor": "0c2e", "idProduct": "0b61", "manufacturer": "Honeywell", "product": "Voyager", "serial": "1234"} {
		if err := os.WriteFile(filepath.Join(usb, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(hid, filepath.Join(sysfs, "class/hidraw/null/device")); err != nil {
		t.Fatal(err)
	}
	p := newPlug(t, &facts{raw: conforming()})
	s := newSource(t, p.open, "")
	s.sysfs = sysfs
	if got := s.Describe(); got != "" {
		t.Errorf("described as %q before it is open", got)
	}
	r := startUp(t, s)
	if got, want := r.Describe(), "USB 0c2e:0b61 Honeywell Voyager, serial 1234"; got != want {
		t.Errorf("described as %q, want %q", got, want)
	}
	s.sysfs = t.TempDir()
	if got := r.Describe(); got != "" {
		t.Errorf("a device that is not USB is described as %q", got)
	}
}
