package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// The targets of an admission against its floor, and of a journal grown long
// against an empty one. The last one leaves room for noise: the cost must not
// grow with the journal.
const (
	targetP50    = 1.5
	targetP99    = 3
	targetGrowth = 1.2
)

const (
	// benchPage is how many tickets a platform's page holds at most.
	benchPage = 200
	// benchWarmUp is how many admissions go by before one is measured.
	benchWarmUp = 20
	// benchPatience is how long one loop of measurements may go on where the
	// storage is slow; benchFewest is how many it takes all the same.
	benchPatience = time.Minute
	benchFewest   = 100
)

// benchEnough tells whether a loop that has been going since start may end after n
// of wanted rounds.
func benchEnough(n, wanted int, start time.Time) bool {
	return n >= wanted || (n >= benchFewest && time.Since(start) > benchPatience)
}

// buildList makes the database that others are copied from: an evening's list
// and an empty journal.
func (b *bench) buildList(ctx context.Context, _ *benchReport) error {
	b.progress("caching a list of %d tickets", b.plan.Tickets)
	return b.makeList(ctx, "list", b.plan.Tickets, benchPage)
}

// makeList makes a database with a list of n tickets.
func (b *bench) makeList(ctx context.Context, name string, n, size int) (err error) {
	g, err := openBenchGate(ctx, b.path(name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	stop := g.carry(ctx)
	defer func() { err = errors.Join(err, stop()) }()
	if err := g.store.PutEvents(ctx, benchAccount, benchEvents(b.press)); err != nil {
		return err
	}
	// The list of a station has stood for a while: its index is written.
	return errors.Join(g.sweep(ctx, n, size), g.store.IndexTickets(ctx))
}

// copyList copies the list's database, which nobody has open.
func (b *bench) copyList(name string) (err error) {
	from, err := os.Open(b.path("list"))
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // only read
	if err := os.MkdirAll(filepath.Join(b.dir, name), 0o700); err != nil {
		return err
	}
	to, err := os.OpenFile(b.path(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	// Durable, so that no copy is still on its way while something is measured.
	return errors.Join(err, to.Sync(), to.Close())
}

// measureAdmissions measures whole admissions, the floor between them.
func (b *bench) measureAdmissions(ctx context.Context, r *benchReport) (err error) {
	b.progress("measuring %d admissions against their floor", b.plan.Pairs)
	if err := b.copyList("admissions"); err != nil {
		return err
	}
	g, err := openBenchGate(ctx, b.path("admissions"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	stop := g.carry(ctx)
	defer func() { err = errors.Join(err, stop()) }()
	p, err := interleave(ctx, b.floor, g, b.codes, b.plan.Pairs)
	if err != nil {
		return err
	}
	r.append50, r.append99 = p.appends.p50(), p.appends.p99()
	r.add(benchFigure{Name: "durable append, p50", Value: millis(r.append50), Unit: unitMillis})
	r.add(benchFigure{Name: "durable append, p99", Value: millis(r.append99), Unit: unitMillis})
	r.add(benchFigure{Name: "signature check, p50", Value: millis(p.checks.p50()), Unit: unitMillis, Detail: "RSA-2048 PSS"})
	samples := fmt.Sprintf("%d tickets, %d admissions", b.plan.Tickets, len(p.scans))
	r.add(benchFigure{
		Name: "admission, p50", Value: millis(p.scans.p50()), Unit: unitMillis, Floor: millis(p.floors.p50()),
		Target: targetP50, OfRatio: true, Detail: samples,
	})
	r.add(benchFigure{
		Name: "admission, p99", Value: millis(p.scans.p99()), Unit: unitMillis, Floor: millis(p.floors.p99()),
		Target: targetP99, OfRatio: true, Detail: samples,
	})
	return nil
}

// benchPairs is what interleave measured.
type benchPairs struct {
	appends, checks spread // the parts of the floor
	floors, scans   spread
}

// interleave measures the floor and a whole admission by turns, so that what
// else happens on the box meets both.
func interleave(ctx context.Context, f *benchFloor, g *benchGate, codes [][]byte, wanted int) (benchPairs, error) {
	var p benchPairs
	start := time.Now()
	for i := -benchWarmUp; !benchEnough(i, wanted, start); i++ {
		if err := ctx.Err(); err != nil {
			return p, err
		}
		code := codes[i+benchWarmUp]
		appended, checked, err := f.once(code)
		if err != nil {
			return p, err
		}
		took, err := g.scan(ctx, code)
		if err != nil {
			return p, err
		}
		if i < 0 {
			continue
		}
		p.appends, p.checks = append(p.appends, appended), append(p.checks, checked)
		p.floors, p.scans = append(p.floors, appended+checked), append(p.scans, took)
	}
	return p, nil
}

// measureJournal measures admissions on an empty and on a long journal by
// turns.
func (b *bench) measureJournal(ctx context.Context, r *benchReport) (err error) {
	b.progress("recording %d check-ins, to compare a long journal with an empty one", b.plan.Journal)
	gates := make([]*benchGate, 2)
	for i, name := range []string{"short", "long"} {
		if err := b.copyList(name); err != nil {
			return err
		}
		g, err := openBenchGate(ctx, b.path(name))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, g.close()) }()
		stop := g.carry(ctx)
		defer func() { err = errors.Join(err, stop()) }()
		gates[i] = g
	}
	next, start := b.press.unsignedIDs(), time.Now()
	length := 0
	for ; !benchEnough(length, b.plan.Journal, start); length++ {
		if _, err := gates[1].admit(ctx, next()); err != nil {
			return err
		}
	}
	var took [2]spread
	start = time.Now()
	for i := 0; !benchEnough(i, b.plan.Pairs/2, start); i++ {
		for k, g := range gates {
			d, err := g.scan(ctx, b.codes[i])
			if err != nil {
				return err
			}
			took[k] = append(took[k], d)
		}
	}
	r.add(benchFigure{
		Name: "admission on a long journal, p50", Value: millis(took[1].p50()), Unit: unitMillis, Floor: millis(took[0].p50()),
		Target: targetGrowth, OfRatio: true, Detail: fmt.Sprintf("%d check-ins, floor: none", length),
	})
	return nil
}
