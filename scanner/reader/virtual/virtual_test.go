package virtual_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner/reader"
	"gatescand/scanner/reader/virtual"
)

func now() time.Duration { return 42 }

func TestFedCodesReachTheLaneCleaned(t *testing.T) {
	for _, row := range []struct{ name, in, code, aim string }{
		{"a plain code", "ABC", "ABC", ""},
		{"blanks stay", " ABC ", " ABC ", ""},
		{"terminators go", "\x02ABC\r\n", "ABC", ""},
		{"an AIM identifier is taken off", "]Q1ABC", "ABC", "]Q1"},
		{"one code is one frame whatever is in it", "A\rB\x00C", "A\rBC", ""},
		{"an empty code is an empty frame", "", "", ""},
		{"terminators alone are an empty frame", "\r\n", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				frames := run(t, virtual.New(now), []byte(row.in))
				if len(frames) != 1 {
					t.Fatalf("%d frames", len(frames))
				}
				f := frames[0]
				if string(f.Code) != row.code || f.AIM != row.aim || f.Overlong || f.At != 42 || f.Code == nil {
					t.Errorf("frame %+v, want %q %q", f, row.code, row.aim)
				}
			})
		})
	}
}

// run feeds codes to a running source and gives what it emits.
func run(t *testing.T, s *virtual.Source, codes ...[]byte) []reader.Frame {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var frames []reader.Frame
	up := false
	ended := make(chan error, 1)
	go func() {
		ended <- s.Run(ctx, func() { up = true }, func(f reader.Frame) { frames = append(frames, f) })
	}()
	for _, code := range codes {
		if err := s.Feed(ctx, code); err != nil {
			t.Error(err)
		}
	}
	synctest.Wait()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run returned %v", err)
	}
	if !up {
		t.Error("the reader was never up")
	}
	return frames
}

func TestAnOverlongCodeIsMarkedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frames := run(t, virtual.New(now), []byte(strings.Repeat("x", 10<<20)))
		if len(frames) != 1 || !frames[0].Overlong || len(frames[0].Code) != reader.MaxCode {
			t.Errorf("%d frames", len(frames))
		}
	})
}

func TestTheFeederKeepsItsBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		code := []byte("ABC")
		frames := run(t, virtual.New(now), code)
		copy(code, "???")
		if string(frames[0].Code) != "ABC" {
			t.Errorf("the code became %q", frames[0].Code)
		}
	})
}

func TestACodeThatNobodyTakesIsSaidToBeLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range 2 { // while waiting, and when it was too late from the start
			err := virtual.New(now).Feed(ctx, []byte("ABC"))
			if !errors.Is(err, reader.ErrAbsent) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Feed gave %v", err)
			}
		}
	})
}

func TestOneVirtualReaderFeedsOneLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := virtual.New(now)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx, func() {}, func(reader.Frame) {}) }()
		synctest.Wait()
		if err := s.Run(ctx, func() {}, func(reader.Frame) {}); !errors.Is(err, reader.ErrBusy) {
			t.Errorf("the second Run gave %v", err)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the first Run gave %v", err)
		}
		again, stop := context.WithCancel(t.Context())
		stop()
		if err := s.Run(again, func() {}, func(reader.Frame) {}); !errors.Is(err, context.Canceled) {
			t.Errorf("Run after the first has ended gave %v", err)
		}
	})
}
