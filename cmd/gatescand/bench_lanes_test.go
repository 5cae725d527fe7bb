package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"gatescand/configs"
	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
	"gatescand/store"
)

// venueLanes and venueRate are a full venue: so many lanes, so many codes a second at each.
const (
	venueLanes = 8
	venueRate  = 5
)

// BenchmarkEightLanes gives the time of a decision at eight lanes with five codes a second each, against one such lane of the same run. Every
// lane has its reader on a pseudo-terminal. One iteration is one second of either: the venue's minute is -benchtime 60x. It fails when a code
// is lost or answered out of its order.
func BenchmarkEightLanes(b *testing.B) {
	codes := (venueLanes + 1) * venueRate * b.N
	r := benchRun(b, max(20_000, 2*codes), codes)
	g := r.gate(b)
	b.ResetTimer()
	alone := runVenue(b, g, 1, r.codes[:venueRate*b.N])
	full := runVenue(b, g, venueLanes, r.codes[venueRate*b.N:codes])
	b.StopTimer()
	b.ReportMetric(millis(alone.p99()), "alone-p99-ms")
	b.ReportMetric(millis(full.p99()), "full-p99-ms")
	b.ReportMetric(float64(full.p99())/float64(alone.p99()), "p99/alone")
	b.ReportMetric(float64(full.p50())/float64(alone.p50()), "p50/alone")
}

// runVenue shows codes at so many lanes, each lane an equal part of them at the venue's rate, and gives how long the decisions took.
func runVenue(b *testing.B, g *benchGate, lanes int, codes [][]byte) spread {
	b.Helper()
	clock, err := newClock()
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	v := &venue{up: make(chan struct{}, lanes)}
	log := slog.New(slog.DiscardHandler)
	var running, showing sync.WaitGroup
	part := len(codes) / lanes
	readers := make([]*ptyReader, lanes)
	for i := range lanes {
		if readers[i], err = newPTYReader(); err != nil {
			b.Fatal(err)
		}
		name := fmt.Sprintf("%d-of-%d", i+1, lanes)
		l := &lane{cfg: configs.Lane{Name: name, Direction: configs.Entry, Reader: "serial:" + readers[i].path}}
		if l.source, err = newSource(l.cfg.Reader, func() time.Duration { return clock.Now().SinceBoot }); err != nil {
			b.Fatal(err)
		}
		l.Lane = scanner.NewLane(scanner.LaneConfig{Station: "Bench", Name: name, Direction: admission.Entry, HoldOff: 3 * time.Second}, scanner.LaneDeps{
			Journal: g.store, Accounts: func() []scanner.Account { return []scanner.Account{g.account} },
			Signals: quietBench{}, Observer: v, Conditions: quietBench{}, Clock: clock, Log: log,
			NewID: func() string { return ulid.Make().String() },
		})
		running.Go(func() { l.run(ctx, clock, v, log) })
	}
	for range lanes {
		<-v.up
	}
	for i := range lanes {
		showing.Go(func() {
			// People do not move in step: each lane has its own beat.
			phase := time.NewTimer(time.Duration(i) * time.Second / (venueRate * venueLanes))
			<-phase.C
			beat := time.NewTicker(time.Second / venueRate)
			defer beat.Stop()
			for _, code := range codes[i*part : (i+1)*part] {
				if err := readers[i].Hold(code); err != nil {
					b.Error(err)
				}
				<-beat.C
			}
		})
	}
	showing.Wait()
	stop() // the lanes finish what is in their queues
	running.Wait()
	for _, p := range readers {
		_ = p.Close()
	}
	for i := range lanes {
		wantInOrder(b, g.store, fmt.Sprintf("%d-of-%d", i+1, lanes), codes[i*part:(i+1)*part])
	}
	return v.took
}

// wantInOrder sees that a lane admitted exactly these codes, one after the other.
func wantInOrder(b *testing.B, db *store.DB, name string, codes [][]byte) {
	b.Helper()
	rows, err := db.CheckIns(b.Context(), 0, len(codes)*venueLanes*4, store.CheckInFilter{Lane: name})
	if err != nil {
		b.Fatal(err)
	}
	rows = rows[max(0, len(rows)-len(codes)):] // earlier rounds of the same benchmark are in the journal, too
	if len(rows) != len(codes) {
		b.Fatalf("lane %s: %d of %d codes answered", name, len(rows), len(codes))
	}
	for i, c := range rows {
		if c.Digest != admission.Digest(codes[i]) || c.Verdict != admission.Admit {
			b.Fatalf("lane %s: check-in %d is of another code, or %s for %s", name, i, c.Verdict, c.Reason)
		}
	}
}

// venue watches the lanes of a venue.
type venue struct {
	quietBench
	up chan struct{}

	mu   sync.Mutex
	took spread
}

// Scanned notes how long a decision took.
func (v *venue) Scanned(_ admission.CheckIn, took, _ time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.took = append(v.took, took)
}

func (v *venue) readerStatus(_ *lane, s reader.Status) {
	if s.State == reader.StateUp {
		v.up <- struct{}{}
	}
}

func (*venue) readerNoticed(*lane, reader.Notice) {}
func (*venue) readerWell(*lane)                   {}
func (*venue) signalFailed(string, error)         {}
