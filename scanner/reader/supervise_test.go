package reader_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatescand/scanner/reader"
)

// scripted is a source whose every run is one step of a script; the last step repeats.
type scripted struct {
	mu    sync.Mutex
	now   reader.Monotonic
	steps []step
	runs  []time.Duration // when each run began
}

type step func(ctx context.Context, up func(), emit func(reader.Frame)) error

func (s *scripted) Run(ctx context.Context, up func(), emit func(reader.Frame)) error {
	s.mu.Lock()
	n := min(len(s.runs), len(s.steps)-1)
	s.runs = append(s.runs, s.now())
	s.mu.Unlock()
	return s.steps[n](ctx, up, emit)
}

func fails(err error) step {
	return func(context.Context, func(), func(reader.Frame)) error { return fmt.Errorf("%w: try this", err) }
}

// upFor is up for so long and then unplugged.
func upFor(d time.Duration) step {
	return func(ctx context.Context, up func(), _ func(reader.Frame)) error {
		up()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d):
			return reader.ErrGone
		}
	}
}

func upForEver(ctx context.Context, up func(), _ func(reader.Frame)) error {
	up()
	<-ctx.Done()
	return ctx.Err()
}

// watched is a supervisor under test with what it says.
type watched struct {
	reader.Supervisor
	source *scripted
	log    bytes.Buffer
	states []string
	frames []reader.Frame
}

func supervise(steps ...step) *watched {
	start := time.Now()
	now := func() time.Duration { return time.Since(start) }
	w := &watched{source: &scripted{now: now, steps: steps}}
	w.Supervisor = reader.Supervisor{
		Address: "serial:/dev/x", Source: w.source, Now: now,
		Emit:   func(f reader.Frame) { w.frames = append(w.frames, f) },
		Status: func(s reader.Status) { w.states = append(w.states, string(s.State)) },
		Log:    slog.New(slog.NewTextHandler(&w.log, nil)),
	}
	return w
}

// runFor runs the supervisor for so long on the bubble's clock.
func (w *watched) runFor(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := w.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run returned %v, want the context's error", err)
	}
}

func TestAReaderThatComesLaterIsFoundByTheClockAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(fails(reader.ErrAbsent), fails(reader.ErrAbsent), fails(reader.ErrAbsent), upForEver)
		w.runFor(t, time.Minute)
		if diff := cmp.Diff([]string{"opening", "absent", "up", "stopped"}, w.states); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
		if n := strings.Count(w.log.String(), "\n"); n != 4 {
			t.Errorf("%d log lines, want one per change:\n%s", n, &w.log)
		}
	})
}

func TestAnAbsentReaderIsLookedForAtGrowingIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(fails(reader.ErrAbsent))
		w.runFor(t, 10*time.Second)
		want := []time.Duration{0, ms(100), ms(300), ms(700), ms(1500), ms(3100), ms(5100), ms(7100), ms(9100)}
		if diff := cmp.Diff(want, w.source.runs); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
	})
}

func TestANoticeMakesTheNextAttemptComeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(fails(reader.ErrAbsent), fails(reader.ErrAbsent), fails(reader.ErrAbsent), fails(reader.ErrAbsent), upForEver)
		look := make(chan struct{}, 1)
		w.Look = look
		time.AfterFunc(ms(1000), func() { look <- struct{}{} })
		w.runFor(t, 10*time.Second)
		want := []time.Duration{0, ms(100), ms(300), ms(700), ms(1000)}
		if diff := cmp.Diff(want, w.source.runs); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
	})
}

func TestAStormOfNoticesIsNoStormOfAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(fails(reader.ErrAbsent))
		look := make(chan struct{})
		close(look) // always ready
		w.Look = look
		w.runFor(t, time.Second)
		if n := len(w.source.runs); n < 10 || n > 51 {
			t.Errorf("%d attempts in a second, want about one per 20 ms", n)
		}
	})
}

func TestRightAfterPluggingInDenialIsUdevBeingLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(fails(reader.ErrPermission), fails(reader.ErrPermission), fails(reader.ErrPermission), upForEver)
		w.runFor(t, time.Minute)
		if diff := cmp.Diff([]string{"opening", "up", "stopped"}, w.states); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
		if w.source.runs[3] != ms(150) {
			t.Errorf("up after %v, want 150ms", w.source.runs[3])
		}
	})
}

func TestLastingDenialIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(fails(reader.ErrPermission))
		w.runFor(t, 2*time.Second)
		if diff := cmp.Diff([]string{"opening", "no_permission", "stopped"}, w.states); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
		if at := w.source.runs[20]; at != ms(1000) {
			t.Errorf("the 21st attempt, which says it, came at %v, want 1s", at)
		}
	})
}

func TestErrorsHaveTheirStates(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"absent", reader.ErrAbsent, "absent"},
		{"unplugged", reader.ErrGone, "absent"},
		{"used by another", reader.ErrBusy, "busy"},
		{"held by its driver", reader.ErrStuck, "fault"},
		{"a bad address", reader.ErrAddress, "fault"},
		{"anything else", errors.New("smoke"), "fault"},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := supervise(fails(row.err))
				details := map[string]string{}
				w.Status = func(s reader.Status) { details[string(s.State)] = s.Detail }
				w.runFor(t, time.Second)
				if got := details[row.want]; !strings.Contains(got, "try this") {
					t.Errorf("state %s has detail %q, want the error's sentence", row.want, got)
				}
			})
		})
	}
}

func TestAfterUnplugTheReaderComesBackEveryTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(upFor(10 * time.Second))
		var last reader.Status
		w.Status = func(s reader.Status) { last = s }
		w.runFor(t, 100*time.Second)
		// Each round is 10 s up and the first pause of 100 ms.
		if len(w.source.runs) != 10 || last.Ups != 10 {
			t.Errorf("%d runs, %d times up, want 10 of both", len(w.source.runs), last.Ups)
		}
	})
}

func TestALooseCableIsRetriedLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(upFor(time.Millisecond))
		w.runFor(t, 20*time.Second)
		if n := len(w.source.runs); n > 15 {
			t.Errorf("%d attempts in 20 s", n)
		}
	})
}

func TestAPanicIsAFaultOfThatReaderOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const code = "SECRET-TICKET"
		w := supervise(func(context.Context, func(), func(reader.Frame)) error { panic(code) }, upForEver)
		w.runFor(t, time.Minute)
		if diff := cmp.Diff([]string{"opening", "fault", "up", "stopped"}, w.states); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
		if !strings.Contains(w.log.String(), "supervise_test.go") {
			t.Errorf("the log does not say where:\n%s", &w.log)
		}
		if strings.Contains(w.log.String(), code) {
			t.Errorf("the log shows the panic's value:\n%s", &w.log)
		}
	})
}

func TestASourceThatEndsWithoutAReasonIsStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(func(context.Context, func(), func(reader.Frame)) error { return nil }, upForEver)
		w.runFor(t, time.Minute)
		if diff := cmp.Diff([]string{"opening", "fault", "up", "stopped"}, w.states); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	})
}

func TestAPortThatIsStuckAtTheEndIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(func(ctx context.Context, up func(), _ func(reader.Frame)) error {
			up()
			<-ctx.Done()
			return reader.ErrStuck
		})
		w.runFor(t, time.Second)
		if diff := cmp.Diff([]string{"opening", "up", "fault"}, w.states); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	})
}

func TestCodesGoStraightThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(func(ctx context.Context, up func(), emit func(reader.Frame)) error {
			up()
			emit(reader.Frame{Code: []byte("A"), At: ms(7)})
			<-ctx.Done()
			return ctx.Err()
		})
		w.runFor(t, time.Second)
		if diff := cmp.Diff([]reader.Frame{{Code: []byte("A"), At: ms(7)}}, w.frames); diff != "" {
			t.Errorf("frames (-want +got):\n%s", diff)
		}
	})
}
