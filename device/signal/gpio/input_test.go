package gpio

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"gatescand/device/signal"
)

// kernelSide is the other end of an input: what is written to it arrives in one
// piece, as events do. seqpacket keeps the pieces apart.
func kernelSide(t *testing.T, now time.Duration) (*Input, int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	in, err := newInput(fds[0], "fake line 17", func() (time.Duration, error) { return now, nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	return in, fds[1]
}

// encode writes an event as the kernel's header has it: a time stamp of 64
// bits, then what happened, the offset, the number in the request, the number
// of the line, and room.
func encode(e event) []byte {
	b := make([]byte, 0, eventSize)
	b = binary.NativeEndian.AppendUint64(b, uint64(e.at))
	id := uint32(2)
	if e.active {
		id = 1
	}
	for _, word := range []uint32{id, 17, e.seq, e.seq} {
		b = binary.NativeEndian.AppendUint32(b, word)
	}
	return append(b, make([]byte, 24)...)
}

func send(t *testing.T, fd int, events ...event) {
	t.Helper()
	var b []byte
	for _, e := range events {
		b = append(b, encode(e)...)
	}
	if _, err := unix.Write(fd, b); err != nil {
		t.Fatal(err)
	}
}

func TestAnInputTellsEachChange(t *testing.T) {
	in, kernel := kernelSide(t, 10*time.Second)
	defer unix.Close(kernel) //nolint:errcheck // the test is over
	send(t, kernel, event{at: 9 * time.Second, active: true, seq: 1})
	send(t, kernel, event{at: 9500 * time.Millisecond, seq: 2}, event{at: 11 * time.Second, active: true, seq: 5})
	var got []signal.Edge
	for range 3 {
		e, err := in.Read()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	want := []signal.Edge{
		{Active: true, Ago: time.Second},
		{Active: false, Ago: 500 * time.Millisecond},
		{Active: true, Missed: true}, // and stamped later than now, which is no time ago
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestChangesLostBeforeTheFirstAreTold(t *testing.T) {
	in, kernel := kernelSide(t, time.Second)
	defer unix.Close(kernel) //nolint:errcheck // the test is over
	send(t, kernel, event{seq: 4, active: true})
	if e, err := in.Read(); err != nil || !e.Missed {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestClosingWakesAReader(t *testing.T) {
	defer goleak.VerifyNone(t)
	in, kernel := kernelSide(t, 0)
	defer unix.Close(kernel) //nolint:errcheck // the test is over
	reading, woken := make(chan struct{}), make(chan error, 1)
	go func() {
		close(reading)
		_, err := in.Read()
		woken <- err
	}()
	<-reading
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-woken; !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestAChipThatGoesIsTold(t *testing.T) {
	in, kernel := kernelSide(t, 0)
	if err := unix.Close(kernel); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Read(); !errors.Is(err, ErrGone) {
		t.Errorf("got %v", err)
	}
}

func TestHalfAnEventIsAnError(t *testing.T) {
	in, kernel := kernelSide(t, 0)
	defer unix.Close(kernel) //nolint:errcheck // the test is over
	if _, err := unix.Write(kernel, make([]byte, eventSize+1)); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Read(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
}

func TestAnImpossibleDebounceIsRefused(t *testing.T) {
	for _, still := range []time.Duration{-time.Second, 2 * time.Hour} {
		if _, err := OpenInput(t.TempDir(), signal.Wire{Chip: "c"}, still); err == nil || errors.Is(err, ErrNoChip) {
			t.Errorf("%v: %v", still, err)
		}
	}
}

func TestTheClockIsTheKernels(t *testing.T) {
	a, err := monotonic()
	if err != nil || a <= 0 {
		t.Fatal(a, err)
	}
	if b, err := monotonic(); err != nil || b < a {
		t.Errorf("%v after %v, %v", b, a, err)
	}
}

// However the kernel groups events, each is told once, in order.
func TestEventsInWhateverPiecesAreToldOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		states := rapid.SliceOfN(rapid.Bool(), 1, 60).Draw(rt, "states")
		in, kernel := kernelSide(t, time.Hour)
		seq := uint32(0)
		for left := states; len(left) > 0; {
			n := rapid.IntRange(1, min(16, len(left))).Draw(rt, "together")
			var events []event
			for _, active := range left[:n] {
				seq++
				events = append(events, event{at: time.Duration(seq) * time.Second, active: active, seq: seq})
			}
			send(t, kernel, events...)
			left = left[n:]
		}
		for i, active := range states {
			e, err := in.Read()
			if err != nil || e.Active != active || e.Missed || e.Ago != time.Hour-time.Duration(i+1)*time.Second {
				rt.Fatalf("event %d: %+v, %v", i, e, err)
			}
		}
		_ = unix.Close(kernel)
		_ = in.Close()
	})
}

func FuzzRead(f *testing.F) {
	f.Add(encode(event{at: time.Second, active: true, seq: 1}))
	f.Add(make([]byte, eventSize-1))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 || len(b) > 16*eventSize {
			return
		}
		in, kernel := kernelSide(t, time.Second)
		defer in.Close() //nolint:errcheck // the test is over
		if _, err := unix.Write(kernel, b); err != nil {
			t.Fatal(err)
		}
		_ = unix.Close(kernel)
		edges := 0
		for ; ; edges++ {
			e, err := in.Read()
			if err != nil {
				break
			}
			if e.Ago < 0 {
				t.Fatalf("%v before it happened", -e.Ago)
			}
		}
		if want := len(b) / eventSize; len(b)%eventSize == 0 && edges != want {
			t.Fatalf("%d edges of %d", edges, want)
		}
	})
}
