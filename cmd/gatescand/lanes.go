package main

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gatescand/configs"
	"gatescand/device/signal"
	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
)

// lane joins what a lane is made of: its rules, its reader, its signals.
type lane struct {
	*scanner.Lane

	cfg     configs.Lane
	source  reader.Source
	hint    func() string // what else is plugged in, for a reader that is missing
	panel   atomic.Pointer[signal.Panel]
	closer  []io.Closer // outputs
	contact *contact    // nil where the gate has none
	guard   *wireGuard  // nil where there are no lines
	// lines, where given, takes the lines of outputs in the place of GPIO.
	lines  func(signal.Wire) (signal.Switch, error)
	status atomic.Pointer[reader.Status]
	// offered, where given, takes the pairing codes out of what the reader reads.
	offered func(lane string, f reader.Frame) bool
	// carded, where given, takes the control cards out of it, and gives the frame
	// that the lane gets instead.
	carded func(l *lane, f reader.Frame) (rest reader.Frame, taken bool)
}

// Show makes lane the scanner.Signals of its own lane.
func (l *lane) Show(v admission.Verdict, again bool) {
	switch v {
	case admission.Admit:
		// A check lane lets nobody through: it shows, and opens nothing.
		l.show(signal.Admit, again || l.cfg.Direction == configs.Check)
	case admission.Refuse:
		l.show(signal.Refuse, again)
	case admission.Hold:
		l.show(signal.Hold, again)
	}
}

// show shows a kind on whatever outputs the lane has at the moment.
func (l *lane) show(k signal.Kind, again bool) {
	if p := l.panel.Load(); p != nil {
		p.Show(k, again)
	}
}

// held tells for how long an output of the lane has been on.
func (l *lane) held() time.Duration {
	if p := l.panel.Load(); p != nil {
		return p.Held()
	}
	return 0
}

// test exercises every signal of the lane once, one kind after the other.
func (l *lane) test() {
	for _, k := range []signal.Kind{signal.Admit, signal.Refuse, signal.Hold} {
		l.show(k, false)
	}
}

// droppedStands is how long it is shown at least that a code was lost on its way
// from the reader. After that the next whole code ends it.
const droppedStands = time.Minute

// laneWatcher is told how the hardware of a lane is.
type laneWatcher interface {
	readerStatus(l *lane, s reader.Status)
	readerNoticed(l *lane, n reader.Notice)
	readerWell(l *lane)
	signalFailed(address string, err error)
}

// run runs reader, lane and signals. They stop in that order: no new codes,
// then the scan in hand, then the outputs off. Whoever that scan lets in is let
// through first: see [signal.Output.Run].
func (l *lane) run(ctx context.Context, clock scanner.Clock, watcher laneWatcher, log *slog.Logger) {
	now := func() time.Duration { return clock.Now().SinceBoot }
	outputs := l.outputs(ctx, now, watcher.signalFailed)
	l.panel.Store(outputs.panel)
	hand, stopLane := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLane()
	lit, stopSignals := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSignals()

	var signals, scans sync.WaitGroup
	signals.Go(func() { _ = outputs.panel.Run(lit) }) // its only error is lit's
	signals.Go(func() { outputs.await(lit) })
	scans.Go(func() { _ = l.Run(hand) }) // returns only when hand ends
	if l.contact != nil {
		signals.Go(func() { supervise(lit, log, "contact of lane "+l.cfg.Name, l.contact.Run) })
	}
	var dropped time.Duration // when a code was last lost on its way; of the supervisor's goroutine alone
	supervisor := reader.Supervisor{
		Address: l.cfg.Reader,
		Source:  l.source,
		Emit: func(f reader.Frame) {
			if dropped > 0 && now()-dropped > droppedStands {
				dropped = 0
				watcher.readerWell(l)
			}
			if l.offered != nil && l.offered(l.Name(), f) {
				return
			}
			if l.carded != nil {
				var taken bool
				if f, taken = l.carded(l, f); taken {
					return
				}
			}
			l.Frame(hand, f)
		},
		Status: func(s reader.Status) {
			l.status.Store(&s)
			watcher.readerStatus(l, s)
		},
		Notice: func(n reader.Notice) {
			if n.Kind == reader.NoticeDropped || n.Kind == reader.NoticeUnread {
				dropped = now()
			}
			watcher.readerNoticed(l, n)
		},
		Hint: l.hint,
		Now:  now,
		Log:  log.With(slog.Any("lane", l.cfg.Name)),
	}
	supervise(ctx, log, "reader of lane "+l.cfg.Name, supervisor.Run)
	stopLane()
	scans.Wait()
	stopSignals()
	signals.Wait()
	for _, c := range l.closer {
		if err := c.Close(); err != nil {
			log.Warn("an output did not close", slog.Any("lane", l.cfg.Name), slog.Any("error", err))
		}
	}
}
