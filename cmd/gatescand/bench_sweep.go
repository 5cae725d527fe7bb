package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The targets of a sweep of 100,000 tickets, in milliseconds.
const (
	targetSweep = 3000
	targetBlock = 20
)

// busyPause is the pause between two scans of the busy lane: a hundred scans a
// second, more than all lanes of a station together will see, so that many of
// them meet the sweep at any of its moments.
const busyPause = 10 * time.Millisecond

// measureSweep applies a whole sweep beside a busy lane.
func (b *bench) measureSweep(ctx context.Context, r *benchReport) (err error) {
	b.progress("sweeping %d tickets beside a busy lane", b.plan.Tickets)
	g, err := openBenchGate(ctx, b.path("admissions"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	stop := g.carry(ctx)
	defer func() { err = errors.Join(err, stop()) }()
	next := b.next
	alone, err := g.busy(ctx, next, time.After(b.plan.Alone))
	if err != nil {
		return err
	}
	done := make(chan time.Time)
	var took time.Duration
	var swept error
	go func() {
		defer close(done)
		start := time.Now()
		swept = g.sweep(ctx, b.plan.Tickets, benchPage)
		took = time.Since(start)
	}()
	beside, err := g.busy(ctx, next, done)
	<-done
	if err := errors.Join(err, swept); err != nil {
		return err
	}
	tickets := fmt.Sprintf("%d tickets", b.plan.Tickets)
	r.add(benchFigure{
		Name: "sweep beside a busy lane", Value: millis(took), Unit: unitMillis, Target: targetSweep,
		Detail: fmt.Sprintf("%s, %d scans meanwhile", tickets, len(beside)),
	})
	r.add(benchFigure{
		Name: "record beside a sweep, p99", Value: millis(beside.p99()), Unit: unitMillis, Floor: millis(alone.p99()),
		Detail: "floor: alone",
	})
	r.add(benchFigure{
		Name: "longest wait for a sweep", Value: millis(max(beside.max()-alone.p99(), 0)), Unit: unitMillis, Target: targetBlock,
		Detail: fmt.Sprintf("longest %s, alone p99 %s and longest %s", amount(millis(beside.max()), unitMillis),
			amount(millis(alone.p99()), unitMillis), amount(millis(alone.max()), unitMillis)),
	})
	return nil
}

// busy records one admission after the other until something comes from
// until, or it is closed.
func (g *benchGate) busy(ctx context.Context, next func() string, until <-chan time.Time) (spread, error) {
	var s spread
	for {
		select {
		case <-until:
			return s, nil
		case <-time.After(busyPause):
		}
		took, err := g.admit(ctx, next())
		if err != nil {
			return s, err
		}
		s = append(s, took)
	}
}
