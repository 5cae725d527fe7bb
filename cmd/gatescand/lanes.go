package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gatescand/configs"
	"gatescand/device/signal"
	"gatescand/device/signal/gpio"
	"gatescand/device/signal/talkback"
	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
)

// lane joins what a lane is made of: its rules, its reader, its signals.
type lane struct {
	*scanner.Lane

	cfg    configs.Lane
	source reader.Source
	panel  atomic.Pointer[signal.Panel]
	closer []io.Closer // outputs
	status atomic.Pointer[reader.Status]
}

// checkSignal tells whether an address can be an output of this release.
func checkSignal(address string) error {
	a, err := signal.ParseAddress(address)
	if err != nil {
		return err
	}
	if a.Kind == signal.Talkback {
		_, err = talkback.Bytes(a.Phrase)
	}
	return err
}

// outputs opens the outputs a lane's configuration names. An output that
// cannot be had is reported and left out: a lamp must not keep a gate shut.
func (l *lane) outputs(failed func(address string, err error)) *signal.Panel {
	kinds := map[signal.Kind][]string{
		signal.Admit: l.cfg.Signal.Admit, signal.Refuse: l.cfg.Signal.Refuse, signal.Hold: l.cfg.Signal.Hold,
	}
	all := make(map[signal.Kind][]*signal.Output)
	lines := make(map[string]*signal.Line) // one line may show several kinds
	for kind, addresses := range kinds {
		for _, text := range addresses {
			out, err := l.output(text, lines, failed)
			if err != nil {
				failed(text, err)
				continue
			}
			all[kind] = append(all[kind], out)
		}
	}
	return signal.NewPanel(all)
}

func (l *lane) output(text string, lines map[string]*signal.Line, failed func(string, error)) (*signal.Output, error) {
	a, err := signal.ParseAddress(text)
	if err != nil {
		return nil, err
	}
	if a.Kind == signal.Talkback {
		talker, _ := l.source.(talkback.Talker)
		phrase, err := talkback.New(talker, a.Phrase)
		if err != nil {
			return nil, err
		}
		return signal.NewOutput(a, nil, phrase, failed), nil
	}
	key := fmt.Sprintf("%s/%d", a.Chip, a.Line)
	line, ok := lines[key]
	if !ok {
		opened, err := gpio.Open("/dev", a.Chip, a.Line, a.ActiveLow)
		if err != nil {
			return nil, err
		}
		line = signal.NewLine(opened)
		l.closer = append(l.closer, line)
		lines[key] = line
	}
	return signal.NewOutput(a, line.Tap(), nil, failed), nil
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
// then the scan in hand, then the outputs off.
func (l *lane) run(ctx context.Context, clock scanner.Clock, watcher laneWatcher, log *slog.Logger) {
	panel := l.outputs(watcher.signalFailed)
	l.panel.Store(panel)
	hand, stopLane := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLane()
	lit, stopSignals := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSignals()

	var signals, scans sync.WaitGroup
	signals.Go(func() { _ = panel.Run(lit) }) // its only error is lit's
	scans.Go(func() { _ = l.Run(hand) })      // returns only when hand ends
	now := func() time.Duration { return clock.Now().SinceBoot }
	var dropped time.Duration // when a code was last lost on its way; of the supervisor's goroutine alone
	supervisor := reader.Supervisor{
		Address: l.cfg.Reader,
		Source:  l.source,
		Emit: func(f reader.Frame) {
			if dropped > 0 && now()-dropped > droppedStands {
				dropped = 0
				watcher.readerWell(l)
			}
			l.Frame(hand, f)
		},
		Status: func(s reader.Status) {
			l.status.Store(&s)
			watcher.readerStatus(l, s)
		},
		Notice: func(n reader.Notice) {
			if n.Kind == reader.NoticeDropped {
				dropped = now()
			}
			watcher.readerNoticed(l, n)
		},
		Now: now,
		Log: log.With(slog.Any("lane", l.cfg.Name)),
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

// signalSwitches gives every GPIO address of a configuration once.
func signalSwitches(cfg *configs.Config) []signal.Address {
	var found []signal.Address
	for _, l := range cfg.Lanes {
		for _, text := range slices.Concat(l.Signal.Admit, l.Signal.Refuse, l.Signal.Hold) {
			a, err := signal.ParseAddress(text)
			known := func(o signal.Address) bool { return o.Chip == a.Chip && o.Line == a.Line }
			if err == nil && a.Kind == signal.GPIO && !slices.ContainsFunc(found, known) {
				found = append(found, a)
			}
		}
	}
	return found
}
