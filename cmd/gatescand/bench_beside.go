package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The targets of a lane beside everything a station does in the background,
// against the same lane with nothing beside it.
const (
	targetBesideP50 = 1.2
	targetBesideP99 = 2
)

const (
	// besideRound is how many scans a round has. Quiet and busy rounds take
	// turns, so that what else happens on the box meets both.
	besideRound = 50
	// besidePause is about the time between two scans. The pauses differ, or
	// they would fall into step with what goes on beside.
	besidePause = 5 * time.Millisecond
	// besideRest comes after a busy round: the log is carried into the file in
	// it, and the quiet round that follows does not pay for that.
	besideRest = 150 * time.Millisecond
)

// measureBeside measures whole admissions by turns with nothing beside them
// and beside a sweep and the outboxes of four accounts.
func (b *bench) measureBeside(ctx context.Context, r *benchReport) (err error) {
	b.progress("showing %d tickets beside a sweep of %d and %d outboxes, and without", 2*b.plan.Rounds*besideRound, b.plan.Tickets, benchOutboxes)
	if err := b.copyList("beside"); err != nil {
		return err
	}
	g, err := openBenchGate(ctx, b.path("beside"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	stop := g.carry(ctx)
	defer func() { err = errors.Join(err, stop()) }()
	work, err := newBurden(ctx, g, b.plan.Tickets)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, work.close()) }()
	t, err := takeTurns(ctx, g, work, b.codes, b.plan.Rounds, besideRound)
	if err != nil {
		return err
	}
	detail := fmt.Sprintf("floor: the same lane with nothing beside it, by turns; %d scans each, meanwhile %d tickets swept and %d check-ins delivered",
		len(t.busy), work.swept.Load(), work.delivered.Load())
	r.add(benchFigure{
		Name: "admission beside a sweep and four outboxes, p50", Value: millis(t.busy50.p50()), Unit: unitMillis, Floor: millis(t.quiet50.p50()),
		Target: targetBesideP50, OfRatio: true, Detail: detail,
	})
	r.add(benchFigure{
		Name: "admission beside a sweep and four outboxes, p99", Value: millis(t.busy.p99()), Unit: unitMillis, Floor: millis(t.quiet.p99()),
		Target: targetBesideP99, OfRatio: true,
		Detail: fmt.Sprintf("longest %s, of the floor %s", amount(millis(t.busy.max()), unitMillis), amount(millis(t.quiet.max()), unitMillis)),
	})
	return nil
}

// benchTurns is what takeTurns measured: all scans, and the median of each round.
type benchTurns struct {
	quiet, busy     spread
	quiet50, busy50 spread
}

// takeTurns has quiet and busy rounds of so many scans follow each other.
func takeTurns(ctx context.Context, g *benchGate, work *burden, codes [][]byte, rounds, scans int) (benchTurns, error) {
	var t benchTurns
	for range rounds {
		quiet, err := g.round(ctx, codes[:scans], func() {})
		if err != nil {
			return t, err
		}
		stop, err := work.start(ctx)
		if err != nil {
			return t, err
		}
		busy, err := g.round(ctx, codes[scans:2*scans], work.wake)
		if err := errors.Join(err, stop(), rest(ctx, besideRest)); err != nil {
			return t, err
		}
		codes = codes[2*scans:]
		t.quiet, t.quiet50 = append(t.quiet, quiet...), append(t.quiet50, quiet.p50())
		t.busy, t.busy50 = append(t.busy, busy...), append(t.busy50, busy.p50())
	}
	return t, nil
}

// round presents codes to the lane and calls after each admission.
func (g *benchGate) round(ctx context.Context, codes [][]byte, after func()) (spread, error) {
	var s spread
	for i, code := range codes {
		// From half the pause to one and a half.
		if err := rest(ctx, besidePause/2+besidePause*time.Duration(i*7%10)/10); err != nil {
			return s, err
		}
		took, err := g.scan(ctx, code)
		if err != nil {
			return s, err
		}
		after()
		s = append(s, took)
	}
	return s, nil
}

// rest waits.
func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
