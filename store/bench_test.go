package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// percentiles reports the distribution of one kind of operation.
func percentiles(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(took[min(len(took)*p/100, len(took)-1)].Microseconds()), fmt.Sprintf("p%d-us", p))
	}
}

// BenchmarkFloor is the cost nobody can go below: one append with a flush on
// the same file system.
func BenchmarkFloor(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "floor"))
	ok(b, err)
	defer func() { ok(b, f.Close()) }()
	line := make([]byte, 512)
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		_, err := f.Write(line)
		ok(b, err)
		ok(b, f.Sync())
		took = append(took, time.Since(began))
	}
	percentiles(b, took)
}

// BenchmarkRecord records admissions and, in turn with them so that both meet
// the same disk, the floor. The ratios are those of the whole way of a scan:
// one signature check of 38 µs goes with either.
func BenchmarkRecord(b *testing.B) {
	for _, tickets := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("tickets=%d", tickets), func(b *testing.B) { benchmarkRecord(b, tickets) })
	}
}

func benchmarkRecord(b *testing.B, tickets int) {
	b.Helper()
	s := newStation()
	db := open(b, s)
	background(b, db)
	fill(b, db, s, tickets)
	f, err := os.Create(filepath.Join(b.TempDir(), "floor"))
	ok(b, err)
	defer func() { ok(b, f.Close()) }()
	line := make([]byte, 512)
	var took, floor []time.Duration
	var written int64
	n := 0
	for b.Loop() {
		before := writtenBytes(b)
		p := s.scan(ticketID(n%tickets), admission.Entry)
		n++
		began := time.Now()
		_, err := db.Record(b.Context(), p)
		took = append(took, time.Since(began))
		ok(b, err)
		written += writtenBytes(b) - before

		began = time.Now()
		_, err = f.Write(line)
		ok(b, err)
		ok(b, f.Sync())
		floor = append(floor, time.Since(began))
	}
	percentiles(b, took)
	b.ReportMetric(float64(written)/float64(n), "written-B/op")
	slices.Sort(floor)
	for _, p := range []int{50, 99} {
		const signature = 38 * time.Microsecond
		at := min(n*p/100, n-1)
		b.ReportMetric(float64(took[at]+signature)/float64(floor[at]+signature), fmt.Sprintf("p%d-ratio", p))
	}
}

// fill sweeps so many tickets in, in the order of their identity, as TiBillet
// gives them.
func fill(tb testing.TB, db *store.DB, s *station, tickets int) {
	tb.Helper()
	all := ticketRange(0, tickets)
	slices.SortFunc(all, func(a, b admission.Ticket) int { return strings.Compare(a.ID, b.ID) })
	apply(tb, db, s, all)
}

// apply sweeps tickets in, in pages of 1,000.
func apply(tb testing.TB, db *store.DB, s *station, all []admission.Ticket) {
	tb.Helper()
	tickets := len(all)
	w := must(db.BeginSweep(tb.Context(), "lespass", "event-a", s.now()))(tb)
	for from := 0; from < tickets; from += 1000 {
		page := admission.SweepPage{Tickets: all[from:min(from+1000, tickets)], Total: tickets}
		last := from+1000 >= tickets
		if !last {
			page.Next = fmt.Sprint(from + 1000)
		}
		w = must(db.ApplyPage(tb.Context(), w, page, last))(tb)
	}
}

// writtenBytes is what this process has handed to block devices so far.
func writtenBytes(tb testing.TB) int64 {
	tb.Helper()
	text, err := os.ReadFile("/proc/self/io")
	ok(tb, err)
	var n int64
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "write_bytes: %d", &n); err == nil {
			return n
		}
	}
	tb.Fatal("no write_bytes in /proc/self/io")
	return 0
}

// BenchmarkSweep applies 100,000 tickets in pages of 1,000 beside a lane that
// records without pause, and reports the longest a scan took meanwhile.
func BenchmarkSweep(b *testing.B) {
	sorted := ticketRange(0, 100_000)
	slices.SortFunc(sorted, func(x, y admission.Ticket) int { return strings.Compare(x.ID, y.ID) })
	b.Run("sorted", func(b *testing.B) { benchmarkSweep(b, sorted) })
	b.Run("scattered", func(b *testing.B) { benchmarkSweep(b, ticketRange(0, 100_000)) })
}

func benchmarkSweep(b *testing.B, tickets []admission.Ticket) {
	b.Helper()
	for b.Loop() {
		s := newStation()
		db := open(b, s)
		background(b, db)
		fill(b, db, s, 2000)
		stop := make(chan struct{})
		var took []time.Duration
		var busy sync.WaitGroup
		busy.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				began := time.Now()
				if _, err := db.Record(b.Context(), s.scan(ticketID(n%2000), admission.Entry)); err != nil {
					b.Error(err)
					return
				}
				took = append(took, time.Since(began))
			}
		})
		began := time.Now()
		apply(b, db, s, tickets)
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "sweep-ms")
		close(stop)
		busy.Wait()
		percentiles(b, took)
		b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "worst-ms")
		b.ReportMetric(float64(len(took)), "scans")
	}
}

// BenchmarkOpen opens a file with a million tickets in it.
func BenchmarkOpen(b *testing.B) {
	s := newStation()
	path := filepath.Join(b.TempDir(), "gatescand.db")
	db, err := store.Open(b.Context(), path, store.Options{Now: s.now})
	ok(b, err)
	fill(b, db, s, 1_000_000)
	ok(b, db.Close())
	for b.Loop() {
		db, err := store.Open(b.Context(), path, store.Options{Now: s.now})
		ok(b, err)
		_, err = db.Record(b.Context(), s.scan(ticketID(1), admission.Entry))
		ok(b, err)
		b.StopTimer()
		ok(b, db.Close())
		b.StartTimer()
	}
	info, err := os.Stat(path)
	ok(b, err)
	b.ReportMetric(float64(info.Size())/1e6, "file-MB")
}
