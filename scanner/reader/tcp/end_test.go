package tcp

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner/reader"
)

// busy is a source that runs, and whose lane takes so long over every code, or until the end.
type busy struct {
	far   net.Conn
	codes []string
	stop  context.CancelFunc
	ended chan error
}

func startBusy(t *testing.T, options string, takes time.Duration) *busy {
	t.Helper()
	s, far := pipe(t, options)
	ctx, stop := context.WithCancel(t.Context())
	b := &busy{far: far, stop: stop, ended: make(chan error, 1)}
	go func() {
		b.ended <- s.Run(ctx, func() {}, func(f reader.Frame) {
			b.codes = append(b.codes, string(f.Code))
			select {
			case <-time.After(takes):
			case <-ctx.Done():
			}
		})
	}()
	return b
}

func TestCodesReadWholeAreHandedOverAtTheEnd(t *testing.T) {
	for _, row := range []struct {
		name, options string
		scans         []string
		end           time.Duration // after the last scan, while the lane is busy
		want          []string
	}{
		{"those that wait for the lane", "", []string{"A1\r", "B1\r", "C1\r"}, 0, []string{"A1", "B1", "C1"}},
		{"without the one that has not ended", "", []string{"A1\r", "B1\r", "C1"}, 0, []string{"A1", "B1"}},
		{"with the one that silence has ended", "", []string{"A1\r", "B1\r", "C1"}, time.Second, []string{"A1", "B1", "C1"}},
		{"unless silence ends nothing", "?frame=cr", []string{"A1\r", "B1\r", "C1"}, time.Second, []string{"A1", "B1"}},
		{"and nothing is made of what nobody had room to read on", "", []string{"A1\r", "B1\r", "C1\r", "D1"}, time.Second, []string{"A1", "B1", "C1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := startBusy(t, row.options, time.Minute)
				for _, text := range row.scans {
					scan(t, b.far, text)
					synctest.Wait()
				}
				time.Sleep(row.end)
				b.stop()
				if err := <-b.ended; !errors.Is(err, context.Canceled) {
					t.Errorf("Run returned %v", err)
				}
				if !slices.Equal(b.codes, row.want) {
					t.Errorf("codes %q, want %q", b.codes, row.want)
				}
			})
		})
	}
}

func TestOfAConnectionThatEndsTheCodeThatSilenceHadEndedIsHandedOver(t *testing.T) {
	for _, row := range []struct {
		name  string
		pause time.Duration
		want  []string
	}{
		{"silent for as long as the gap", 150 * time.Millisecond, []string{"A1", "B1"}},
		{"cut off before", 149 * time.Millisecond, []string{"A1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := startBusy(t, "", time.Second)
				scan(t, b.far, "A1\r")
				scan(t, b.far, "B1")
				time.Sleep(row.pause)
				if err := b.far.Close(); err != nil {
					t.Fatal(err)
				}
				if err := <-b.ended; !errors.Is(err, reader.ErrGone) {
					t.Errorf("Run returned %v", err)
				}
				b.stop()
				if !slices.Equal(b.codes, row.want) {
					t.Errorf("codes %q, want %q", b.codes, row.want)
				}
			})
		})
	}
}
