package camera

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner/reader"
)

// playback is a camera that gives pictures at the times of a script.
type playback struct {
	ctx    context.Context
	every  time.Duration
	show   func(n int) []byte // nil: the camera ends; empty: the picture is broken
	n      int
	now    reader.Monotonic
	w, h   int
	hang   chan struct{} // close waits for it
	closed bool
	wrong  error
}

func (p *playback) next([]byte) ([]byte, time.Duration, error) {
	timer := time.NewTimer(p.every)
	defer timer.Stop()
	select {
	case <-p.ctx.Done():
		return nil, 0, p.ctx.Err()
	case <-timer.C:
	}
	raw := p.show(p.n)
	p.n++
	if raw == nil {
		return nil, 0, p.wrong
	}
	if len(raw) == 0 {
		return raw, 0, errBroken
	}
	return raw, p.now(), nil
}

func (p *playback) lens() lens {
	return func(raw []byte, _ *[]byte) (picture, error) {
		if len(raw) < p.w*p.h {
			return picture{}, errBroken
		}
		return picture{pix: raw, w: p.w, h: p.h}, nil
	}
}

func (p *playback) close() {
	if p.hang != nil {
		<-p.hang
	}
	p.closed = true
}

// live runs a camera for so long and tells what came of it.
func live(t *testing.T, p *playback, d time.Duration, listen func(reader.Notice)) (frames []reader.Frame, s *Source, err error) {
	t.Helper()
	began := time.Now()
	now := func() time.Duration { return time.Since(began) }
	a, err := reader.ParseAddress("camera:/dev/video0")
	if err != nil {
		t.Fatal(err)
	}
	if s, err = newSource(a, now); err != nil {
		t.Fatal(err)
	}
	p.now = now
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	open := func(ctx context.Context) (frameSource, error) { p.ctx = ctx; return p, nil }
	err = s.stream(ctx, open, &gripes{notify: listen}, func() {}, func(f reader.Frame) {
		kept := f
		kept.Code = bytes.Clone(f.Code)
		frames = append(frames, kept)
		clear(f.Code) // the receiver owns it
	})
	return frames, s, err
}

func TestACodeInViewIsHandedOverAsOftenAsALaneNeedsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		code := plain(t, "STAYS", 3)
		p := &playback{every: 100 * time.Millisecond, show: func(int) []byte { return code.pix }, w: code.w, h: code.h}
		frames, s, err := live(t, p, 3050*time.Millisecond, nil)
		if !errors.Is(err, context.DeadlineExceeded) || len(frames) != 5 || !p.closed {
			t.Errorf("%d frames, closed %v, %v", len(frames), p.closed, err)
		}
		for i, f := range frames {
			// Every second frame is looked at inverted, so a re-read falls on the next even one.
			if want := time.Duration(1+6*i) * 100 * time.Millisecond; f.At != want || string(f.Code) != "STAYS" {
				t.Errorf("frame %d: %q at %v, want %v", i, f.Code, f.At, want)
			}
		}
		if st := s.Stats(); st.Searched != 30 || st.Found != 15 {
			t.Errorf("%+v", st)
		}
	})
}

func TestACameraWithoutPicturesIsAFault(t *testing.T) {
	t.Parallel()
	dark := make([]byte, 100*100)
	for _, row := range []struct {
		name  string
		every time.Duration
		show  func(n int) []byte
		after time.Duration
	}{
		{"that never gave one", time.Hour, func(int) []byte { return dark }, firstBound},
		{"that stopped", 100 * time.Millisecond, nil, 400*time.Millisecond + stallBound},
		{"that gives broken ones only", 100 * time.Millisecond, func(int) []byte { return []byte{} }, firstBound},
		{"whose pictures are too short", 100 * time.Millisecond, func(int) []byte { return dark[:99] }, firstBound},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				p := &playback{every: row.every, show: row.show, w: 100, h: 100}
				if p.show == nil {
					p.show = func(n int) []byte {
						if n == 3 {
							p.every = time.Hour
						}
						return dark
					}
				}
				_, _, err := live(t, p, time.Hour, nil)
				if !errors.Is(err, reader.ErrFault) || !strings.Contains(err.Error(), "gives no pictures") || time.Since(began) != row.after || !p.closed {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
			})
		})
	}
}

func TestACameraThatDoesNotLetGoIsNotOpenedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dark := make([]byte, 100*100)
		p := &playback{every: 100 * time.Millisecond, show: func(int) []byte { return dark }, w: 100, h: 100, hang: make(chan struct{})}
		began := time.Now()
		_, s, err := live(t, p, time.Second, nil)
		if !errors.Is(err, reader.ErrStuck) || time.Since(began) != time.Second+closeBound {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		open := func(context.Context) (frameSource, error) { return nil, reader.ErrBusy }
		if err := s.stream(t.Context(), open, &gripes{}, nil, nil); !errors.Is(err, reader.ErrStuck) {
			t.Errorf("it was opened again: %v", err)
		}
		close(p.hang)
		synctest.Wait()
		if err := s.stream(t.Context(), open, &gripes{}, nil, nil); !errors.Is(err, reader.ErrBusy) {
			t.Errorf("it is not opened once it has let go: %v", err)
		}
	})
}

func TestACrashOfTheDriverIsAFaultOfTheCameraAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &playback{every: time.Millisecond, show: func(int) []byte { panic("the driver") }}
		_, _, err := live(t, p, time.Second, nil)
		if _, ok := errors.AsType[*reader.CrashError](err); !ok || !p.closed {
			t.Errorf("%v, closed %v", err, p.closed)
		}
	})
}

func TestHostileFramesAreToldOnceInAWhileAndTheNextHonestCodeWorks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hostile, honest := finders(200, 200, 1), on(200, 200, map[[2]int]picture{{20, 20}: plain(t, "HONEST", 4)})
		p := &playback{every: 250 * time.Millisecond, w: 200, h: 200, wrong: reader.ErrGone}
		p.show = func(n int) []byte {
			switch {
			case n < 60:
				return hostile.pix
			case n < 62:
				return honest.pix
			}
			return nil
		}
		var notices []reader.Notice
		frames, s, err := live(t, p, time.Minute, func(n reader.Notice) { notices = append(notices, n) })
		if !errors.Is(err, reader.ErrGone) || len(frames) != 1 || string(frames[0].Code) != "HONEST" {
			t.Errorf("%v, %v", frames, err)
		}
		if len(notices) != 2 || notices[0].Kind != reader.NoticeUnread || !strings.Contains(notices[1].Detail, "19 more times in the last 10s") {
			t.Errorf("%d notices: %v", len(notices), notices)
		}
		if st := s.Stats(); st.Crowded != 30 { // inverted, which every other frame is, there are no such marks
			t.Errorf("%+v", st)
		}
	})
}

func TestOnlyTheNewestPictureWaits(t *testing.T) {
	t.Parallel()
	c := &capture{counters: &counters{}, latest: make(chan shot, 1), spare: make(chan []byte, 2)}
	for i := range 5 {
		c.put(shot{raw: []byte{byte(i)}, at: time.Duration(i)})
	}
	if s := <-c.latest; s.at != 4 || c.counters.get().Stale != 4 {
		t.Errorf("picture %d waits, %d are stale", s.at, c.counters.get().Stale)
	}
	first, second, third := c.memory(), c.memory(), c.memory()
	if len(first) != 1 || len(second) != 1 || third != nil {
		t.Error("memory is not used again, or kept without end")
	}
}
