package reader_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"go.uber.org/goleak"

	"gatescand/scanner/reader"
	"gatescand/scanner/reader/serial"
)

// port is a port of a box: the link that udev makes for whatever is plugged into it, and the lane that reads from there.
type port struct {
	link   string
	master *os.File
	states chan reader.Status
	codes  chan string
}

// lane supervises a serial reader at a link until the test ends.
func (p *port) lane(ctx context.Context, t *testing.T) (ended chan error) {
	t.Helper()
	address, err := reader.ParseAddress("serial:" + p.link)
	must(t, err)
	start := time.Now()
	now := func() time.Duration { return time.Since(start) }
	source, err := serial.New(address, now)
	must(t, err)
	supervisor := reader.Supervisor{
		Address: address.String(), Source: source, Now: now, Log: slog.New(slog.DiscardHandler),
		Emit:   func(f reader.Frame) { p.codes <- string(f.Code) },
		Status: func(s reader.Status) { p.states <- s },
		Hint:   func() string { return "" },
	}
	ended = make(chan error, 1)
	go func() { ended <- supervisor.Run(ctx) }()
	return ended
}

// insert plugs a new terminal in, under a link that udev makes in two steps.
func (p *port) insert(t *testing.T) {
	t.Helper()
	master, slave, err := pty.Open()
	must(t, err)
	node := slave.Name()
	must(t, slave.Close())
	p.master = master
	must(t, os.MkdirAll(filepath.Dir(p.link), 0o700))
	plug(t, p.link, node)
}

// pull unplugs it: the device first, then the link, then the folder that is empty now.
func (p *port) pull(t *testing.T) {
	t.Helper()
	must(t, p.master.Close())
	must(t, os.Remove(p.link))
	if err := os.Remove(filepath.Dir(p.link)); !errors.Is(err, os.ErrExist) { // the other port is in it
		must(t, err)
	}
}

// is waits for a state.
func (p *port) is(t *testing.T, want reader.State) {
	t.Helper()
	timer := time.NewTimer(20 * time.Second)
	defer timer.Stop()
	for {
		select {
		case s := <-p.states:
			if s.State == want {
				return
			}
		case <-timer.C:
			t.Fatalf("%s is never %s", p.link, want)
		}
	}
}

// reads scans a code and wants it at this port's lane.
func (p *port) reads(t *testing.T, code string) {
	t.Helper()
	_, err := p.master.WriteString(code + "\r")
	must(t, err)
	select {
	case got := <-p.codes:
		if got != code {
			t.Fatalf("the lane of %s reads %q, want %q", p.link, got, code)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("the lane of %s does not read %q", p.link, code)
	}
}

// held counts descriptors and threads of this process.
func held(t *testing.T) (descriptors, threads int) {
	t.Helper()
	count := func(dir string) int {
		entries, err := os.ReadDir(dir)
		must(t, err)
		return len(entries)
	}
	return count("/proc/self/fd"), count("/proc/self/task")
}

func TestHundredTimesUnpluggedAndPluggedLeaveNothingBehind(t *testing.T) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	dir := filepath.Join(t.TempDir(), "dev/serial/by-path")
	var ports [2]*port
	var ended [2]chan error
	for i := range ports {
		ports[i] = &port{
			link:   filepath.Join(dir, fmt.Sprintf("usb-0:1.%d", i+1)),
			states: make(chan reader.Status, 10000), codes: make(chan string, 100),
		}
		ended[i] = ports[i].lane(ctx, t)
	}
	const warm, cycles = 5, 100
	var goroutines, descriptors, threads int
	for cycle := range warm + cycles {
		// Two readers of one make are plugged in by turns first, as if they had been swapped: each port keeps its lane.
		for i := range ports {
			ports[(cycle+i)%2].insert(t)
		}
		for i, p := range ports {
			p.is(t, reader.StateUp)
			p.reads(t, fmt.Sprintf("CODE-%d-%d", i, cycle))
		}
		for _, p := range ports {
			p.pull(t)
			p.is(t, reader.StateAbsent)
		}
		if cycle == warm-1 {
			goroutines = runtime.NumGoroutine()
			descriptors, threads = held(t)
		}
	}
	fds, tasks := held(t)
	if n := runtime.NumGoroutine(); n > goroutines+2 || fds > descriptors+2 || tasks > threads+4 {
		t.Errorf("after %d cycles %d goroutines, %d descriptors, %d threads; before %d, %d, %d",
			cycles, n, fds, tasks, goroutines, descriptors, threads)
	}
	t.Logf("goroutines %d, descriptors %d to %d, threads %d to %d", goroutines, descriptors, fds, threads, tasks)
	cancel()
	for _, e := range ended {
		if err := <-e; !errors.Is(err, context.Canceled) {
			t.Errorf("a supervisor returned %v", err)
		}
	}
	goleak.VerifyNone(t)
}

func TestTwoLanesOfOneReaderTheSecondIsToldWhoHasIt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	first := &port{link: filepath.Join(t.TempDir(), "gate"), states: make(chan reader.Status, 100), codes: make(chan string, 10)}
	first.insert(t)
	node, err := filepath.EvalSymlinks(first.link)
	must(t, err)
	endedFirst := first.lane(ctx, t)
	first.is(t, reader.StateUp)
	second := &port{link: node, states: make(chan reader.Status, 100), codes: make(chan string, 10)}
	endedSecond := second.lane(ctx, t)
	for s := range second.states {
		if s.State == reader.StateOpening {
			continue
		}
		if s.State != reader.StateBusy || !strings.Contains(s.Detail, node) {
			t.Errorf("the second lane is %s: %s; want it busy, and the name of %s", s.State, s.Detail, node)
		}
		break
	}
	first.reads(t, "A1")
	cancel()
	for _, ended := range []chan error{endedFirst, endedSecond} {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("a supervisor returned %v", err)
		}
	}
	must(t, first.master.Close())
}
