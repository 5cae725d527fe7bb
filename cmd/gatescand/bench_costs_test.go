package main

import (
	"path/filepath"
	"testing"
	"time"
)

// benchRun prepares a list of n tickets, codes of them with a signature.
func benchRun(b *testing.B, n, codes int) *bench {
	b.Helper()
	r := &bench{plan: benchPlan{Tickets: n}, dir: b.TempDir(), progress: b.Logf}
	var err error
	if r.press, err = newPress(n, codes); err != nil {
		b.Fatal(err)
	}
	if r.codes, err = r.press.signed(b.Context()); err != nil {
		b.Fatal(err)
	}
	if r.floor, err = newFloor(filepath.Join(r.dir, "floor"), r.press); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = r.floor.Close() })
	r.next = r.press.unsignedIDs()
	if err := r.buildList(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	return r
}

// gate opens a gate on the list for as long as the benchmark runs.
func (r *bench) gate(b *testing.B) *benchGate {
	b.Helper()
	g, err := openBenchGate(b.Context(), r.path("list"))
	if err != nil {
		b.Fatal(err)
	}
	stop := g.carry(b.Context())
	b.Cleanup(func() {
		if err := stop(); err != nil {
			b.Error(err)
		}
		if err := g.close(); err != nil {
			b.Error(err)
		}
	})
	return g
}

// BenchmarkAdmission gives whole admissions against the floor of the same run:
// one durable append and one signature check between every two of them.
func BenchmarkAdmission(b *testing.B) {
	r := benchRun(b, max(10_000, 2*(b.N+benchWarmUp)), b.N+benchWarmUp)
	g := r.gate(b)
	b.ResetTimer()
	p, err := interleave(b.Context(), r.floor, g, r.codes, b.N)
	if err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(millis(p.floors.p50()), "floor-p50-ms")
	b.ReportMetric(millis(p.scans.p50()), "p50-ms")
	b.ReportMetric(float64(p.scans.p50())/float64(p.floors.p50()), "p50/floor")
	b.ReportMetric(float64(p.scans.p99())/float64(p.floors.p99()), "p99/floor")
}

// BenchmarkRecord is the journal's share of an admission, and what it writes.
func BenchmarkRecord(b *testing.B) {
	r := benchRun(b, max(10_000, 2*b.N), 1)
	g := r.gate(b)
	before, err := ownWrites()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := g.admit(b.Context(), r.next()); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	after, err := ownWrites()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric((after-before)/float64(b.N)/kib, "KiB/op")
}

// BenchmarkFloor is the least an admission can cost here.
func BenchmarkFloor(b *testing.B) {
	p, err := newPress(1, 1)
	if err != nil {
		b.Fatal(err)
	}
	code, err := p.sign(ticketID(0, 1))
	if err != nil {
		b.Fatal(err)
	}
	f, err := newFloor(filepath.Join(b.TempDir(), "floor"), p)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() })
	for b.Loop() {
		if _, _, err := f.once(code); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSweep applies a sweep of 10,000 tickets that the cache has already,
// alone, and gives what 100,000 would take.
func BenchmarkSweep(b *testing.B) {
	const n = 10_000
	r := benchRun(b, n, 1)
	g := r.gate(b)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if err := g.sweep(b.Context(), n, benchPage); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*100_000/n, "s/100k-tickets")
}

// BenchmarkReady opens a journal with 100,000 tickets and decides one code.
func BenchmarkReady(b *testing.B) {
	r := benchRun(b, 100_000, min(b.N+1, 50_000))
	b.ResetTimer()
	for i := range b.N {
		g, err := openBenchGate(b.Context(), r.path("list"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := g.scan(b.Context(), r.codes[i%len(r.codes)]); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := g.close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()*float64(time.Second/time.Millisecond)/float64(b.N), "ready-ms")
}

// BenchmarkLaneBesideSweepAndOutboxes gives whole admissions beside a sweep and
// the outboxes of four accounts, against the same lane with nothing beside it.
// One iteration is a short round of either.
func BenchmarkLaneBesideSweepAndOutboxes(b *testing.B) {
	const scans = 10
	codes := 2 * scans * b.N
	r := benchRun(b, max(20_000, 2*codes), codes)
	g := r.gate(b)
	work, err := newBurden(b.Context(), g, r.plan.Tickets)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := work.close(); err != nil {
			b.Error(err)
		}
	})
	b.ResetTimer()
	t, err := takeTurns(b.Context(), g, work, r.codes, b.N, scans)
	if err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(millis(t.quiet50.p50()), "quiet-p50-ms")
	b.ReportMetric(float64(t.busy50.p50())/float64(t.quiet50.p50()), "p50/quiet")
	b.ReportMetric(float64(t.busy.p99())/float64(t.quiet.p99()), "p99/quiet")
	b.ReportMetric(millis(t.busy.max()), "longest-ms")
}
